-- Attempts at any secret, no longer at logins alone. Some of them are being checked just now.
alter table login_attempts add column pending bigint not null default 0;

-- From where a secret was proved before, unreadable too: strangers must not lock these out.
create table known_origins (
  subject text primary key,
  seen_at bigint not null
);
create index known_origins_by_time on known_origins (seen_at);
