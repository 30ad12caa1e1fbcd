-- What is kept of uploads that have ended is limited by address, the oldest go first.
create index tickets_ended on tickets (address, ended_at) where ended_at is not null;
create index resumable_uploads_finished on resumable_uploads (address, expires_at) where file_id is not null;
