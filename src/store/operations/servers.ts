/** The processes that serve this database, and what those that died still hold. */
import { SERVER_LEASE } from '../../domain/server.ts'
import type { Sql } from '../../ports.ts'
import { numberOf, textOf } from '../sql.ts'

/** The last backup that saved everything. */
export const BACKUP_JOB = 'backup'

export interface ServerRow {
  readonly id: string
  readonly seenAt: number
}

/** Says that a process lives; since when it has said so without a gap. */
export async function noteServer (sql: Sql, id: string, now: number): Promise<number> {
  const { rows: [row] } = await sql.run(`
    insert into servers (id, seen_at, since) values ($id, $now, $now)
    on conflict (id) do update set seen_at = $now, since = case when servers.seen_at < $gap or servers.since > $now then $now else servers.since end
    returning since`, { id, now, gap: now - SERVER_LEASE / 2 })
  return row ? numberOf(row, 'since') : now
}

export async function listServers (sql: Sql): Promise<ServerRow[]> {
  return (await sql.all('select id, seen_at from servers')).map(row => ({ id: textOf(row, 'id'), seenAt: numberOf(row, 'seen_at') }))
}

/** What a clock that was ahead has written of others counts as said now: those that live say so again before it is over. */
export async function forgetFuture (sql: Sql, now: number): Promise<void> {
  await sql.run('update servers set seen_at = $now, since = $now where seen_at > $ahead', { now, ahead: now + SERVER_LEASE })
}

/** Gives back the places of a process that ended, and forgets it. */
export async function forgetServer (sql: Sql, id: string): Promise<void> {
  await sql.batch([
    // Of two processes that do this at once the second finds nothing to give back.
    { sql: 'delete from servers where id = $id', params: { id }, must: true },
    {
      sql: `update files set running_downloads = running_downloads - (select places from held_places where server_id = $id and file_id = files.id),
              running_bytes = running_bytes - (select bytes from held_places where server_id = $id and file_id = files.id)
            where id in (select file_id from held_places where server_id = $id)`,
      params: { id }
    },
    { sql: 'delete from held_places where server_id = $id', params: { id } }
  ])
}

/** Whether it falls to this process to do now what one does for all; false when another has done it since a moment. */
export async function tryClaimJob (sql: Sql, name: string, doneBefore: number, now: number): Promise<boolean> {
  const { changes } = await sql.run(`
    insert into duties (name, done_at) values ($name, $now)
    on conflict (name) do update set done_at = $now where duties.done_at <= $doneBefore or duties.done_at > $ahead`,
  { name, doneBefore, now, ahead: now + SERVER_LEASE })
  return changes === 1
}

/** Says that something was done that operators want to know the age of. */
export async function noteJob (sql: Sql, name: string, now: number): Promise<void> {
  await sql.run('insert into duties (name, done_at) values ($name, $now) on conflict (name) do update set done_at = $now', { name, now })
}

/** When; undefined when never. */
export async function findJob (sql: Sql, name: string): Promise<number | undefined> {
  const row = await sql.get('select done_at from duties where name = $name', { name })
  return row && numberOf(row, 'done_at')
}
