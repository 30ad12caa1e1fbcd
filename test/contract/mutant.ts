/** A proxy that breaks one rule of the contract: what a check is for must be red behind it. */
import { createServer, request as send, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Target } from '../../src/contract/target.ts'
import type { RunningEmulator } from '../../src/start-emulator.ts'

export interface MutableRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface MutableAnswer {
  status: number
  headers: Array<[name: string, value: string]>
  body: Buffer
}

export interface Mutant {
  readonly name: string
  /** Changes what the client sent, or answers itself. */
  request? (request: MutableRequest): MutableAnswer | undefined
  /** Changes what the server answered. */
  answer? (answer: MutableAnswer, request: Pick<MutableRequest, 'method' | 'path' | 'query'>): void
  /** Another state of the server behind the proxy, such as a fault. */
  setUp? (emulator: RunningEmulator): Promise<void> | void
  /** Means of states that the emulator has no call for; `run: 'true'` for one that the server then is not in. */
  readonly states?: Target['states']
  /** Checks that must be red; others may be, too: matrix.txt has all. */
  readonly kills: readonly string[]
}

/** Changes the text of an answer. */
export const rewrite = (change: (text: string, request: Pick<MutableRequest, 'method' | 'path' | 'query'>) => string): NonNullable<Mutant['answer']> => (answer, request) => {
  answer.body = Buffer.from(change(answer.body.toString(), request))
}

/** Changes the text of the answers of the API alone. */
export const rewriteApi = (change: (text: string, request: Pick<MutableRequest, 'method' | 'path' | 'query'>) => string): NonNullable<Mutant['answer']> => (answer, request) => {
  if (/^\/rest\/?$/.test(request.path)) rewrite(change)(answer, request)
}

/** Starts it before a server; its address. Streams what the mutant leaves alone. */
export async function startMutant (mutant: Mutant, upstream: string): Promise<{ readonly url: string, close (): Promise<void> }> {
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', 'http://mutant')
    const changed: MutableRequest = { method: request.method ?? 'GET', path: asked.pathname, query: asked.searchParams, headers: request.headers, body: Buffer.alloc(0) }
    void (async () => {
      let target = request.url ?? '/'
      if (mutant.request !== undefined) {
        changed.body = await buffer(request)
        const own = mutant.request(changed)
        if (own !== undefined) {
          response.writeHead(own.status, own.headers.flat()).end(own.body)
          return
        }
        // A query that nobody touched keeps its bytes.
        const query = String(changed.query)
        const before = String(new URL(request.url ?? '/', 'http://mutant').searchParams)
        target = query === before && changed.path === asked.pathname ? target : changed.path + (query === '' ? '' : `?${query}`)
        if (changed.headers['transfer-encoding'] === undefined && (changed.body.length > 0 || changed.headers['content-length'] !== undefined)) changed.headers['content-length'] = String(changed.body.length)
      }
      const { hostname, port } = new URL(upstream)
      const forwarded = send({ hostname, port, method: changed.method, path: target, headers: changed.headers, agent: false }, answer => {
        void (async () => {
          const headers: Array<[string, string]> = answer.rawHeaders.flatMap((name, i) => i % 2 === 0 ? [[name, answer.rawHeaders[i + 1] ?? ''] as [string, string]] : [])
          if (mutant.answer === undefined) {
            response.writeHead(answer.statusCode ?? 502, headers.flat())
            answer.on('error', () => { response.destroy() }).pipe(response)
            return
          }
          const kept: MutableAnswer = { status: answer.statusCode ?? 502, headers, body: await buffer(answer) }
          mutant.answer(kept, changed)
          const length = kept.headers.findIndex(([name]) => name.toLowerCase() === 'content-length')
          if (length !== -1 && changed.method !== 'HEAD') kept.headers[length] = ['content-length', String(kept.body.length)]
          response.writeHead(kept.status, kept.headers.flat()).end(kept.body)
        })().catch(() => { response.destroy() })
      })
      forwarded.on('error', () => { response.destroy() })
      request.on('error', () => { forwarded.destroy() })
      response.on('close', () => { if (!response.writableFinished) forwarded.destroy() })
      if (mutant.request === undefined) request.pipe(forwarded)
      else forwarded.end(changed.body)
    })().catch(() => { response.destroy() })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close () {
      server.closeAllConnections()
      await new Promise(resolve => { server.close(resolve) })
    }
  }
}
