/** Every parameter, as often as a client sent it, with its place. */
import type { IncomingMessage } from 'node:http'
import { eachParameter } from '../../http/request/query.ts'
import { eachField, isMultipart } from '../../http/request/small-body.ts'

/** In the query, in an urlencoded body, in a multipart form. */
export type Place = 'query' | 'form' | 'multipart'

export interface SentParameter {
  /** In lower case; text from the client. */
  readonly name: string
  /** The decoded value; it may be a secret. */
  readonly value: string
  readonly in: Place
}

/** The parameters of a call: those of the query, then those of the body, each in the order of sending. */
export function sentParameters ({ url = '', headers }: IncomingMessage, body: Buffer): SentParameter[] {
  const sent = queryParameters(url)
  const type = headers['content-type'] ?? ''
  const place = isMultipart(type) ? 'multipart' : 'form'
  if (body.length > 0) eachField(body, type, (name, value) => { sent.push({ name, value, in: place }) })
  return sent
}

/** The parameters in the query of a request line. */
export function queryParameters (url: string): SentParameter[] {
  const sent: SentParameter[] = []
  const mark = url.indexOf('?')
  if (mark !== -1) eachParameter(url.slice(mark + 1), (name, value) => { sent.push({ name, value, in: 'query' }) })
  return sent
}

export interface PlacedParameter {
  readonly name: string
  readonly in: Place
  /** How often it was sent there. */
  readonly times: number
}

/** Names with their places, without values. */
export function placesOf (sent: readonly SentParameter[]): PlacedParameter[] {
  const counts = new Map<string, PlacedParameter>()
  for (const { name, in: place } of sent) {
    const key = `${place} ${name}`
    counts.set(key, { name, in: place, times: (counts.get(key)?.times ?? 0) + 1 })
  }
  return [...counts.values()]
}
