-- Resumable uploads that answer a file request: what comes is for its owner, and holds his space only once it has come.
alter table resumable_uploads add column request_id text;
create index resumable_uploads_by_request on resumable_uploads (request_id, expires_at) where request_id is not null;

-- Files that came by a request whose owner wants to be told. Those of one visit become one mail, once it is over or
-- nothing more of it has come for a while.
create table request_arrivals (
  file_id text primary key,
  owner_id bigint not null references users (id) on delete cascade,
  title text not null,
  visit text not null,
  public_url text not null,
  due_at bigint not null
);
create index request_arrivals_by_visit on request_arrivals (visit, due_at);
