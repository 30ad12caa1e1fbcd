/** A reverse proxy that passes every exchange on to a server, and keeps it. */
import { Agent as PlainAgent, request as requestPlain, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { Agent as SecureAgent, request as requestSecure } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { reasonOf } from '../../domain/as-error.ts'
import { SENDSPACE_HOSTS } from '../../domain/network/sendspace-hosts.ts'
import { queryOf } from '../../http/request/query.ts'
import { copyRequest, createBodyCopy, writeContent, type BodyCopy, type RequestCopy } from './body-copy.ts'
import type { HarEntry, Pair } from './har-entry.ts'
import { createSecretHider } from './hide-secrets.ts'
import { createServerUrls } from './server-urls.ts'

export interface RecorderOptions {
  readonly server: URL
  /** Larger bodies are not kept, in bytes. */
  readonly maxBody: number
  /** Keeps an exchange. */
  keep (entry: HarEntry): void
  /** Receives a sentence about an exchange that is not kept. */
  report (sentence: string): void
}

export interface Recorder {
  readonly listener: RequestListener
  /** Whether requests to this host of a tunnel would be passed on. */
  knowsHost (host: string): boolean
  /** Closes the connections to the server. */
  close (): void
}

/** Addresses in longer answers are not replaced. */
const MAX_REWRITTEN = 8 * 1024 * 1024
/** Maximum size in bytes of a body of parameters in which addresses are replaced. */
const MAX_PARAMETERS = 64 * 1024
/** Timeout in milliseconds without any data. */
const IDLE = 120_000
/** Hop-by-hop headers (RFC 9110, 7.6.1), and those that the recorder sets. */
const HOP_BY_HOP = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|accept-encoding|host)$/i

interface Route {
  readonly url: URL
  /** The URL for the server. */
  readonly host: string
  /** The local address for the client's answers; undefined for a client that uses the recorder as a proxy and needs none. */
  readonly base: string | undefined
}

export function createRecorder ({ server, maxBody, keep, report }: RecorderOptions): Recorder {
  const urls = createServerUrls(server)
  const hider = createSecretHider()
  const agents = { 'http:': new PlainAgent({ keepAlive: true }), 'https:': new SecureAgent({ keepAlive: true }) }

  /** undefined for a host of another server. */
  function routeOf ({ url = '/', headers: { host = '' }, socket }: IncomingMessage): Route | undefined {
    const isTunnel = 'encrypted' in socket
    const target = /^https?:\/\//i.test(url) ? url : isTunnel ? `https://${host}${url}` : undefined
    if (target === undefined || isOwn(target, socket.localPort)) {
      const base = `http://${host}`
      const found = urls.resolve(urls.toServer(target === undefined ? url : url.replace(/^https?:\/\/[^/?#]*/i, ''), base))
      return found && { url: found, host: found.host, base }
    }
    if (!URL.canParse(target)) return undefined
    const named = new URL(target)
    if (urls.knows(named.origin)) return { url: named, host: named.host, base: undefined }
    // The server replaces the one whose address is built into the client.
    return SENDSPACE_HOSTS.includes(named.hostname) ? { url: new URL(named.pathname + named.search, server), host: named.host, base: undefined } : undefined
  }

  const listener: RequestListener = (request, response) => {
    const route = routeOf(request)
    if (route === undefined) return refuse(response, 403, `This recorder is for ${server.origin} and its other hosts only.`)
    pass(request, response, route).catch((error: unknown) => {
      report(`${request.method} ${hider.text(route.url.origin + route.url.pathname)} is not kept: ${reasonOf(error)}`)
      if (response.headersSent) response.destroy()
      else refuse(response, 502, `${route.url.origin} did not answer: ${reasonOf(error)}`)
    })
  }

  async function pass (request: IncomingMessage, response: ServerResponse, route: Route): Promise<void> {
    const startedAt = Date.now()
    const sent = copyRequest(request.method ?? '', request.headers, maxBody)
    const answer = await ask(request, response, route, sent)
    const copy = createBodyCopy(maxBody)
    await passAnswer(answer, response, route.base, copy)
    const url = new URL(hider.text(route.url.origin + route.url.pathname))
    const params = [...queryOf(request.url ?? '')].map(([name, value]) => ({ name, value: hider.value(name, route.base === undefined ? value : urls.toServer(value, route.base)) }))
    url.search = new URLSearchParams(params.map(({ name, value }): [string, string] => [name, value])).toString()
    const postData = sent.write(hider)
    keep({
      startedDateTime: new Date(startedAt).toISOString(),
      time: Date.now() - startedAt,
      request: { method: request.method ?? '', url: url.href, headers: pairsOf(request.rawHeaders), queryString: params, ...postData !== undefined && { postData } },
      response: {
        status: answer.statusCode ?? 0,
        statusText: answer.statusMessage ?? '',
        headers: pairsOf(answer.rawHeaders),
        content: writeContent(copy, answer.headers, hider)
      }
    })
  }

  async function ask (request: IncomingMessage, response: ServerResponse, { url, host, base }: Route, sent: RequestCopy): Promise<IncomingMessage> {
    const body = base === undefined || !holdsParameters(request) ? request : [Buffer.from(urls.toServer((await buffer(request)).toString('latin1'), base), 'latin1')]
    const headers = [...passedOn(request.rawHeaders), 'Host', host, 'Accept-Encoding', 'identity', ...framingOf(request)]
    if (Array.isArray(body)) headers.splice(headers.findIndex(word => /^content-length$/i.test(word)), 2, 'Content-Length', String(body[0]?.length))
    const isSecure = url.protocol === 'https:'
    const upstream = (isSecure ? requestSecure : requestPlain)(url, { method: request.method, headers, setHost: false, agent: agents[isSecure ? 'https:' : 'http:'], timeout: IDLE })
    let isAnswered = false
    // A server may answer and close before it has read the body: then its answer counts.
    pipeline(copied(body, sent), upstream).catch((error: unknown) => { if (!isAnswered) upstream.destroy(error instanceof Error ? error : undefined) })
    return new Promise((resolve, reject) => {
      upstream.once('error', reject).once('timeout', () => { upstream.destroy(new Error('it sent nothing for two minutes')) })
      upstream.once('response', answer => {
        isAnswered = true
        resolve(answer)
      })
      response.once('close', () => { if (!response.writableFinished) upstream.destroy(new Error('the client has gone')) })
    })
  }

  /** Rejects when either side cuts the answer. */
  async function passAnswer (answer: IncomingMessage, response: ServerResponse, base: string | undefined, copy: BodyCopy): Promise<void> {
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = answer.headers
    const headers = passedOn(answer.rawHeaders)
    const isText = /xml|^text\//i.test(type) && encoding === 'identity' && Number(length) <= MAX_REWRITTEN
    const begin = (own: readonly string[]) => response.writeHead(answer.statusCode ?? 502, answer.statusMessage, base === undefined ? [...own] : localHeaders(own, base))
    if (!isText) {
      begin(headers)
      answer.on('data', (chunk: Buffer) => { copy.push(chunk) })
      return pipeline(answer, response)
    }
    const held: Buffer[] = []
    let size = 0
    let hasBegun = false
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      copy.push(chunk)
      size += chunk.length
      if (hasBegun) {
        if (!response.write(chunk)) await new Promise(resolve => { response.once('drain', resolve).once('close', resolve) })
        if (response.destroyed) throw new Error('the client has gone')
        continue
      }
      held.push(chunk)
      if (size <= MAX_REWRITTEN) continue
      hasBegun = true
      begin(headers)
      response.write(Buffer.concat(held))
    }
    // latin1 works for any charset: addresses are ASCII, and all other bytes are unchanged.
    const text = Buffer.concat(held).toString('latin1')
    urls.learn(text)
    if (!hasBegun) {
      const body = Buffer.from(base === undefined ? text : urls.toLocal(text, base), 'latin1')
      // Without a body, as for HEAD, the length has another meaning.
      begin(size === 0 ? headers : [...headers.filter((_word, i) => !/^content-length$/i.test(headers[i - i % 2] ?? '')), 'Content-Length', String(body.length)])
      response.write(body)
    }
    await new Promise<void>((resolve, reject) => {
      response.once('close', () => { reject(new Error('the client has gone')) }).end(resolve)
    })
  }

  /** Redirects lead to this server, too; cookies lose their Domain and Secure attributes. */
  const localHeaders = (headers: readonly string[], base: string): string[] => headers.map((word, i) => {
    const name = i % 2 === 0 ? '' : headers[i - 1] ?? ''
    if (/^(?:content-)?location$/i.test(name)) return urls.toLocal(word, base)
    return /^set-cookie$/i.test(name) ? word.replace(/;\s*(?:domain=[^;]*|secure)(?=;|$)/gi, '') : word
  })

  const pairsOf = (raw: readonly string[]): Pair[] => raw.flatMap((name, i) => i % 2 === 0 ? [{ name, value: hider.value(name, raw[i + 1] ?? '') }] : [])

  return {
    listener,
    knowsHost: host => urls.knows(`http://${host}`) || urls.knows(`https://${host}`) || SENDSPACE_HOSTS.includes(host),
    close () {
      for (const agent of Object.values(agents)) agent.destroy()
    }
  }
}

/** Names and values alternate. */
const passedOn = (raw: readonly string[]): string[] => raw.filter((_word, i) => !HOP_BY_HOP.test(raw[i - i % 2] ?? ''))

/** Whether the body is short and has parameters, in which the server must find its real addresses. Other bodies are streamed unchanged. */
function holdsParameters ({ headers: { 'content-type': type = '', 'content-length': length = '0' } }: IncomingMessage): boolean {
  return /urlencoded/i.test(type) && Number(length) > 0 && Number(length) <= MAX_PARAMETERS
}

async function * copied (body: IncomingMessage | readonly Buffer[], sent: RequestCopy): AsyncGenerator<Buffer> {
  const chunks: AsyncIterable<Buffer> | Iterable<Buffer> = 'headers' in body ? body.iterator({ destroyOnReturn: false }) : body
  for await (const chunk of chunks) {
    sent.push(chunk)
    yield chunk
  }
}

/** Headers about the length of the body, except for Content-Length, which is passed on. */
function framingOf ({ method = '', headers }: IncomingMessage): string[] {
  if (headers['transfer-encoding'] !== undefined) return ['Transfer-Encoding', 'chunked']
  return headers['content-length'] === undefined && /^(?:POST|PUT|PATCH)$/.test(method) ? ['Content-Length', '0'] : []
}

const isOwn = (target: string, port: number | undefined): boolean =>
  URL.canParse(target) && new URL(target).port === String(port) && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(target).hostname)

/** The rest of the body is not read. */
function refuse (response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', connection: 'close' }).end(`${sentence}\n`)
}
