-- Times are Unix milliseconds, sizes bytes, flags 0 or 1. Both engines read this file.

create table users (
  id bigint primary key,
  user_name text not null,
  user_name_key text not null unique,
  full_name text not null,
  email text not null,
  email_key text not null unique,
  sealed_password text not null,
  plan text not null,
  plan_ends_at bigint,
  disk_quota bigint,
  bytes_stored bigint not null default 0,
  is_disabled bigint not null default 0,
  is_https_forbidden bigint not null default 0,
  created_at bigint not null
);

create table tokens (
  token text primary key,
  api_key text not null,
  api_version text not null,
  app_version text not null,
  created_at bigint not null,
  expires_at bigint not null
);
create index tokens_by_expiry on tokens (expires_at);

create table sessions (
  session_key text primary key,
  user_id bigint not null references users (id) on delete cascade,
  api_version text not null,
  created_at bigint not null,
  last_used_at bigint not null
);
create index sessions_by_user on sessions (user_id, last_used_at);
create index sessions_by_last_use on sessions (last_used_at);

create table folders (
  id text primary key,
  owner_id bigint not null references users (id) on delete cascade,
  parent_id text not null,
  name text not null,
  is_shared bigint not null default 0,
  created_at bigint not null
);
create index folders_by_parent on folders (owner_id, parent_id);

create table files (
  id text primary key,
  owner_id bigint references users (id),
  folder_id text not null default '0',
  name text not null,
  description text not null default '',
  sealed_password text,
  size bigint not null,
  crc32 bigint not null,
  blob_id text not null unique,
  delete_code text not null,
  uploaded_at bigint not null,
  downloads bigint not null default 0,
  expires_at bigint,
  download_limit bigint,
  limit_action bigint,
  limit_action_folder_id text,
  link_version bigint not null default 1
);
create index files_by_folder on files (owner_id, folder_id, uploaded_at, id);

-- The right to upload. `upload_id` names the upload that runs now: its blobs, `<upload_id>-0` and so on, belong to
-- nobody until a file row names them, so after a crash this column says what to throw away.
create table tickets (
  id text primary key,
  proof text not null,
  user_id bigint references users (id) on delete cascade,
  api_version text not null,
  max_file_size bigint not null,
  speed_limit bigint not null,
  expires_at bigint not null,
  started_at bigint,
  upload_id text,
  reserved_bytes bigint not null default 0
);
create index tickets_by_expiry on tickets (expires_at);
create index tickets_running on tickets (user_id) where upload_id is not null;

-- Blobs whose rows are gone; the sweep removes them from storage.
create table doomed_blobs (
  blob_id text primary key
);

-- Who is to be told of an upload.
create table upload_notices (
  upload_id text primary key,
  user_id bigint references users (id) on delete cascade,
  file_ids text not null,
  recipients text not null,
  message text not null,
  is_uploader_notified bigint not null,
  created_at bigint not null
);

-- Bytes downloaded on a user's account by day (days since 1970, UTC).
create table traffic (
  user_id bigint not null references users (id) on delete cascade,
  day bigint not null,
  bytes bigint not null,
  primary key (user_id, day)
);

-- Mail waiting for delivery. The text is sealed: it may hold a password.
create table mails (
  id text primary key,
  recipient text not null,
  subject text not null,
  sealed_text text not null,
  created_at bigint not null
);
