-- A start forgets the places of downloads that a dead server had: without this it looks at every file.
create index files_with_running_downloads on files (id) where running_downloads > 0;
