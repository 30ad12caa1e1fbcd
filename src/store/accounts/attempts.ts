/** Counts of attempts by subject and window, and the addresses that proved a secret before. */
import type { Sql, SqlRow, Statement } from '../../ports.ts'
import { listOf, numberOf, textOf } from '../sql.ts'

/** One count and its limit. Attempts that began up to `since` do not count. */
export interface Counter {
  readonly subject: string
  readonly most: number
}

export interface Counted {
  /** Including attempts that are being checked. */
  readonly attempts: number
  readonly pending: number
  readonly beganAt: number
}

/** An expired window, or one without wrong attempts, starts again. */
const IS_OVER = '(login_attempts.began_at <= $since or login_attempts.attempts = 0)'

/** The counts of some subjects in their windows; subjects without a count are omitted. */
export async function readCounts (sql: Sql, subjects: readonly string[], since: number): Promise<ReadonlyMap<string, Counted>> {
  const list = listOf('subject', subjects)
  const rows = await sql.all(`select subject, attempts, pending, began_at from login_attempts where subject in ${list.sql} and began_at > $since`, { ...list.params, since })
  return new Map(rows.map(row => [textOf(row, 'subject'), toCounted(row)]))
}

/**
 * Counts an attempt on all counters, before it is checked: concurrent attempts cannot exceed the limits.
 * False when one of them is at its limit. Callers must name the counters in the same order, to avoid deadlocks.
 */
export async function reserveAttempt (sql: Sql, counters: readonly Counter[], since: number, now: number): Promise<boolean> {
  return await sql.batch(counters.map(({ subject, most }): Statement => ({
    sql: `
      insert into login_attempts (subject, attempts, pending, began_at) values ($subject, 1, 1, $now)
      on conflict (subject) do update set
        attempts = case when ${IS_OVER} then 1 else login_attempts.attempts + 1 end,
        pending = case when ${IS_OVER} then 1 else login_attempts.pending + 1 end,
        began_at = case when ${IS_OVER} then $now else login_attempts.began_at end
      where ${IS_OVER} or login_attempts.attempts < $most`,
    params: { subject, most, since, now },
    must: true
  }))) !== undefined
}

/**
 * The reserved attempt was wrong: it stays counted. Returns whether it reached a limit (of several concurrent ones, the
 * last one does): the whole window starts from now.
 */
export async function keepAttempt (sql: Sql, counters: readonly Counter[], now: number): Promise<boolean> {
  const written = await sql.batch(counters.map(({ subject, most }) => ({
    sql: `
      update login_attempts set pending = case when pending > 0 then pending - 1 else 0 end,
        began_at = case when attempts >= $most and pending <= 1 then $now else began_at end
      where subject = $subject returning attempts, pending`,
    params: { subject, most, now }
  }))) ?? []
  return counters.some(({ most }, i) => {
    const row = written[i]?.rows[0]
    return row !== undefined && numberOf(row, 'attempts') >= most && numberOf(row, 'pending') === 0
  })
}

/** The reserved attempt was not wrong. */
export async function returnAttempt (sql: Sql, counters: readonly Counter[]): Promise<void> {
  await sql.batch(counters.map(giveBack))
}

/** The reserved attempt was right: the first counter is reset, and its subject is known from now on. */
export async function proveAttempt (sql: Sql, counters: readonly Counter[], isToRemember: boolean, now: number): Promise<void> {
  const [own] = counters
  if (own === undefined) return
  const { subject } = own
  await sql.batch([
    ...counters.map(giveBack),
    { sql: 'update login_attempts set attempts = pending where subject = $subject', params: { subject } },
    ...isToRemember ? [{ sql: 'insert into known_origins (subject, seen_at) values ($subject, $now) on conflict (subject) do update set seen_at = $now', params: { subject, now } }] : []
  ])
}

const giveBack = ({ subject }: Counter): Statement => ({
  sql: `
    update login_attempts set attempts = case when attempts > 0 then attempts - 1 else 0 end, pending = case when pending > 0 then pending - 1 else 0 end
    where subject = $subject`,
  params: { subject }
})

/** When it was last proved from there; undefined if never. */
export async function findKnownOrigin (sql: Sql, subject: string): Promise<number | undefined> {
  const row = await sql.get('select seen_at from known_origins where subject = $subject', { subject })
  return row && numberOf(row, 'seen_at')
}

/** Counts a finished attempt; the count afterwards. */
export async function countAttempt (sql: Sql, subject: string, by: number, since: number, now: number): Promise<Counted> {
  const { rows: [row] } = await sql.run(`
    insert into login_attempts (subject, attempts, began_at) values ($subject, $by, $now)
    on conflict (subject) do update set
      attempts = case when ${IS_OVER} then $by else login_attempts.attempts + $by end,
      pending = case when ${IS_OVER} then 0 else login_attempts.pending end,
      began_at = case when ${IS_OVER} then $now else login_attempts.began_at end
    returning attempts, pending, began_at`, { subject, by, since, now })
  return row === undefined ? { attempts: 0, pending: 0, beganAt: now } : toCounted(row)
}

/** Deletes counts up to a moment, zero counts, and origins not seen since another moment. */
export async function removeOldAttempts (sql: Sql, until: number, notSeenSince: number): Promise<void> {
  await sql.batch([
    { sql: 'delete from login_attempts where began_at <= $until or (attempts = 0 and pending = 0)', params: { until } },
    { sql: 'delete from known_origins where seen_at <= $notSeenSince', params: { notSeenSince } }
  ])
}

const toCounted = (row: SqlRow): Counted => ({ attempts: numberOf(row, 'attempts'), pending: numberOf(row, 'pending'), beganAt: numberOf(row, 'began_at') })
