/** Conditions shared by changes of folders and files. */
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import type { Sql, SqlParams, Statement } from '../../ports.ts'
import { listOf, lockAnonymous, lockUser } from '../sql.ts'

/** Whether an owner may put something there: the root, or one of the owner's folders. */
export async function isOwnFolder (sql: Sql, ownerId: number | null, id: string): Promise<boolean> {
  if (id === ROOT_FOLDER) return true
  const owned = ownedBy(ownerId)
  return await sql.get(`select 1 from folders where id = $id and ${owned.sql}`, { id, ...owned.params }) !== undefined
}

/** Restricts a statement to the rows of a user, or to rows without an owner; `table` is a prefix such as `files.`. */
export function ownedBy (ownerId: number | null, table = ''): { sql: string, params: SqlParams } {
  return ownerId === null ? { sql: `${table}owner_id is null`, params: {} } : { sql: `${table}owner_id = $ownerId`, params: { ownerId } }
}

/** Restricts a statement, which has a condition already, to rows with these ids, of which there is one at least. */
export function among (ids: readonly string[]): { sql: string, params: SqlParams } {
  const list = listOf('id', ids)
  return { sql: ` and id in ${list.sql}`, params: list.params }
}

/** A folder and its owner; null for that of an anonymous bundle. */
export interface Owned {
  readonly id: string
  readonly ownerId: number | null
}

/** First in a batch whose check depends on concurrent changes of folders and files of the same owner. */
export const lockOwner = (ownerId: number | null): Statement => ownerId === null ? lockAnonymous() : lockUser(ownerId)

/** The ids of the folder `$id` and of all folders below it, or only of those that are public; with the parameters of `ownedBy`. */
export function treeOf (ownerId: number | null, which: 'all' | 'public' = 'all'): string {
  const owned = `${ownedBy(ownerId, 'folders.').sql}${which === 'public' ? ' and folders.is_shared = 1' : ''}`
  return `(with recursive below (id) as (
    select id from folders where id = $id and ${owned}
    union all
    select folders.id from folders join below on folders.parent_id = below.id and ${owned}) select id from below)`
}

/** A common table expression `above`: `start`, the folders above it, and their distance. */
export const above = (start: string): string => `with recursive above (id, parent_id, distance) as (
  select id, parent_id, 0 from folders where id = ${start}
  union all
  select folders.id, folders.parent_id, above.distance + 1 from folders join above on folders.id = above.parent_id)`
