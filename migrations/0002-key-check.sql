-- What the secret key has signed, so that another key is noticed at the start and not at each login.
create table key_check (
  id bigint primary key,
  signature text not null
);
