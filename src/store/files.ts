import type { StoredFile } from '../domain/file.ts'
import type { Sql, SqlRow } from '../ports.ts'
import { listOf, numberOf, numberOrNull, textOf, textOrNull } from './sql.ts'

const FILE_COLUMNS = 'id, owner_id, folder_id, name, description, sealed_password, size, blob_id, delete_code, ' +
  'uploaded_at, downloads, expires_at, download_limit, limit_action, limit_action_folder_id, link_version'

/** Anyone's file. */
export async function findFile (sql: Sql, id: string): Promise<StoredFile | undefined> {
  const row = await sql.get(`select ${FILE_COLUMNS} from files where id = $id`, { id })
  return row && toFile(row)
}

/** One's own files, in the order of the ids; ids of nobody or of others are left out. */
export async function findOwnFiles (sql: Sql, ownerId: number, ids: readonly string[]): Promise<StoredFile[]> {
  const list = listOf('id', ids)
  const rows = await sql.all(
    `select ${FILE_COLUMNS} from files where id in ${list.sql} and owner_id = $ownerId`, { ...list.params, ownerId })
  const byId = new Map(rows.map(row => [textOf(row, 'id'), toFile(row)]))
  return ids.flatMap(id => byId.get(id) ?? [])
}

/** The files directly in a folder, by upload time, then by id. */
export async function listFolderFiles (sql: Sql, ownerId: number, folderId: string): Promise<StoredFile[]> {
  const rows = await sql.all(
    `select ${FILE_COLUMNS} from files where owner_id = $ownerId and folder_id = $folderId order by uploaded_at, id`,
    { ownerId, folderId })
  return rows.map(toFile)
}

export async function countDownload (sql: Sql, id: string): Promise<void> {
  await sql.run('update files set downloads = downloads + 1 where id = $id', { id })
}

/** Removes a file and gives its space back; the blob is doomed in the same breath. False when it was gone already. */
export async function removeFile (sql: Sql, file: StoredFile): Promise<boolean> {
  const { id, blobId, ownerId, size } = file
  const done = await sql.batch([
    { sql: 'delete from files where id = $id', params: { id }, must: true },
    { sql: 'insert into doomed_blobs (blob_id) values ($blobId)', params: { blobId } },
    { sql: 'update users set bytes_stored = bytes_stored - $size where id = $ownerId', params: { ownerId, size } }
  ])
  return done !== undefined
}

/** Blobs to remove from storage, at most `most`. */
export async function listDoomedBlobs (sql: Sql, most: number): Promise<string[]> {
  return (await sql.all('select blob_id from doomed_blobs limit $most', { most })).map(row => textOf(row, 'blob_id'))
}

/** After their bytes are gone. The list must not be empty. */
export async function forgetDoomedBlobs (sql: Sql, ids: readonly string[]): Promise<void> {
  const list = listOf('id', ids)
  await sql.run(`delete from doomed_blobs where blob_id in ${list.sql}`, list.params)
}

export function toFile (row: SqlRow): StoredFile {
  return {
    id: textOf(row, 'id'),
    ownerId: numberOrNull(row, 'owner_id'),
    folderId: textOf(row, 'folder_id'),
    name: textOf(row, 'name'),
    description: textOf(row, 'description'),
    sealedPassword: textOrNull(row, 'sealed_password'),
    size: numberOf(row, 'size'),
    blobId: textOf(row, 'blob_id'),
    deleteCode: textOf(row, 'delete_code'),
    uploadedAt: numberOf(row, 'uploaded_at'),
    downloads: numberOf(row, 'downloads'),
    expiresAt: numberOrNull(row, 'expires_at'),
    downloadLimit: numberOrNull(row, 'download_limit'),
    limitAction: numberOrNull(row, 'limit_action'),
    limitActionFolderId: textOrNull(row, 'limit_action_folder_id'),
    linkVersion: numberOf(row, 'link_version')
  }
}
