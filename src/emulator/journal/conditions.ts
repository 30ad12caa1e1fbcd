/** A query as conditions, each of which can be checked and described alone. */
import { DocumentProblem } from '../../settings/document.ts'
import type { ReadQuery } from './journal-query.ts'
import type { Entry } from './entry.ts'
import { factsOf, type Facts } from './kept-entries.ts'
import type { SecretMasker } from './mask-secrets.ts'
import { describeMatcher, matchesTexts, type ReadMatcher } from './text-matcher.ts'

/** One condition of a query. */
export interface Condition {
  /** `params.file_id`, `headers.range`, `status`. */
  readonly field: string
  /** The expected value as part of a sentence, without secrets. */
  readonly expected: string
  /** A near miss that fails a main condition ranks below others. */
  readonly isMain: boolean
  holds (entry: Entry): boolean
  /** Whether it holds for dropped entries; undefined when unknown. */
  holdsFor (facts: Facts): boolean | undefined
  /** The actual value in an entry; null for nothing. */
  actual (entry: Entry): string | null
}

const keepAsItIs = (text: string): string => text
const one = (value: string | number | null): readonly string[] => value === null ? [] : [String(value)]
const named = (values: Readonly<Record<string, string>>, name: string): readonly string[] => one(Object.hasOwn(values, name) ? values[name] ?? null : null)

/** The conditions of a query except `since`; the fastest checks come first. */
export function conditionsOf (query: ReadQuery, mask: SecretMasker): Condition[] {
  const { method, phase, state, user, params = {}, headers = {}, path, fileName, verb, code, status, fault, lint } = query
  const ofFacts = (field: string, matcher: ReadMatcher | undefined, read: (facts: Facts) => readonly string[], isMain = false): Condition[] => matcher === undefined
    ? []
    : [{
        ...condition(field, field, matcher, entry => read(factsOf(entry)), keepAsItIs, isMain),
        holdsFor: facts => matchesTexts(matcher, read(facts), keepAsItIs)
      }]
  return [
    ...ofFacts('method', pattern(method), facts => one(facts.method), true),
    ...ofFacts('phase', pattern(phase), facts => one(facts.phase), true),
    ...ofFacts('state', pattern(state), facts => one(facts.state)),
    ...ofFacts('fault', pattern(fault), facts => one(String(facts.isFaulted))),
    ...ofFacts('lint', pattern(lint), facts => one(String(facts.hasLint))),
    ...ofFacts('code', code, facts => one(facts.code)),
    ...ofFacts('status', status, facts => one(facts.status)),
    ...ofFacts('verb', verb, facts => one(facts.verb), true),
    ...ofFacts('user', user, facts => one(facts.user)),
    ...path === undefined ? [] : [condition('path', 'path', path, entry => one(entry.path), mask.text, true)],
    ...fileName === undefined ? [] : [condition('fileName', 'fileName', fileName, entry => entry.fileNames, keepAsItIs)],
    ...Object.entries(params).map(([name, matcher]) => condition(`params.${name}`, name, matcher, entry => named(entry.params, name), text => mask.value(name, text))),
    ...Object.entries(headers).map(([name, matcher]) => condition(`headers.${name}`, `header ${name}`, matcher, entry => headerOf(entry, name), text => mask.header(name, text)))
  ]
}

/** Throws DocumentProblem for a header that may not have been kept. */
function headerOf ({ id, request: { headers, headersOmitted } }: Entry, name: string): readonly string[] {
  const values = named(headers, name)
  if (values.length === 0 && headersOmitted > 0) throw new DocumentProblem(`/headers/${name}`, `exchange ${id} had ${headersOmitted} more headers than are kept, and this may be one of them`)
  return values
}

const pattern = (value: string | boolean | undefined): ReadMatcher | undefined => value === undefined ? undefined : { pattern: String(value) }

function condition (field: string, shownAs: string, matcher: ReadMatcher, read: (entry: Entry) => readonly string[], asKept: (text: string) => string, isMain = false): Condition {
  return {
    field,
    expected: describeMatcher(shownAs, matcher, asKept),
    isMain,
    holds: entry => matchesTexts(matcher, read(entry), asKept),
    holdsFor: () => undefined,
    actual: entry => read(entry).length === 0 ? null : read(entry).join(', ')
  }
}
