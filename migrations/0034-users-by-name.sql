-- A search of accounts reads only this.
create index users_by_name on users (user_name_key, email_key, id);
