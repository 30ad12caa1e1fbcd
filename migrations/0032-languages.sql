-- The language of an account with its region, such as de-AT, for mails to it; null until its browser has told one.
alter table users add column locale text;
-- The language of whoever asked for mails, for readers without an account; '' for programs that tell none.
alter table upload_notices add column locale text not null default '';
-- Whom an answer to a mail reaches; '' for nobody.
alter table mails add column reply_to text not null default '';
