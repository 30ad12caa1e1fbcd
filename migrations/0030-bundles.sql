-- A bundle is a folder that is shared as one: its settings hold for every file in it. A bundle of nobody's account has no owner, and
-- neither have its folders.
create table folders_with_bundles (
  id text primary key,
  owner_id bigint references users (id) on delete cascade,
  parent_id text not null,
  name text not null,
  is_shared bigint not null default 0,
  created_at bigint not null
);
insert into folders_with_bundles select id, owner_id, parent_id, name, is_shared, created_at from folders;
drop table folders;
alter table folders_with_bundles rename to folders;
create index folders_by_parent on folders (owner_id, parent_id, id);
create table bundles (
  folder_id text primary key references folders (id) on delete cascade,
  delete_code text not null,
  message text not null,
  sealed_password text,
  expires_at bigint,
  download_limit bigint,
  limit_action bigint,
  limit_action_folder_id text,
  version bigint not null default 1,
  address text
);
create index bundles_by_address on bundles (address) where address is not null;
-- The bundle that an unfinished upload is for: it is not empty.
alter table resumable_uploads add column target_folder text;
-- Whether a file request keeps the folders that its visitors send.
alter table file_requests add column keeps_folders bigint not null default 0;
