/** The shape of HAR 1.2 as written by the emulator. */
import type { Har } from '../journal/har.ts'
import { list, map, number, object, optional, text, time, type Shape } from './answer-shape.ts'
import { ENTRY_MEMBERS } from './journal-shapes.ts'

const PAIRS = list(object({ name: text, value: text }, 'NameValue'))
/** -1: unknown. */
const SIZE: Shape<number> = { schema: { type: 'integer', minimum: -1 } }
const { id, phase, method, user, code, fault, lint, state } = ENTRY_MEMBERS

export const HAR: Shape<Har> = object({
  log: object({
    version: text,
    creator: object({ name: text, version: text }),
    comment: optional(text),
    entries: list(object({
      startedDateTime: time,
      time: number,
      request: object({
        method: text,
        url: text,
        httpVersion: text,
        cookies: PAIRS,
        headers: PAIRS,
        queryString: PAIRS,
        postData: optional(object({
          mimeType: text,
          text,
          params: list(object({ name: text, value: optional(text), fileName: optional(text), comment: optional(text) }))
        })),
        headersSize: SIZE,
        bodySize: SIZE
      }),
      response: object({
        status: number,
        statusText: text,
        httpVersion: text,
        cookies: PAIRS,
        headers: PAIRS,
        content: object({ size: number, mimeType: text, text, comment: text }),
        redirectURL: text,
        headersSize: SIZE,
        bodySize: SIZE
      }),
      cache: map(text),
      timings: object({ send: number, wait: number, receive: number }),
      _respace: object({ id, phase, method, user, code, fault, lint, state })
    }, 'HarEntry'))
  })
}, 'Har')
