/** Public folders directly inside a folder: there may be any number, so they are read in batches. */
import { PAGE_ROWS } from '../../domain/files/file-order.ts'
import { inOrder, type Folder } from '../../domain/files/folder.ts'
import type { Sql } from '../../ports.ts'
import { among, IS_LOCKED, ownedBy, treeOf } from './folder-tree.ts'
import { FOLDER_COLUMNS, toFolder } from './folders.ts'
import { numberOf, numberOrNull, textOf, textOrNull } from '../sql.ts'

/** Folders per batch. */
const PAGE = 500

/** All of them but bundles with a password, by id, or those of `only`; those of no account with `null`. `createdAt` in Unix milliseconds. */
export async function * listSharedFolders (
  sql: Sql, ownerId: number | null, parentId: string, only?: readonly string[]
): AsyncGenerator<ReadonlyArray<Folder & { readonly createdAt: number }>> {
  if (only?.length === 0) return
  const owned = ownedBy(ownerId)
  const chosen = only === undefined ? { sql: '', params: {} } : among(only)
  let after = ''
  while (true) {
    const rows = await sql.all(`
      select ${FOLDER_COLUMNS}, created_at from folders where ${owned.sql} and parent_id = $parentId and id > $after${chosen.sql} and not ${IS_LOCKED}
      order by id limit ${PAGE}`, { ...owned.params, ...chosen.params, parentId, after })
    yield rows.map(row => ({ ...toFolder(row), createdAt: numberOf(row, 'created_at') })).filter(({ isShared }) => isShared)
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = textOf(last, 'id')
  }
}

/** The same at once. */
export async function findSharedFolders (sql: Sql, ownerId: number | null, parentId: string): Promise<Folder[]> {
  const all: Folder[] = []
  for await (const batch of listSharedFolders(sql, ownerId, parentId)) all.push(...batch)
  return all
}

/** Up to this many are sorted like every list; more would block all others, so the database sorts them in its order. */
const MAX_SORTED = 1000

const sharedIn = (ownerId: number | null): string => `${ownedBy(ownerId).sql} and parent_id = $parentId and is_shared = 1 and not ${IS_LOCKED}`

export async function countSharedFolders (sql: Sql, ownerId: number | null, parentId: string): Promise<number> {
  return numberOf(await sql.get(`select count(*) as folders from folders where ${sharedIn(ownerId)}`, { ...ownedBy(ownerId).params, parentId }) ?? {}, 'folders')
}

/** One page of them, by name, ignoring case, then by id; empty beyond the last page. `total` is their number. */
export async function listSharedFolderPage (sql: Sql, ownerId: number | null, parentId: string, page: number, total: number): Promise<readonly Folder[]> {
  const [shared, params] = [sharedIn(ownerId), { ...ownedBy(ownerId).params, parentId }]
  const start = (page - 1) * PAGE_ROWS
  if (total <= start) return []
  if (total <= MAX_SORTED) {
    const all = await sql.all(`select ${FOLDER_COLUMNS} from folders where ${shared}`, params)
    return inOrder(all.map(toFolder)).slice(start, start + PAGE_ROWS)
  }
  // Sort only the ids, not whole rows.
  const rows = await sql.all(`
    select ${FOLDER_COLUMNS} from folders where id in (select id from folders where ${shared} order by lower(name), id limit ${PAGE_ROWS} offset $start)
    order by lower(name), id`, { ...params, start })
  return rows.map(toFolder)
}

/** A public folder for its owner. */
export interface SharedFolder extends Folder {
  /** What others find in it and in the public folders below it. */
  readonly files: number
  readonly bytes: number
  readonly downloads: number
  /** Of a bundle. */
  readonly bundle: { readonly deleteCode: string, readonly hasPassword: boolean, readonly expiresAt: number | null } | undefined
}

// One inside another is reached by the outer one, unless it is a bundle with settings of its own.
const OUTERMOST = `folders.owner_id = $ownerId and folders.is_shared = 1 and (bundles.folder_id is not null
  or not exists (select 1 from folders as outer_one where outer_one.id = folders.parent_id and outer_one.is_shared = 1))`

/** One page of the public folders of a user, wherever they are, the newest first; the last page when a later one is asked for. */
export async function listOwnSharedFolders (sql: Sql, ownerId: number, asked: number): Promise<{ readonly folders: readonly SharedFolder[], readonly page: number, readonly pages: number }> {
  const total = numberOf(await sql.get(`select count(*) as folders from folders left join bundles on bundles.folder_id = folders.id where ${OUTERMOST}`, { ownerId }) ?? {}, 'folders')
  const pages = Math.max(1, Math.ceil(total / SHARED_ROWS))
  const page = Math.min(asked, pages)
  const rows = await sql.all(`
    select ${FOLDER_COLUMNS}, delete_code, sealed_password, expires_at from folders left join bundles on bundles.folder_id = folders.id
    where ${OUTERMOST} order by created_at desc, id limit ${SHARED_ROWS} offset $start`, { ownerId, start: (page - 1) * SHARED_ROWS })
  const folders: SharedFolder[] = []
  for (const row of rows) {
    const folder = toFolder(row)
    const content = await sql.get(`
      select count(*) as files, coalesce(sum(size), 0) as bytes, coalesce(sum(downloads), 0) as downloads
      from files where owner_id = $ownerId and folder_id in ${treeOf(ownerId, 'public')}`, { ownerId, id: folder.id }) ?? {}
    const deleteCode = textOrNull(row, 'delete_code')
    folders.push({
      ...folder,
      files: numberOf(content, 'files'),
      bytes: numberOf(content, 'bytes'),
      downloads: numberOf(content, 'downloads'),
      bundle: deleteCode === null ? undefined : { deleteCode, hasPassword: row.sealed_password !== null, expiresAt: numberOrNull(row, 'expires_at') }
    })
  }
  return { folders, page, pages }
}

/** Fewer than of other lists: each has a link and a button. */
const SHARED_ROWS = 50
