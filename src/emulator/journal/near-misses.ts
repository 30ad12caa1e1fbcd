/** The entries closest to a query that has too few matches, with their differences. */
import { conditionsOf } from './conditions.ts'
import { entriesAfter } from './find-entries.ts'
import type { ReadQuery } from './journal-query.ts'
import type { Entry } from './entry.ts'
import type { Journal } from './journal.ts'

/** A condition that does not hold. */
export interface Difference {
  /** `params.file_id`, `headers.range`, `status`. */
  readonly field: string
  /** As part of a sentence: `file_id=abc123`, `header range matching /^bytes=/`. */
  readonly expected: string
  /** The actual value; null for nothing. */
  readonly actual: string | null
}

/** An entry that nearly matches. */
export interface NearMiss extends Pick<Entry, 'id' | 'at' | 'phase' | 'verb' | 'path' | 'method' | 'user' | 'code'> {
  readonly status: number | null
  readonly diff: readonly Difference[]
}

const MAX_SHOWN = 3
const MAX_TEXT = 300
/** A different method counts more than a wrong parameter. */
const MAIN_WEIGHT = 2

/** At most three, the closest first; of equally close ones the newest. */
export function findNearMisses (query: ReadQuery, journal: Journal): NearMiss[] {
  const conditions = conditionsOf(query, journal.mask)
  return entriesAfter(query, journal)
    .map(entry => ({ entry, failed: conditions.filter(condition => !condition.holds(entry)) }))
    .filter(({ failed }) => failed.length > 0)
    .map(({ entry, failed }) => ({ entry, failed, distance: failed.reduce((sum, { isMain }) => sum + (isMain ? MAIN_WEIGHT : 1), 0) }))
    .sort((a, b) => a.distance - b.distance || b.entry.id - a.entry.id)
    .slice(0, MAX_SHOWN)
    .map(({ entry, failed }) => ({
      id: entry.id,
      at: entry.at,
      phase: entry.phase,
      verb: entry.verb,
      path: cut(entry.path),
      method: entry.method,
      user: entry.user === null ? null : cut(entry.user),
      code: entry.code,
      status: entry.response.status,
      diff: failed.map(({ field, expected, actual }) => {
        const came = actual(entry)
        return { field, expected: cut(expected), actual: came === null ? null : cut(came) }
      })
    }))
}

/** A line for each near miss and each difference, for messages. */
export function describeNearMisses (misses: readonly NearMiss[]): string {
  return misses.map(({ id, method, phase, verb, path, diff }) =>
    [`  exchange ${id}, ${method ?? `${phase} ${verb} ${path}`}:`, ...diff.map(({ expected, actual }) => `    expected ${expected}, got ${actual === null ? 'none' : JSON.stringify(actual)}`)].join('\n')).join('\n')
}

const cut = (text: string): string => text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
