/** Space that uploads hold while they run. */
import type { Ticket } from '../../domain/uploads/ticket.ts'
import type { Sql } from '../../ports.ts'
import { ANONYMOUS_BYTES, lockAnonymous, lockUser } from '../sql.ts'

/** What an upload holds while it runs. `quota` is the user's disk space in bytes, -1 unlimited. */
export interface Claim {
  readonly ticket: Ticket
  readonly uploadId: string
  readonly quota: number
  /** Of the request, null when it did not say. */
  readonly contentLength: number | null
}

/** Whose space it is: a user's, or that of all files without an owner together. */
export const spaceOf = ({ ticket: { userId } }: Claim) => userId === null
  ? { lock: lockAnonymous(), stored: ANONYMOUS_BYTES, mine: 'user_id is null' }
  : { lock: lockUser(userId), stored: '(select bytes_stored from users where id = $userId)', mine: 'user_id = $userId' }

/** Whether `bytes` fit beside what is stored and what uploads other than this one hold. */
export const fits = (claim: Claim, bytes: string): string => {
  const { stored, mine } = spaceOf(claim)
  return `($quota = -1 or ${bytes} <= $quota - ${stored}
    - (select coalesce(sum(reserved_bytes), 0) from tickets where ${mine} and upload_id is not null and id <> $id))`
}

export const spaceParams = ({ ticket: { id, userId }, quota }: Claim) => ({ id, quota, userId })

/** Holds more space for a running upload; false when it is not there. */
export async function reserve (sql: Sql, claim: Claim, bytes: number): Promise<boolean> {
  const done = await sql.batch([spaceOf(claim).lock, {
    sql: `update tickets set reserved_bytes = $bytes where id = $id and upload_id = $uploadId and ${fits(claim, '$bytes')}`,
    params: { ...spaceParams(claim), uploadId: claim.uploadId, bytes },
    must: true
  }])
  return done !== undefined
}

/** Whether another upload that holds space there began after this one. Who began last gives way: of many that each hold a part, the others can end. */
export const hasYounger = async (sql: Sql, claim: Claim): Promise<boolean> => await sql.get(`
  select 1 from tickets join tickets as own on own.id = $id where tickets.${spaceOf(claim).mine} and tickets.upload_id is not null
    and tickets.reserved_bytes > 0 and (tickets.started_at, tickets.id) > (own.started_at, own.id) limit 1`, spaceParams(claim)) !== undefined
