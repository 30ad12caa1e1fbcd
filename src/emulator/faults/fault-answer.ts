/** The effect of a fault on an exchange, as JSON. */
import { STATUS_CODES } from 'node:http'
import { ERRORS, type ErrorName } from '../../api/errors.ts'
import { described, DocumentProblem, fields, listed, someText, titled, written, yesOrNo, type Read } from '../../settings/document.ts'
import { milliseconds } from '../../settings/durations.ts'
import { atLeastOne, between, choice, count } from '../../settings/kinds.ts'
import type { SocketEvent } from '../traffic/response-interceptor.ts'
import { readShorthand } from './fault-shorthand.ts'

export type XmlCorruption = 'truncate' | 'invalid' | 'wrong-charset' | 'empty' | 'bad-length'
export type Direction = 'up' | 'down'

/** Values that replace those of a progress answer; `script` has one step per poll, and the last one repeats. */
export interface ProgressOverride {
  readonly freezeAt: number
  readonly never: boolean
  readonly status: 'ok' | 'done' | 'fail'
  readonly script: ReadonlyArray<Partial<{ readonly status: 'ok' | 'done' | 'fail', readonly meter: number }>>
}

/** Bytes per second. */
export type Throttle = Partial<Readonly<Record<Direction, number>>>

/** At most one of error, http, xml, socket and progress; a delay and a throttle can be added, or be alone. */
export type FaultAnswer = Partial<{
  readonly error: ErrorName
  /** The specific reason of an error: its attribute `info`. */
  readonly info: string
  readonly http: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** Whether a refused upload is read completely first; simple clients never see an earlier answer. */
  readonly drain: boolean
  readonly xml: XmlCorruption
  readonly socket: SocketEvent
  /** Bytes of the body that are sent first; not given: nothing of the answer is sent. */
  readonly atByte: number
  readonly direction: Direction
  /** Duration of the hang; not given: for ever. */
  readonly forMs: number
  readonly delayMs: number
  readonly throttle: Throttle
  readonly progress: Partial<ProgressOverride>
}>

/** An answer as shown by control calls, with its error as a code. */
export type WrittenAnswer = Omit<FaultAnswer, 'error'> & { readonly error?: number }

/** A step of a sequence; `pass` leaves one exchange unchanged. */
export type FaultStep = FaultAnswer | 'pass'

/** The longest timeout of a timer, a little under 25 days. */
const MAX_TIMER = 2 ** 31 - 1
const speed = written(atLeastOne)

const readCode = written(between(1, 33))

const error: Read<ErrorName> = described(readCode.schema ?? {}, (value, at) => {
  const code = readCode(value, at)
  return Object.keys(ERRORS).map(name => name as ErrorName).find(name => ERRORS[name].code === code) ?? 'SYSTEM_MAINTENANCE'
})

const FRAMING = 'the emulator writes it, to suit the body; {"xml":"bad-length"}, or a socket event at a byte, break an answer'
/** Headers that a rule cannot set, and why. */
const OWN_HEADERS: ReadonlyMap<string, string> = new Map([
  ...['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'trailer', 'upgrade'].map(name => [name, FRAMING] as const),
  ['x-emulator-fault', 'the emulator writes it: it names the rule']
])

const headers: Read<Readonly<Record<string, string>>> = described({ type: 'object', additionalProperties: { type: 'string' } }, (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DocumentProblem(at, 'expected an object of headers')
  return Object.fromEntries(Object.entries(value).map(([name, text]) => {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new DocumentProblem(at, `"${name}" is not a header name`)
    const reason = OWN_HEADERS.get(name.toLowerCase())
    if (reason !== undefined) throw new DocumentProblem(`${at}/${name}`, reason)
    if (Object.keys(value).some(other => other !== name && other.toLowerCase() === name.toLowerCase())) throw new DocumentProblem(`${at}/${name}`, 'it is repeated; header names are case-insensitive')
    const headerValue = someText(text, `${at}/${name}`)
    if (/[^\t\x20-\x7e\x80-\xff]/.test(headerValue)) throw new DocumentProblem(`${at}/${name}`, 'a header cannot contain line breaks and characters beyond Latin-1')
    return [name.toLowerCase(), headerValue]
  }))
})

const status = written(choice('ok', 'done', 'fail'))
const meter = written(between(0, 100))

const readObject = titled('FaultAnswer', fields<Required<FaultAnswer>>({
  error,
  info: someText,
  http: written(between(200, 599)),
  body: someText,
  headers,
  drain: yesOrNo,
  xml: written(choice('truncate', 'invalid', 'wrong-charset', 'empty', 'bad-length')),
  socket: written(choice('reset', 'close', 'hang')),
  atByte: written(count),
  direction: written(choice('up', 'down')),
  forMs: milliseconds(0, MAX_TIMER),
  delayMs: milliseconds(0, MAX_TIMER),
  throttle: fields<Required<Throttle>>({ up: speed, down: speed }),
  progress: fields<ProgressOverride>({ freezeAt: meter, never: yesOrNo, status, script: listed(fields({ status, meter })) })
}))

/** The members that each kind of answer allows. */
const COMPANION_MEMBERS: Readonly<Record<string, readonly (keyof FaultAnswer)[]>> = {
  error: ['info', 'drain'], http: ['body', 'headers', 'drain'], xml: ['atByte'], socket: ['atByte', 'direction', 'forMs'], progress: []
}

const STEP_SCHEMA = { anyOf: [{ type: 'string', description: 'shorthand, such as reset@256k' }, readObject.schema ?? {}] }

/** An answer as an object or in shorthand, `reset@256k`. Throws DocumentProblem for a contradiction. */
export const readFaultAnswer: Read<FaultAnswer> = described(STEP_SCHEMA, (value, at) => {
  const step = readFaultStep(value, at)
  if (step === 'pass') throw new DocumentProblem(at, 'pass is allowed only in a sequence: alone it does nothing')
  return step
})

/** An answer, or `pass`. */
export const readFaultStep: Read<FaultStep> = described(STEP_SCHEMA, (value, at) => {
  const expanded = typeof value === 'string' ? readShorthand(value, at) : value
  return expanded === 'pass' ? expanded : requireConsistent(readObject(expanded, at), at)
})

function requireConsistent (answer: FaultAnswer, at: string): FaultAnswer {
  const kinds = Object.keys(COMPANION_MEMBERS).filter(name => name in answer)
  if (kinds.length > 1) throw new DocumentProblem(at, `${kinds.join(' and ')} cannot be combined; use two rules, or a sequence`)
  const [kind] = kinds
  if (kind === undefined && answer.delayMs === undefined && answer.throttle === undefined) {
    throw new DocumentProblem(at, `it does nothing; give ${Object.keys(COMPANION_MEMBERS).join(', ')}, delayMs or throttle`)
  }
  const allowed = new Set<string>(['delayMs', 'throttle', ...kind === undefined ? [] : [kind, ...COMPANION_MEMBERS[kind] ?? []]])
  const stray = Object.keys(answer).find(name => !allowed.has(name))
  if (stray !== undefined) throw new DocumentProblem(`${at}/${stray}`, describeStray(stray, kind))
  if (answer.atByte !== undefined && answer.xml !== undefined && answer.xml !== 'truncate') throw new DocumentProblem(`${at}/atByte`, `xml ${answer.xml} takes no atByte; only truncate does`)
  if (answer.forMs !== undefined && answer.socket !== 'hang') throw new DocumentProblem(`${at}/forMs`, `only socket hang continues after a time; ${answer.socket} is final`)
  const { http, body } = answer
  if (http !== undefined && body !== undefined && hasNoBody(http)) throw new DocumentProblem(`${at}/body`, `an answer with status ${http} has no body; leave it out`)
  if (answer.direction === 'up' && answer.atByte === undefined) throw new DocumentProblem(`${at}/direction`, 'atByte is missing: the number of bytes of the request that pass first')
  if (answer.throttle !== undefined && Object.keys(answer.throttle).length === 0) throw new DocumentProblem(`${at}/throttle`, 'it slows nothing; give up, down or both, in bytes per second')
  if (answer.progress !== undefined) requireOneOverride(answer.progress, `${at}/progress`)
  return answer
}

function describeStray (stray: string, kind: string | undefined): string {
  const owners = Object.keys(COMPANION_MEMBERS).filter(name => COMPANION_MEMBERS[name]?.some(companion => companion === stray))
  return `it has no effect with ${kind ?? 'a delay or a throttle'}; it belongs to ${owners.join(' or ')}`
}

function requireOneOverride (override: Partial<ProgressOverride>, at: string): void {
  const members = Object.keys(override)
  if (members.length !== 1) throw new DocumentProblem(at, `expected one of freezeAt, never, status, script; got ${members.join(', ') || 'none'}`)
  if (override.never === false) throw new DocumentProblem(`${at}/never`, 'false changes nothing; leave it out')
  if (override.freezeAt === 100) throw new DocumentProblem(`${at}/freezeAt`, 'meter never passes 100; give less')
  if (override.script?.length === 0) throw new DocumentProblem(`${at}/script`, 'expected at least one step such as {"meter":40}')
  if (override.script?.every(step => Object.keys(step).length === 0)) throw new DocumentProblem(`${at}/script`, 'its steps change nothing; give meter, status or both')
}

/** Statuses for which HTTP forbids a body. */
const hasNoBody = (status: number): boolean => status === 204 || status === 205 || status === 304

/** An answer as written in a rule. */
export function describeAnswer ({ error, ...others }: FaultAnswer): WrittenAnswer {
  return { ...others, ...(error !== undefined && { error: ERRORS[error].code }) }
}

/** The body of an answer, by default the text of its status. */
export const httpBodyOf = ({ http = 200, body }: FaultAnswer): string => body ?? (hasNoBody(http) ? '' : `${STATUS_CODES[http] ?? http}\n`)
