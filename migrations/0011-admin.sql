-- Who runs the server through its pages.
alter table users add column is_admin bigint not null default 0;

-- What is chosen on those pages, and the hash of the code of the set-up link.
create table site_settings (
  name text primary key,
  value text not null
);

-- The right to open an account, once. The code is kept hashed; claimed_at is set while somebody makes use of it.
create table invitations (
  code_hash text primary key,
  created_at bigint not null,
  expires_at bigint not null,
  claimed_at bigint
);

-- Who logged in, changed and deleted; not what was downloaded.
create table events (
  id text primary key,
  happened_at bigint not null,
  kind text not null,
  who text not null,
  about text not null,
  address text not null
);
create index events_by_time on events (happened_at, id);

-- Lists of all files, the newest or the largest first.
create index files_by_time on files (uploaded_at, id);
create index files_by_size on files (size, id);
