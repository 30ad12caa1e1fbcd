/** The `<upload/>` element: a ticket as clients read it. */
import { addressKey } from '../domain/network/address-key.ts'
import { newTicketProof, newUploadIdentifier } from '../domain/identifiers.ts'
import { TICKET_LIFETIME } from '../domain/policy.ts'
import { PATHS } from '../domain/url-paths.ts'
import type { Ticket } from '../domain/uploads/ticket.ts'
import type { User } from '../domain/accounts/user.ts'
import type { Ports } from '../ports.ts'
import { addTicket } from '../store/uploads/uploads.ts'
import { refuse, refuseBecause } from './errors.ts'
import { field, type Fields } from './fields.ts'
import { SAMPLE } from './sample.ts'

/**
 * Makes a ticket for a user, or for nobody, and stores it; `address` is where it was asked for, '' when that is not known. Throws 13 while the disk is
 * full, and when too many that were asked for there wait for an upload; with `proven` 6 when the password of that user was changed since he was found.
 */
export async function issueTicket (
  ports: Ports, wanted: Pick<Ticket, 'userId' | 'version' | 'maxFileSize' | 'speedLimit'>, address: string, now: number, proven?: User
): Promise<Ticket> {
  if (!await ports.room.holds(0)) throw refuseBecause('no room')
  const ticket: Ticket = {
    ...wanted,
    id: newUploadIdentifier(ports.ids, now),
    proof: newTicketProof(ports.ids),
    expiresAt: now + TICKET_LIFETIME,
    startedAt: null
  }
  const outcome = await addTicket(ports.sql, ticket, addressKey(ports.vault, address), now, proven)
  if (outcome === 'not proven') throw refuse('SESSION_BAD')
  if (outcome === 'too many') throw refuseBecause('too many tickets')
  return ticket
}

const { publicUrl, ticketId, ticketProof } = SAMPLE
const SAMPLE_SIZE = 314572800

/** The guide's order, which all versions but one keep. */
export const TICKET = {
  url: field('url', 'Where the form with the file goes, as multipart/form-data.',
    `${publicUrl}${PATHS.upload}?DESTINATION_DIR=5&UPLOAD_IDENTIFIER=${ticketId}&MAX_FILE_SIZE=${SAMPLE_SIZE}`),
  progress_url: field('url', 'Tells how far the upload is.', `${publicUrl}${PATHS.progress}?UPLOAD_IDENTIFIER=${ticketId}`),
  max_file_size: field('bytes', 'The largest file it takes, to be sent as MAX_FILE_SIZE.', SAMPLE_SIZE),
  upload_identifier: field('ticketId', 'To be sent as UPLOAD_IDENTIFIER.', ticketId),
  extra_info: field('text', 'To be sent as extra_info.', ticketProof)
}

const { progress_url: progressUrl, ...others } = TICKET

/** Anonymous tickets of 1.2: a published script reads `url` greedily and works only in this order (observed). */
export const TICKET_12: Fields<keyof typeof TICKET> = { progress_url: progressUrl, ...others }

/** The shape of the addresses is as recorded. */
export function describeTicket ({ id, maxFileSize, proof }: Ticket, publicUrl: string) {
  return {
    url: `${publicUrl}${PATHS.upload}?DESTINATION_DIR=5&UPLOAD_IDENTIFIER=${id}&MAX_FILE_SIZE=${maxFileSize}`,
    progress_url: `${publicUrl}${PATHS.progress}?UPLOAD_IDENTIFIER=${id}`,
    max_file_size: maxFileSize,
    upload_identifier: id,
    extra_info: proof
  }
}
