/** Uploads that come in several requests. */
import { MAX_FINISHED, MAX_UNFINISHED, MAX_UNFINISHED_IN_REQUEST, MAX_UNFINISHED_OF_REQUEST } from '../../domain/caps.ts'
import type { Vault } from '../../domain/vault.ts'
import type { Sql, Statement } from '../../ports.ts'
import { numberOf, textOf, textOrNull } from '../sql.ts'
import { LIVES, lifeAt } from './uploads.ts'

export interface ResumableUpload {
  readonly uploadId: string
  readonly ticketId: string
  /** Bytes of the whole file. */
  readonly length: number
  /** Bytes that are durable. */
  readonly receivedBytes: number
  /** Of the received bytes. */
  readonly crc32: number
  /** Which copy of the blob holds them. */
  readonly generation: string
  /** What the sender said of the file, by the names of the upload form. */
  readonly fields: ReadonlyMap<string, string>
  readonly expiresAt: number
  /** Once it is whole. */
  readonly fileId: string | null
  /** The file request that it answers: then it is for the owner of that one, and its sender sees nothing of it. */
  readonly requestId: string | null
}

const PURPOSE = 'resumable upload'

/** The field that keeps Upload-Metadata as it was sent: HEAD must return it. */
export const METADATA_FIELD = 'upload_metadata'
/** What the server itself adds to the fields of an upload. */
export const OWN_FIELDS: ReadonlySet<string> = new Set(['public_url', METADATA_FIELD])

/** Unfinished ones of an address, of a request, or of both; those that are too old go with the next sweep. */
const unfinished = (which: string): string => `(select count(*) from resumable_uploads where file_id is null and ${LIVES} and ${which})`

/**
 * False when as many are unfinished as may be, from this address ('' for none that is known) or for this request. None of
 * them ever goes for a new one: somebody may be sending it. Of those that are whole the oldest do.
 */
export async function addResumableUpload (sql: Sql, vault: Vault, upload: ResumableUpload, address: string, now: number): Promise<boolean> {
  const { fields, requestId, ...columns } = upload
  const done = await sql.batch([{
    sql: `
    insert into resumable_uploads (upload_id, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at, file_id, request_id, address, generation)
    select $uploadId, $ticketId, $length, $receivedBytes, $crc32, $sealedFields, $expiresAt, cast($fileId as text), nullif($requestId, ''), nullif($address, ''), $generation
    where ($address = '' or ${unfinished('address = $address')} < ${MAX_UNFINISHED})
      and ($requestId = '' or ${unfinished('request_id = $requestId')} < ${MAX_UNFINISHED_IN_REQUEST})
      and ($requestId = '' or $address = '' or ${unfinished('address = $address and request_id = $requestId')} < ${MAX_UNFINISHED_OF_REQUEST})`,
    params: { ...columns, requestId: requestId ?? '', sealedFields: vault.seal(JSON.stringify([...fields]), PURPOSE), address, ...lifeAt(now) },
    must: true
  }, {
    sql: `delete from resumable_uploads where upload_id in (
            select upload_id from resumable_uploads where address = $address and file_id is not null
            order by expires_at desc limit 100 offset ${MAX_FINISHED})`,
    params: { address }
  }])
  return done !== undefined
}

/** Whether there is such an upload, over or not. */
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
 * Begins to write where the upload stands; what others wrote and did not note counts no more. 'contested' when one of them may still
 * write; undefined when it does not stand there.
 */
export async function acquireWriteLock (sql: Sql, { uploadId, receivedBytes, generation }: ResumableUpload, writer: string): Promise<'free' | 'contested' | undefined> {
  const taking = `update resumable_uploads set writer = $writer
    where upload_id = $uploadId and received_bytes = $receivedBytes and generation = $generation and file_id is null`
  const params = { uploadId, receivedBytes, generation, writer }
  if ((await sql.run(`${taking} and writer is null`, params)).changes === 1) return 'free'
  return (await sql.run(taking, params)).changes === 1 ? 'contested' : undefined
}

/** Lets go of an upload to which nothing is written any more. */
export async function releaseWriteLock (sql: Sql, uploadId: string, writer: string): Promise<void> {
  await sql.run('update resumable_uploads set writer = null where upload_id = $uploadId and writer = $writer', { uploadId, writer })
}

/** Notes what is durable now, and lets go; the upload and its ticket live on from here. False when another has begun to write. */
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

/** Part of the moment in which an upload becomes a file: who asks again is told which. */
export const becomes = (uploadId: string, fileId: string): Statement => ({
  sql: 'update resumable_uploads set file_id = $fileId where upload_id = $uploadId', params: { uploadId, fileId }
})

export async function removeResumableUpload (sql: Sql, uploadId: string): Promise<void> {
  await sql.run('delete from resumable_uploads where upload_id = $uploadId', { uploadId })
}

/** The same for one that is no file yet, and to which nobody but this writer has begun to write; false when it stays. */
export async function giveUpUpload (sql: Sql, uploadId: string, writer?: string): Promise<boolean> {
  const { changes } = writer === undefined
    ? await sql.run('delete from resumable_uploads where upload_id = $uploadId and file_id is null', { uploadId })
    : await sql.run('delete from resumable_uploads where upload_id = $uploadId and file_id is null and writer = $writer', { uploadId, writer })
  return changes === 1
}

/** What the old ones held is nobody's then. A piece may take longer than an upload may wait: those that run stay. */
export async function removeOldUploads (sql: Sql, now: number, live: ReadonlySet<string>): Promise<void> {
  for (const row of await sql.all(`select upload_id from resumable_uploads where not (${LIVES})`, lifeAt(now))) {
    const uploadId = textOf(row, 'upload_id')
    if (!live.has(uploadId)) await sql.run(`delete from resumable_uploads where upload_id = $uploadId and not (${LIVES})`, { uploadId, ...lifeAt(now) })
  }
}

/** Whether more of it may come. */
export async function isWaiting (sql: Sql, uploadId: string): Promise<boolean> {
  return await sql.get('select 1 from resumable_uploads where upload_id = $uploadId and file_id is null', { uploadId }) !== undefined
}
