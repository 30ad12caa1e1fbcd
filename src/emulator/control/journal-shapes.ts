/** The shape of an entry of the journal. */
import { REQUEST_KINDS } from '../traffic/request-kind.ts'
import type { Entry } from '../journal/entry.ts'
import type { NearMiss } from '../journal/near-misses.ts'
import { about, list, map, number, object, oneOf, optional, orNull, text, time, truth, whole, type Shape } from './answer-shape.ts'

const LINT = object({
  kind: oneOf('unknown-parameter', 'ignored-parameter', 'upper-case-md5', 'missing-upload-field', 'double-encoding', 'unescaped-xml', 'strict-parser'),
  name: text,
  problem: text
}, 'Lint')

/** Of an entry, by name. */
export const ENTRY_MEMBERS = {
  id: whole,
  at: about('When it began, by the clock of the server.', time),
  startedAt: about('When it began, by the real clock.', time),
  ms: orNull(number, 'How long it took, by the real clock; null while it runs.'),
  phase: oneOf(...REQUEST_KINDS),
  verb: text,
  path: text,
  method: orNull(text),
  user: orNull(text),
  code: orNull(whole, 'The code of an API call or an upload, 0 for success; null for other exchanges.'),
  params: map(text),
  sent: about('Where each parameter was sent, and how often.', list(object({ name: text, in: oneOf('query', 'form', 'multipart'), times: whole }, 'PlacedParameter'))),
  fileNames: list(text),
  request: object({
    host: text,
    size: whole,
    contentType: text,
    userAgent: text,
    headers: about('By name in lower case, as the client sent them.', map(text)),
    headersOmitted: about('The number of further headers that were not kept.', whole),
    files: list(object({ field: text, name: text, size: whole, sha256: text }, 'SeenFile'))
  }),
  response: object({ status: orNull(whole), size: whole, contentType: text, sha256: text, text: optional(text) }),
  fault: orNull(text, 'The id of the fault that was applied.'),
  lint: list(LINT),
  state: oneOf('running', 'answered', 'cut'),
  left: about('Whether the client closed the connection before the answer was sent.', truth)
}

/** The exchanges that did arrive, in an answer with status 406. */
export const NEAR_MISS: Shape<NearMiss> = object({
  id: whole,
  at: time,
  phase: ENTRY_MEMBERS.phase,
  verb: text,
  path: text,
  method: orNull(text),
  user: orNull(text),
  code: orNull(whole),
  status: orNull(whole),
  diff: list(object({ field: text, expected: text, actual: orNull(text) }, 'Difference'))
}, 'NearMiss')

export const ENTRY: Shape<Entry> = object(ENTRY_MEMBERS, 'Entry')
