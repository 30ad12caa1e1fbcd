-- Accounts that were deleted: one whose row is still there is closed, and goes on being removed. A number is given once, so
-- that nothing which still thinks of the old account reaches a new one.
create table deleted_users (
  id bigint primary key,
  deleted_at bigint not null
);
