/** Bytes that come in several requests, which may break off: what has come is kept, the rest comes later. */
import { refuse, Refusal, TOO_MANY_UNFINISHED } from '../api/errors.ts'
import { addressKey } from '../domain/network/address-key.ts'
import { cleanFileName } from '../domain/files/file-name.ts'
import type { StoredFile } from '../domain/files/file.ts'
import { newKey, newUploadId } from '../domain/identifiers.ts'
import { TICKET_LIFETIME } from '../domain/policy.ts'
import type { BlobWriter } from '../ports.ts'
import { findFile } from '../store/files/files.ts'
import { addResumableUpload, becomes, findResumableUpload, giveUpUpload, noteReceived, removeResumableUpload, acquireWriteLock, type ResumableUpload } from '../store/uploads/resumable-uploads.ts'
import { reserve, type Claim } from '../store/uploads/upload-space.ts'
import { commitFiles, requireFolder, type Fields } from './commit.ts'
import { storable } from './form.ts'
import { createSpaceReservation, requireRoom, findTicketHolder, FORM_OVERHEAD, holdTicket, quotaOf, takeRoom, type TicketHolder } from './reservation.ts'
import { createThrottle } from './throttle.ts'
import { blobOf, createPieces } from './pieces.ts'
import type { Destination, Surroundings } from './receive.ts'

/** What an append left: the upload as it is now, and its file once it is whole. */
export interface Appended {
  readonly upload: ResumableUpload
  readonly file: StoredFile | undefined
}

/**
 * `findDestination` tells where an upload goes that answers a file request, by what its sender said; it throws when nothing
 * may come by it now.
 */
export function createResumer ({ ports, policy, live, transfers }: Surroundings, findDestination: (requestId: string, fields: Fields) => Promise<Destination>) {
  const { sql, blobs, clock, ids, vault, server } = ports
  const pieces = createPieces(ports)
  /** One request at a time writes to an upload; who comes next ends the one before, whose client has given it up. */
  const running = new Map<string, { stop (): void, readonly ended: Promise<unknown> }>()

  /** Throws the refusals of an upload, such as 20 for space that is not there, and 13 when too many are unfinished. */
  async function begin (ticketId: string, length: number, fields: ReadonlyMap<string, string>, address: string, requestId: string | null = null): Promise<ResumableUpload> {
    const uploadId = newUploadId(ids)
    live.add(uploadId)
    try {
      const upload = { uploadId, ticketId, length, receivedBytes: 0, crc32: 0, generation: '', fields, expiresAt: clock.now() + TICKET_LIFETIME, fileId: null, requestId }
      const bearer = await findTicketHolder(ports, ticketId)
      const destination = await destinationOf(upload)
      const largest = Math.min(...[bearer.ticket.maxFileSize, destination?.maxFileSize ?? -1].filter(size => size !== -1))
      if (length > largest) throw refuse('PARAMETER_BAD_VALUE', 'the file is larger than max_file_size')
      if (destination !== undefined && length > destination.mostBytes) throw refuse('PRO_DISKSPACE_LIMIT')
      await requireRoom(ports.room, length)
      // A stranger holds space for what he sends, not for what he announces.
      const hold = await holdTicket(ports, policy, bearer, uploadId, destination === undefined ? length + FORM_OVERHEAD : null, false)
      try {
        const writer = await blobs.create(blobOf(uploadId))
        await writer.finish()
        if (!await addResumableUpload(sql, vault, upload, addressKey(vault, address), clock.now())) {
          await writer.discard()
          throw refuse('UPLOAD_TEMP_ERROR', TOO_MANY_UNFINISHED)
        }
      } catch (error) {
        await hold.release()
        throw error
      }
      return upload
    } finally {
      live.delete(uploadId)
    }
  }

  const destinationOf = async ({ requestId, fields }: ResumableUpload): Promise<Destination | undefined> =>
    requestId === null ? undefined : findDestination(requestId, formOf(fields))

  const find = (uploadId: string): Promise<ResumableUpload | undefined> => findResumableUpload(sql, vault, uploadId, clock.now())

  /**
   * Takes what comes from `offset` on; `stop` ends the request. undefined when the upload does not stand there. A body that
   * breaks off is no error: what came of it is kept.
   */
  async function append (uploadId: string, offset: number, body: AsyncIterator<Buffer>, stop: () => void): Promise<Appended | undefined> {
    const before = running.get(uploadId)
    before?.stop()
    const work = (before?.ended ?? Promise.resolve()).then(() => write(uploadId, offset, body, stop))
    const mine = { stop, ended: work.catch(() => undefined) }
    running.set(uploadId, mine)
    live.add(uploadId)
    try {
      return await work
    } finally {
      if (running.get(uploadId) === mine) {
        running.delete(uploadId)
        live.delete(uploadId)
      }
    }
  }

  async function write (uploadId: string, offset: number, body: AsyncIterator<Buffer>, stop: () => void): Promise<Appended | undefined> {
    const upload = await find(uploadId)
    if (upload === undefined || upload.receivedBytes !== offset) return undefined
    if (upload.fileId !== null || offset === upload.length) return complete(upload)
    const bearer = await findTicketHolder(ports, upload.ticketId)
    const { ticket } = bearer
    // Strangers hold space as it comes.
    const isCovered = await mayGoOn(upload) || bearer.user === undefined
    const claim = await claimOf(upload, bearer, null)
    const cover = isCovered ? createSpaceReservation(ports, claim, { held: 0, most: upload.length }) : async () => undefined
    const pace = createThrottle(clock)
    const pen = newKey(ids)
    const taken = await acquireWriteLock(sql, upload, pen)
    if (taken === undefined) return undefined
    // Where no other process can write there, whoever did is gone.
    const copies = { from: upload.generation, to: taken === 'free' || server.isAlone ? upload.generation : pen }
    const writer = await pieces.goOn(upload, copies, pen)
    if (writer === undefined) return undefined
    const endTransfer = transfers.begin(bearer.user?.id ?? null, stop)
    let durable
    try {
      let received = offset
      for (let bytes = await nextOf(body); bytes !== undefined; bytes = await nextOf(body)) {
        received += bytes.length
        if (received > upload.length) throw refuse('PARAMETER_BAD_VALUE', 'more bytes than were announced')
        await cover(received)
        await takeRoom(ports.room, bytes.length)
        await writer.write(bytes)
        await pace(bytes.length, ticket.speedLimit)
      }
      durable = await writer.finish()
    } catch (error) {
      // A client that does not know what it sends: nothing of it is worth keeping. What another has gone on with is not its own.
      if (error instanceof Refusal && error.error !== 'UPLOAD_TEMP_ERROR' && await giveUpUpload(sql, uploadId, pen)) {
        await writer.discard()
        await pieces.throwAway(uploadId)
      } else {
        await pieces.cutOff(writer, upload, copies, pen)
      }
      throw error
    } finally {
      endTransfer()
    }
    const { size, crc32 } = durable
    const grown = { ...upload, receivedBytes: size, crc32, generation: copies.to, expiresAt: clock.now() + TICKET_LIFETIME }
    if (!await noteReceived(sql, grown, pen)) {
      await writer.leave()
      return undefined
    }
    await writer.forgetEarlier()
    // What waits holds no more than there is of it.
    if (isCovered && size < upload.length) await reserve(sql, claim, size)
    return size === upload.length ? complete(grown, writer) : { upload: grown, file: undefined }
  }

  /** Whether it answers a file request. Throws when nothing more may come by that one; what has come is gone then. */
  async function mayGoOn (upload: ResumableUpload): Promise<boolean> {
    try {
      return await destinationOf(upload) !== undefined
    } catch (error) {
      if (error instanceof Refusal) await pieces.end(upload.uploadId)
      throw error
    }
  }

  async function claimOf ({ uploadId }: ResumableUpload, { ticket, user }: TicketHolder, contentLength: number | null): Promise<Claim> {
    return { ticket, uploadId, quota: await quotaOf(user, policy, ports.room), contentLength }
  }

  /** Everything has come: the blob is kept, then the rows are written. Once it is a file, that is told again. */
  async function complete (upload: ResumableUpload, writer?: BlobWriter): Promise<Appended> {
    const { uploadId, fields, fileId, crc32, length } = upload
    if (fileId !== null) return { upload, file: await findFile(sql, fileId) }
    const bearer = await findTicketHolder(ports, upload.ticketId)
    const { user } = bearer
    const sent = formOf(fields)
    try {
      const destination = await destinationOf(upload)
      const form = destination?.fields(sent) ?? sent
      const folderId = destination?.folderId ?? await requireFolder(user, form, ports)
      await pieces.keep(upload, writer)
      const collected = [{ name: cleanFileName(fields.get('filename') ?? ''), size: length, crc32, blobId: blobOf(uploadId) }]
      const [file] = await commitFiles({ claim: await claimOf(upload, bearer, length), user }, collected, folderId, form, sent.get('public_url'), { ports, policy },
        files => [...files.map(({ id }) => becomes(uploadId, id)), ...destination?.alongside(files) ?? []])
      if (file === undefined) throw new Error('an upload became no file')
      return { upload: { ...upload, fileId: file.id }, file: await findFile(sql, file.id) }
    } catch (error) {
      if (error instanceof Refusal) await pieces.end(uploadId)
      throw error
    }
  }

  /** Throws away what has come, for its sender: a request that still writes to it is ended first. */
  async function terminate (uploadId: string): Promise<void> {
    const mine = running.get(uploadId)
    mine?.stop()
    await mine?.ended
    await removeResumableUpload(sql, uploadId)
    await pieces.throwAway(uploadId)
  }

  /**
   * The file of an upload that is whole: one that a dead server left unfinished becomes one now. Throws BytesGone when what has come is
   * not there any more.
   */
  async function settle (upload: ResumableUpload): Promise<StoredFile | undefined> {
    if (running.has(upload.uploadId)) return undefined
    if (upload.receivedBytes < upload.length) {
      await pieces.demand(upload)
      return undefined
    }
    const work = complete(upload)
    running.set(upload.uploadId, { stop: () => undefined, ended: work.catch(() => undefined) })
    live.add(upload.uploadId)
    try {
      return (await work).file
    } finally {
      running.delete(upload.uploadId)
      live.delete(upload.uploadId)
    }
  }

  return { begin, find, append, settle, terminate }
}

/** What its sender said, as the store can hold it. */
const formOf = (fields: ReadonlyMap<string, string>): Fields => ({ get: name => storable(name, fields.get(name) ?? '') })

export type Resumer = ReturnType<typeof createResumer>

/** The next bytes; undefined at the end, and where the client broke off: what came counts. */
async function nextOf (body: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  try {
    const next = await body.next()
    return next.done ? undefined : next.value
  } catch {
    return undefined
  }
}
