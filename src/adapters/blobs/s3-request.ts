/**
 * Requests to an S3-compatible store: signed, retried with back-off, errors without secrets. Only the signature comes
 * from a package: aws4fetch has 0.1 MB and loads in 6 ms; @aws-sdk/client-s3 has 22 MB and loads in 130 to 210 ms (measured).
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { BlobStore } from '../../domain/files/blob-store.ts'
import { DamagedBlob } from '../../ports.ts'

export interface S3Keys {
  readonly accessKey: string
  readonly secretKey: string
}

export interface S3Call {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** '' is the bucket itself. */
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: readonly Buffer[]
  /** SHA-256 of the body, in hex; the store refuses other bytes, and they are sent again. */
  readonly sha256?: string
  readonly signal?: AbortSignal
}

export interface S3 {
  /** Sends a call, with retries, and reads its answer. Throws StoreRefusal, or the network error if the store is unavailable. */
  send<T> (call: S3Call, read: (answer: IncomingMessage) => Promise<T>): Promise<T>
  /** A URL with which anybody can GET a key for this many seconds. */
  sign (key: string, query: Readonly<Record<string, string>>, seconds: number): Promise<string>
}

/** The store answered with an error. `code` is S3's error code, '' when there is none. */
export class StoreRefusal extends Error {
  readonly status: number
  readonly code: string

  constructor (status: number, code: string, what: string) {
    super(`the object store answered ${status} ${code} to ${what}`)
    this.status = status
    this.code = code
  }
}

/** Each retry waits twice as long as the one before: 1.5 s in total. */
const MAX_TRIES = 5
const FIRST_DELAY = 100
/** An idle connection is closed after this long. */
export const STORE_PATIENCE = 30_000
/** Time limit for optional requests that somebody waits for: milliseconds. */
export const SHORT_WAIT = 10_000
const MAX_REDIRECTS = 3
/** Characters. */
const LONGEST_REFUSAL = 64 * 1024
const NOTHING = createHash('sha256').digest('hex')

export async function createS3 ({ endpoint, bucket, style, region }: BlobStore, { accessKey, secretKey }: S3Keys): Promise<S3> {
  const { AwsV4Signer } = await import('aws4fetch')
  const { request, Agent } = endpoint.startsWith('https:') ? await import('node:https') : await import('node:http')
  const agent = new Agent({ keepAlive: true })
  const signing = { accessKeyId: accessKey, secretAccessKey: secretKey, service: 's3', region, cache: new Map<string, ArrayBuffer>() }
  const base = style === 'path' ? `${endpoint}/${bucket}/` : `${endpoint.replace('://', `://${bucket}.`)}/`

  const hosts = new Set([new URL(base).origin, new URL(endpoint).origin])

  function addressOf (key: string, query: Readonly<Record<string, string>> = {}): URL {
    const url = new URL(base + key)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    return url
  }

  /** Only redirects to the same host are followed: others could send bytes to, and read bytes from, anywhere. */
  async function attempt (call: S3Call): Promise<IncomingMessage> {
    let url = addressOf(call.key, call.query)
    for (let hops = 0; ; hops++) {
      const answer = await ask(url, call)
      const target = redirectOf(answer, call, url)
      if (target === undefined || !hosts.has(target.origin) || hops === MAX_REDIRECTS) return answer
      answer.destroy()
      url = target
    }
  }

  async function ask (url: URL, { method, headers, body = [], sha256 = NOTHING, signal }: S3Call): Promise<IncomingMessage> {
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': sha256 },
      ...signing
    }).sign()
    const length = body.reduce((sum, block) => sum + block.length, 0)
    const mayHaveBody = method === 'PUT' || method === 'POST'
    return new Promise((resolve, reject) => {
      const sent = request(signed.url, {
        // A gateway that compresses would break byte ranges. Unsigned, since some gateways change this header.
        method, agent, signal, headers: { 'accept-encoding': 'identity', ...Object.fromEntries(signed.headers), ...mayHaveBody && { 'content-length': length } }
      })
      sent.setTimeout(STORE_PATIENCE, () => { sent.destroy(new Error('the object store did not answer in time')) })
      sent.once('response', resolve)
      sent.on('error', reject)
      for (const block of body) sent.write(block)
      sent.end()
    })
  }

  return {
    async send (call, read) {
      for (let tries = 1; ; tries++) {
        try {
          const answer = await attempt(call)
          if (isSuccess(answer)) return await readOrDrop(answer, read)
          throw new StoreRefusal(answer.statusCode ?? 0, elementOf(await beginningOf(answer), 'Code'), `${call.method} ${call.key === '' ? 'of the bucket' : 'of a file'}`)
        } catch (error) {
          if (tries === MAX_TRIES || call.signal?.aborted || !mayPass(error)) throw error
        }
        // With random jitter: requests that failed together are not retried together.
        await wait(FIRST_DELAY * 2 ** (tries - 1) * (0.5 + Math.random()), undefined, { signal: call.signal })
      }
    },
    async sign (key, query, seconds) {
      const { url } = await new AwsV4Signer({
        method: 'GET', url: addressOf(key, { ...query, 'X-Amz-Expires': String(seconds) }).href, signQuery: true, ...signing
      }).sign()
      // Not every store understands a plus for a space.
      return url.href.replaceAll('+', '%20')
    }
  }
}

/** In hex. */
export function sha256Of (blocks: readonly Buffer[]): string {
  const hash = createHash('sha256')
  for (const block of blocks) hash.update(block)
  return hash.digest('hex')
}

const isSuccess = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300

/** The target of a redirect that keeps the body; for GET and HEAD also of the statuses that would change other methods to GET. */
function redirectOf ({ statusCode = 0, headers: { location } }: IncomingMessage, { method }: S3Call, from: URL): URL | undefined {
  const isRedirect = statusCode === 307 || statusCode === 308 || ((method === 'GET' || method === 'HEAD') && (statusCode === 301 || statusCode === 302))
  return isRedirect && location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined
}

/** Discards the rest of an unexpected answer. */
async function readOrDrop<T> (answer: IncomingMessage, read: (answer: IncomingMessage) => Promise<T>): Promise<T> {
  try {
    return await read(answer)
  } catch (error) {
    answer.destroy()
    throw error
  }
}

/** The beginning of an error answer, enough to find the reason. */
async function beginningOf (answer: IncomingMessage): Promise<string> {
  let found = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    found += String(chunk)
    if (found.length >= LONGEST_REFUSAL) break
  }
  return found
}

/** Of answers with 400: the body came too slowly, or other bytes came than were signed. */
const PASSING: ReadonlySet<string> = new Set(['RequestTimeout', 'XAmzContentSHA256Mismatch', 'BadDigest'])

/** Whether a retry may succeed: no answer at all, or a temporary error. */
function mayPass (error: unknown): boolean {
  if (error instanceof DamagedBlob) return false
  if (!(error instanceof StoreRefusal)) return true
  return error.status >= 500 || error.status === 429 || error.status === 408 || PASSING.has(error.code)
}

/** The text of the first element with this name, '' when there is none. These elements contain no markup. */
export function elementOf (xml: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
  return found.replace(/&(amp|lt|gt|quot|apos|#39|#34);/g, (entity, code: string) => ENTITIES[code] ?? entity)
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'", '#34': '"' }
