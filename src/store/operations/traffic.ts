import { CLOCK_SLACK } from '../../domain/clock-slack.ts'
import type { Sql } from '../../ports.ts'
import { lockUser, numberOf } from '../sql.ts'

const DAY = 24 * 60 * 60 * 1000

/** A plan's bandwidth is per 30 days; days are counted whole, in UTC. */
const WINDOW = 30

/** How many days a clock may have been ahead; bytes counted for later days count once those days have come. */
const SLACK = CLOCK_SLACK / DAY

/** Bytes of a user's bandwidth used in the last 30 days. */
export async function trafficOf (sql: Sql, userId: number, now: number): Promise<number> {
  const row = await sql.get(
    'select coalesce(sum(bytes), 0) as bytes from traffic where user_id = $userId and day > $since and day <= $until',
    { userId, since: Math.floor(now / DAY) - WINDOW, until: Math.floor(now / DAY) + SLACK })
  return row ? numberOf(row, 'bytes') : 0
}

/**
 * Reserves bytes of a user's bandwidth before they are sent; false when they exceed `limit` bytes in 30 days (-1 unlimited).
 * Unsent bytes are returned by adding a negative number, with the same `now`.
 */
export async function takeTraffic (sql: Sql, userId: number, bytes: number, limit: number, now: number): Promise<boolean> {
  const day = Math.floor(now / DAY)
  const done = await sql.batch([lockUser(userId), {
    sql: `insert into traffic (user_id, day, bytes) select $userId, $day, $bytes
          where $limit = -1 or (select coalesce(sum(bytes), 0) from traffic where user_id = $userId and day > $since and day <= $until) + $bytes <= $limit
          on conflict (user_id, day) do update set bytes = traffic.bytes + $bytes`,
    params: { userId, day, since: day - WINDOW, until: day + SLACK, bytes, limit },
    must: true
  }])
  return done !== undefined
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
