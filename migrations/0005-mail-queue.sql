-- Mails that wait to be delivered. A delivered one is deleted; next_try_at is null once one was given up.
alter table mails add column sealed_html text not null default '';
alter table mails add column tries bigint not null default 0;
alter table mails add column next_try_at bigint default 0;
alter table mails add column last_error text not null default '';
create index mails_due on mails (next_try_at, id) where next_try_at is not null;
create index mails_by_age on mails (created_at);

-- How many mails a user caused in an hour (hours since 1970); 0 stands for all who have no account.
create table mail_counts (
  sender_id bigint not null,
  hour bigint not null,
  mails bigint not null,
  primary key (sender_id, hour)
);

-- Links in a mail begin with the address the uploader used. Nobody knows it of older notices.
delete from upload_notices;
alter table upload_notices add column public_url text not null default '';
create index upload_notices_by_age on upload_notices (created_at, upload_id);
