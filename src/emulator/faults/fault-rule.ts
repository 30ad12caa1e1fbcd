/** Parses a fault rule, and checks that it can apply. */
import { errorsOf, parametersOf } from '../../api/describe.ts'
import { ERRORS } from '../../api/errors.ts'
import { UPLOAD_FIELDS } from '../../api/upload-documents.ts'
import { apart, DocumentProblem, fields, listed, someText, written, yesOrNo } from '../../settings/document.ts'
import { milliseconds } from '../../settings/durations.ts'
import { atLeastOne, choice, count } from '../../settings/kinds.ts'
import { nearest } from '../../settings/nearest.ts'
import { REQUEST_KINDS, type RequestKind } from '../traffic/request-kind.ts'
import { readFaultStep, readFaultAnswer, type FaultAnswer, type FaultStep } from './fault-answer.ts'
import { matchesWildcard } from '../traffic/wildcard.ts'
import { methodPattern, methodsMatching, paramPatterns, type Match } from '../traffic/matching.ts'

/** What the server has done when the fault is applied: nothing, or the whole call. */
export type Effect = 'none' | 'commit'

export interface FaultRule {
  readonly match: Match
  /** Number of matching exchanges to let through first. */
  readonly skip: number
  /** How often it applies; with a sequence, how often the sequence repeats. null: always. */
  readonly times: number | null
  /** By the real clock; null: for ever. */
  readonly ttlMs: number | null
  /** undefined: the default of the answer. */
  readonly effect: Effect | undefined
  /** One step per exchange; a rule with one answer is a sequence of one. */
  readonly steps: readonly FaultStep[]
}

const positive = written(atLeastOne)

const readRule = apart(fields<{
  match: Match, skip: number, times: number, ttlMs: number, effect: Effect, answer: FaultAnswer, sequence: readonly FaultStep[], force: boolean
}>({
  match: fields<Required<Match>>({
    method: methodPattern, phase: written(choice(...REQUEST_KINDS)), user: someText, params: paramPatterns, fileName: someText
  }),
  skip: written(count),
  times: positive,
  ttlMs: milliseconds(1, 999_999_999),
  effect: written(choice('none', 'commit')),
  answer: readFaultAnswer,
  sequence: listed(readFaultStep),
  force: yesOrNo
}), 'answer', 'sequence', 'a rule has an answer or a sequence, not both')

/** The JSON Schema of a rule. */
export const FAULT_RULE_SCHEMA = { title: 'FaultRule', ...readRule.schema }

/** The context for checking a rule. */
export interface RuleContext {
  /** Whether an unlisted code needs `force`. */
  readonly isStrict: boolean
  /** Names of the accounts, if known. */
  readonly users?: readonly string[] | undefined
}

/** Parses a rule. Throws DocumentProblem for a rule that could never apply; `warnings` report unusual ones. */
export function readFaultRule (sent: unknown, { isStrict, users }: RuleContext): { readonly rule: FaultRule, readonly warnings: readonly string[] } {
  const { match = {}, skip = 0, times, ttlMs = null, effect, answer, sequence, force = false } = readRule(sent, '')
  if (answer === undefined && sequence === undefined) throw new DocumentProblem('', 'answer is missing, such as {"answer":{"error":12}} or {"sequence":["reset@256k","pass"]}')
  if (sequence?.every(step => step === 'pass')) throw new DocumentProblem('/sequence', 'it does nothing; add a step such as error:12')
  requireReachableMatch(match)
  const steps = sequence ?? (answer === undefined ? [] : [answer])
  const warnings = new Set([...warnOfUnknownParams(match), ...warnOfUnknownUser(match, users)])
  steps.forEach((step, i) => {
    if (step === 'pass') return
    const at = sequence === undefined ? '/answer' : `/sequence/${i}`
    requireApplicableAnswer(step, match, effect, at)
    const unlisted = findUnlistedCode(step, match)
    if (unlisted === undefined) return
    if (isStrict && !force) throw new DocumentProblem(`${at}/error`, `${unlisted}; if this is intended, add "force":true`)
    warnings.add(unlisted)
  })
  return { rule: { match, skip, times: times ?? (sequence === undefined ? null : 1), ttlMs, effect, steps }, warnings: [...warnings] }
}

/** Methods that are called without a session. */
const BEFORE_LOGIN = /^(?:auth\.createToken|anonymous\.)/i

function requireReachableMatch ({ method, phase, user, fileName, params }: Match): void {
  if (method !== undefined && phase !== undefined && phase !== 'api') throw new DocumentProblem('/match/phase', `a call of ${method} is in the phase api; leave method or phase out`)
  const methods = method === undefined ? [] : methodsMatching(method)
  if (user !== undefined && methods.length > 0 && methods.every(({ name }) => BEFORE_LOGIN.test(name))) {
    throw new DocumentProblem('/match/user', `${method} is called before the login; leave user out`)
  }
  if (user !== undefined && phase === 'page') throw new DocumentProblem('/match/user', 'pages are matched by fileName and params only')
  const haveFiles = methods.some(({ params }) => 'file_id' in params)
  if (fileName !== undefined && methods.length > 0 && !haveFiles) throw new DocumentProblem('/match/fileName', `${method} names no file; it has ${Object.keys(methods[0]?.params ?? {}).join(', ') || 'no parameters'}`)
  if (params !== undefined && 'method' in params) throw new DocumentProblem('/match/params/method', 'write it as match.method')
}

function requireApplicableAnswer (answer: FaultAnswer, match: Match, effect: Effect | undefined, at: string): void {
  const phase: RequestKind | undefined = match.method === undefined ? match.phase : 'api'
  const refuse = (member: string, problem: string): never => { throw new DocumentProblem(`${at}/${member}`, problem) }
  const { error, xml, socket, atByte, direction, throttle, progress, http, delayMs, drain } = answer
  if (error !== undefined && phase !== undefined && phase !== 'api' && phase !== 'upload') {
    refuse('error', `a ${phase} answers no error codes; use {"http":503}${phase === 'progress' ? ' or {"progress":{"status":"fail"}}' : ''}`)
  }
  if (answer.info !== undefined && phase === 'upload') refuse('info', 'the answer to an upload has no info')
  if (drain !== undefined && phase !== undefined && phase !== 'upload') refuse('drain', `a ${phase} has no body to drain; it belongs to the phase upload`)
  if (xml !== undefined && (phase === 'download' || phase === 'page')) refuse('xml', `a ${phase} is not XML; use socket or http`)
  if (progress !== undefined && phase !== undefined && phase !== 'progress') refuse('progress', 'only the phase progress reports the progress of an upload; match it or leave method and phase out')
  const isUp = direction === 'up' && atByte !== undefined
  if (isUp && phase !== undefined && phase !== 'upload') refuse('direction', `a ${phase} request has no body; only an upload can break in the request`)
  if (throttle?.up !== undefined && throttle.down === undefined && phase !== undefined && phase !== 'upload') refuse('throttle/up', `a ${phase} request has no body; slow it down, or match the phase upload`)
  const breaksUpload = isUp || (socket !== undefined && atByte !== undefined && direction === undefined && phase === 'upload')
  if (effect === 'commit' && breaksUpload) refuse('direction', 'before its last byte an upload is not stored, so there is nothing to commit; use "direction":"down", or leave effect out')
  const needsAnswer = xml !== undefined && xml !== 'empty' ? `xml ${xml}` : socket !== undefined && atByte !== undefined && !breaksUpload && (direction === 'down' || phase !== undefined) ? `socket ${socket} at a byte` : undefined
  if (effect === 'none' && needsAnswer !== undefined) refuse(xml === undefined ? 'atByte' : 'xml', `${needsAnswer} needs an answer to break, and with effect none there is none; use effect commit, or http with a body`)
  const hasAction = [error, http, xml, socket, delayMs].some(value => value !== undefined)
  if (effect !== undefined && !hasAction) throw new DocumentProblem('/effect', `${progress === undefined ? 'a throttle' : 'progress'} changes only the transfer, not the call; leave effect out`)
}

function findUnlistedCode ({ error }: FaultAnswer, { method }: Match): string | undefined {
  if (error === undefined || method === undefined) return undefined
  const methods = methodsMatching(method)
  if (methods.some(declared => errorsOf(declared).includes(error))) return undefined
  const listed = [...new Set(methods.flatMap(errorsOf))].map(name => ERRORS[name].code).sort((a, b) => a - b)
  return `${method} never answers ${ERRORS[error].code} by the guide; it answers ${listed.join(', ')}`
}

/** Only a warning: clients may send unknown parameters. */
function warnOfUnknownParams ({ method, phase, params = {} }: Match): string[] {
  const known = method !== undefined
    ? methodsMatching(method).flatMap(declared => Object.keys(parametersOf(declared)))
    : phase === 'upload' ? UPLOAD_FIELDS.map(({ name }) => name.toLowerCase()) : undefined
  if (known === undefined) return []
  return Object.keys(params).filter(name => !known.includes(name)).map(name => {
    const meant = nearest(name, known)
    return `${method ?? 'an upload'} has no parameter ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`
  })
}

/** Only a warning: the account may be created later. */
function warnOfUnknownUser ({ user }: Match, users: readonly string[] | undefined): string[] {
  if (user === undefined || users === undefined || users.some(name => matchesWildcard(user, name))) return []
  const meant = nearest(user, users)
  return [`there is no account ${user} yet${meant === undefined ? '' : `; did you mean ${meant}?`}`]
}
