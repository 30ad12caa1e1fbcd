-- The address under which the account's own browser last used the pages: links in mails begin with it while no public-url is set.
alter table users add column visited_url text;

-- How many mails that strangers caused went to an address in an hour; the address is signed, it cannot be read here.
create table recipient_counts (
  recipient text not null,
  hour bigint not null,
  mails bigint not null,
  primary key (recipient, hour)
);
