-- Downloads that run and will send the last byte: each holds a place under the limit until it ends or breaks off.
alter table files add column running_downloads bigint not null default 0;
create index files_by_expiry on files (expires_at) where expires_at is not null;
create index files_with_download_limit on files (id) where download_limit is not null;
