/** Tickets, their running uploads, and the transaction in which an upload becomes files. */
import type { StoredFile } from '../../domain/files/file.ts'
import { MAX_ENDED_TICKETS, MAX_UNUSED_TICKETS } from '../../domain/caps.ts'
import { CLOCK_SLACK } from '../../domain/clock-slack.ts'
import { TICKET_LIFETIME } from '../../domain/policy.ts'
import type { Ticket } from '../../domain/uploads/ticket.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { readApiVersion } from '../../domain/version.ts'
import { PROGRESS_MEMORY } from '../../domain/uploads/progress.ts'
import { OutcomeUnknown, type ProgressRecord, type Sql, type SqlRow, type Statement } from '../../ports.ts'
import { followBundle } from '../files/bundle-rules.ts'
import { countIn } from '../files/file-totals.ts'
import { isOwnFolder, ownedBy } from '../files/folder-tree.ts'
import { IS_STILL_PROVEN, provenParams, type Proven } from '../access.ts'
import { listOf, lockAnonymous, lockUser, numberOf, numberOrNull, textOf } from '../sql.ts'
import { fits, reserve, spaceOf, spaceParams, type Claim } from './upload-space.ts'
import { addNotice, isForSomebody, type Notice } from './upload-notifications.ts'

/** Lifetime of a ticket, and of a resumable upload, counted from its last piece. */
export const LIVES = 'expires_at > $now and expires_at <= $ahead'
/** The opposite, by an index. */
export const IS_OVER = '(expires_at <= $now or expires_at > $ahead)'
export const lifeAt = (now: number) => ({ now, ahead: now + TICKET_LIFETIME + CLOCK_SLACK })

const TICKET_COLUMNS = 'id, proof, user_id, api_version, max_file_size, speed_limit, expires_at, started_at'

/**
 * 'too many' when this address ('' for an unknown one) already has the most unused tickets allowed;
 * with `proven`, 'not proven' when the user's password was changed meanwhile. If there are too many tickets of ended uploads,
 * the oldest are removed.
 */
export async function addTicket (sql: Sql, ticket: Ticket, address: string, now: number, proven?: Proven): Promise<'added' | 'too many' | 'not proven'> {
  const whose = proven === undefined ? {} : provenParams(proven)
  const done = await sql.batch([...proven === undefined ? [] : [lockUser(proven.id)], {
    sql: `
      insert into tickets (id, proof, user_id, api_version, max_file_size, speed_limit, expires_at, address)
      select $id, $proof, cast($userId as bigint), $version, $maxFileSize, $speedLimit, $expiresAt, nullif($address, '')
      where ($address = '' or (select count(*) from tickets where address = $address and started_at is null and ${LIVES}) < ${MAX_UNUSED_TICKETS})
        ${proven === undefined ? '' : `and ${IS_STILL_PROVEN}`}`,
    params: { ...ticket, ...whose, address, ...lifeAt(now) },
    must: true
  }, {
    sql: `delete from tickets where id in (select id from tickets
            where address = $address and ended_at is not null and upload_id is null order by ended_at desc limit 100 offset ${MAX_ENDED_TICKETS})`,
    params: { address }
  }])
  if (done !== undefined) return 'added'
  return proven !== undefined && await sql.get(`select 1 where ${IS_STILL_PROVEN}`, whose) === undefined ? 'not proven' : 'too many'
}

/** Whether such a ticket exists, expired or not. */
export async function hasTicket (sql: Sql, id: string): Promise<boolean> {
  return await sql.get('select 1 from tickets where id = $id', { id }) !== undefined
}

export async function findTicket (sql: Sql, id: string, now: number): Promise<Ticket | undefined> {
  const row = await sql.get(`select ${TICKET_COLUMNS} from tickets where id = $id and ${LIVES}`, { id, ...lifeAt(now) })
  return row && toTicket(row)
}

/** The state of a ticket's upload: running or ended. 'waiting' when there was none yet. */
export async function findTicketProgress (sql: Sql, id: string, now: number): Promise<ProgressRecord | 'waiting' | undefined> {
  const row = await sql.get('select started_at, upload_id, total_bytes, outcome, ended_at from tickets where id = $id and (expires_at > $now or ended_at > $since)', { id, now, since: now - PROGRESS_MEMORY })
  if (row === undefined) return undefined
  const startedAt = numberOrNull(row, 'started_at')
  if (startedAt === null) return 'waiting'
  const totalBytes = numberOrNull(row, 'total_bytes')
  const base = { startedAt, totalBytes, isHere: false }
  if (row.upload_id !== null) return { ...base, status: 'receiving', receivedBytes: 0, changedAt: startedAt }
  const endedAt = numberOrNull(row, 'ended_at')
  if (endedAt === null || Math.abs(now - endedAt) >= PROGRESS_MEMORY) return undefined
  const isDone = row.outcome === 'done'
  return { ...base, status: isDone ? 'done' : 'fail', receivedBytes: isDone ? totalBytes ?? 0 : 0, changedAt: endedAt }
}

/**
 * Starts an upload on a ticket, which needs this much space, and reserves some of it. 'in use' when another upload
 * runs on the ticket; 'full' when there is not enough space: the ticket is then held, and must be released.
 */
export async function claimTicket (sql: Sql, claim: Claim, { needed, held }: { readonly needed: number, readonly held: number }, now: number): Promise<'claimed' | 'in use' | 'full'> {
  const { ticket: { id }, uploadId, quota, contentLength } = claim
  const taking: Statement = {
    sql: 'update tickets set upload_id = $uploadId, started_at = $now, total_bytes = $contentLength where id = $id and upload_id is null',
    params: { id, uploadId, now, contentLength },
    must: true
  }
  if (quota === -1) return await sql.batch([taking]) ? 'claimed' : 'in use'
  const done = await sql.batch([spaceOf(claim).lock, taking, {
    sql: `update tickets set reserved_bytes = $held where id = $id and ${fits(claim, '$needed')}`,
    params: { ...spaceParams(claim), needed, held }
  }])
  if (done === undefined) return 'in use'
  return done.at(-1)?.changes === 0 ? 'full' : 'claimed'
}

/** Releases a ticket and its reserved space after a failed upload. */
export async function releaseTicket (sql: Sql, claim: Claim, now: number): Promise<void> {
  await sql.run(
    'update tickets set upload_id = null, reserved_bytes = 0, outcome = \'fail\', ended_at = $now where id = $id and upload_id = $uploadId',
    { id: claim.ticket.id, uploadId: claim.uploadId, now })
}

export type NewFile = Pick<StoredFile, 'id' | 'ownerId' | 'folderId' | 'name' | 'description' | 'sealedPassword' |
  'size' | 'blobId' | 'deleteCode' | 'uploadedAt' | 'expiresAt' | 'limitAction'> & { readonly crc32: number }

/**
 * The transaction in which an upload becomes files: rows, space and ticket change together. 'full' when the
 * space is gone, 'lost' when the ticket is no longer this upload's, 'collision' when a file id is taken, 'no folder'
 * when the folder was deleted, 'switched off' when the account is disabled. `alongside` is part of the batch. Rejects with OutcomeUnknown when the database
 * became unavailable during it and did not return in time.
 */
export async function commitUpload (
  sql: Sql, claim: Claim, files: readonly NewFile[], notice: Notice, now: number, alongside: readonly Statement[] = []
): Promise<'committed' | 'full' | 'lost' | 'collision' | 'no folder' | 'switched off'> {
  const { ticket: { id, userId }, uploadId, contentLength } = claim
  const bytes = files.reduce((sum, file) => sum + file.size, 0)
  const ids = files.map(file => file.id)
  // The ticket of an account that was deleted meanwhile has no owner.
  const owner = userId ?? 0
  for (const fileId of ids) {
    if (await sql.get('select 1 from files where id = $fileId', { fileId })) return 'collision'
  }
  const statements: Statement[] = [userId === null ? lockAnonymous() : lockActive(userId), {
    sql: `update tickets set upload_id = null, reserved_bytes = 0, outcome = 'done', ended_at = $now, total_bytes = $total
          where id = $id and upload_id = $uploadId and coalesce(user_id, 0) = $owner`,
    params: { id, uploadId, total: contentLength ?? bytes, now, owner },
    must: true
  }]
  statements.push({
    sql: userId === null
      ? `update storage_totals set bytes = bytes + $bytes where name = 'anonymous' and ${fits(claim, '$bytes')}`
      : `update users set bytes_stored = bytes_stored + $bytes where id = $userId and ${fits(claim, '$bytes')}`,
    params: { ...spaceParams(claim), bytes },
    must: true
  })
  const folderId = files[0]?.folderId ?? ROOT_FOLDER
  if (folderId !== ROOT_FOLDER) {
    const owned = ownedBy(userId)
    statements.push({ sql: `update folders set id = id where id = $folderId and ${owned.sql}`, params: { folderId, ...owned.params }, must: true })
  }
  for (const file of files) {
    statements.push({
      sql: `insert into files (id, owner_id, folder_id, name, description, sealed_password, size, crc32, blob_id,
              delete_code, uploaded_at, expires_at, limit_action)
            values ($id, $ownerId, $folderId, $name, $description, $sealedPassword, $size, $crc32, $blobId,
              $deleteCode, $uploadedAt, $expiresAt, $limitAction)`,
      params: { ...file }
    })
  }
  const list = listOf('file', ids)
  statements.push(...countIn(`id in ${list.sql}`, list.params))
  if (isForSomebody(notice)) statements.push(addNotice({ ...notice, uploadId, userId, fileIds: ids }, now))
  statements.push(...followBundle(folderId, ids), ...alongside)
  if (await isWritten(sql, statements, files)) return 'committed'
  if (userId !== null && await sql.get('select 1 from users where id = $userId and is_disabled = 1', { userId }) !== undefined) return 'switched off'
  if (!await isOwnFolder(sql, userId, folderId)) return 'no folder'
  // Uploads that end concurrently each see the others' reservations: this one releases its own and tries again.
  if (await reserve(sql, claim, 0) && await isWritten(sql, statements, files)) return 'committed'
  return await sql.get('select 1 from tickets where id = $id and upload_id = $uploadId and coalesce(user_id, 0) = $owner', { id, uploadId, owner }) ? 'full' : 'lost'
}

/** `lockUser`, if the account must not be disabled. */
const lockActive = (userId: number): Statement => {
  const { sql, ...others } = lockUser(userId)
  return { ...others, sql: `${sql} and is_disabled = 0` }
}

/** Runs a batch that writes these files; false when it does not fit. If the outcome is unknown, looks for the files. */
async function isWritten (sql: Sql, statements: readonly Statement[], [file]: readonly NewFile[]): Promise<boolean> {
  while (true) {
    try {
      return await sql.batch(statements) !== undefined
    } catch (error) {
      if (!(error instanceof OutcomeUnknown) || file === undefined) throw error
      const found = await sql.get('select 1 from files where blob_id = $blobId', { blobId: file.blobId }).catch(() => { throw error })
      if (found !== undefined) return true
    }
  }
}

/** Uploads that hold a ticket, in any process, also in a dead one. */
export async function listRunningUploads (sql: Sql): Promise<string[]> {
  return (await sql.all('select upload_id from tickets where upload_id is not null')).map(row => textOf(row, 'upload_id'))
}

/** Whether an upload is running or paused: it is not a file yet and was not given up. */
export async function holdsTicket (sql: Sql, uploadId: string): Promise<boolean> {
  return await sql.get('select 1 from tickets where upload_id = $uploadId', { uploadId }) !== undefined
}

/**
 * Releases the ticket of a dead upload and marks its blobs for removal. An upload that became files meanwhile no longer holds
 * its ticket: then nothing happens, since its blobs belong to the files, and the result is false.
 */
export async function abandonUpload (sql: Sql, uploadId: string, blobIds: readonly string[], now: number): Promise<boolean> {
  return await sql.batch([
    {
      sql: "update tickets set upload_id = null, reserved_bytes = 0, outcome = 'fail', ended_at = $now where upload_id = $uploadId",
      params: { uploadId, now },
      must: true
    },
    ...blobIds.map(blobId => ({ sql: 'insert into doomed_blobs (blob_id) values ($blobId) on conflict do nothing', params: { blobId } }))
  ]) !== undefined
}

/** Except tickets that still have the result of their upload. */
export async function removeExpiredTickets (sql: Sql, now: number): Promise<void> {
  await sql.run(`delete from tickets where ${IS_OVER} and upload_id is null and (coalesce(ended_at, 0) <= $since or ended_at > $ahead)`, { ...lifeAt(now), since: now - PROGRESS_MEMORY })
}

function toTicket (row: SqlRow): Ticket {
  const version = readApiVersion(textOf(row, 'api_version'))
  if (version === undefined) throw new TypeError('tickets.api_version: expected 1.0, 1.1 or 1.2')
  return {
    id: textOf(row, 'id'),
    proof: textOf(row, 'proof'),
    userId: numberOrNull(row, 'user_id'),
    version,
    maxFileSize: numberOf(row, 'max_file_size'),
    speedLimit: numberOf(row, 'speed_limit'),
    expiresAt: numberOf(row, 'expires_at'),
    startedAt: numberOrNull(row, 'started_at')
  }
}
