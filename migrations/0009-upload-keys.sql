-- Keys with which a program uploads into an account and does nothing else. They are kept hashed, like those of cookies.
create table upload_keys (
  key_hash text primary key,
  user_id bigint not null references users (id) on delete cascade,
  kind text not null,
  created_at bigint not null,
  last_used_at bigint
);
create index upload_keys_by_user on upload_keys (user_id, created_at);
