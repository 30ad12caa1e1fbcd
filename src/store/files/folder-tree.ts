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

/** Folders that others do not see from outside: bundles with a password. */
export const IS_LOCKED = 'exists (select 1 from bundles where bundles.folder_id = folders.id and bundles.sealed_password is not null)'

const BELOW = {
  all: '',
  public: ` and folders.is_shared = 1 and not ${IS_LOCKED}`,
  // Without the bundles inside, which have rules of their own.
  ruled: ' and not exists (select 1 from bundles where bundles.folder_id = folders.id)'
} as const

/**
 * The ids of the folder `$id` and of the folders below it, all or some; with the parameters of `ownedBy`. `cross join` makes SQLite look for the
 * children of each folder by the index: by itself it reads all folders of the owner for each.
 */
export function treeOf (ownerId: number | null, which: keyof typeof BELOW = 'all'): string {
  const owned = ownedBy(ownerId, 'folders.').sql
  return `(with recursive below (id) as (
    select id from folders where id = $id and ${owned}
    union all
    select folders.id from below cross join folders where folders.parent_id = below.id and ${owned}${BELOW[which]}) select id from below)`
}

/** A common table expression `above`: `start`, the folders above it, and their distance. */
export const above = (start: string): string => `with recursive above (id, parent_id, distance) as (
  select id, parent_id, 0 from folders where id = ${start}
  union all
  select folders.id, folders.parent_id, above.distance + 1 from folders join above on folders.id = above.parent_id)`
