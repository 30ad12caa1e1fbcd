/** Verifies that the expected exchanges arrived: a number of them, or a sequence. */
import { conditionsOf } from './conditions.ts'
import { countEntries, findEntries, mayHaveDropped } from './find-entries.ts'
import type { ReadExpectation, ReadOrder, ReadQuery } from './journal-query.ts'
import type { Entry } from './entry.ts'
import type { Journal } from './journal.ts'
import { findNearMisses, type NearMiss } from './near-misses.ts'
import type { SecretMasker } from './mask-secrets.ts'
import { withinTime } from './time-limit.ts'

/** `unknown`: the entries needed for an answer were dropped. */
export interface Verdict {
  readonly outcome: 'met' | 'failed' | 'unknown'
  /** The expected and the actual result. */
  readonly sentence: string
  /** Includes dropped exchanges, as far as they are known. */
  readonly count: number
  /** Only kept entries; for a sequence, the entries found for its steps. */
  readonly matched: readonly Entry[]
  readonly closest: readonly NearMiss[]
}

/** Verifies a number of exchanges. */
export function verifyCount ({ query, min, max }: ReadExpectation, journal: Journal): Verdict {
  const { found, least, most } = countEntries(query, journal)
  const isMet = least >= min && most <= max
  const hasFailed = most < min || least > max
  const sentence = `expected ${describeRange(min, max)} of ${describeQuery(query, journal.mask)}, saw ${describeSeen(least, most)}`
  if (isMet) return { outcome: 'met', sentence, count: least, matched: found, closest: [] }
  if (!hasFailed) return { outcome: 'unknown', sentence, count: least, matched: found, closest: [] }
  if (least > max) return { outcome: 'failed', sentence: sentence + describeIds(found), count: least, matched: found, closest: [] }
  const called = [...new Set(journal.list().map(entry => entry.method ?? entry.phase))]
  const instead = least > 0 ? '' : called.length === 0 ? '; nothing was called at all' : `; called were ${called.join(', ')}`
  return { outcome: 'failed', sentence: sentence + instead, count: least, matched: found, closest: findNearMisses(query, journal) }
}

/** Verifies the order in which exchanges began. */
export function verifyOrder ({ order, gaps, among }: ReadOrder, journal: Journal): Verdict {
  const entries = findEntries(among, journal)
  const holds = order.map(step => {
    const conditions = conditionsOf(step, journal.mask)
    return (entry: Entry) => conditions.every(condition => condition.holds(entry))
  })
  const matched = gaps ? longestWithGaps(holds, entries) : longestRun(holds, entries)
  const asked = `expected ${order.map(step => describeQuery(step, journal.mask)).join(', then ')}${gaps ? '' : ', with none between'}`
  if (matched.length === order.length) return { outcome: 'met', sentence: asked, count: matched.length, matched, closest: [] }
  const missing = order[matched.length] ?? {}
  const reached = matched.length === 0 ? 'the first of them never came' : `number ${matched.length + 1} of them never came ${gaps ? '' : 'right '}after${describeIds(matched).slice(1)}`
  const sentence = `${asked}; ${reached}`
  if (couldBeDropped(holds, { order, gaps, among }, entries, journal)) return { outcome: 'unknown', sentence, count: matched.length, matched, closest: [] }
  return { outcome: 'failed', sentence, count: matched.length, matched, closest: closestAfter(missing, matched.at(-1), gaps, entries, journal) }
}

type Holds = (entry: Entry) => boolean

/** For each step the first entry after that of the previous step, up to the first step without one. */
function longestWithGaps (steps: readonly Holds[], entries: readonly Entry[]): Entry[] {
  const matched: Entry[] = []
  for (const entry of entries) if (steps[matched.length]?.(entry)) matched.push(entry)
  return matched
}

/** The longest run of adjacent entries that matches the first steps; of several the last. */
function longestRun (steps: readonly Holds[], entries: readonly Entry[]): readonly Entry[] {
  let longest: readonly Entry[] = []
  for (let start = 0; start < entries.length; start++) {
    let length = 0
    while (length < steps.length && isMet(steps[length], entries[start + length])) length++
    if (length > 0 && length >= longest.length) longest = entries.slice(start, start + length)
    if (length === steps.length) break
  }
  return longest
}

const isMet = (step: Holds | undefined, entry: Entry | undefined): boolean => step !== undefined && entry !== undefined && step(entry)

/** Whether dropped entries may have matched the first steps, and kept entries match the others. */
function couldBeDropped (steps: readonly Holds[], { order, gaps, among }: ReadOrder, entries: readonly Entry[], journal: Journal): boolean {
  if (!mayHaveDropped(among, journal)) return false
  const mayBe = order.map(step => mayHaveDropped({ ...step, since: among.since ?? 0 }, journal))
  return steps.some((_, i) => {
    const rest = steps.slice(i + 1)
    if (!mayBe.slice(0, i + 1).every(Boolean)) return false
    return gaps ? longestWithGaps(rest, entries).length === rest.length : rest.every((step, k) => isMet(step, entries[k]))
  })
}

/** Without gaps, only the next entry could have matched. */
function closestAfter (query: ReadQuery, last: Entry | undefined, gaps: boolean, entries: readonly Entry[], journal: Journal): NearMiss[] {
  const after = entries.filter(({ id }) => id > (last?.id ?? 0))
  return findNearMisses(query, { ...journal, list: () => last === undefined || gaps ? after : after.slice(0, 1) })
}

function describeRange (min: number, max: number): string {
  if (min === max) return String(min)
  if (max === Infinity) return `at least ${min}`
  return min === 0 ? `at most ${max}` : `${min} to ${max}`
}

const describeSeen = (least: number, most: number): string => least === most ? String(least) : `${least} to ${most}`

const MAX_IDS = 10

function describeIds (entries: readonly Entry[]): string {
  const ids = entries.slice(-MAX_IDS).map(({ id }) => id)
  return `: exchange${ids.length === 1 ? '' : 's'} ${entries.length > MAX_IDS ? '… ' : ''}${ids.join(', ')}`
}

/** `files.getInfo with file_id=abc123`, without secrets. */
export function describeQuery (query: ReadQuery, mask: SecretMasker): string {
  const { method, phase, since, ...others } = query
  const named = method === undefined && phase !== undefined ? `phase ${phase}` : method ?? 'any exchange'
  const conditions = [
    ...method !== undefined && phase !== undefined ? [`phase=${phase}`] : [],
    ...conditionsOf(others, mask).map(({ expected }) => expected),
    ...since === undefined ? [] : [`since=${since}`]
  ]
  return `${named}${conditions.length === 0 ? '' : ` with ${conditions.join(', ')}`}`
}

/** How many were dropped, and how to get an answer next time. */
export function describeDropped (journal: Journal): { readonly detail: string, readonly hint: string } {
  return {
    detail: `${journal.dropped()} older exchanges were dropped, so the answer is unknown`,
    hint: 'keep more with --journal-size or the option journalSize, clear the journal before what you check, or ask for exchanges after one by since'
  }
}

/** Milliseconds. */
const DEFAULT_WAIT = 5000

/** Resolves once `count` exchanges match, or after the timeout, with a sentence about how many did. */
export async function waitForEntries (query: ReadQuery, { count = 1, timeoutMs = DEFAULT_WAIT }: { readonly count?: number, readonly timeoutMs?: number }, journal: Journal) {
  const isReached = await journal.waitUntil(() => withinTime(() => countEntries(query, journal)).least >= count, timeoutMs)
  const { found, least, most } = withinTime(() => countEntries(query, journal))
  return { isReached, entries: found, sentence: `expected ${count} of ${describeQuery(query, journal.mask)} within ${timeoutMs} ms, saw ${describeSeen(least, most)}` }
}
