/** Rate limits: counts by hashed subject in a window. */
import type { Sql, Statement } from '../ports.ts'
import { listOf, numberOf, textOf } from './sql.ts'

/** A window in milliseconds, which begins with the first count; a subject has one at a time. */
export interface Window {
  readonly subject: string
  readonly window: number
  readonly now: number
}

const IS_OVER = 'rate_counts.ends_at <= $now'

/** For a batch, which is rolled back when the count is already `most`. */
export const takeRate = ({ subject, window, now }: Window, most: number): Statement => ({
  sql: `insert into rate_counts (subject, used, ends_at) values ($subject, 1, $endsAt)
        on conflict (subject) do update set
          used = case when ${IS_OVER} then 1 else rate_counts.used + 1 end,
          ends_at = case when ${IS_OVER} then $endsAt else rate_counts.ends_at end
        where ${IS_OVER} or rate_counts.used < $most`,
  params: { subject, now, endsAt: now + window, most },
  must: true
})

/** Those subjects that are at their limit, each with the end of its window. */
export async function findFull (sql: Sql, subjects: readonly string[], most: number, now: number): Promise<ReadonlyMap<string, number>> {
  if (subjects.length === 0) return new Map()
  const list = listOf('subject', subjects)
  const rows = await sql.all(`select subject, ends_at from rate_counts where used >= $most and ends_at > $now and subject in ${list.sql}`, { ...list.params, most, now })
  return new Map(rows.map(row => [textOf(row, 'subject'), numberOf(row, 'ends_at')]))
}

/** Deletes expired windows. */
export async function removeOldRates (sql: Sql, now: number): Promise<void> {
  await sql.run('delete from rate_counts where ends_at <= $now', { now })
}
