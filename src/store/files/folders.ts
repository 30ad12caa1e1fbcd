import { DEEPEST_FOLDER, type Folder } from '../../domain/files/folder.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { MAX_NAME_BYTES } from '../../domain/text-limit.ts'
import type { Sql, SqlRow, Statement } from '../../ports.ts'
import { IS_OWNER_ACTIVE, removeFiles } from './files.ts'
import { followBundleBelow } from './bundle-rules.ts'
import { readFolderTotals } from './file-totals.ts'
import { above, isOwnFolder, lockOwner, ownedBy, treeOf } from './folder-tree.ts'
import { boundedTextOf, cutColumn, flagOf, listOf, lockUser, numberOf, numberOrNull, textOf } from '../sql.ts'

/** Columns of a folder, also for other stores that read folders. */
export const FOLDER_COLUMNS = `id, parent_id, is_shared, ${cutColumn('name', MAX_NAME_BYTES)}`

/** A user's folders by id, in the order of the ids; other ids and the root are omitted. */
export async function findOwnFolders (sql: Sql, ownerId: number, ids: readonly string[]): Promise<Folder[]> {
  if (ids.length === 0) return []
  const list = listOf('id', ids)
  const rows = await sql.all(
    `select ${FOLDER_COLUMNS} from folders where id in ${list.sql} and owner_id = $ownerId`, { ...list.params, ownerId })
  const byId = new Map(rows.map(row => [textOf(row, 'id'), toFolder(row)]))
  return ids.flatMap(id => byId.get(id) ?? [])
}

/** A folder with its owner; null for that of an anonymous bundle. */
export type PublicFolder = Folder & { readonly ownerId: number | null }

/** Anyone's folder. */
export async function findFolder (sql: Sql, id: string): Promise<PublicFolder | undefined> {
  return findFolderWhere(sql, id, '')
}

/** Anyone's folder, as others see it: folders of disabled accounts are not found. */
export async function findVisibleFolder (sql: Sql, id: string): Promise<PublicFolder | undefined> {
  return findFolderWhere(sql, id, ` and ${IS_OWNER_ACTIVE}`)
}

async function findFolderWhere (sql: Sql, id: string, condition: string): Promise<PublicFolder | undefined> {
  const row = await sql.get(`select owner_id, ${FOLDER_COLUMNS} from folders where id = $id${condition}`, { id })
  return row && { ...toFolder(row), ownerId: numberOrNull(row, 'owner_id') }
}

/** All folders of a user, or those directly in `parentId`; in no order. */
export async function listFolders (sql: Sql, ownerId: number | null, parentId?: string): Promise<Folder[]> {
  const owned = ownedBy(ownerId)
  const where = parentId === undefined ? '' : ' and parent_id = $parentId'
  const params = { ...owned.params, ...(parentId !== undefined && { parentId }) }
  return (await sql.all(`select ${FOLDER_COLUMNS} from folders where ${owned.sql}${where}`, params)).map(toFolder)
}

/** Direct children. */
export async function countChildren (sql: Sql, ownerId: number, id: string): Promise<{ files: number, bytes: number, folders: number }> {
  const [totals, row] = await Promise.all([
    readFolderTotals(sql, ownerId, id),
    sql.get('select count(*) as folders from folders where owner_id = $ownerId and parent_id = $id', { ownerId, id })
  ])
  return { ...totals, folders: numberOf(row ?? {}, 'folders') }
}

// The folders from $parentId up to the root: one row per level, none for the root itself.
const ANCESTORS = above('$parentId')

const parentIsOwn = (ownerId: number | null): string => `($parentId = '0' or exists (select 1 from folders where id = $parentId and ${ownedBy(ownerId).sql}))`

/** Whether the owner may have a new folder in $parentId. */
export const hasPlace = (ownerId: number | null): string => `${parentIsOwn(ownerId)} and (${ANCESTORS} select count(*) from above) < ${DEEPEST_FOLDER}`

/** Adds a folder. 'no parent', or 'too deep', or 'collision' when the id is taken. */
export async function addFolder (sql: Sql, ownerId: number, folder: Folder, now: number): Promise<'added' | 'no parent' | 'too deep' | 'collision'> {
  const params = { ...folder, isShared: folder.isShared ? 1 : 0, ownerId, now }
  if (await sql.get('select 1 from folders where id = $id', { id: folder.id })) return 'collision'
  const done = await sql.batch([lockUser(ownerId), {
    sql: `insert into folders (id, owner_id, parent_id, name, is_shared, created_at)
          select $id, $ownerId, $parentId, $name, $isShared, $now
          where ${hasPlace(ownerId)}`,
    params,
    must: true
  }])
  if (done !== undefined) return 'added'
  return await isOwnFolder(sql, ownerId, folder.parentId) ? 'too deep' : 'no parent'
}

export type FolderChange = Partial<Pick<Folder, 'name' | 'isShared' | 'parentId'>>

/**
 * Changes a folder; omitted fields keep their values. 'bad target' when it would be inside itself or too deep, 'no parent' when
 * the target does not exist, 'gone' when the folder does not.
 */
export async function changeFolder (
  sql: Sql, ownerId: number, id: string, { name, isShared, parentId }: FolderChange
): Promise<'changed' | 'bad target' | 'no parent' | 'gone'> {
  const sets = [
    ...(name === undefined ? [] : ['name = $name']),
    ...(isShared === undefined ? [] : ['is_shared = $isShared']),
    ...(parentId === undefined ? [] : ['parent_id = $parentId'])
  ]
  const params = {
    id,
    ownerId,
    ...(name !== undefined && { name }),
    ...(isShared !== undefined && { isShared: isShared ? 1 : 0 }),
    ...(parentId !== undefined && { parentId })
  }
  // What comes out of a bundle with a password is not public by itself.
  const leaving = parentId === undefined || isShared !== undefined ? undefined : hideTree(ownerId, id, parentId)
  const fits = parentId === undefined ? '' : ` and ${parentIsOwn(ownerId)} and ${FITS_BELOW}`
  const done = await sql.batch([lockUser(ownerId), ...leaving === undefined ? [] : [leaving], {
    sql: `update folders set ${sets.length === 0 ? 'id = id' : sets.join(', ')} where id = $id and owner_id = $ownerId${fits}`,
    params,
    must: true
  }, ...parentId === undefined ? [] : [followBundleBelow(ownerId, id)], ...isShared === undefined ? [] : [shareBundleTree(ownerId, id, isShared)]])
  if (done !== undefined) return 'changed'
  if (!await isOwnFolder(sql, ownerId, id)) return 'gone'
  return await isOwnFolder(sql, ownerId, parentId ?? ROOT_FOLDER) ? 'bad target' : 'no parent'
}

/** A bundle and the folders in it are public or private together. */
const shareBundleTree = (ownerId: number, id: string, isShared: boolean): Statement => ({
  sql: `update folders set is_shared = $isShared where id in ${treeOf(ownerId)} and exists (select 1 from bundles where folder_id = $id)`,
  params: { id, ownerId, isShared: isShared ? 1 : 0 }
})

/** Makes a folder and all below it private if it lies in a bundle with a password, and its new place does not. */
function hideTree (ownerId: number, id: string, parentId: string): Statement {
  const locked = (start: string): string => `exists (${above(start)} select 1 from above cross join bundles where bundles.folder_id = above.id and bundles.sealed_password is not null and above.id <> $id)`
  return {
    sql: `update folders set is_shared = 0 where id in ${treeOf(ownerId)} and ${locked('$id')} and not ${locked('$parentId')}`,
    params: { id, ownerId, parentId }
  }
}

// The target is not inside the folder itself, and the deepest subfolder still fits below it.
const FITS_BELOW = `not exists (${ANCESTORS} select 1 from above where id = $id)
  and (${ANCESTORS} select count(*) from above) + (with recursive below (id, depth) as (
    select id, 1 from folders where id = $id
    union all
    select folders.id, below.depth + 1 from below cross join folders where folders.parent_id = below.id and folders.owner_id = $ownerId)
    select max(depth) from below) <= ${DEEPEST_FOLDER}`

/** Removes an empty folder. */
export async function removeEmptyFolder (sql: Sql, ownerId: number, id: string): Promise<'removed' | 'not empty' | 'gone'> {
  const done = await sql.batch([lockUser(ownerId), {
    sql: `
    delete from folders where id = $id and owner_id = $ownerId
      and not exists (select 1 from files where owner_id = $ownerId and folder_id = $id)
      and not exists (select 1 from folders as child where child.owner_id = $ownerId and child.parent_id = $id)`,
    params: { id, ownerId },
    must: true
  }])
  if (done !== undefined) return 'removed'
  return await isOwnFolder(sql, ownerId, id) ? 'not empty' : 'gone'
}

/** Files removed in one transaction: others are served in between. */
const CHUNK = 500

/**
 * Removes a folder and everything in it, in steps between which `giveWay` lets others be served; false when it does
 * not exist. Folders are removed last and only when empty, so that a file uploaded meanwhile is removed as well and never left
 * without a folder.
 */
export async function removeTree (sql: Sql, ownerId: number | null, id: string, giveWay: () => Promise<void>): Promise<boolean> {
  const [tree, owned] = [treeOf(ownerId), ownedBy(ownerId)]
  const params = { id, ...owned.params }
  const isThere = async () => await sql.get(`select 1 from folders where id = $id and ${owned.sql}`, params) !== undefined
  if (!await isThere()) return false
  while (true) {
    const files = await sql.all(`select id from files where ${owned.sql} and folder_id in ${tree} limit ${CHUNK}`, params)
    if (files.length > 0) {
      await removeFiles(sql, ownerId, files.map(row => textOf(row, 'id')))
      if (files.length === CHUNK) await giveWay()
      continue
    }
    await sql.batch([lockOwner(ownerId), {
      sql: `delete from folders where id in ${tree}
              and not exists (select 1 from files where ${owned.sql} and folder_id in ${tree})`,
      params
    }])
    if (!await isThere()) return true
  }
}

export function toFolder (row: SqlRow): Folder {
  return {
    id: textOf(row, 'id'),
    parentId: textOf(row, 'parent_id'),
    name: boundedTextOf(row, 'name', MAX_NAME_BYTES),
    isShared: flagOf(row, 'is_shared')
  }
}
