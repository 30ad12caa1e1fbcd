-- How many files each folder of an owner has, and their bytes; owner 0 stands for nobody, folder '0' is the root. Only folders with
-- files have a row. Every statement that adds, moves or removes files changes it in its transaction.
create table folder_totals (
  owner_id bigint not null,
  folder_id text not null,
  files bigint not null,
  bytes bigint not null,
  primary key (owner_id, folder_id)
);
insert into folder_totals (owner_id, folder_id, files, bytes)
select coalesce(owner_id, 0), folder_id, count(*), sum(size) from files group by coalesce(owner_id, 0), folder_id;

-- The same for all files, in 64 parts by their owners: with one row, uploads of all users would wait for each other.
create table file_totals (
  part bigint primary key,
  files bigint not null,
  bytes bigint not null
);
insert into file_totals (part, files, bytes) select owner_id % 64, sum(files), sum(bytes) from folder_totals group by owner_id % 64;

-- Files by size, page by page, as by name and by date.
create index files_by_size_in_folder on files (owner_id, folder_id, size, lower(name), id);

-- Limits that are reached: what the sweep has to act on, and what a public folder does not list.
drop index files_by_expiry;
create index files_by_expiry on files (limit_action, expires_at) where expires_at is not null;
create index files_expiring_in_folder on files (owner_id, folder_id, expires_at) where expires_at is not null;
drop index files_with_download_limit;
create index files_used_up on files (owner_id, folder_id, limit_action) where download_limit is not null and downloads >= download_limit;

-- What an account holds when it closes or gets a new password, and who may administer.
create index tickets_by_user on tickets (user_id);
create index administrators on users (id) where is_admin = 1;

-- The sweep removes old days of all users.
create index traffic_by_day on traffic (day);
