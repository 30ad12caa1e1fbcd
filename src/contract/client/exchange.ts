/** One request and its answer as bytes; node:http hides neither repeated headers nor redirects. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export type Header = readonly [name: string, value: string]

export interface Exchange {
  readonly request: { readonly method: string, readonly url: string, readonly headers: readonly Header[], readonly body: Buffer }
  /** undefined: no answer arrived. */
  readonly answer: { readonly status: number, readonly headers: readonly Header[], readonly body: Buffer } | undefined
  /** Why there is no answer, or why it is incomplete. */
  readonly problem: string | undefined
  readonly milliseconds: number
}

export interface Outgoing {
  /** Default GET. */
  readonly method?: string
  readonly url: string
  readonly headers?: readonly Header[]
  readonly body?: Buffer
}

export interface Limits {
  /** Of all requests and answers in total. */
  readonly bytes: number
  readonly calls: number
  /** Concurrent requests. */
  readonly parallel: number
  /** Timeout of one request, in milliseconds. */
  readonly timeout: number
}

/** The run has reached its limits: the remaining checks are untested. */
export class CapReached extends Error {}

/** The name of requests that clean up. */
export const CLEAN_UP = 'clean-up'

/** Answers larger than this are cut. */
export const MAX_ANSWER = 64 * 1024 * 1024

export interface Wire {
  /** Never rejects for what a server does. Rejects with CapReached. */
  send (outgoing: Outgoing, check: string): Promise<Exchange>
  readonly sent: { calls: number, bytes: number }
  close (): void
}

/** `ca` is a certificate authority to trust, such as the emulator's, which this machine does not know. */
export function openWire ({ bytes, calls, parallel, timeout }: Limits, ca?: string): Wire {
  const agents = { 'http:': new HttpAgent({ keepAlive: true, maxSockets: parallel }), 'https:': new HttpsAgent({ keepAlive: true, maxSockets: parallel, ...ca !== undefined && { ca } }) }
  const sent = { calls: 0, bytes: 0 }

  async function send (outgoing: Outgoing, check: string): Promise<Exchange> {
    sent.calls++
    sent.bytes += outgoing.body?.length ?? 0
    // Cleaning up is not limited.
    const isCapped = check !== CLEAN_UP
    if (isCapped && sent.calls > calls) throw new CapReached(`the limit of ${calls} requests is reached`)
    if (isCapped && sent.bytes > bytes) throw new CapReached(`the limit of ${bytes} bytes is reached`)
    const first = await once(outgoing, check)
    // A server may close an idle connection just as a request is sent on it.
    const exchange = first.isStale ? (await once(outgoing, check)).exchange : first.exchange
    sent.bytes += exchange.answer?.body.length ?? 0
    return exchange
  }

  function once ({ method = 'GET', url, headers = [], body = Buffer.alloc(0) }: Outgoing, check: string): Promise<{ exchange: Exchange, isStale: boolean }> {
    const target = new URL(url)
    const agent = target.protocol === 'https:' ? agents['https:'] : agents['http:']
    const length: Header[] = body.length > 0 || /^(?:POST|PUT|PATCH)$/.test(method) ? [['content-length', String(body.length)]] : []
    const all: Header[] = [['host', target.host], ['x-respace-check', check], ...length, ...headers]
    const request = { method, url, headers: all, body }
    const began = performance.now()
    return new Promise(resolve => {
      let answer: Exchange['answer']
      let isStale = false
      const settle = (problem: string | undefined): void => {
        clearTimeout(timer)
        resolve({ exchange: { request, answer, problem, milliseconds: performance.now() - began }, isStale })
      }
      const message = (target.protocol === 'https:' ? httpsRequest : httpRequest)(url, { method, agent, headers: all.flat() }, response => {
        const chunks: Buffer[] = []
        let size = 0
        const keep = (): void => { answer = { status: response.statusCode ?? 0, headers: pairs(response.rawHeaders), body: Buffer.concat(chunks) } }
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          size += chunk.length
          if (size > MAX_ANSWER) message.destroy(new Error(`the answer is larger than ${MAX_ANSWER} bytes`))
        })
        response.on('end', () => {
          keep()
          settle(response.complete ? undefined : 'the answer was cut')
        })
        response.on('error', (error: Error) => {
          keep()
          settle(`the answer was cut (${error.message})`)
        })
      })
      const timer = setTimeout(() => { message.destroy(new Error(`no answer within ${timeout / 1000} s`)) }, timeout)
      message.on('error', (error: NodeJS.ErrnoException) => {
        isStale = message.reusedSocket && error.code === 'ECONNRESET' && answer === undefined
        settle(error.message === '' ? String(error.code) : error.message)
      })
      message.end(body)
    })
  }

  return { send, sent, close: () => { for (const agent of Object.values(agents)) agent.destroy() } }
}

function pairs (raw: readonly string[]): Header[] {
  return raw.flatMap((name, i) => i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as const] : [])
}

/** The value of the first header of this name. */
export const headerOf = ({ answer }: Exchange, name: string): string | undefined =>
  answer?.headers.find(([header]) => header.toLowerCase() === name)?.[1]

export const textOf = ({ answer }: Exchange): string => answer?.body.toString() ?? ''
