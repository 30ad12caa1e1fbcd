-- Where respace migrate moves this storage, or has moved it from, and how far that is: one row at most, which each start looks at. Places are told
-- without secrets.
create table moves (
  id bigint primary key,
  token text not null,
  state text not null,
  from_database text not null,
  from_blobs text not null,
  to_database text not null,
  to_blobs text not null
);
