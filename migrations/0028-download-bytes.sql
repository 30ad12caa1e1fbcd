-- Bytes of a file with a download limit that left in answers which were no whole download, since they last made one; and
-- those that such answers may still send.
alter table files add column partial_bytes bigint not null default 0;
alter table files add column running_bytes bigint not null default 0;
alter table held_places add column bytes bigint not null default 0;

-- Blobs that are not as long as their files say, or not there at all (found_bytes is null then).
create table damaged_blobs (
  blob_id text primary key,
  expected_bytes bigint not null,
  found_bytes bigint,
  noticed_at bigint not null
);

-- Which of the copies that several writers may have begun holds the received bytes of an upload; '' is the first.
alter table resumable_uploads add column generation text not null default '';
