/** client.call and client.files: how a single call is written. */
import { parametersOf } from '../../api/describe.ts'
import { METHODS } from '../../api/registry.ts'
import { nearest } from '../../settings/nearest.ts'
import type { LintKind } from '../traffic/lint.ts'
import { createNewestMap } from '../../domain/newest-map.ts'
import { attributesOf, elementsOf } from './answer-text.ts'
import type { RuleId } from './rules.ts'
import type { Seen, Tell, Watcher, WatcherOptions } from './seen.ts'

/** The rule for a lint. */
const BY_LINT: Readonly<Record<LintKind, RuleId>> = {
  'unknown-parameter': 'client.call/unknown-parameter',
  'ignored-parameter': 'client.call/ignored-parameter',
  'upper-case-md5': 'client.auth/upper-case-md5',
  'missing-upload-field': 'client.upload/missing-field',
  'double-encoding': 'client.call/encoded-twice',
  'unescaped-xml': 'client.xml/unescaped',
  'strict-parser': 'client.upload/strict-parser'
}

/** Lints whose rule depends on the name. */
const BY_NAME: Readonly<Record<string, RuleId>> = {
  'ignored-parameter response_format': 'client.call/response-format',
  'missing-upload-field userfile': 'client.upload/wrong-file-field'
}

/** The rule that a refusal shows to be broken, unless a fault caused the refusal. */
const BY_CODE: Readonly<Record<number, RuleId>> = {
  1: 'client.call/unknown-method',
  2: 'client.call/unknown-method',
  3: 'client.call/missing-parameter',
  4: 'client.call/missing-parameter',
  16: 'client.call/bad-value',
  21: 'client.call/bad-value',
  26: 'client.files/foreign-link'
}

/** In bytes: a common limit of proxies. */
const LONGEST_LINE = 8 * 1024
const MAX_NAMES = 5000

export function watchCalls ({ tell, mask, seedTexts }: WatcherOptions): Watcher {
  /** Texts from answers that a client may send back. */
  const answered = createNewestMap<string>(MAX_NAMES)

  function see (seen: Seen): void {
    const { entry, evidence, text } = seen
    for (const { kind, name, problem } of entry.lint) tell(BY_NAME[`${kind} ${name}`] ?? BY_LINT[kind], seen, problem)
    if (entry.fault === null) seeRefusal(seen, tell)
    if (entry.phase !== 'api' && entry.phase !== 'progress') return seeReferer(seen, tell)
    seeRepeats(seen, tell)
    seeReferer(seen, tell)
    if (evidence.target.length > LONGEST_LINE) tell('client.call/long-query', seen, `the request line has ${evidence.target.length} bytes`)
    if (entry.response.status === 413 && entry.fault === null) tell('client.call/over-64k', seen, `the body of ${entry.request.size} bytes was answered 413`)
    const raw = findRawValue(evidence.target) ?? findNoUtf8(seen) ?? findEarlyEnd(seen) ?? findPlus(seen, () => new Set([...answered.values(), ...seedTexts()]))
    if (raw !== undefined) tell('client.call/not-encoded', seen, mask.text(raw))
    for (const each of [...attributesOf(text, 'name'), ...attributesOf(text, 'email'), ...elementsOf(text, 'email')]) answered.set(each, each)
  }

  return { see, forget: answered.clear }
}

function seeRefusal (seen: Seen, tell: Tell): void {
  const { entry: { code, phase, method }, params, text } = seen
  const rule = BY_CODE[code ?? 0]
  if (rule === undefined || phase !== 'api') return
  const sent = params.get('method') ?? ''
  const meant = code === 2 ? nearest(sent, METHODS.map(({ name }) => name)) : undefined
  const info = attributesOf(text, 'info')[0]
  const said = code === 1
    ? 'the call has no method'
    : code === 2
      ? `there is no method ${sent.slice(0, 60)}${meant === undefined ? '' : `; did you mean ${meant}?`}`
      : `${method} was answered ${code}${info === undefined ? '' : ` for ${info}`}`
  tell(rule, seen, said)
}

function seeRepeats (seen: Seen, tell: Tell): void {
  const { evidence: { sent } } = seen
  const byName = new Map<string, { readonly values: Set<string>, readonly places: Set<string> }>()
  for (const { name, value, in: place } of sent) {
    const known = byName.get(name) ?? { values: new Set(), places: new Set() }
    byName.set(name, known)
    known.values.add(value)
    known.places.add(place)
  }
  for (const [name, { values, places }] of byName) {
    if (values.size > 1) tell('client.call/sent-twice', seen, `${name} was sent with ${values.size} values; the last one counted`)
    if (places.size > 1) tell('client.call/two-places', seen, `${name} was sent in the query and in the body`)
  }
}

function seeReferer (seen: Seen, tell: Tell): void {
  const name = /[?&](session_key|token)=[^&]/i.exec(seen.evidence.headers.referer ?? '')?.[1]
  if (name !== undefined) tell('client.call/secret-in-referer', seen, `the Referer of ${seen.entry.path} has a ${name.toLowerCase()}`)
}

/** The characters of a request line that should be percent-encoded and are not. */
function findRawValue (target: string): string | undefined {
  const query = target.slice(target.indexOf('?') + 1)
  if (!target.includes('?')) return undefined
  for (const pair of query.split('&')) {
    const [name = '', value = ''] = splitPair(pair)
    if (/[^\x21-\x7e]|["<>`{}|\\^]/.test(value)) return `${name} has a character that must be percent-encoded`
    if (/%(?![0-9a-f]{2})/i.test(value)) return `${name} has a % that starts no escape: write it as %25`
  }
}

/** Invalid UTF-8, which became U+FFFD. Raw bytes of the request line are encoded before it is read. */
function findNoUtf8 ({ evidence: { sent, target } }: Seen): string | undefined {
  const found = /%EF%BF%BD/i.test(target) ? undefined : sent.find(({ value, in: place }) => place === 'query' && value.includes('\ufffd'))
  return found && `${found.name} is not UTF-8`
}

/** A value with an unencoded & is cut there, and the rest becomes a parameter without a name. */
function findEarlyEnd ({ evidence: { target, sent } }: Seen): string | undefined {
  const pairs = target.includes('?') ? target.slice(target.indexOf('?') + 1).split('&') : []
  const ofQuery = pairs.findIndex((pair, i) => i > 0 && pair !== '' && !pair.includes('=') && !ALL_NAMES.has(pair.toLowerCase()))
  if (ofQuery !== -1) return `${splitPair(pairs[ofQuery - 1] ?? '')[0]} ended at a raw &: write it as %26`
  const ofForm = sent.findIndex(({ name, value, in: place }, i) => i > 0 && place === 'form' && value === '' && !ALL_NAMES.has(name))
  return ofForm === -1 ? undefined : `${sent[ofForm - 1]?.name} ended at a raw &: write it as %26`
}

/** A raw + in an address, or in a value that is known with a + and not with a space. */
function findPlus ({ evidence: { target, sent } }: Seen, knownTexts: () => ReadonlySet<string>): string | undefined {
  const ofQuery = target.slice(target.indexOf('?') + 1).split('&').map(splitPair).filter(([, value]) => value.includes('+')).map(([name, value]) => [name, decodeOrKeep(value)] as const)
  const ofForm = sent.filter(({ in: place, value }) => place === 'form' && value.includes(' ')).map(({ name, value }) => [name, value.replaceAll(' ', '+')] as const)
  const candidates = [...ofQuery, ...ofForm]
  if (candidates.length === 0) return undefined
  const known = knownTexts()
  const found = candidates.find(([name, meant]) => known.has(meant) ? !known.has(meant.replaceAll('+', ' ')) : /email|user_name/i.test(name) && /^[^\s@,;]+\+[^\s@,;]+@[^\s@,;]+$/.test(meant))
  return found && `${found[0]} has a raw +, which is a space: write it as %2B`
}

function splitPair (pair: string): [string, string] {
  const sign = pair.indexOf('=')
  return sign === -1 ? [pair, ''] : [pair.slice(0, sign), pair.slice(sign + 1)]
}

function decodeOrKeep (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const ALL_NAMES = new Set(['method', ...METHODS.flatMap(method => Object.keys(parametersOf(method)))])
