import type { IncomingHttpHeaders } from 'node:http'
import type { SentParameter } from '../traffic/sent-parameters.ts'

/** Facts about a completed exchange that its entry does not contain. It has secrets, which must never be stored. */
export interface Evidence {
  /** By the real clock, in milliseconds since 1970 with fractions. */
  readonly startedAt: number
  readonly endedAt: number
  /** The target of the request line, as the server of the exchange saw it. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** Of a form with files, only the fields. */
  readonly sent: readonly SentParameter[]
  /** Of a form: for each part in order, whether it is a file. */
  readonly parts: ReadonlyArray<'field' | 'file'>
  /** Whether the whole body of the request has arrived. */
  readonly isComplete: boolean
  /** The beginning of the answer: `Entry.response.text` with secrets. */
  readonly text: string | undefined
}
