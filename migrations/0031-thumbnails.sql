-- Small pictures of images, base64 of WebP; they go with their files.
create table thumbnails (
  file_id text primary key references files (id) on delete cascade,
  image text not null
);
-- 1: it has one, 0: none can be made, null: nobody has tried.
alter table files add column thumbnail bigint;
