/** Every parameter as often as a client sent it, with where it stood. */
import type { IncomingMessage } from 'node:http'
import { eachParameter } from '../../http/request/query.ts'
import { eachField, isMultipart } from '../../http/request/small-body.ts'

/** In the query, in an urlencoded body, in a form of parts. */
export type Place = 'query' | 'form' | 'multipart'

export interface SentParameter {
  /** In lower case; client text. */
  readonly name: string
  /** As it was understood; it may be a secret. */
  readonly value: string
  readonly in: Place
}

/** Of a call: those of the query, then those of the body, each in the order in which they were sent. */
export function sentParameters ({ url = '', headers }: IncomingMessage, body: Buffer): SentParameter[] {
  const sent = queryParameters(url)
  const type = headers['content-type'] ?? ''
  const place = isMultipart(type) ? 'multipart' : 'form'
  if (body.length > 0) eachField(body, type, (name, value) => { sent.push({ name, value, in: place }) })
  return sent
}

/** Of the query of a request line. */
export function queryParameters (url: string): SentParameter[] {
  const sent: SentParameter[] = []
  const mark = url.indexOf('?')
  if (mark !== -1) eachParameter(url.slice(mark + 1), (name, value) => { sent.push({ name, value, in: 'query' }) })
  return sent
}

export interface PlacedParameter {
  readonly name: string
  readonly in: Place
  /** How often it stood there. */
  readonly times: number
}

/** Names with their places, without their values. */
export function placesOf (sent: readonly SentParameter[]): PlacedParameter[] {
  const counts = new Map<string, PlacedParameter>()
  for (const { name, in: place } of sent) {
    const key = `${place} ${name}`
    counts.set(key, { name, in: place, times: (counts.get(key)?.times ?? 0) + 1 })
  }
  return [...counts.values()]
}
