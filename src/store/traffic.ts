import type { Sql } from '../ports.ts'
import { numberOf } from './sql.ts'

const DAY = 24 * 60 * 60 * 1000

/** A plan's bandwidth is per 30 days; days are counted whole, in UTC. */
const WINDOW = 30

/** Bytes downloaded on a user's account in the last 30 days. */
export async function trafficOf (sql: Sql, userId: number, now: number): Promise<number> {
  const row = await sql.get(
    'select coalesce(sum(bytes), 0) as bytes from traffic where user_id = $userId and day > $since',
    { userId, since: Math.floor(now / DAY) - WINDOW })
  return row ? numberOf(row, 'bytes') : 0
}

export async function addTraffic (sql: Sql, userId: number, bytes: number, now: number): Promise<void> {
  await sql.run(`
    insert into traffic (user_id, day, bytes) values ($userId, $day, $bytes)
    on conflict (user_id, day) do update set bytes = traffic.bytes + $bytes`,
  { userId, day: Math.floor(now / DAY), bytes })
}

export async function removeOldTraffic (sql: Sql, now: number): Promise<void> {
  await sql.run('delete from traffic where day <= $day', { day: Math.floor(now / DAY) - WINDOW })
}
