/** What an upload holds while it runs: its ticket, and the space its bytes will need. */
import { refuse } from '../api/errors.ts'
import type { Policy } from '../domain/policy.ts'
import { equals } from '../domain/credentials.ts'
import { planOf, type User } from '../domain/user.ts'
import type { Ports, Sql } from '../ports.ts'
import type { Ticket } from '../domain/ticket.ts'
import { listPauses } from '../store/pauses.ts'
import { claimTicket, findTicket, releaseTicket, reserve, type Claim } from '../store/uploads.ts'
import { findUserById } from '../store/users.ts'

/** A ticket and whose it is: refusals are written in the words of both. */
export interface Bearer {
  readonly ticket: Ticket
  readonly user: User | undefined
}

export interface Hold {
  readonly claim: Claim
  readonly user: User | undefined
  /** Makes sure there is room for this many bytes of files; throws 20 when there is not. */
  cover (bytes: number): Promise<void>
  /** Throws 16 for an `extra_info` that does not belong to the ticket; '' is none, which proves nothing and fails nothing. */
  prove (proof: string): void
  /** Ends it after a failure. */
  release (): Promise<void>
}

/** Bytes of a request that may be form and not file: boundaries, headers, fields. */
export const FORM_OVERHEAD = 64 * 1024
/** Space is taken in steps of this when the request does not say how long it is. */
const STEP = 8 * 1024 * 1024

/** Throws 16 for an unknown ticket. */
export async function findBearer ({ sql, clock }: Ports, ticketId: string): Promise<Bearer> {
  const ticket = await findTicket(sql, ticketId, clock.now())
  const user = ticket?.userId == null ? undefined : await findUserById(sql, ticket.userId)
  if (ticket === undefined || user?.isDisabled) throw refuse('INVALID_PARAMETER', 'UPLOAD_IDENTIFIER')
  return { ticket, user }
}

/**
 * Begins an upload on a ticket. Throws 15 in maintenance, 13 while uploads are off or another one runs on it, 20 when the
 * user's space cannot take the request.
 */
export async function holdTicket (
  ports: Ports, policy: Policy, { ticket, user }: Bearer, uploadId: string, announced: number | null
): Promise<Hold> {
  const { sql, clock } = ports
  // What no database holds as a number comes from whoever tries things out.
  const contentLength = announced === null ? null : Math.min(announced, Number.MAX_SAFE_INTEGER)
  const pauses = await listPauses(sql)
  if (pauses.has('maintenance')) throw refuse('SYSTEM_MAINTENANCE')
  if (pauses.has('uploads')) throw refuse('UPLOAD_TEMP_ERROR', 'uploads are switched off')
  const quota = user === undefined ? -1 : planOf(user, policy).disk
  const claim: Claim = { ticket, uploadId, quota, contentLength }
  const reserved = quota === -1 || contentLength === null ? 0 : Math.max(0, contentLength - FORM_OVERHEAD)
  const outcome = await claimTicket(sql, claim, reserved, clock.now())
  if (outcome === 'in use') throw refuse('UPLOAD_TEMP_ERROR', 'another upload runs on this ticket')
  if (outcome === 'full') {
    ports.progress.end(ticket.id, 'fail')
    await releaseTicket(sql, claim, clock.now())
    throw refuse('PRO_DISKSPACE_LIMIT')
  }

  return {
    claim,
    user,
    // A declared length bounds the bytes already, and what the overhead hides is settled when the rows are written.
    cover: contentLength === null ? createCover(sql, claim) : async () => undefined,
    prove (proof) {
      if (proof !== '' && !equals(proof, ticket.proof)) throw refuse('INVALID_PARAMETER', 'extra_info')
    },
    release: () => releaseTicket(sql, claim, clock.now())
  }
}

/**
 * Takes space as bytes come, in steps, for an upload that holds none for what it announced; `most` bytes may come in all.
 * Throws 20 when it is not there.
 */
export function createCover (sql: Sql, claim: Claim, most = Infinity): Hold['cover'] {
  let reserved = 0
  return async bytes => {
    if (claim.quota === -1 || bytes <= reserved) return
    for (const wanted of [Math.min(bytes + STEP, most), bytes]) {
      if (!await reserve(sql, claim, wanted)) continue
      reserved = wanted
      return
    }
    throw refuse('PRO_DISKSPACE_LIMIT')
  }
}
