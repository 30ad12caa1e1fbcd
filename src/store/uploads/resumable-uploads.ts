/** Uploads in several requests. */
import { MAX_FINISHED, MAX_UNFINISHED, MAX_UNFINISHED_IN_REQUEST, MAX_UNFINISHED_OF_REQUEST } from '../../domain/caps.ts'
import type { Vault } from '../../domain/vault.ts'
import type { Sql, Statement } from '../../ports.ts'
import { numberOf, textOf, textOrNull } from '../sql.ts'
import { IS_OVER, LIVES, lifeAt } from './uploads.ts'

export interface ResumableUpload {
  readonly uploadId: string
  readonly ticketId: string
  /** Size of the whole file. */
  readonly length: number
  /** Durable bytes. */
  readonly receivedBytes: number
  /** Of the received bytes. */
  readonly crc32: number
  /** The generation of the blob that has them. */
  readonly generation: string
  /** The sender's metadata, by the field names of the upload form. */
  readonly fields: ReadonlyMap<string, string>
  readonly expiresAt: number
  /** Set once it is complete. */
  readonly fileId: string | null
  /** Its file request: then the file belongs to the owner of the request, and the sender cannot see it. */
  readonly requestId: string | null
}

const PURPOSE = 'resumable upload'

/** The field for the original Upload-Metadata: HEAD must return it. */
export const METADATA_FIELD = 'upload_metadata'
/** Fields that the server adds to an upload. */
export const OWN_FIELDS: ReadonlySet<string> = new Set(['public_url', 'locale', 'target_folder', METADATA_FIELD])

/** Unfinished uploads of an address, of a request, or of both; expired ones are removed by the next sweep. */
const unfinished = (which: string): string => `(select count(*) from resumable_uploads where file_id is null and ${LIVES} and ${which})`

/**
 * False when the limit of unfinished uploads is reached, from this address ('' for an unknown one) or for this request. They
 * are never removed for a new one, since somebody may still be sending them. Of finished ones the oldest are removed.
 */
export async function addResumableUpload (sql: Sql, vault: Vault, upload: ResumableUpload, address: string, now: number): Promise<boolean> {
  const { fields, requestId, ...columns } = upload
  const done = await sql.batch([{
    sql: `
    insert into resumable_uploads (upload_id, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at, file_id, request_id, address, generation, target_folder)
    select $uploadId, $ticketId, $length, $receivedBytes, $crc32, $sealedFields, $expiresAt, cast($fileId as text), nullif($requestId, ''), nullif($address, ''), $generation, nullif($targetFolder, '')
    where ($address = '' or ${unfinished('address = $address')} < ${MAX_UNFINISHED})
      and ($requestId = '' or ${unfinished('request_id = $requestId')} < ${MAX_UNFINISHED_IN_REQUEST})
      and ($requestId = '' or $address = '' or ${unfinished('address = $address and request_id = $requestId')} < ${MAX_UNFINISHED_OF_REQUEST})`,
    params: { ...columns, targetFolder: fields.get('target_folder') ?? '', requestId: requestId ?? '', sealedFields: vault.seal(JSON.stringify([...fields]), PURPOSE), address, ...lifeAt(now) },
    must: true
  }, {
    sql: `delete from resumable_uploads where upload_id in (
            select upload_id from resumable_uploads where address = $address and file_id is not null
            order by expires_at desc limit 100 offset ${MAX_FINISHED})`,
    params: { address }
  }])
  return done !== undefined
}

/** Whether such an upload exists, finished or not. */
export async function hasResumableUpload (sql: Sql, uploadId: string): Promise<boolean> {
  return await sql.get('select 1 from resumable_uploads where upload_id = $uploadId', { uploadId }) !== undefined
}

export async function findResumableUpload (sql: Sql, vault: Vault, uploadId: string, now: number): Promise<ResumableUpload | undefined> {
  const row = await sql.get(`select * from resumable_uploads where upload_id = $uploadId and ${LIVES}`, { uploadId, ...lifeAt(now) })
  return row && {
    uploadId,
    ticketId: textOf(row, 'ticket_id'),
    length: numberOf(row, 'length'),
    receivedBytes: numberOf(row, 'received_bytes'),
    crc32: numberOf(row, 'crc32'),
    generation: textOf(row, 'generation'),
    fields: new Map(JSON.parse(vault.open(textOf(row, 'sealed_fields'), PURPOSE)) as ReadonlyArray<readonly [string, string]>),
    expiresAt: numberOf(row, 'expires_at'),
    fileId: textOrNull(row, 'file_id'),
    requestId: textOrNull(row, 'request_id')
  }
}

/**
 * Begins to write at the upload's offset; the newest request wins, and unrecorded bytes of others are discarded. 'contested' when another
 * request may still write; undefined when the offset is wrong.
 */
export async function acquireWriteLock (sql: Sql, { uploadId, receivedBytes, generation }: ResumableUpload, writer: string): Promise<'free' | 'contested' | undefined> {
  const taking = `update resumable_uploads set writer = $writer
    where upload_id = $uploadId and received_bytes = $receivedBytes and generation = $generation and file_id is null`
  const params = { uploadId, receivedBytes, generation, writer }
  if ((await sql.run(`${taking} and writer is null`, params)).changes === 1) return 'free'
  return (await sql.run(taking, params)).changes === 1 ? 'contested' : undefined
}

/** Releases the write lock of an upload. */
export async function releaseWriteLock (sql: Sql, uploadId: string, writer: string): Promise<void> {
  await sql.run('update resumable_uploads set writer = null where upload_id = $uploadId and writer = $writer', { uploadId, writer })
}

/** Records the durable bytes, and releases the lock; extends the upload and its ticket. False when another request has begun to write. */
export async function noteReceived (
  sql: Sql, { uploadId, ticketId, receivedBytes, crc32, generation, expiresAt }: ResumableUpload, writer: string
): Promise<boolean> {
  return await sql.batch([
    {
      sql: `update resumable_uploads set received_bytes = $receivedBytes, crc32 = $crc32, generation = $generation, expires_at = $expiresAt, writer = null
            where upload_id = $uploadId and writer = $writer`,
      params: { uploadId, receivedBytes, crc32, generation, expiresAt, writer },
      must: true
    },
    { sql: 'update tickets set expires_at = $expiresAt where id = $ticketId and expires_at < $expiresAt', params: { ticketId, expiresAt } }
  ]) !== undefined
}

/** Part of the transaction in which an upload becomes a file: a repeated request gets this file. */
export const becomes = (uploadId: string, fileId: string): Statement => ({
  sql: 'update resumable_uploads set file_id = $fileId where upload_id = $uploadId', params: { uploadId, fileId }
})

export async function removeResumableUpload (sql: Sql, uploadId: string): Promise<void> {
  await sql.run('delete from resumable_uploads where upload_id = $uploadId', { uploadId })
}

/** Removes an upload that is not a file yet and has no other writer; false when it stays. */
export async function giveUpUpload (sql: Sql, uploadId: string, writer?: string): Promise<boolean> {
  const { changes } = writer === undefined
    ? await sql.run('delete from resumable_uploads where upload_id = $uploadId and file_id is null', { uploadId })
    : await sql.run('delete from resumable_uploads where upload_id = $uploadId and file_id is null and writer = $writer', { uploadId, writer })
  return changes === 1
}

/** Removes expired uploads and releases their reservations. Running ones stay: a piece may take longer than an upload may wait. */
export async function removeOldUploads (sql: Sql, now: number, live: ReadonlySet<string>): Promise<void> {
  for (const row of await sql.all(`select upload_id from resumable_uploads where ${IS_OVER}`, lifeAt(now))) {
    const uploadId = textOf(row, 'upload_id')
    if (!live.has(uploadId)) await sql.run(`delete from resumable_uploads where upload_id = $uploadId and ${IS_OVER}`, { uploadId, ...lifeAt(now) })
  }
}

/** Whether it can be resumed. */
export async function isWaiting (sql: Sql, uploadId: string): Promise<boolean> {
  return await sql.get('select 1 from resumable_uploads where upload_id = $uploadId and file_id is null', { uploadId }) !== undefined
}
