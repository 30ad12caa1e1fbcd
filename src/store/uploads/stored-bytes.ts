/** The stored bytes according to the rows, for backups and for fsck. */
import type { Sql, SqlRow } from '../../ports.ts'
import { forgetDoomedBlobs, removeFiles } from '../files/files.ts'
import { recountTotals } from '../files/file-totals.ts'
import { ANONYMOUS_BYTES, listOf, lockAnonymous, numberOf, numberOrNull, textOf } from '../sql.ts'
import { listRunningUploads } from './uploads.ts'

/** The columns of a file that describe its bytes. */
export interface FileBytes {
  readonly id: string
  readonly ownerId: number | null
  readonly name: string
  readonly blobId: string
  readonly size: number
  readonly crc32: number
}

const PAGE = 500

/** All files by blob, one page at a time; files of a page may be removed before the next page is read. */
export async function * listAllBytes (sql: Sql): AsyncGenerator<readonly FileBytes[]> {
  let after = ''
  while (true) {
    const rows = await sql.all(`
      select id, owner_id, name, blob_id, size, crc32 from files where blob_id > $after order by blob_id limit ${PAGE}`, { after })
    const files = rows.map(toFileBytes)
    yield files
    const last = files.at(-1)
    if (last === undefined || files.length < PAGE) return
    after = last.blobId
  }
}

/** Whether a file still exists. */
export async function isThere (sql: Sql, { id, blobId }: FileBytes): Promise<boolean> {
  return await sql.get('select 1 from files where id = $id and blob_id = $blobId', { id, blobId }) !== undefined
}

/** Removes a file with lost bytes; its owner gets the space back. */
export async function dropFile (sql: Sql, { id, ownerId }: FileBytes): Promise<void> {
  const doomed = await removeFiles(sql, ownerId, [id])
  if (doomed.length > 0) await forgetDoomedBlobs(sql, doomed)
}

/** Those blobs that belong to no file, no pending removal, and no running upload. */
export async function findOrphans (sql: Sql, ids: readonly string[]): Promise<string[]> {
  const orphans: string[] = []
  for (let at = 0; at < ids.length; at += PAGE) {
    const some = ids.slice(at, at + PAGE)
    const list = listOf('id', some)
    // Both reads share a snapshot: an upload that becomes files at this moment is in one of them.
    const [rows, uploads] = await Promise.all([
      sql.all(`select blob_id from files where blob_id in ${list.sql} union select blob_id from doomed_blobs where blob_id in ${list.sql}`, list.params),
      listRunningUploads(sql)
    ])
    const known = new Set(rows.map(row => textOf(row, 'blob_id')))
    const running = new Set(uploads)
    orphans.push(...some.filter(id => !known.has(id) && !running.has(id.slice(0, id.lastIndexOf('-')))))
  }
  return orphans
}

/** An account whose `bytes_stored` is not the sum of its files; with '' the files without an owner. */
export interface Miscounted {
  readonly userName: string
  readonly counted: number
  readonly stored: number
}

const STORED = '(select coalesce(sum(size), 0) from files where owner_id = users.id)'

const STORED_ANONYMOUS = '(select coalesce(sum(size), 0) from files where owner_id is null)'

export async function listMiscounted (sql: Sql): Promise<Miscounted[]> {
  const rows = await sql.all(`
    select '' as user_name, '' as user_name_key, ${ANONYMOUS_BYTES} as bytes_stored, ${STORED_ANONYMOUS} as stored where ${ANONYMOUS_BYTES} <> ${STORED_ANONYMOUS}
    union all
    select user_name, user_name_key, bytes_stored, ${STORED} as stored from users where bytes_stored <> ${STORED} order by user_name_key`)
  return rows.map(row => ({ userName: textOf(row, 'user_name'), counted: Number(row.bytes_stored), stored: Number(row.stored) }))
}

export async function recount (sql: Sql): Promise<void> {
  await sql.batch([
    lockAnonymous(),
    { sql: `update storage_totals set bytes = ${STORED_ANONYMOUS} where name = 'anonymous'` },
    { sql: `update users set bytes_stored = ${STORED} where bytes_stored <> ${STORED}` },
    ...recountTotals()
  ])
}

/** Removes unfinished uploads from a copy of the database: they continue only in the original. */
export async function endAllUploads (sql: Sql): Promise<void> {
  await sql.batch([
    { sql: 'update tickets set upload_id = null, reserved_bytes = 0, started_at = null where upload_id is not null' },
    { sql: 'delete from resumable_uploads where file_id is null' },
    { sql: 'delete from doomed_blobs' }
  ])
}

/** The number of files, and their total size. */
export async function countAllBytes (sql: Sql): Promise<{ files: number, bytes: number }> {
  const row = await sql.get('select count(*) as files, coalesce(sum(size), 0) as bytes from files')
  return { files: Number(row?.files), bytes: Number(row?.bytes) }
}

function toFileBytes (row: SqlRow): FileBytes {
  return {
    id: textOf(row, 'id'),
    ownerId: numberOrNull(row, 'owner_id'),
    name: textOf(row, 'name'),
    blobId: textOf(row, 'blob_id'),
    size: numberOf(row, 'size'),
    crc32: numberOf(row, 'crc32')
  }
}
