/** A request that brings more bytes of a resumable upload: its write lock is taken, its bytes are written, what is durable is noted. */
import { refuse, Refusal } from '../../api/errors.ts'
import { newKey } from '../../domain/identifiers.ts'
import { TICKET_LIFETIME } from '../../domain/policy.ts'
import type { BlobWriter, Copies, Durable } from '../../ports.ts'
import { acquireWriteLock, findResumableUpload, giveUpUpload, noteReceived, type ResumableUpload } from '../../store/uploads/resumable-uploads.ts'
import { reserve, type Claim } from '../../store/uploads/upload-space.ts'
import { createSpaceReservation, findTicketHolder, takeRoom, type Reservation, type TicketHolder } from '../reservation.ts'
import { createThrottle } from '../throttle.ts'
import { completeUpload, type Appended } from './complete.ts'
import { claimOf, destinationOf, type ResumableContext } from './context.ts'

/** What a request holds while it writes. */
interface Append {
  readonly upload: ResumableUpload
  readonly holder: TicketHolder
  readonly claim: Claim
  /** Whether space is taken as bytes come. */
  readonly isCovered: boolean
  readonly ensureSpace: Reservation['ensureSpace']
  /** Names this request as the holder of the write lock. */
  readonly lock: string
  readonly copies: Copies
  readonly writer: BlobWriter
}

/**
 * Takes what comes from `offset` on; `stop` ends the request. undefined when the upload does not stand there, or stands there no more
 * when this request has written. A body that breaks off is no error: what came of it is kept.
 */
export async function appendBytes (uploadId: string, offset: number, body: AsyncIterator<Buffer>, stop: () => void, context: ResumableContext): Promise<Appended | undefined> {
  const { ports: { sql, vault, clock }, transfers } = context
  const upload = await findResumableUpload(sql, vault, uploadId, clock.now())
  if (upload === undefined || upload.receivedBytes !== offset) return undefined
  if (upload.fileId !== null || offset === upload.length) return completeUpload(upload, context)
  const append = await beginAppend(upload, context)
  if (append === undefined) return undefined
  const endTransfer = transfers.begin(append.holder.user?.id ?? null, stop)
  let durable
  try {
    durable = await writeBody(body, append, context)
  } catch (error) {
    await failAppend(error, append, context)
    throw error
  } finally {
    endTransfer()
  }
  return noteDurable(durable, append, context)
}

/** undefined when another request has taken the write lock. */
async function beginAppend (upload: ResumableUpload, context: ResumableContext): Promise<Append | undefined> {
  const { ports, pieces } = context
  const holder = await findTicketHolder(ports, upload.ticketId)
  // Strangers hold space as it comes.
  const isCovered = await answersOpenRequest(upload, context) || holder.user === undefined
  const claim = await claimOf(upload, holder, null, context)
  const ensureSpace = isCovered ? createSpaceReservation(ports, claim, { held: 0, most: upload.length }) : async () => undefined
  const lock = newKey(ports.ids)
  const acquired = await acquireWriteLock(ports.sql, upload, lock)
  if (acquired === undefined) return undefined
  // Where no other process can write there, whoever did is gone.
  const copies = { from: upload.generation, to: acquired === 'free' || ports.server.isAlone ? upload.generation : lock }
  const writer = await pieces.resume(upload, copies, lock)
  return writer && { upload, holder, claim, isCovered, ensureSpace, lock, copies, writer }
}

/** False for an upload that answers no file request. Throws when nothing more may come by its request; what has come is gone then. */
async function answersOpenRequest (upload: ResumableUpload, context: ResumableContext): Promise<boolean> {
  try {
    return await destinationOf(upload, context) !== undefined
  } catch (error) {
    if (error instanceof Refusal) await context.pieces.end(upload.uploadId)
    throw error
  }
}

async function writeBody (body: AsyncIterator<Buffer>, { upload, holder, ensureSpace, writer }: Append, { ports: { room, clock } }: ResumableContext): Promise<Durable> {
  const throttle = createThrottle(clock)
  let received = upload.receivedBytes
  for (let bytes = await nextOf(body); bytes !== undefined; bytes = await nextOf(body)) {
    received += bytes.length
    if (received > upload.length) throw refuse('PARAMETER_BAD_VALUE', 'more bytes than were announced')
    await ensureSpace(received)
    await takeRoom(room, bytes.length)
    await writer.write(bytes)
    await throttle(bytes.length, holder.ticket.speedLimit)
  }
  return writer.finish()
}

/** The next bytes; undefined at the end, and where the client broke off: what came counts. */
async function nextOf (body: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  try {
    const next = await body.next()
    return next.done ? undefined : next.value
  } catch {
    return undefined
  }
}

async function failAppend (error: unknown, { upload, lock, copies, writer }: Append, { ports: { sql }, pieces }: ResumableContext): Promise<void> {
  // A client that does not know what it sends: nothing of it is worth keeping. What another has gone on with is not its own.
  if (error instanceof Refusal && error.error !== 'UPLOAD_TEMP_ERROR' && await giveUpUpload(sql, upload.uploadId, lock)) {
    await writer.discard()
    await pieces.throwAway(upload.uploadId)
  } else {
    await pieces.cutOff(writer, upload, copies, lock)
  }
}

/** undefined when another request has written meanwhile. */
async function noteDurable ({ size, crc32 }: Durable, { upload, claim, isCovered, lock, copies, writer }: Append, context: ResumableContext): Promise<Appended | undefined> {
  const { sql, clock } = context.ports
  const grown = { ...upload, receivedBytes: size, crc32, generation: copies.to, expiresAt: clock.now() + TICKET_LIFETIME }
  if (!await noteReceived(sql, grown, lock)) {
    await writer.leave()
    return undefined
  }
  await writer.forgetEarlier()
  // What waits holds no more than there is of it.
  if (isCovered && size < upload.length) await reserve(sql, claim, size)
  return size === upload.length ? completeUpload(grown, context, writer) : { upload: grown, file: undefined }
}
