/** The administrator's overview: sums, accounts and files. */
import type { StoredFile } from '../../domain/files/file.ts'
import type { User } from '../../domain/accounts/user.ts'
import type { Sql } from '../../ports.ts'
import { readFileTotals, type FileTotals } from '../files/file-totals.ts'
import { fileColumns, toFile } from '../files/files.ts'
import { anywhere, numberOf, textOrNull } from '../sql.ts'
import { IS_KEPT, toUser, USER_COLUMNS } from '../accounts/users.ts'

export interface Totals extends FileTotals {
  readonly users: number
  readonly mails: number
  /** Mails that are to be delivered; the others were given up. */
  readonly waiting: number
  readonly givenUp: number
  /** Files with damaged bytes. */
  readonly damaged: number
}

export async function countEverything (sql: Sql): Promise<Totals> {
  const [files, row, damaged] = await Promise.all([
    readFileTotals(sql),
    sql.get(`
      select (select count(*) from users) - (select count(*) from users join deleted_users on deleted_users.id = users.id) as users,
        (select count(*) from mails) as mails, (select count(*) from mails where next_try_at is not null) as waiting`),
    countDamaged(sql)
  ])
  if (row === undefined) throw new Error('a count gave no row')
  const [mails, waiting] = [numberOf(row, 'mails'), numberOf(row, 'waiting')]
  return { ...files, users: numberOf(row, 'users'), mails, waiting, givenUp: mails - waiting, damaged }
}

/** Number of files with damaged bytes: a fast query. */
async function countDamaged (sql: Sql): Promise<number> {
  const row = await sql.get('select count(*) as damaged from damaged_blobs join files on files.blob_id = damaged_blobs.blob_id')
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
