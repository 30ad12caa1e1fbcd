/** The processes on this database, and reservations of dead ones. */
import { SERVER_LEASE } from '../../domain/server.ts'
import type { Sql } from '../../ports.ts'
import { numberOf, textOf } from '../sql.ts'

/** The last complete backup. */
export const BACKUP_JOB = 'backup'

export interface ServerRow {
  readonly id: string
  readonly seenAt: number
}

/** Writes a heartbeat; returns since when there was no gap. */
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

/** Heartbeats written by a clock that was ahead count as written now: living processes write again before they expire. */
export async function forgetFuture (sql: Sql, now: number): Promise<void> {
  await sql.run('update servers set seen_at = $now, since = $now where seen_at > $ahead', { now, ahead: now + SERVER_LEASE })
}

/** Releases the reservations of an ended process, and deletes it. */
export async function forgetServer (sql: Sql, id: string): Promise<void> {
  await sql.batch([
    // Of two processes that do this at once the second finds nothing to release.
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

/** Claims a shared job for this process; false when another process has done it since a moment. */
export async function tryClaimJob (sql: Sql, name: string, doneBefore: number, now: number): Promise<boolean> {
  const { changes } = await sql.run(`
    insert into duties (name, done_at) values ($name, $now)
    on conflict (name) do update set done_at = $now where duties.done_at <= $doneBefore or duties.done_at > $ahead`,
  { name, doneBefore, now, ahead: now + SERVER_LEASE })
  return changes === 1
}

/** Records the time of an operation, for operators. */
export async function noteJob (sql: Sql, name: string, now: number): Promise<void> {
  await sql.run('insert into duties (name, done_at) values ($name, $now) on conflict (name) do update set done_at = $now', { name, now })
}

/** When; undefined when never. */
export async function findJob (sql: Sql, name: string): Promise<number | undefined> {
  const row = await sql.get('select done_at from duties where name = $name', { name })
  return row && numberOf(row, 'done_at')
}
