/** What an upload holds while it runs: its ticket, and the space its bytes will need. */
import { refuse, refuseBecause, type Refusal } from '../api/errors.ts'
import type { Policy } from '../domain/policy.ts'
import { equals } from '../domain/accounts/credentials.ts'
import { bytesOfShare } from '../domain/uploads/disk-share.ts'
import { UNLIMITED } from '../domain/accounts/plan.ts'
import { planOf, type User } from '../domain/accounts/user.ts'
import type { Ports, Room } from '../ports.ts'
import type { Ticket } from '../domain/uploads/ticket.ts'
import { listPauses } from '../store/operations/pauses.ts'
import { hasYounger, reserve, type Claim } from '../store/uploads/upload-space.ts'
import { claimTicket, findTicket, releaseTicket } from '../store/uploads/uploads.ts'
import { findUserById } from '../store/accounts/users.ts'
import type { Surroundings } from './incoming.ts'
import { createSecondChance } from './second-chance.ts'

/** A ticket and whose it is: refusals are written in the words of both. */
export interface TicketHolder {
  readonly ticket: Ticket
  readonly user: User | undefined
}

export interface Reservation {
  readonly claim: Claim
  readonly user: User | undefined
  /** Makes sure there is space for this many bytes of files; throws 20 when a user has none left, 13 when those without an account have. */
  ensureSpace (bytes: number): Promise<void>
  /** Throws 16 for an `extra_info` that does not belong to the ticket; '' is none, which proves nothing and fails nothing. */
  verifyProof (proof: string): void
  /** Ends it after a failure. */
  release (): Promise<void>
}

/** Bytes of a request that may be form and not file: boundaries, headers, fields. */
export const FORM_OVERHEAD = 64 * 1024
/** Space is taken in steps of this when the request does not say how long it is. */
const STEP = 8 * 1024 * 1024

/** Throws 16 for an unknown ticket. */
export async function findTicketHolder ({ sql, clock }: Ports, ticketId: string): Promise<TicketHolder> {
  const ticket = await findTicket(sql, ticketId, clock.now())
  const user = ticket?.userId == null ? undefined : await findUserById(sql, ticket.userId)
  if (ticket === undefined || user?.isDisabled) throw refuse('INVALID_PARAMETER', 'UPLOAD_IDENTIFIER')
  return { ticket, user }
}

/** Bytes that a user's files may take, or all files without an owner together; -1 unlimited. */
export async function quotaOf (user: User | undefined, policy: Policy, room: Room): Promise<number> {
  if (user !== undefined) return planOf(user, policy).disk
  const bytes = bytesOfShare(policy.anonymousStorage, await room.total())
  return bytes === Infinity ? UNLIMITED : bytes
}

/**
 * Throws where the disk cannot take so many bytes without its reserve. It is 13, the temporary error: 20 speaks of the space of an
 * account, is not declared for tickets without one, and would tell programs that their user must delete something.
 */
export async function requireRoom (room: Room, bytes: number): Promise<void> {
  if (!await room.holds(bytes)) throw serverFull()
}

/** The same for each piece of an upload that runs: one that did not say how long it is ends at the reserve, too. */
export async function takeRoom (room: Room, bytes: number): Promise<void> {
  const taken = room.take(bytes)
  if (taken !== true && !await taken) throw serverFull()
}

const serverFull = (): Refusal => refuseBecause('no room')

/** Of a user it is his own affair (20); those without an account share theirs, and can only wait (13, as the disk is full for them). */
export const noSpace = (userId: number | null): Refusal =>
  userId === null ? refuseBecause('no anonymous space') : refuse('PRO_DISKSPACE_LIMIT')

/**
 * Begins an upload on a ticket. Throws 15 in maintenance, 13 while uploads are off, another one runs on it or the disk is full, 20 when
 * the user's space cannot take the request. `isComing` is whether the bytes follow at once.
 */
export async function reserveTicket (
  { ports, policy, transfers }: Pick<Surroundings, 'ports' | 'policy' | 'transfers'>, { ticket, user }: TicketHolder, uploadId: string, announced: number | null, isComing = true
): Promise<Reservation> {
  const { sql, clock } = ports
  // What no database holds as a number comes from whoever tries things out.
  const contentLength = announced === null ? null : Math.min(announced, Number.MAX_SAFE_INTEGER)
  const pauses = await listPauses(sql)
  if (pauses.has('maintenance')) throw refuse('SYSTEM_MAINTENANCE')
  if (pauses.has('uploads')) throw refuse('UPLOAD_TEMP_ERROR', 'uploads are switched off')
  const announcedFiles = contentLength === null ? 0 : Math.max(0, contentLength - FORM_OVERHEAD)
  const hasRoom = await ports.room.holds(announcedFiles)
  const quota = await quotaOf(user, policy, ports.room)
  const claim: Claim = { ticket, uploadId, quota, contentLength }
  // A stranger holds space for what he sends, not for what he announces: nobody could upload for as long as he kept silent.
  const held = quota === UNLIMITED ? 0 : user !== undefined ? announcedFiles : isComing ? Math.min(announcedFiles, STEP) : 0
  const mayFit = createSecondChance({ ports, transfers }, ticket.userId)
  const take = () => claimTicket(sql, claim, { needed: announcedFiles, held }, clock.now())
  let outcome = await take()
  while (outcome !== 'claimed' && await mayFit()) {
    if (outcome === 'full') await releaseTicket(sql, claim, clock.now())
    outcome = await take()
  }
  if (outcome === 'in use') throw refuse('UPLOAD_TEMP_ERROR', 'another upload runs on this ticket')
  if (outcome === 'full' || !hasRoom) {
    ports.progress.end(ticket.id, 'fail')
    await releaseTicket(sql, claim, clock.now())
    throw outcome === 'full' ? noSpace(ticket.userId) : serverFull()
  }

  return {
    claim,
    user,
    // A declared length bounds the bytes already, and what the overhead hides is settled when the rows are written.
    ensureSpace: contentLength === null || user === undefined ? createSpaceReservation(ports, claim, { held, most: contentLength ?? Infinity }, mayFit) : async () => undefined,
    verifyProof (proof) {
      if (proof !== '' && !equals(proof, ticket.proof)) throw refuse('INVALID_PARAMETER', 'extra_info')
    },
    release: () => releaseTicket(sql, claim, clock.now())
  }
}

/**
 * Takes space as bytes come, for an upload that holds less than it announced: in steps that grow with it, for each is written down.
 * `most` bytes may come in all. `mayFit` is asked before it throws, as `ensureSpace` does.
 */
export function createSpaceReservation ({ sql, clock }: Pick<Ports, 'sql' | 'clock'>, claim: Claim, { held, most }: { readonly held: number, readonly most: number }, mayFit = async () => false): Reservation['ensureSpace'] {
  let reserved = held
  return async bytes => {
    if (claim.quota === UNLIMITED || bytes <= reserved) return
    for (let triesLeft = reserved > 0 ? MAX_TRIES : 0; ; triesLeft--) {
      for (const wanted of [Math.min(bytes + Math.max(STEP, bytes / 2), most), bytes]) {
        if (!await reserve(sql, claim, Math.floor(wanted))) continue
        reserved = Math.floor(wanted)
        return
      }
      if (triesLeft > 0 && await hasYounger(sql, claim)) await clock.sleep(RETRY_AFTER)
      else if (!await mayFit()) throw noSpace(claim.ticket.userId)
    }
  }
}

/** Milliseconds. */
const RETRY_AFTER = 10
/** How often an upload that holds part of its space asks for the rest, while others that began later have still to give way. */
const MAX_TRIES = 200
