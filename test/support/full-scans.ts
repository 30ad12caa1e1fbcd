/** Statements that may read a table from one end to the other, and why. */

/** Tables that stay small, whatever is stored. */
const SMALL: Readonly<Record<string, string>> = {
  pauses: 'three rows at most',
  servers: 'a row for each process',
  moves: 'one row at most',
  storage_totals: 'one row',
  file_totals: '64 rows at most',
  site_settings: 'what administrators chose',
  invitations: 'what administrators made and nobody has used yet',
  doomed_blobs: 'a queue that each sweep empties',
  damaged_blobs: 'what was found to be damaged',
  upload_notices: 'a queue that is emptied at once',
  request_arrivals: 'a queue that is emptied within minutes',
  login_attempts: 'those of the last minutes',
  mail_counts: 'those who sent mail in this hour',
  mails: 'a queue; what was given up stays for days',
  deleted_users: 'ids of accounts that were deleted, read once a minute'
}

interface FullScan {
  readonly table: string
  /** A part of the statements. */
  readonly statement: string
  readonly why: string
}

const FULL_SCANS: readonly FullScan[] = [
  { table: 'users', statement: 'select count(*) from users', why: 'counts an index: 0.3 ms with 50,000 accounts' },
  { table: 'files', statement: 'from files where limit_action in (2, 3) and expires_at', why: 'an index of only those files whose downloads are used up' },
  { table: 'users', statement: 'others.is_admin = 1', why: 'an index of only administrators' },
  { table: 'users', statement: '(select user_name from users where is_admin = 1)) as events', why: 'an index of only administrators' },
  { table: 'tickets', statement: 'select upload_id from tickets where upload_id is not null', why: 'an index of only those whose upload runs' },
  { table: 'resumable_uploads', statement: 'file_id is null', why: 'an index of only unfinished uploads' },
  { table: 'tickets', statement: 'where user_id is null and upload_id is not null', why: 'an index of only those of nobody whose upload runs' },
  { table: 'files', statement: 'damaged_blobs join files', why: 'PostgreSQL begins with the damaged blobs when there are more files' },
  { table: 'users', statement: 'users join deleted_users', why: 'PostgreSQL begins with the deleted ones when there are more users' },
  { table: 'users', statement: 'bytes_stored <>', why: 'only fsck, restore and backup' },
  { table: 'files', statement: 'group by coalesce(owner_id, 0), folder_id', why: 'only fsck, restore and backup' },
  { table: 'folder_totals', statement: 'delete from folder_totals', why: 'only fsck, restore and backup' },
  { table: 'folder_totals', statement: 'select owner_id % 64', why: 'only fsck, restore and backup' },
  { table: 'folder_totals', statement: 'as missing', why: 'only fsck' },
  { table: 'users', statement: "select 'membership' as kind", why: 'only the emulator, when its clock is advanced' },
  { table: 'sessions', statement: "select 'membership' as kind", why: 'only the emulator, when its clock is advanced' },
  { table: 'files', statement: "select 'membership' as kind", why: 'only the emulator, when its clock is advanced' }
]

/** Why a statement may read all of a table; undefined when it may not. */
export const reasonFor = (table: string, statement: string): string | undefined =>
  SMALL[table] ?? FULL_SCANS.find(scan => scan.table === table && statement.includes(scan.statement))?.why
