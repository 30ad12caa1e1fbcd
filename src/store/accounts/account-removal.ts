/** Deletion of an account: it closes in one transaction, then its content is removed in steps. */
import type { Ports, Sql } from '../../ports.ts'
import { removeFiles } from '../files/files.ts'
import { lockUser, numberOf, textOf } from '../sql.ts'
import { LEAVES_AN_ADMINISTRATOR, lockAdministrators } from './users.ts'

/** Files removed in one transaction: others are served in between. */
const CHUNK = 500

/**
 * Deletes an account with everything in it; the sweep removes the bytes. Its name and e-mail are free immediately, its id is
 * never reused. If the process dies in the middle, the sweep does the rest.
 */
export async function removeAccount ({ sql, clock }: Pick<Ports, 'sql' | 'clock'>, id: number): Promise<'removed' | 'last administrator' | 'gone'> {
  if (!await closeAccount(sql, id, clock.now())) {
    return await sql.get('select 1 from users where id = $id and is_admin = 1', { id }) === undefined ? 'gone' : 'last administrator'
  }
  await finishRemoval({ sql, clock }, id)
  return 'removed'
}

/** Completes interrupted deletions. */
export async function finishRemovals (ports: Pick<Ports, 'sql' | 'clock'>): Promise<void> {
  for (const row of await ports.sql.all('select users.id from users join deleted_users on deleted_users.id = users.id')) {
    await finishRemoval(ports, numberOf(row, 'id'))
  }
}

/**
 * From here on nobody can log in to this account or upload to it. Tickets of running uploads lose their owner and expire, so
 * that these cannot be committed; the rows stay for the sweep, which removes their bytes.
 */
async function closeAccount (sql: Sql, id: number, now: number): Promise<boolean> {
  const theirs = 'user_id = $id'
  return await sql.batch([
    lockAdministrators(),
    lockUser(id),
    {
      // No name and no e-mail contains a space.
      sql: `update users set is_disabled = 1, is_admin = 0, user_name_key = 'deleted ' || id, email_key = 'deleted ' || id where id = $id and ${LEAVES_AN_ADMINISTRATOR}`,
      params: { id },
      must: true
    },
    { sql: 'insert into deleted_users (id, deleted_at) values ($id, $now) on conflict do nothing', params: { id, now }, must: true },
    ...['sessions', 'page_sessions', 'upload_keys'].map(table => ({ sql: `delete from ${table} where ${theirs}`, params: { id } })),
    { sql: `delete from resumable_uploads where file_id is null and ticket_id in (select id from tickets where ${theirs})`, params: { id } },
    { sql: `delete from tickets where ${theirs} and upload_id is null`, params: { id } },
    { sql: `update tickets set user_id = null, reserved_bytes = 0, expires_at = 0 where ${theirs}`, params: { id } }
  ]) !== undefined
}

async function finishRemoval ({ sql, clock }: Pick<Ports, 'sql' | 'clock'>, id: number): Promise<void> {
  while (await sql.get('select 1 from users where id = $id', { id }) !== undefined) {
    const files = await sql.all(`select id from files where owner_id = $id limit ${CHUNK}`, { id })
    if (files.length > 0) {
      await removeFiles(sql, id, files.map(row => textOf(row, 'id')))
      await clock.sleep(0)
      continue
    }
    await sql.batch([lockUser(id), { sql: 'delete from users where id = $id and not exists (select 1 from files where owner_id = $id)', params: { id } }])
  }
}
