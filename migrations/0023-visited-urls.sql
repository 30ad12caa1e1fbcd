-- The address under which the account's own browser last used the pages: links in mails begin with it while no public-url is set.
alter table users add column visited_url text;
