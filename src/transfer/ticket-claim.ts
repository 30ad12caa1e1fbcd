/** The first stage of an upload request: its ticket is claimed, and the space for its bytes reserved. */
import { refuse } from '../api/errors.ts'
import type { Form } from './form.ts'
import type { Incoming, Surroundings } from './incoming.ts'
import { findTicketHolder, FORM_OVERHEAD, reserveTicket, type Reservation, type TicketHolder } from './reservation.ts'

/** What a request has of its ticket so far. */
export interface TicketClaim {
  /** undefined until the ticket was found. */
  holder: TicketHolder | undefined
  /** undefined until the ticket is claimed. */
  reservation: Reservation | undefined
  /** Claims a ticket; once that has worked, the answer is the same for every id. Throws refusals. */
  require (ticketId: string): Promise<Reservation>
}

/** `begin` is called with the account whose upload it is, again for another ticket. */
export function createTicketClaim (
  uploadId: string, { contentLength, destination }: Pick<Incoming, 'contentLength' | 'destination'>, form: Form,
  { ports, policy, transfers }: Pick<Surroundings, 'ports' | 'policy' | 'transfers'>, begin: (userId: number) => void
): TicketClaim {
  const claim: TicketClaim = { holder: undefined, reservation: undefined, require }

  async function require (ticketId: string): Promise<Reservation> {
    if (claim.reservation !== undefined) return claim.reservation
    const holder = limitedBy(destination, await findTicketHolder(ports, ticketId))
    claim.holder = holder
    if (destination !== undefined && (contentLength ?? 0) - FORM_OVERHEAD > destination.mostBytes) throw refuse('PRO_DISKSPACE_LIMIT')
    // A stranger holds space for what he sends, not for what he announces: nobody knows yet whether he may.
    // It counts as running before it holds anything: whoever is refused for it must see it.
    if (holder.user !== undefined) begin(holder.user.id)
    const reservation = await reserveTicket({ ports, policy, transfers }, holder, uploadId, destination === undefined ? contentLength : null)
    claim.reservation = reservation
    ports.progress.begin(ticketId, contentLength)
    reservation.verifyProof(form.get('extra_info'))
    return reservation
  }

  return claim
}

/** The smaller of the two limits of a file's size holds. */
function limitedBy (destination: Incoming['destination'], holder: TicketHolder): TicketHolder {
  if (destination === undefined || destination.maxFileSize === -1) return holder
  const { ticket, user } = holder
  return { user, ticket: { ...ticket, maxFileSize: Math.min(ticket.maxFileSize, destination.maxFileSize) } }
}
