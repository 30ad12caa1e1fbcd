/** Space reserved by running uploads. */
import type { Ticket } from '../../domain/uploads/ticket.ts'
import type { Sql } from '../../ports.ts'
import { ANONYMOUS_BYTES, lockAnonymous, lockUser } from '../sql.ts'

/** The reservation of a running upload. `quota` is the user's disk space in bytes, -1 unlimited. */
export interface Claim {
  readonly ticket: Ticket
  readonly uploadId: string
  readonly quota: number
  /** Size of the request, null when unknown. */
  readonly contentLength: number | null
}

/** The space of a user, or of all files without an owner. */
export const spaceOf = ({ ticket: { userId } }: Claim) => userId === null
  ? { lock: lockAnonymous(), stored: ANONYMOUS_BYTES, mine: 'user_id is null' }
  : { lock: lockUser(userId), stored: '(select bytes_stored from users where id = $userId)', mine: 'user_id = $userId' }

/** Whether `bytes` fit in addition to stored files and reservations of other uploads. */
export const fits = (claim: Claim, bytes: string): string => {
  const { stored, mine } = spaceOf(claim)
  return `($quota = -1 or ${bytes} <= $quota - ${stored}
    - (select coalesce(sum(reserved_bytes), 0) from tickets where ${mine} and upload_id is not null and id <> $id))`
}

export const spaceParams = ({ ticket: { id, userId }, quota }: Claim) => ({ id, quota, userId })

/** Reserves more space for a running upload; false when there is not enough. */
export async function reserve (sql: Sql, claim: Claim, bytes: number): Promise<boolean> {
  const done = await sql.batch([spaceOf(claim).lock, {
    sql: `update tickets set reserved_bytes = $bytes where id = $id and upload_id = $uploadId and ${fits(claim, '$bytes')}`,
    params: { ...spaceParams(claim), uploadId: claim.uploadId, bytes },
    must: true
  }])
  return done !== undefined
}

/** Whether another upload with a reservation there began after this one. The latest one gives way, so that of many partial reservations the others can finish. */
export const hasYounger = async (sql: Sql, claim: Claim): Promise<boolean> => await sql.get(`
  select 1 from tickets join tickets as own on own.id = $id where tickets.${spaceOf(claim).mine} and tickets.upload_id is not null
    and tickets.reserved_bytes > 0 and (tickets.started_at, tickets.id) > (own.started_at, own.id) limit 1`, spaceParams(claim)) !== undefined
