-- Processes that serve this database: when each said last that it lives, and since when it has said so without a gap.
create table servers (
  id text primary key,
  seen_at bigint not null,
  since bigint not null
);

-- Places of running downloads, by the process that sends them: those of one that died are given back.
create table held_places (
  server_id text not null,
  file_id text not null,
  places bigint not null,
  primary key (server_id, file_id)
);

-- How long the request of the last upload was and how it ended, for those who ask another process than the one it came to.
alter table tickets add column total_bytes bigint;
alter table tickets add column outcome text;
alter table tickets add column ended_at bigint;

-- Which request writes to an upload that comes in several: one that another process still thinks alive counts no more.
alter table resumable_uploads add column writer text;

-- What one process does for all, and when it was done last.
create table duties (
  name text primary key,
  done_at bigint not null
);
