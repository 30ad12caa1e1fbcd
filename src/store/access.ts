/** Access to an account: sessions of programs and browsers, upload keys, tickets. A new password ends all of it in one transaction. */
import type { User } from '../domain/accounts/user.ts'
import type { Sql, Statement } from '../ports.ts'
import { lockUser } from './sql.ts'

/** A user and the password that was proven. */
export type Proven = Pick<User, 'id' | 'sealedPassword'>

/**
 * Condition of each statement that grants access, after `lockUser`: the password is still the one that was proven, or that was valid when the
 * session was found, and the account is not disabled. A login during a reset is ended by the reset or fails here.
 */
export const IS_STILL_PROVEN = 'exists (select 1 from users where id = $userId and sealed_password = $sealedPassword and is_disabled = 0)'

export const provenParams = ({ id, sealedPassword }: Proven) => ({ userId: id, sealedPassword })

/**
 * Ends all access except of one browser; part of a batch that begins with `lockUser`. Tickets of running uploads lose their owner, so that these cannot
 * be committed; the rows stay for the sweep. Uploads by file requests continue: their senders never had the password.
 */
export function endAccess (userId: number, keptPageSession = ''): Statement[] {
  const params = { userId }
  const own = 'user_id = $userId'
  return [
    { sql: `delete from sessions where ${own}`, params },
    { sql: `delete from page_sessions where ${own} and key_hash <> $keptPageSession`, params: { userId, keptPageSession } },
    { sql: `delete from upload_keys where ${own}`, params },
    { sql: `delete from resumable_uploads where file_id is null and request_id is null and ticket_id in (select id from tickets where ${own})`, params },
    { sql: `delete from tickets where ${own} and upload_id is null`, params },
    {
      sql: `update tickets set user_id = null, reserved_bytes = 0, expires_at = 0
            where ${own} and id not in (select ticket_id from resumable_uploads where file_id is null)`,
      params
    }
  ]
}

export async function endAllAccess (sql: Sql, userId: number, keptPageSession = ''): Promise<void> {
  await sql.batch([lockUser(userId), ...endAccess(userId, keptPageSession)])
}

/** False when the proven password is no longer the account's: of two concurrent changes one succeeds. */
export async function changePassword (sql: Sql, proven: Proven, newSealedPassword: string): Promise<boolean> {
  return await sql.batch([
    lockUser(proven.id),
    {
      sql: `update users set sealed_password = $newSealedPassword, page_password = null where id = $userId and ${IS_STILL_PROVEN}`,
      params: { ...provenParams(proven), newSealedPassword },
      must: true
    },
    ...endAccess(proven.id)
  ]) !== undefined
}
