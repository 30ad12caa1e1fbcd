-- People who logged in on the pages. The cookie's key is kept hashed: who reads this table cannot use it.
create table page_sessions (
  key_hash text primary key,
  user_id bigint not null references users (id) on delete cascade,
  user_agent text not null,
  created_at bigint not null,
  last_used_at bigint not null
);
create index page_sessions_by_user on page_sessions (user_id, last_used_at);
create index page_sessions_by_last_use on page_sessions (last_used_at);

-- A memory-hard hash beside the sealed one that the protocol needs; null until the first login on the pages.
alter table users add column page_password text;

-- Attempts to log in, by account and by address, both unreadable.
create table login_attempts (
  subject text primary key,
  attempts bigint not null,
  began_at bigint not null
);
create index login_attempts_by_begin on login_attempts (began_at);
