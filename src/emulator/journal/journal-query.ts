/** Queries of the journal: which exchanges match, and how many. */
import { apart, described, DocumentProblem, fields, someText, titled, written, yesOrNo, type Read } from '../../settings/document.ts'
import { milliseconds } from '../../settings/durations.ts'
import { atLeastOne, between, choice, count } from '../../settings/kinds.ts'
import { REQUEST_KINDS, type RequestKind } from '../traffic/request-kind.ts'
import type { Entry, Journal } from './journal.ts'
import { matchesWildcard } from '../traffic/wildcard.ts'
import { methodPattern, paramPatterns } from '../traffic/matching.ts'

/** A member that is left out matches anything. */
export type JournalQuery = Partial<{
  /** A name, or several as in `files.*`. */
  readonly method: string
  readonly phase: RequestKind
  readonly user: string
  /** Secrets are given as they were sent, and compared by their hashes. `*` matches any text. */
  readonly params: Readonly<Record<string, string>>
  readonly fileName: string
  readonly code: number
  readonly status: number
  /** Whether a fault was applied. */
  readonly fault: boolean
  /** Whether the client violated the guide. */
  readonly lint: boolean
  /** Entries after this one. */
  readonly since: number
}>

const QUERY = {
  method: methodPattern,
  phase: written(choice(...REQUEST_KINDS)),
  user: someText,
  params: paramPatterns,
  fileName: someText,
  code: written(between(0, 33)),
  status: written(between(100, 599)),
  fault: yesOrNo,
  lint: yesOrNo,
  since: written(count)
}

/** Refuses what no exchange can match: a count of 0 would look like a result. */
const matchable = <T extends JournalQuery>(title: string, read: Read<T>): Read<T> => titled(title, described(read.schema ?? {}, (value, at) => {
  const query = read(value, at)
  const { method, phase, code } = query
  if (method !== undefined && phase !== undefined && phase !== 'api') throw new DocumentProblem(`${at}/phase`, `a call of ${method} is in the phase api; leave method or phase out`)
  if (code !== undefined && phase !== undefined && phase !== 'api' && phase !== 'upload') throw new DocumentProblem(`${at}/code`, `a ${phase} answers no codes; use status`)
  return query
}))

export const readJournalQuery: Read<JournalQuery> = matchable('JournalQuery', fields<Required<JournalQuery>>(QUERY))

export type Expectation = JournalQuery & Partial<{ readonly times: number, readonly atLeast: number, readonly atMost: number }>

const EXACT = 'times is exact; leave it out, or atLeast and atMost'
const readCounts = apart(apart(
  fields<Required<Expectation>>({ ...QUERY, times: written(count), atLeast: written(count), atMost: written(count) }), 'atLeast', 'times', EXACT), 'atMost', 'times', EXACT)

export const readExpectation: Read<Expectation> = matchable('Expectation', described(readCounts.schema ?? {}, (value, at) => {
  const read = readCounts(value, at)
  const { atLeast = 0, atMost = Infinity } = read
  if (atLeast > atMost) throw new DocumentProblem(`${at}/atLeast`, `no number is at least ${atLeast} and at most ${atMost}`)
  return read
}))

export type Wait = JournalQuery & Partial<{ readonly count: number, readonly timeoutMs: number }>

export const readWait: Read<Wait> = matchable('Wait', fields<Required<Wait>>({ ...QUERY, count: written(atLeastOne), timeoutMs: milliseconds(0, 999_999_999) }))

/** The exchanges that match, oldest first. */
export function findEntries (query: JournalQuery, journal: Journal): Entry[] {
  const { method, phase, user, params = {}, fileName, code, status, fault, lint, since = 0 } = query
  const paramMatches = (entry: Entry) => ([name, pattern]: [string, string]): boolean => {
    const sent = entry.params[name]
    return sent !== undefined && (matchesWildcard(pattern, sent) || sent === journal.mask.hash(pattern))
  }
  return journal.list().filter(entry =>
    entry.id > since &&
    (method === undefined || (entry.method !== null && matchesWildcard(method, entry.method))) &&
    (phase === undefined || phase === entry.phase) &&
    (user === undefined || matchesWildcard(user, entry.user ?? '')) &&
    (fileName === undefined || entry.fileNames.some(name => matchesWildcard(fileName, name))) &&
    (code === undefined || code === entry.code) &&
    (status === undefined || status === entry.response.status) &&
    (fault === undefined || fault !== (entry.fault === null)) &&
    (lint === undefined || lint !== (entry.lint.length === 0)) &&
    Object.entries(params).every(paramMatches(entry)))
}

/** Milliseconds. */
const DEFAULT_WAIT = 5000

/** Resolves once `count` exchanges match, or after the timeout, with a sentence that says how many did. */
export async function waitForEntries ({ count = 1, timeoutMs = DEFAULT_WAIT, ...query }: Wait, journal: Journal) {
  const isReached = await journal.waitUntil(() => findEntries(query, journal).length >= count, timeoutMs)
  const entries = findEntries(query, journal)
  return { isReached, entries, sentence: `expected ${count} of ${describeQuery(query)} within ${timeoutMs} ms, saw ${entries.length}` }
}

/** Whether as many match as expected, and a sentence that says so. */
export function verifyCount (expectation: Expectation, journal: Journal): { readonly isMet: boolean, readonly count: number, readonly sentence: string } {
  const { times, atLeast, atMost, ...query } = expectation
  const found = findEntries(query, journal).length
  const isAny = times === undefined && atLeast === undefined && atMost === undefined
  const min = times ?? atLeast ?? (isAny ? 1 : 0)
  const max = times ?? atMost ?? Infinity
  const isMet = found >= min && found <= max
  const sentence = `expected ${describeRange(min, max)} of ${describeQuery(query)}, saw ${found}`
  return { isMet, count: found, sentence: isMet ? sentence : sentence + describeNearMisses(query, found, journal) }
}

function describeRange (min: number, max: number): string {
  if (min === max) return String(min)
  if (max === Infinity) return `at least ${min}`
  return min === 0 ? `at most ${max}` : `${min} to ${max}`
}

export function describeQuery ({ method, phase, params, ...others }: JournalQuery): string {
  const conditions = [...Object.entries(params ?? {}), ...Object.entries(others)].map(([name, value]) => `${name}=${value}`)
  return `${method ?? (phase === undefined ? 'any exchange' : `phase ${phase}`)}${conditions.length === 0 ? '' : ` with ${conditions.join(', ')}`}`
}

const MAX_SHOWN = 3

/** What was seen instead: the same method or phase with other values, or otherwise all that was called. */
function describeNearMisses ({ method, phase, ...others }: JournalQuery, found: number, { list, dropped, ...journal }: Journal): string {
  const forgotten = dropped() === 0 ? '' : `; ${dropped()} older ones were dropped and are not counted`
  if (found > 0) return forgotten
  const same = findEntries({ ...method !== undefined && { method }, ...phase !== undefined && { phase } }, { ...journal, list, dropped })
  const hasConditions = Object.keys(others).length > 0
  if (hasConditions && same.length > 0) {
    const shown = same.slice(-MAX_SHOWN).map(({ params, code }) => {
      const { method: _method, ...sent } = params
      return `${JSON.stringify(sent)}${code === null ? '' : ` (code ${code})`}`
    })
    return `; there were ${same.length} with other values, the last: ${shown.join(' ')}${forgotten}`
  }
  const called = [...new Set(list().map(entry => entry.method ?? entry.phase))]
  return `; ${called.length === 0 ? 'nothing was called at all' : `called were ${called.join(', ')}`}${forgotten}`
}
