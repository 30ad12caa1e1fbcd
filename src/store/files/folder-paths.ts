/** Folders by their names: uploads of whole folders name where each file lies. */
import { MAX_FOLDERS } from '../../domain/caps.ts'
import { newShortId } from '../../domain/identifiers.ts'
import type { Ids, Sql } from '../../ports.ts'
import { isOwnFolder } from './folder-tree.ts'
import { findFolder, HAS_PLACE } from './folders.ts'
import { lockUser, numberOf, textOf } from '../sql.ts'

/** The id of the innermost folder, or why there is none. */
export type FolderPath = { readonly id: string } | 'no parent' | 'too deep' | 'too many'

/**
 * Finds the folders of a path below `parentId`, and makes those that are missing, which are as public as the folder around them. Uploads that
 * arrive at once get the same folders. Names are exact: `Photos` and `photos` stay apart, as on the disk that they come from.
 */
export async function ensureFolderPath (sql: Sql, ids: Ids, ownerId: number, parentId: string, names: readonly string[], now: number): Promise<FolderPath> {
  let id = parentId
  for (const name of names) {
    const inner = await findByName(sql, ownerId, id, name) ?? await addByName(sql, ids, ownerId, id, name, now)
    if (inner === undefined) return reasonAgainst(sql, ownerId, id)
    id = inner
  }
  return { id }
}

/** Programs may give folders in one place the same name: the oldest counts. */
async function findByName (sql: Sql, ownerId: number, parentId: string, name: string): Promise<string | undefined> {
  const row = await sql.get('select id from folders where owner_id = $ownerId and parent_id = $parentId and name = $name order by created_at, id limit 1',
    { ownerId, parentId, name })
  return row && textOf(row, 'id')
}

/** undefined when there is no place for it. */
async function addByName (sql: Sql, ids: Ids, ownerId: number, parentId: string, name: string, now: number): Promise<string | undefined> {
  let id = newShortId(ids)
  while (await findFolder(sql, id) !== undefined) id = newShortId(ids)
  const done = await sql.batch([lockUser(ownerId), {
    sql: `insert into folders (id, owner_id, parent_id, name, is_shared, created_at)
          select $id, $ownerId, $parentId, $name, coalesce((select is_shared from folders where id = $parentId), 0), $now
          where ${HAS_PLACE} and (select count(*) from folders where owner_id = $ownerId) < ${MAX_FOLDERS}
            and not exists (select 1 from folders where owner_id = $ownerId and parent_id = $parentId and name = $name)`,
    params: { id, ownerId, parentId, name, now },
    must: true
  }])
  // Another upload may have made it at the same moment.
  return done === undefined ? findByName(sql, ownerId, parentId, name) : id
}

async function reasonAgainst (sql: Sql, ownerId: number, parentId: string): Promise<Exclude<FolderPath, object>> {
  if (!await isOwnFolder(sql, ownerId, parentId)) return 'no parent'
  const row = await sql.get('select count(*) as folders from folders where owner_id = $ownerId', { ownerId })
  return numberOf(row ?? {}, 'folders') >= MAX_FOLDERS ? 'too many' : 'too deep'
}
