import type { FileRequest } from '../../domain/files/file-request.ts'
import type { Sql, SqlRow, Statement } from '../../ports.ts'
import { isOwnFolder } from '../files/folder-tree.ts'
import { flagOf, numberOf, numberOrNull, textOf, textOrNull } from '../sql.ts'

/** False when the folder is not the owner's. */
export async function addFileRequest (sql: Sql, request: FileRequest): Promise<boolean> {
  if (!await isOwnFolder(sql, request.ownerId, request.folderId)) return false
  await sql.run(`
    insert into file_requests (id, owner_id, folder_id, title, message, max_file_size, max_bytes, max_files, types, sealed_password, expires_at, is_notified, keeps_folders, created_at)
    values ($id, $ownerId, $folderId, $title, $message, $maxFileSize, $maxBytes, $maxFiles, $types, $sealedPassword, $expiresAt, $isNotified, $keepsFolders, $createdAt)`, {
    id: request.id,
    ownerId: request.ownerId,
    folderId: request.folderId,
    title: request.title,
    message: request.message,
    maxFileSize: request.maxFileSize,
    maxBytes: request.maxBytes,
    maxFiles: request.maxFiles,
    types: request.types.join(','),
    sealedPassword: request.sealedPassword,
    expiresAt: request.expiresAt,
    isNotified: request.isNotified ? 1 : 0,
    keepsFolders: request.keepsFolders ? 1 : 0,
    createdAt: request.createdAt
  })
  return true
}

export async function findFileRequest (sql: Sql, id: string): Promise<FileRequest | undefined> {
  const row = await sql.get('select * from file_requests where id = $id', { id })
  return row && toRequest(row)
}

/** A user's requests, the newest first. */
export async function listFileRequests (sql: Sql, ownerId: number): Promise<FileRequest[]> {
  return (await sql.all('select * from file_requests where owner_id = $ownerId order by created_at desc, id', { ownerId })).map(toRequest)
}

export async function closeFileRequest (sql: Sql, ownerId: number, id: string, isClosed: boolean): Promise<void> {
  await sql.run('update file_requests set is_closed = $isClosed where id = $id and owner_id = $ownerId', { id, ownerId, isClosed: isClosed ? 1 : 0 })
}

export async function removeFileRequest (sql: Sql, ownerId: number, id: string): Promise<void> {
  await sql.run('delete from file_requests where id = $id and owner_id = $ownerId', { id, ownerId })
}

/** Part of the transaction in which uploads become files: concurrent uploads cannot exceed a limit. */
export const countReceived = (id: string, files: number, bytes: number, now: number): Statement => ({
  sql: `update file_requests set received_files = received_files + $files, received_bytes = received_bytes + $bytes
        where id = $id and is_closed = 0 and (expires_at is null or expires_at > $now)
          and (max_files is null or received_files + $files <= max_files) and (max_bytes is null or received_bytes + $bytes <= max_bytes)`,
  params: { id, files, bytes, now },
  must: true
})

function toRequest (row: SqlRow): FileRequest {
  return {
    id: textOf(row, 'id'),
    ownerId: numberOf(row, 'owner_id'),
    folderId: textOf(row, 'folder_id'),
    title: textOf(row, 'title'),
    message: textOf(row, 'message'),
    maxFileSize: numberOrNull(row, 'max_file_size'),
    maxBytes: numberOrNull(row, 'max_bytes'),
    maxFiles: numberOrNull(row, 'max_files'),
    types: textOf(row, 'types').split(',').filter(type => type !== ''),
    sealedPassword: textOrNull(row, 'sealed_password'),
    expiresAt: numberOrNull(row, 'expires_at'),
    isNotified: flagOf(row, 'is_notified'),
    keepsFolders: flagOf(row, 'keeps_folders'),
    isClosed: flagOf(row, 'is_closed'),
    createdAt: numberOf(row, 'created_at'),
    receivedFiles: numberOf(row, 'received_files'),
    receivedBytes: numberOf(row, 'received_bytes')
  }
}
