/** How much is in folders: on the list of one's own files, and before they are deleted. */
import { MOST_COUNTED } from '../../domain/files/folder.ts'
import type { Sql } from '../../ports.ts'
import { listOf, numberOf, textOf } from '../sql.ts'

/** Files and folders directly in a folder; the number of folders stops at one more than `MOST_COUNTED`. */
export interface Content {
  readonly files: number
  readonly folders: number
}

/** The direct content of folders, by their ids. */
export async function countContents (sql: Sql, ownerId: number, ids: readonly string[]): Promise<ReadonlyMap<string, Content>> {
  if (ids.length === 0) return new Map()
  const list = listOf('id', ids)
  const rows = await sql.all(`
    select id,
      coalesce((select files from folder_totals where owner_id = $ownerId and folder_id = folders.id), 0) as files,
      (select count(*) from (select 1 from folders as child where child.owner_id = $ownerId and child.parent_id = folders.id limit ${MOST_COUNTED + 1}) as some_folders) as folders
    from folders where owner_id = $ownerId and id in ${list.sql}`, { ...list.params, ownerId })
  return new Map(rows.map(row => [textOf(row, 'id'), { files: numberOf(row, 'files'), folders: numberOf(row, 'folders') }]))
}

/** Everything in some folders of a user and below them, each counted once. `folders` includes these themselves. */
export async function measureTrees (sql: Sql, ownerId: number, ids: readonly string[]): Promise<{ readonly files: number, readonly folders: number, readonly bytes: number }> {
  if (ids.length === 0) return { files: 0, folders: 0, bytes: 0 }
  const list = listOf('id', ids)
  const row = await sql.get(`
    with recursive below (id) as (
      select id from folders where owner_id = $ownerId and id in ${list.sql}
      union
      select folders.id from below cross join folders where folders.parent_id = below.id and folders.owner_id = $ownerId)
    select (select count(*) from below) as folders, coalesce(sum(files), 0) as files, coalesce(sum(bytes), 0) as bytes
    from folder_totals where owner_id = $ownerId and folder_id in (select id from below)`, { ...list.params, ownerId }) ?? {}
  return { files: numberOf(row, 'files'), folders: numberOf(row, 'folders'), bytes: numberOf(row, 'bytes') }
}
