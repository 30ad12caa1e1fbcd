-- Links through which others upload into a folder of their owner. A limit that is null is none; types are extensions,
-- separated by commas, '' for any. The id is the right to upload, so it is as long as a key.
create table file_requests (
  id text primary key,
  owner_id bigint not null references users (id) on delete cascade,
  folder_id text not null,
  title text not null,
  message text not null,
  max_file_size bigint,
  max_bytes bigint,
  max_files bigint,
  types text not null,
  sealed_password text,
  expires_at bigint,
  is_notified bigint not null,
  is_closed bigint not null default 0,
  created_at bigint not null,
  received_files bigint not null default 0,
  received_bytes bigint not null default 0
);
create index file_requests_by_owner on file_requests (owner_id, created_at);
