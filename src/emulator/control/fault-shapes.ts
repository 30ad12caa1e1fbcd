/** The shape of a fault as control calls show it. */
import type { FaultState } from '../faults/faults.ts'
import { REQUEST_KINDS } from '../traffic/request-kind.ts'
import { either, list, map, object, oneOf, optional, orNull, text, truth, whole, type Shape } from './answer-shape.ts'

const STATUS = oneOf('ok', 'done', 'fail')

const ANSWER = object({
  error: optional(whole),
  info: optional(text),
  http: optional(whole),
  body: optional(text),
  headers: optional(map(text)),
  drain: optional(truth),
  xml: optional(oneOf('truncate', 'invalid', 'wrong-charset', 'empty', 'bad-length')),
  socket: optional(oneOf('reset', 'close', 'hang')),
  atByte: optional(whole),
  direction: optional(oneOf('up', 'down')),
  forMs: optional(whole),
  delayMs: optional(whole),
  throttle: optional(object({ up: optional(whole), down: optional(whole) })),
  progress: optional(object({
    freezeAt: optional(whole), never: optional(truth), status: optional(STATUS), script: optional(list(object({ status: optional(STATUS), meter: optional(whole) })))
  }))
}, 'WrittenAnswer')

const STEP = either(ANSWER, oneOf('pass'))

const RULE = object({
  match: object({ method: optional(text), phase: optional(oneOf(...REQUEST_KINDS)), user: optional(text), params: optional(map(text)), fileName: optional(text) }),
  skip: whole,
  times: orNull(whole, 'null: always'),
  ttlMs: orNull(whole, 'null: for ever'),
  effect: optional(oneOf('none', 'commit')),
  answer: optional(STEP),
  sequence: optional(list(STEP))
}, 'WrittenRule')

export const FAULT_STATE: Shape<FaultState> = object({
  id: text,
  hits: whole,
  remaining: orNull(whole, 'How often it will still be applied; null: always.'),
  state: oneOf('armed', 'spent', 'expired'),
  warnings: list(text),
  rule: RULE
}, 'Fault')
