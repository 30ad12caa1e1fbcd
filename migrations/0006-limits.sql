-- What an operator set for one account alone; null: as its plan says. Capabilities are separated by commas, '' is none.
alter table users add column bandwidth_limit bigint;
alter table users add column session_limit bigint;
alter table users add column contact_limit bigint;
alter table users add column capabilities text;

-- What is switched off: maintenance, uploads, downloads. It outlives restarts.
create table pauses (
  name text primary key,
  paused_at bigint not null
);
