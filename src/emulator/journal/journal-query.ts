/** Queries of the journal as tests write them: which exchanges match, how many are expected, and in which order. */
import { apart, described, DocumentProblem, fields, listed, titled, written, yesOrNo, type Fields, type Read } from '../../settings/document.ts'
import { milliseconds } from '../../settings/durations.ts'
import { atLeastOne, choice, count } from '../../settings/kinds.ts'
import { methodPattern } from '../traffic/matching.ts'
import { REQUEST_KINDS, type RequestKind } from '../traffic/request-kind.ts'
import type { Entry } from './entry.ts'
import { isSecretHeader } from './mask-secrets.ts'
import { isSecretName } from '../traffic/secret-names.ts'
import { readTextMatcher, requireWholeText, type ReadMatcher, type TextMatcher } from './text-matcher.ts'

/** The values of an exchange that can be compared, as written or as parsed. */
export interface Conditions<Matcher> {
  /** A name, or several as in `files.*`. */
  readonly method: string
  readonly phase: RequestKind
  readonly user: Matcher
  /** Parameters by name. Secrets are given in clear text, and compared by their hashes. */
  readonly params: Readonly<Record<string, Matcher>>
  /** Request headers by name, in any case. */
  readonly headers: Readonly<Record<string, Matcher>>
  readonly fileName: Matcher
  /** The HTTP verb: GET, POST, PATCH. */
  readonly verb: Matcher
  /** Without the query. */
  readonly path: Matcher
  readonly code: Matcher
  readonly status: Matcher
  /** Whether a fault was applied. */
  readonly fault: boolean
  /** Whether the client violated the guide. */
  readonly lint: boolean
  readonly state: Entry['state']
  /** Only entries after this one. */
  readonly since: number
}

/** A missing condition matches anything. */
export type JournalQuery = Partial<Conditions<TextMatcher>>

/** A parsed query. */
export type ReadQuery = Partial<Conditions<ReadMatcher>>

/** Maximum number of conditions: each may have a name of up to 64 KiB, and is compared with each entry. */
const MAX_NAMES = 50
const MAX_STEPS = 100

/** Matchers by name; names in lower case. */
const matchersByName = (isSecret: (name: string) => boolean, example: string): Read<Readonly<Record<string, ReadMatcher>>> =>
  described({ type: 'object', additionalProperties: readTextMatcher.schema ?? {} }, (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DocumentProblem(at, `expected an object such as ${example}`)
    const named = Object.entries(value)
    if (named.length > MAX_NAMES) throw new DocumentProblem(at, `expected at most ${MAX_NAMES} names, got ${named.length}`)
    return Object.fromEntries(named.map(([name, sent]) => {
      const matcher = readTextMatcher(sent, `${at}/${name}`)
      if (isSecret(name)) requireWholeText(matcher, `${at}/${name}`)
      return [name.toLowerCase(), matcher]
    }))
  })

/** A whole number within bounds, or a matcher for its digits. */
const numberMatcher = (min: number, max: number): Read<ReadMatcher> => described({ anyOf: [{ type: 'integer', minimum: min, maximum: max }, readTextMatcher.schema] }, (value, at) => {
  const matcher = readTextMatcher(value, at)
  const digits = (matcher.pattern ?? matcher.exact)?.trim()
  if (digits === undefined) return matcher
  if (!/^[\d*]{1,9}$/.test(digits)) throw new DocumentProblem(at, `expected a whole number, or a pattern such as 5*, got ${JSON.stringify(digits.slice(0, 60))}`)
  if (!digits.includes('*') && (Number(digits) < min || Number(digits) > max)) throw new DocumentProblem(at, `expected a whole number from ${min} to ${max}, got ${digits}`)
  return matcher
})

const QUERY: Fields<Conditions<ReadMatcher>> = {
  method: methodPattern,
  phase: written(choice(...REQUEST_KINDS)),
  user: readTextMatcher,
  params: matchersByName(isSecretName, '{"folder_id":"0"}'),
  headers: matchersByName(isSecretHeader, '{"range":{"regex":"^bytes="}}'),
  fileName: readTextMatcher,
  verb: readTextMatcher,
  path: readTextMatcher,
  code: numberMatcher(0, 33),
  status: numberMatcher(100, 599),
  fault: yesOrNo,
  lint: yesOrNo,
  state: written(choice('running', 'answered', 'cut')),
  since: written(count)
}

/** Throws DocumentProblem for a query that no exchange can match. */
function requireMatchable ({ method, phase, code }: ReadQuery, at: string): void {
  if (method !== undefined && phase !== undefined && phase !== 'api') throw new DocumentProblem(`${at}/phase`, `a call of ${method} is in the phase api; leave method or phase out`)
  if (code !== undefined && phase !== undefined && phase !== 'api' && phase !== 'upload') throw new DocumentProblem(`${at}/code`, `a ${phase} answers no codes; use status`)
}

const readConditions = fields<Conditions<ReadMatcher>>(QUERY)

/** Throws DocumentProblem, also for a query that no exchange can match: a count of 0 would look like a result. */
export const readJournalQuery: Read<ReadQuery> = titled('JournalQuery', described(readConditions.schema ?? {}, (value, at) => {
  const query = readConditions(value, at)
  requireMatchable(query, at)
  return query
}))

/** A query with its conditions at the top level, or in `match` as in fault rules. */
type WithMatch<Query, Others> = Query & Partial<Others & { readonly match: Query }>

/** `exclusive` names members of `others` that exclude each other, and why. */
function withMatch<Others extends object> (title: string, others: Fields<Others>, exclusive: ReadonlyArray<readonly [keyof Others & string, keyof Others & string, why: string]> = []): Read<{ readonly query: ReadQuery, readonly others: Partial<Others> }> {
  type All = ReadQuery & Others & { match: ReadQuery }
  const read = exclusive.reduce<Read<Partial<All>>>((before, [one, other, why]) => apart<Partial<All>>(before, one, other, why), fields<All>({ ...QUERY, ...others, match: readJournalQuery } as Fields<All>))
  const isOther = (name: string): boolean => Object.hasOwn(others, name)
  return titled(title, described(read.schema ?? {}, (value, at) => {
    const { match, ...given } = read(value, at)
    const own = Object.entries(given)
    const outside = own.find(([name]) => !isOther(name))?.[0]
    if (match !== undefined && outside !== undefined) throw new DocumentProblem(`${at}/${outside}`, 'write all conditions either in match or outside of it')
    const query = match ?? Object.fromEntries(own.filter(([name]) => !isOther(name))) as ReadQuery
    if (match === undefined) requireMatchable(query, at)
    return { query, others: Object.fromEntries(own.filter(([name]) => isOther(name))) as Partial<Others> }
  }))
}

interface Numbers { readonly times: number, readonly atLeast: number, readonly atMost: number }

/** The expected number of matching exchanges; default: at least one. */
export type Expectation = WithMatch<JournalQuery, Numbers>

const EXACT = 'times is exact; leave it out, or atLeast and atMost'

const readCounted = withMatch<Numbers>('Expectation', { times: written(count), atLeast: written(count), atMost: written(count) }, [['atLeast', 'times', EXACT], ['atMost', 'times', EXACT]])

/** The smallest and the largest expected number, and the query. */
export interface ReadExpectation { readonly query: ReadQuery, readonly min: number, readonly max: number }

/** Throws DocumentProblem, also for numbers that contradict each other. */
export const readExpectation: Read<ReadExpectation> = described(readCounted.schema ?? {}, (value, at) => {
  const { query, others: { times, atLeast, atMost } } = readCounted(value, at)
  if (atLeast !== undefined && atMost !== undefined && atLeast > atMost) throw new DocumentProblem(`${at}/atLeast`, `no number is at least ${atLeast} and at most ${atMost}`)
  const isAny = (times ?? atLeast ?? atMost) === undefined
  return { query, min: times ?? atLeast ?? (isAny ? 1 : 0), max: times ?? atMost ?? Infinity }
})

/** A sequence of exchanges, expected to begin in this order. */
export interface Order {
  readonly order: readonly JournalQuery[]
  /** Whether other exchanges may come between them; default true. */
  readonly gaps?: boolean
  /** Only exchanges that match this are considered. */
  readonly among?: JournalQuery
}

/** A parsed sequence. */
export interface ReadOrder { readonly order: readonly ReadQuery[], readonly gaps: boolean, readonly among: ReadQuery }

const readOrderFields = fields<ReadOrder, 'order'>({ order: listed(readJournalQuery), gaps: yesOrNo, among: readJournalQuery }, ['order'])

/** Throws DocumentProblem. */
export const readOrder: Read<ReadOrder> = titled('Order', described(readOrderFields.schema ?? {}, (value, at) => {
  const { order, gaps = true, among = {} } = readOrderFields(value, at)
  if (order.length < 2 || order.length > MAX_STEPS) throw new DocumentProblem(`${at}/order`, `expected 2 to ${MAX_STEPS} queries, got ${order.length}`)
  const dated = order.findIndex(({ since }) => since !== undefined)
  if (dated >= 0) throw new DocumentProblem(`${at}/order/${dated}/since`, 'write since in among: it is the same for all')
  return { order, gaps, among }
}))

/** Maximum number of exchanges, and of milliseconds in real time. */
export interface Patience { readonly count: number, readonly timeoutMs: number }

/** `count` exchanges (1) within `timeoutMs` (5000) of real time. */
export type Wait = WithMatch<JournalQuery, Patience>

/** Throws DocumentProblem. */
export const readWait = withMatch<Patience>('Wait', { count: written(atLeastOne), timeoutMs: milliseconds(0, 999_999_999) })

/** The newest `last` matches; default: all. */
export type Search = WithMatch<JournalQuery, { readonly last: number }>

/** Throws DocumentProblem. */
export const readSearch = withMatch<{ readonly last: number }>('Search', { last: written(count) })

/** Throws DocumentProblem. */
export const readCount = withMatch<object>('Count', {})
