/** How a query compares a text of an exchange. */
import { types } from 'node:util'
import { described, DocumentProblem, fields, someText, titled, yesOrNo, type Read } from '../../settings/document.ts'
import { reasonOf } from '../../domain/as-error.ts'
import { matchesWildcard } from '../traffic/wildcard.ts'
import { withinTime } from './time-limit.ts'

/** A pattern in which `*` matches any text and case does not matter; a regular expression; or tests that must all hold. */
export type TextMatcher = string | number | RegExp | TextTests

export type TextTests = Partial<{
  /** The whole text; case matters. */
  readonly exact: string | number
  /** A part of it; case matters. */
  readonly contains: string
  /** A regular expression of JavaScript that matches a part of it, unless it has ^ and $. */
  readonly regex: string | RegExp
  /** Of `regex`: i, m, s, u. */
  readonly flags: string
  /** true: there is none; false: there is one, whatever it says. */
  readonly absent: boolean
}>

/** A parsed matcher. */
export type ReadMatcher = Partial<{
  readonly pattern: string
  readonly exact: string
  readonly contains: string
  readonly regex: RegExp
  readonly absent: boolean
}>

const MAX_REGEX = 1000

const readTests = fields<{ exact: string, contains: string, regex: unknown, flags: string, absent: boolean }>({
  exact: someText, contains: someText, regex: described({ type: 'string', maxLength: MAX_REGEX }, value => value), flags: described({ type: 'string', pattern: '^[imsu]*$' }, someText), absent: yesOrNo
})

/** Throws DocumentProblem. */
export const readTextMatcher: Read<ReadMatcher> = titled('TextMatcher', described({ anyOf: [someText.schema, readTests.schema] }, (value, at) => {
  if (typeof value === 'string' || typeof value === 'number') return { pattern: String(value) }
  if (types.isRegExp(value)) return { regex: readRegex(value, undefined, at) }
  const { regex, flags, ...tests } = readTests(value, at)
  if (Object.keys(tests).length === 0 && regex === undefined) throw new DocumentProblem(at, 'expected exact, contains, regex or absent')
  if (flags !== undefined && regex === undefined) throw new DocumentProblem(`${at}/flags`, 'flags belong to a regex')
  if (tests.absent === true && Object.keys(tests).length + (regex === undefined ? 0 : 1) > 1) throw new DocumentProblem(`${at}/absent`, 'absent cannot be combined with other tests')
  return regex === undefined ? tests : { ...tests, regex: readRegex(regex, flags, `${at}/regex`) }
}))

function readRegex (value: unknown, flags: string | undefined, at: string): RegExp {
  const isMade = types.isRegExp(value)
  const source = isMade ? value.source : someText(value, at)
  if (source.length > MAX_REGEX) throw new DocumentProblem(at, `expected at most ${MAX_REGEX} characters, got ${source.length}`)
  // With g or y, a RegExp keeps the position of the last match.
  const ownFlags = (flags ?? (isMade ? value.flags : '')).replace(/[dgy]/g, '')
  if (!/^[imsuv]*$/.test(ownFlags)) throw new DocumentProblem(at.replace(/\/regex$/, '/flags'), `expected flags i, m, s or u, got ${JSON.stringify(flags)}`)
  try {
    const regex = new RegExp(source, ownFlags)
    // The first use compiles it, which detects one that is too large.
    withinTime(() => regex.test(''))
    return regex
  } catch (error) {
    throw error instanceof DocumentProblem ? error : new DocumentProblem(at, `not a regular expression: ${reasonOf(error)}`)
  }
}

/** Whether one of the texts matches; `asKept` converts a text of the matcher to the form in the journal. */
export function matchesTexts ({ pattern, exact, contains, regex, absent }: ReadMatcher, texts: readonly string[], asKept: (text: string) => string): boolean {
  if (absent === true) return texts.length === 0
  return texts.some(text =>
    (pattern === undefined || matchesWildcard(pattern, text) || text === asKept(pattern)) &&
    (exact === undefined || text === exact || text === asKept(exact)) &&
    (contains === undefined || text.includes(contains)) &&
    (regex === undefined || regex.test(text)))
}

/** A matcher after the name of the compared value: `file_id=a*`, `range matching /^bytes/`, `no range`. */
export function describeMatcher (name: string, { pattern, exact, contains, regex, absent }: ReadMatcher, asKept: (text: string) => string): string {
  if (absent === true) return `no ${name}`
  if (pattern !== undefined) return `${name}=${asKept(pattern)}`
  const tests = [
    ...exact === undefined ? [] : [`exactly ${JSON.stringify(asKept(exact))}`],
    ...contains === undefined ? [] : [`containing ${JSON.stringify(contains)}`],
    ...regex === undefined ? [] : [`matching ${String(regex)}`]
  ]
  return tests.length === 0 ? `any ${name}` : `${name} ${tests.join(' and ')}`
}

/** Throws DocumentProblem for a text that is kept as a hash, which cannot be matched in part. */
export function requireWholeText ({ pattern = '', contains, regex }: ReadMatcher, at: string): void {
  const isPart = contains !== undefined || regex !== undefined || (pattern.includes('*') && !/^\*$|^hash:/.test(pattern))
  if (isPart) throw new DocumentProblem(at, 'a secret is kept as its hash: give the complete secret, or test whether it is absent')
}
