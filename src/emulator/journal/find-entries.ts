/** Finds exchanges, and counts them, including those that the journal has dropped. */
import { conditionsOf, type Condition } from './conditions.ts'
import type { ReadQuery } from './journal-query.ts'
import type { Entry } from './entry.ts'
import type { Journal } from './journal.ts'
import type { Tally } from './kept-entries.ts'

/** The kept exchanges that match, oldest first. */
export function findEntries (query: ReadQuery, journal: Journal): Entry[] {
  const conditions = conditionsOf(query, journal.mask)
  return entriesAfter(query, journal).filter(entry => conditions.every(condition => condition.holds(entry)))
}

/** The entries in the scope of a query, whether they match or not. */
export const entriesAfter = ({ since = 0 }: ReadQuery, { list }: Pick<Journal, 'list'>): readonly Entry[] =>
  since === 0 ? list() : list().filter(({ id }) => id > since)

/** How many exchanges match: at least `least`; `most` if all dropped ones that are unknown match. */
export interface CountedRange {
  readonly found: readonly Entry[]
  readonly least: number
  readonly most: number
}

/** Counts kept and dropped entries. */
export function countEntries (query: ReadQuery, journal: Journal): CountedRange {
  const found = findEntries(query, journal)
  const conditions = conditionsOf(query, journal.mask)
  const dropped = journal.tallies().map(tally => matchesOf(tally, query, conditions))
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, found.length)
  return { found, least: sum(dropped.map(({ least }) => least)), most: sum(dropped.map(({ most }) => most)) }
}

/** Whether a dropped exchange could have matched. */
export function mayHaveDropped (query: ReadQuery, journal: Journal): boolean {
  const conditions = conditionsOf(query, journal.mask)
  return journal.tallies().some(tally => matchesOf(tally, query, conditions).most > 0)
}

function matchesOf ({ facts, count, firstId, lastId }: Tally, { since = 0 }: ReadQuery, conditions: readonly Condition[]): { readonly least: number, readonly most: number } {
  if (lastId <= since) return { least: 0, most: 0 }
  const outcomes = conditions.map(condition => facts && condition.holdsFor(facts))
  if (outcomes.includes(false)) return { least: 0, most: 0 }
  const isSure = !outcomes.includes(undefined) && firstId > since
  return { least: isSure ? count : 0, most: count }
}
