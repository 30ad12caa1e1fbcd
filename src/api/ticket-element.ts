/** The `<upload/>` element: a ticket as clients read it. */
import { newTicketProof, newUploadIdentifier } from '../domain/identifiers.ts'
import { TICKET_LIFETIME } from '../domain/policy.ts'
import type { Ticket } from '../domain/ticket.ts'
import type { Ports } from '../ports.ts'
import { addTicket } from '../store/uploads.ts'

/** Makes a ticket for a user, or for nobody, and stores it. */
export async function issueTicket (
  ports: Ports, wanted: Pick<Ticket, 'userId' | 'version' | 'maxFileSize' | 'speedLimit'>, now: number
): Promise<Ticket> {
  const ticket: Ticket = {
    ...wanted,
    id: newUploadIdentifier(ports.ids, now),
    proof: newTicketProof(ports.ids),
    expiresAt: now + TICKET_LIFETIME,
    startedAt: null
  }
  await addTicket(ports.sql, ticket)
  return ticket
}

/** The guide's order, which all versions but one keep. */
export const TICKET_ATTRIBUTES = ['url', 'progress_url', 'max_file_size', 'upload_identifier', 'extra_info'] as const

/** Anonymous tickets of 1.2: a published script reads `url` greedily and works only in this order (observed). */
export const TICKET_ATTRIBUTES_12 = ['progress_url', 'url', 'max_file_size', 'upload_identifier', 'extra_info'] as const

/** The shape of the addresses is as recorded. */
export function describeTicket ({ id, maxFileSize, proof }: Ticket, publicUrl: string) {
  return {
    url: `${publicUrl}/apiupload?DESTINATION_DIR=5&UPLOAD_IDENTIFIER=${id}&MAX_FILE_SIZE=${maxFileSize}`,
    progress_url: `${publicUrl}/progressapiupload.html?UPLOAD_IDENTIFIER=${id}`,
    max_file_size: maxFileSize,
    upload_identifier: id,
    extra_info: proof
  }
}
