-- Whether the pages of somebody's files tell his full name.
alter table users add column is_name_shown bigint not null default 0;
