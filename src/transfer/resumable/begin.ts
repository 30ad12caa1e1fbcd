/** The beginning of a resumable upload: its ticket and space are taken, its row and its blob are made. */
import { refuse, refuseBecause } from '../../api/errors.ts'
import { newUploadId } from '../../domain/identifiers.ts'
import { addressKey } from '../../domain/network/address-key.ts'
import { TICKET_LIFETIME } from '../../domain/policy.ts'
import { addResumableUpload, type ResumableUpload } from '../../store/uploads/resumable-uploads.ts'
import { findTicketHolder, FORM_OVERHEAD, requireRoom, reserveTicket } from '../reservation.ts'
import { destinationOf, type ResumableContext } from './context.ts'
import { blobOf } from './pieces.ts'

/** What a sender announces before the first byte. */
export interface Announced {
  readonly ticketId: string
  /** Bytes of the file. */
  readonly length: number
  /** By the names of the wire. */
  readonly fields: ReadonlyMap<string, string>
  /** Of the sender. */
  readonly address: string
  /** The file request that it answers. */
  readonly requestId: string | null
}

/** Throws the refusals of an upload, such as 20 for space that is not there, and 13 when too many are unfinished. */
export async function beginUpload (announced: Announced, context: ResumableContext): Promise<ResumableUpload> {
  const { live, ports: { ids, clock } } = context
  const { ticketId, length, fields, requestId, address } = announced
  const uploadId = newUploadId(ids)
  live.add(uploadId)
  try {
    const upload = { uploadId, ticketId, length, receivedBytes: 0, crc32: 0, generation: '', fields, expiresAt: clock.now() + TICKET_LIFETIME, fileId: null, requestId }
    await reserveAndStore(upload, address, context)
    return upload
  } finally {
    live.delete(uploadId)
  }
}

async function reserveAndStore (upload: ResumableUpload, address: string, context: ResumableContext): Promise<void> {
  const { ports } = context
  const { length } = upload
  const holder = await findTicketHolder(ports, upload.ticketId)
  const destination = await destinationOf(upload, context)
  const largest = Math.min(...[holder.ticket.maxFileSize, destination?.maxFileSize ?? -1].filter(size => size !== -1))
  if (length > largest) throw refuseBecause('file too large')
  if (destination !== undefined && length > destination.mostBytes) throw refuse('PRO_DISKSPACE_LIMIT')
  await requireRoom(ports.room, length)
  // A stranger holds space for what he sends, not for what he announces.
  const reservation = await reserveTicket(context, holder, upload.uploadId, destination === undefined ? length + FORM_OVERHEAD : null, false)
  try {
    await store(upload, address, context)
  } catch (error) {
    await reservation.release()
    throw error
  }
}

async function store (upload: ResumableUpload, address: string, { ports: { sql, blobs, clock, vault } }: ResumableContext): Promise<void> {
  const writer = await blobs.create(blobOf(upload.uploadId))
  await writer.finish()
  if (await addResumableUpload(sql, vault, upload, addressKey(vault, address), clock.now())) return
  await writer.discard()
  throw refuseBecause('too many unfinished')
}
