-- Uploads that may come in several requests. Each holds its ticket, and so its space, until it is whole, ended or too
-- old; received_bytes is durable on the disk. What is sealed is what the sender said of the file, its password too.
create table resumable_uploads (
  upload_id text primary key,
  ticket_id text not null,
  length bigint not null,
  received_bytes bigint not null,
  crc32 bigint not null,
  sealed_fields text not null,
  expires_at bigint not null,
  file_id text
);
create index resumable_uploads_by_expiry on resumable_uploads (expires_at);
