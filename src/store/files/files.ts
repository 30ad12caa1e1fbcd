import type { StoredFile } from '../../domain/files/file.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { MAX_DESCRIPTION_BYTES } from '../../domain/text-limit.ts'
import type { Ports, Sql, SqlRow, Statement } from '../../ports.ts'
import { followBundle } from './bundle-rules.ts'
import { countIn, countOut } from './file-totals.ts'
import { isOwnFolder, ownedBy } from './folder-tree.ts'
import { boundedTextOf, cutColumn, listOf, lockAnonymous, lockUser, numberOf, numberOrNull, textOf, textOrNull } from '../sql.ts'

const COLUMNS = ['id', 'owner_id', 'folder_id', 'name', 'sealed_password', 'size', 'blob_id', 'delete_code',
  'uploaded_at', 'downloads', 'expires_at', 'download_limit', 'limit_action', 'limit_action_folder_id', 'link_version', 'thumbnail']

/** Columns of a file, optionally with the prefix `files.`, also for other stores that read files. Names need no cut: they always had a limit. */
export const fileColumns = (table = ''): string =>
  [...COLUMNS.map(column => table + column), cutColumn(`${table}description`, MAX_DESCRIPTION_BYTES)].join(', ')

export const FILE_COLUMNS = fileColumns()

/** Anyone's file. */
export async function findFile (sql: Sql, id: string): Promise<StoredFile | undefined> {
  const row = await sql.get(`select ${FILE_COLUMNS} from files where id = $id`, { id })
  return row && toFile(row)
}

/** The account of a file's owner is not disabled, or the file has no owner. */
export const IS_OWNER_ACTIVE = 'not exists (select 1 from users where users.id = owner_id and users.is_disabled = 1)'

/** Anyone's file, as others see it: files of disabled accounts are not found. */
export async function findVisibleFile (sql: Sql, id: string): Promise<StoredFile | undefined> {
  const row = await sql.get(`select ${FILE_COLUMNS} from files where id = $id and ${IS_OWNER_ACTIVE}`, { id })
  return row && toFile(row)
}

/** The same for several, in the order of the ids. */
export async function findVisibleFiles (sql: Sql, ids: readonly string[]): Promise<StoredFile[]> {
  if (ids.length === 0) return []
  const list = listOf('id', ids)
  const rows = await sql.all(`select ${FILE_COLUMNS} from files where id in ${list.sql} and ${IS_OWNER_ACTIVE}`, list.params)
  return inOrderOf(ids, rows)
}

/** Files by id, with `ownerId` only those of this owner, in the order of the ids; other ids are omitted. */
export async function findFiles (sql: Sql, ids: readonly string[], ownerId?: number): Promise<StoredFile[]> {
  if (ids.length === 0) return []
  const list = listOf('id', ids)
  const rows = ownerId === undefined
    ? await sql.all(`select ${FILE_COLUMNS} from files where id in ${list.sql}`, list.params)
    : await sql.all(`select ${FILE_COLUMNS} from files where id in ${list.sql} and owner_id = $ownerId`, { ...list.params, ownerId })
  return inOrderOf(ids, rows)
}

function inOrderOf (ids: readonly string[], rows: readonly SqlRow[]): StoredFile[] {
  const byId = new Map(rows.map(row => [textOf(row, 'id'), toFile(row)]))
  return ids.flatMap(id => byId.get(id) ?? [])
}

/** Files per batch: reading them takes about two milliseconds, during which nobody else is served. */
const PAGE = 500

/** The files directly in a folder, by upload time, then by id; in batches, since a folder may have any number. */
export async function * listFolderFiles (sql: Sql, ownerId: number | null, folderId: string): AsyncGenerator<readonly StoredFile[]> {
  const owned = ownedBy(ownerId)
  let uploadedAt = -1
  let id = ''
  while (true) {
    const rows = await sql.all(`
      select ${FILE_COLUMNS} from files
      where ${owned.sql} and folder_id = $folderId and (uploaded_at, id) > ($uploadedAt, $id)
      order by uploaded_at, id limit ${PAGE}`, { ...owned.params, folderId, uploadedAt, id })
    const files = rows.map(toFile)
    yield files
    const last = files.at(-1)
    if (last === undefined || files.length < PAGE) return
    ({ uploadedAt, id } = last)
  }
}

/** The fields that an owner may change; omitted ones keep their values. */
export type FileChange = Partial<Pick<StoredFile, 'name' | 'description' | 'sealedPassword' | 'folderId' | 'expiresAt' |
  'downloadLimit' | 'limitAction' | 'limitActionFolderId'>>

const CHANGEABLE: Readonly<Record<keyof FileChange, string>> = {
  name: 'name',
  description: 'description',
  sealedPassword: 'sealed_password',
  folderId: 'folder_id',
  expiresAt: 'expires_at',
  downloadLimit: 'download_limit',
  limitAction: 'limit_action',
  limitActionFolderId: 'limit_action_folder_id'
}

/** Changes of these fields keep issued links valid; all others end them (wire contract, Links). */
const HARMLESS: ReadonlySet<string> = new Set(['description', 'folderId'])

/**
 * Changes files of one owner (null: anonymous ones, which have no folders), all of them or none: 'no folder'
 * when a folder in the change is not the owner's, 'gone' when no file is.
 */
export async function changeFiles (
  sql: Sql, ownerId: number | null, ids: readonly string[], change: FileChange
): Promise<'changed' | 'no folder' | 'gone'> {
  const list = listOf('id', ids)
  const owned = ownedBy(ownerId)
  const keys = Object.keys(CHANGEABLE).filter((key): key is keyof FileChange => key in change)
  if (keys.length === 0) return 'changed'
  const sets = keys.map(key => `${CHANGEABLE[key]} = $${key}`)
  if (keys.some(key => !HARMLESS.has(key))) sets.push('link_version = link_version + 1')
  const folders = (['folderId', 'limitActionFolderId'] as const).filter(key => change[key] != null && change[key] !== ROOT_FOLDER)
  if (ownerId === null && folders.length > 0) return 'no folder'
  const guards = folders.map(key => ` and exists (select 1 from folders where id = $${key} and owner_id = $ownerId)`)
  const values = Object.fromEntries(keys.map(key => [key, change[key] ?? null]))
  const [theirs, theirParams] = [`id in ${list.sql} and ${owned.sql}`, { ...list.params, ...owned.params }]
  const isMoved = 'folderId' in change
  const done = await sql.batch([...ownerId === null ? [] : [lockUser(ownerId)], ...isMoved ? countOut(theirs, theirParams) : [], {
    sql: `update files set ${sets.join(', ')} where ${theirs}${guards.join('')}`,
    params: { ...theirParams, ...values },
    must: true
  }, ...isMoved ? countIn(theirs, theirParams) : [], ...followBundle(change.folderId ?? ROOT_FOLDER, ids)])
  if (done !== undefined) return 'changed'
  for (const key of folders) {
    if (ownerId !== null && !await isOwnFolder(sql, ownerId, change[key] ?? ROOT_FOLDER)) return 'no folder'
  }
  return 'gone'
}

/**
 * Removes files of one owner (null: anonymous ones), releases their space and marks their blobs for removal in one
 * batch. With `only`, just files for which the condition holds at that moment. Returns the blobs of the removed files,
 * for callers that want to free the disk space immediately.
 */
export async function removeFiles (
  sql: Sql, ownerId: number | null, ids: readonly string[], only?: Statement
): Promise<string[]> {
  const list = listOf('id', ids)
  const owned = ownedBy(ownerId)
  const theirs = `id in ${list.sql} and ${owned.sql}`
  const which = only === undefined ? theirs : `${theirs} and ${only.sql}`
  const params = { ...list.params, ...only?.params, ...owned.params }
  // All statements select the same files: nothing changes them in between.
  const statements: Statement[] = ownerId !== null && only === undefined
    ? []
    : [{ sql: `update files set link_version = link_version where ${theirs}`, params }]
  if (ownerId !== null) {
    statements.unshift(lockUser(ownerId))
    statements.push({
      sql: `update users set bytes_stored = bytes_stored - (select coalesce(sum(size), 0) from files where ${which}) where id = $ownerId`,
      params
    })
  } else {
    statements.unshift(lockAnonymous())
    statements.push({
      sql: `update storage_totals set bytes = bytes - (select coalesce(sum(size), 0) from files where ${which}) where name = 'anonymous'`,
      params
    })
  }
  statements.push(
    ...countOut(which, params),
    { sql: `insert into doomed_blobs (blob_id) select blob_id from files where ${which}`, params },
    { sql: `delete from files where ${which} returning blob_id`, params }
  )
  const done = await sql.batch(statements)
  return done?.at(-1)?.rows.map(row => textOf(row, 'blob_id')) ?? []
}

/** The same, and removes the bytes immediately, so that space is free before the next sweep. The sweep removes them later if the store is unavailable. */
export async function deleteFiles ({ sql, blobs }: Pick<Ports, 'sql' | 'blobs'>, ownerId: number | null, ids: readonly string[]): Promise<void> {
  await blobs.remove(await removeFiles(sql, ownerId, ids)).catch(() => undefined)
}

/** Blobs marked for removal, at most `most`. */
export async function listDoomedBlobs (sql: Sql, most: number): Promise<string[]> {
  return (await sql.all('select blob_id from doomed_blobs limit $most', { most })).map(row => textOf(row, 'blob_id'))
}

/** Called after their bytes were removed. The list must not be empty. */
export async function forgetDoomedBlobs (sql: Sql, ids: readonly string[]): Promise<void> {
  const list = listOf('id', ids)
  await sql.run(`delete from doomed_blobs where blob_id in ${list.sql}`, list.params)
}

/** Fields that decide whether a file's limits are reached. */
export const limitsOf = (row: SqlRow): Pick<StoredFile, 'expiresAt' | 'downloadLimit' | 'downloads'> =>
  ({ expiresAt: numberOrNull(row, 'expires_at'), downloadLimit: numberOrNull(row, 'download_limit'), downloads: numberOf(row, 'downloads') })

export function toFile (row: SqlRow): StoredFile {
  return {
    id: textOf(row, 'id'),
    ownerId: numberOrNull(row, 'owner_id'),
    folderId: textOf(row, 'folder_id'),
    name: textOf(row, 'name'),
    description: boundedTextOf(row, 'description', MAX_DESCRIPTION_BYTES),
    sealedPassword: textOrNull(row, 'sealed_password'),
    size: numberOf(row, 'size'),
    blobId: textOf(row, 'blob_id'),
    deleteCode: textOf(row, 'delete_code'),
    uploadedAt: numberOf(row, 'uploaded_at'),
    ...limitsOf(row),
    limitAction: numberOrNull(row, 'limit_action'),
    limitActionFolderId: textOrNull(row, 'limit_action_folder_id'),
    linkVersion: numberOf(row, 'link_version'),
    hasThumbnail: row.thumbnail === null ? null : numberOf(row, 'thumbnail') === 1
  }
}
