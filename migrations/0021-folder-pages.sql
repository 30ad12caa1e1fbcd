-- Folders inside a folder, some at a time: with the id at its end the index gives the next ones without a look at all.
drop index folders_by_parent;
create index folders_by_parent on folders (owner_id, parent_id, id);

-- Files by name, page by page: without it each page sorts all names of its folder.
create index files_by_name on files (owner_id, folder_id, lower(name), name, id);
