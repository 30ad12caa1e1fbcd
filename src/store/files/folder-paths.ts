/** Folders by their names: uploads of whole folders name where each file lies. */
import { MAX_FOLDERS, MAX_FOLDERS_OF_BUNDLE } from '../../domain/caps.ts'
import { newShortId } from '../../domain/identifiers.ts'
import type { Ids, Sql, SqlParams } from '../../ports.ts'
import { isOwnFolder, lockOwner, ownedBy, treeOf, type Owned } from './folder-tree.ts'
import { findFolder, hasPlace } from './folders.ts'
import { textOf } from '../sql.ts'

/** The id of the innermost folder, or why there is none. */
export type FolderPath = { readonly id: string } | 'no parent' | 'too deep' | 'too many'

/**
 * Finds the folders of a path below `top`, and makes those that are missing, which are as public as the folder around them. Uploads that
 * arrive at once get the same folders. Names are exact: `Photos` and `photos` stay apart, as on the disk that they come from.
 */
export async function ensureFolderPath (sql: Sql, ids: Ids, top: Owned, names: readonly string[], now: number, sender: Sender = 'owner'): Promise<FolderPath> {
  let { id } = top
  for (const name of names) {
    const inner = await findByName(sql, top.ownerId, id, name, sender) ?? await addByName(sql, ids, top, id, name, now, sender)
    if (inner === undefined) return reasonAgainst(sql, top, id)
    id = inner
  }
  return { id }
}

/** A guest's files never come into a folder that is more public than the one around it, nor into a bundle. */
export type Sender = 'owner' | 'guest'

const REACHABLE: Readonly<Record<Sender, string>> = {
  owner: '',
  guest: ` and is_shared = coalesce((select around.is_shared from folders as around where around.id = $parentId), 0)
    and not exists (select 1 from bundles where bundles.folder_id = folders.id)`
}

/** Programs may give folders in one place the same name: the oldest counts. */
async function findByName (sql: Sql, ownerId: number | null, parentId: string, name: string, sender: Sender): Promise<string | undefined> {
  const owned = ownedBy(ownerId)
  const row = await sql.get(`select id from folders where ${owned.sql} and parent_id = $parentId and name = $name${REACHABLE[sender]} order by created_at, id limit 1`,
    { ...owned.params, parentId, name })
  return row && textOf(row, 'id')
}

/** undefined when there is no place for it. */
async function addByName (sql: Sql, ids: Ids, top: Owned, parentId: string, name: string, now: number, sender: Sender): Promise<string | undefined> {
  const [owned, count] = [ownedBy(top.ownerId), countOf(top)]
  let id = newShortId(ids)
  while (await findFolder(sql, id) !== undefined) id = newShortId(ids)
  const done = await sql.batch([lockOwner(top.ownerId), {
    sql: `insert into folders (id, owner_id, parent_id, name, is_shared, created_at)
          select $newId, ${top.ownerId === null ? 'null' : '$ownerId'}, $parentId, $name, coalesce((select is_shared from folders where id = $parentId), 0), $now
          where ${hasPlace(top.ownerId)} and ${count.sql}
            and not exists (select 1 from folders where ${owned.sql} and parent_id = $parentId and name = $name${REACHABLE[sender]})`,
    params: { newId: id, parentId, name, now, ...count.params },
    must: true
  }])
  // Another upload may have made it at the same moment.
  return done === undefined ? findByName(sql, top.ownerId, parentId, name, sender) : id
}

/** Whether there may be one more: folders of an account, or of an anonymous bundle. */
function countOf ({ id, ownerId }: Owned): { sql: string, params: SqlParams } {
  const owned = ownedBy(ownerId)
  return ownerId === null
    ? { sql: `(select count(*) from folders where id in ${treeOf(null)}) < ${MAX_FOLDERS_OF_BUNDLE}`, params: { id } }
    : { sql: `(select count(*) from folders where ${owned.sql}) < ${MAX_FOLDERS}`, params: owned.params }
}

async function reasonAgainst (sql: Sql, top: Owned, parentId: string): Promise<Exclude<FolderPath, object>> {
  if (!await isOwnFolder(sql, top.ownerId, parentId)) return 'no parent'
  const count = countOf(top)
  return await sql.get(`select 1 where ${count.sql}`, count.params) === undefined ? 'too many' : 'too deep'
}
