import type { IncomingHttpHeaders } from 'node:http'
import type { SentParameter } from '../traffic/sent-parameters.ts'

/** What an entry does not tell of an exchange that has ended. It has secrets: whoever gets it keeps nothing of it as it is. */
export interface Evidence {
  /** By the real clock, in milliseconds since 1970 with fractions. */
  readonly startedAt: number
  readonly endedAt: number
  /** Of the request line, as the server of the exchange saw it. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** Of a form with files those that are fields. */
  readonly sent: readonly SentParameter[]
  /** Of a form: for each part whether it is a file, in their order. */
  readonly parts: ReadonlyArray<'field' | 'file'>
  /** Whether the whole body of the request has arrived. */
  readonly isComplete: boolean
  /** The beginning of the answer, as `Entry.response.text` with its secrets. */
  readonly text: string | undefined
}
