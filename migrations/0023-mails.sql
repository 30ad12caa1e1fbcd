-- The address under which the account's own browser last used the pages: links in mails begin with it while no public-url is set.
alter table users add column visited_url text;

-- How often something was done in its window: accounts opened from an address, mails of strangers to a recipient. Unreadable.
create table rate_counts (
  subject text primary key,
  used bigint not null,
  ends_at bigint not null
);
create index rate_counts_by_end on rate_counts (ends_at);
