-- Who asked for what: the network of an address, unreadable. null where none was known. It goes with its row.
alter table tokens add column address text;
alter table tokens add column used_at bigint;
create index tokens_by_address on tokens (address, used_at) where address is not null;
alter table tickets add column address text;
create index tickets_unused on tickets (address, expires_at) where started_at is null;
alter table resumable_uploads add column address text;
create index resumable_uploads_unfinished on resumable_uploads (address, expires_at) where file_id is null;

-- Bytes of all files without an owner, as users.bytes_stored is of those with one.
create table storage_totals (
  name text primary key,
  bytes bigint not null
);
insert into storage_totals (name, bytes) select 'anonymous', coalesce(sum(size), 0) from files where owner_id is null;
create index tickets_running_anonymous on tickets (id) where upload_id is not null and user_id is null;

-- Each kind of event has a quota, and within it each account.
create index events_by_kind on events (kind, happened_at, id);
create index events_by_who on events (kind, who, happened_at, id);
