-- The address book; the e-mail is the key, without case.
create table contacts (
  user_id bigint not null references users (id) on delete cascade,
  email_key text not null,
  email text not null,
  name text not null,
  description text not null,
  type bigint not null,
  created_at bigint not null,
  primary key (user_id, email_key)
);
