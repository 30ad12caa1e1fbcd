/** The administrator's overview: sums, accounts and files. */
import type { StoredFile } from '../../domain/files/file.ts'
import type { User } from '../../domain/accounts/user.ts'
import type { Sql } from '../../ports.ts'
import { fileColumns, toFile } from '../files/files.ts'
import { anywhere, numberOf, textOf, textOrNull } from '../sql.ts'
import { IS_KEPT, toUser, USER_COLUMNS } from '../accounts/users.ts'

export interface Totals {
  readonly users: number
  readonly files: number
  readonly bytes: number
  readonly mails: number
  /** Files with damaged bytes. */
  readonly damaged: number
}

const DAMAGED = '(select count(*) from damaged_blobs join files on files.blob_id = damaged_blobs.blob_id)'

export async function countEverything (sql: Sql): Promise<Totals> {
  const row = await sql.get(`
    select (select count(*) from users where ${IS_KEPT}) as users, (select count(*) from files) as files,
      (select coalesce(sum(size), 0) from files) as bytes, (select count(*) from mails) as mails,
      ${DAMAGED} as damaged`)
  if (row === undefined) throw new Error('a count gave no row')
  return { users: numberOf(row, 'users'), files: numberOf(row, 'files'), bytes: numberOf(row, 'bytes'), mails: numberOf(row, 'mails'), damaged: numberOf(row, 'damaged') }
}

export interface Counts extends Omit<Totals, 'damaged'> {
  /** Mails that were given up. */
  readonly givenUp: number
}

const SLICE = 5000

/** Most of the overview, in steps between which others are served: `pause` resolves when it may continue. */
export async function countInSteps (sql: Sql, pause: () => Promise<void>): Promise<Counts> {
  let [files, bytes, last] = [0, 0, '']
  while (true) {
    const row = await sql.get(`
      select count(*) as files, coalesce(sum(size), 0) as bytes, max(id) as last
      from (select id, size from files where id > $last order by id limit $most) as slice`, { last, most: SLICE })
    if (row === undefined) throw new Error('a count gave no row')
    files += numberOf(row, 'files')
    bytes += numberOf(row, 'bytes')
    if (numberOf(row, 'files') < SLICE) break
    last = textOf(row, 'last')
    await pause()
  }
  const rest = await sql.get(`
    select (select count(*) from users where ${IS_KEPT}) as users, (select count(*) from mails where next_try_at is not null) as mails,
      (select count(*) from mails where next_try_at is null) as given_up`)
  if (rest === undefined) throw new Error('a count gave no row')
  return { files, bytes, users: numberOf(rest, 'users'), mails: numberOf(rest, 'mails'), givenUp: numberOf(rest, 'given_up') }
}

/** Number of files with damaged bytes: a fast query. */
export async function countDamaged (sql: Sql): Promise<number> {
  const row = await sql.get(`select ${DAMAGED} as damaged`)
  return row ? numberOf(row, 'damaged') : 0
}

/** Accounts whose user name or e-mail contains `text`, ignoring case, by user name. */
export async function searchUsers (sql: Sql, text: string, { after, most }: { readonly after: string, readonly most: number }): Promise<User[]> {
  const rows = await sql.all(`
    select ${USER_COLUMNS} from users
    where ${IS_KEPT} and user_name_key > $after and (user_name_key like $pattern escape '\\' or email_key like $pattern escape '\\')
    order by user_name_key limit $most`, { pattern: anywhere(text), after: after.toLowerCase(), most })
  return rows.map(toUser)
}

export type FileOrder = 'newest' | 'largest'

export interface OwnedFile {
  readonly file: StoredFile
  /** A user name; null for an anonymous upload. */
  readonly owner: string | null
}

const KEYS = { newest: 'uploaded_at', largest: 'size' } as const

/** Everybody's files, those after `after`; at most `most`. */
export async function listAllFiles (sql: Sql, order: FileOrder, after: { readonly value: number, readonly id: string } | undefined, most: number): Promise<OwnedFile[]> {
  const key = KEYS[order]
  const { value = Number.MAX_SAFE_INTEGER, id = '' } = after ?? {}
  const rows = await sql.all(`
    select ${fileColumns('files.')}, users.user_name from files left join users on users.id = files.owner_id
    where (files.${key}, files.id) < ($value, $id) order by files.${key} desc, files.id desc limit $most`, { value, id, most })
  return rows.map(row => ({ file: toFile(row), owner: textOrNull(row, 'user_name') }))
}

/** The sort key of `listAllFiles`. */
export const cursorOf = ({ uploadedAt, size, id }: StoredFile, order: FileOrder): string => `${order === 'newest' ? uploadedAt : size}-${id}`
