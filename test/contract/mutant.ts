/** A proxy that breaks one rule of the contract: the check of that rule must fail behind it. */
import { createServer, request as send, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { CONTROL_PATH } from '../../src/emulator/control/control-paths.ts'
import type { Target } from '../../src/contract/target/target-file.ts'
import type { RunningEmulator } from '../../src/start-emulator.ts'

export interface MutableRequest {
  method: string
  /** The request target, as it was sent. */
  readonly target: string
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
  /** Changes the client's request, or answers it. */
  request? (request: MutableRequest): MutableAnswer | undefined
  /** Changes the server's answer. */
  answer? (answer: MutableAnswer, request: Pick<MutableRequest, 'method' | 'path' | 'query'>): void
  /** Changes the proxy itself. */
  proxy? (server: Server): void
  /** Another state of the server behind the proxy, such as a fault. */
  setUp? (emulator: RunningEmulator): Promise<void> | void
  /** Means for states that the emulator has no call for; `run: 'true'` leaves the server out of the state. */
  readonly states?: Target['states']
  /** Checks that must fail; others may fail, too: red-ids.tsv lists all. */
  readonly kills: readonly string[]
}

/** Changes the text of an answer, but not the bytes of files. */
export const rewrite = (change: (text: string, request: Pick<MutableRequest, 'method' | 'path' | 'query'>) => string): NonNullable<Mutant['answer']> => (answer, request) => {
  if (!isFile(answer)) answer.body = Buffer.from(change(answer.body.toString(), request))
}

const isFile = ({ headers }: MutableAnswer): boolean => headers.some(([name, value]) => name.toLowerCase() === 'content-type' && value.startsWith('application/octet-stream'))

/** Changes only the text of API answers. */
export const rewriteApi = (change: (text: string, request: Pick<MutableRequest, 'method' | 'path' | 'query'>) => string): NonNullable<Mutant['answer']> => (answer, request) => {
  if (/^\/rest\/?$/.test(request.path)) rewrite(change)(answer, request)
}

type Asked = Pick<MutableRequest, 'method' | 'path' | 'query'>

/** Starts it in front of a server and returns its address. Streams everything that the mutant does not change. */
export async function startMutant (mutant: Mutant, upstream: string): Promise<{ readonly url: string, close (): Promise<void> }> {
  const { hostname, port } = new URL(upstream)
  const server = createServer((request, response) => { forward(mutant, upstream, request, response).catch(() => { response.destroy() }) })
  // Requests that Node's parser rejects, such as raw bytes in the request line, reach the server unchanged.
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    // Or the request is cut in the middle of its body.
    if (error.rawPacket === undefined || error.code === 'HPE_INVALID_EOF_STATE') {
      socket.destroy()
      return
    }
    const through = connect(Number(port), hostname, () => { through.write(error.rawPacket ?? '') })
    through.on('error', () => { socket.destroy() }).pipe(socket)
    socket.on('error', () => { through.destroy() })
  })
  mutant.proxy?.(server)
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close () {
      server.closeAllConnections()
      await new Promise(resolve => { server.close(resolve) })
    }
  }
}

/** For control calls. Links in mails have the address of the server, whatever Host is sent: here they get that of the proxy. */
const untouched = (upstream: string, host: string): Mutant => ({
  name: 'none',
  kills: [],
  answer (answer, { path }) {
    if (path.endsWith('/outbox')) answer.body = Buffer.from(answer.body.toString().replaceAll(new URL(upstream).host, host))
  }
})

async function forward (played: Mutant, upstream: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const mutant = request.url?.startsWith(`${CONTROL_PATH}/`) === true ? untouched(upstream, request.headers.host ?? '') : played
  const { host, hostname, port } = new URL(upstream)
  // The absolute form addresses the proxy, and is meant for the server.
  request.url = request.url?.replace(/^http:\/\/([^/]+)\//, (all, name: string) => name.startsWith(`${hostname}:`) ? `http://${host}/` : all)
  const target = request.url ?? '/'
  const { changed, own, isWhole } = await askMutant(mutant, request, target)
  if (own !== undefined) {
    request.resume()
    response.writeHead(own.status, own.headers.flat()).end(own.body)
    return
  }
  if (isWhole && changed.headers['transfer-encoding'] === undefined && (changed.body.length > 0 || changed.headers['content-length'] !== undefined)) changed.headers['content-length'] = String(changed.body.length)
  const forwarded = send({ hostname, port, method: changed.method, path: targetOf(changed, target), headers: changed.headers, agent: false }, answer => {
    answerWith(mutant, changed, answer, response).catch(() => { response.destroy() })
  })
  forwarded.on('error', () => { response.destroy() })
  request.on('error', () => { forwarded.destroy() })
  response.on('close', () => { if (!response.writableFinished) forwarded.destroy() })
  if (isWhole) forwarded.end(changed.body)
  else request.pipe(forwarded)
}

/** An unchanged query keeps its bytes. */
function targetOf ({ path, query }: MutableRequest, target: string): string {
  const asked = new URL(target, 'http://mutant')
  if (path === asked.pathname && String(query) === String(asked.searchParams)) return target
  return query.size === 0 ? path : `${path}?${query}`
}

/** The request as the mutant changes it, and whether its body was read: all others stream, so that running uploads can be observed. */
async function askMutant (mutant: Mutant, request: IncomingMessage, target: string): Promise<{ readonly changed: MutableRequest, readonly own: MutableAnswer | undefined, readonly isWhole: boolean }> {
  const asked = (): MutableRequest => {
    const { pathname, searchParams } = new URL(target, 'http://mutant')
    return { method: request.method ?? 'GET', target, path: pathname, query: searchParams, headers: { ...request.headers }, body: Buffer.alloc(0) }
  }
  const changed = asked()
  if (mutant.request === undefined) return { changed, own: undefined, isWhole: false }
  const tried = tryWithoutBody(changed, head => mutant.request?.(head))
  if (tried !== NEEDS_BODY) return { changed, own: tried, isWhole: false }
  const whole = { ...asked(), body: await buffer(request) }
  return { changed: whole, own: mutant.request(whole), isWhole: true }
}

/** Returned instead of a result when the body was read. */
export const NEEDS_BODY = Symbol('needs the body')

/** The result of `use`, or NEEDS_BODY if it reads the body; then it must be called again with a new object. */
export function tryWithoutBody<Message extends { body: Buffer }, Result> (message: Message, use: (message: Message) => Result): Result | typeof NEEDS_BODY {
  const stop = (): never => { throw new Error(NEEDS_BODY.description) }
  const body = message.body
  Object.defineProperty(message, 'body', { get: stop, set: stop, configurable: true, enumerable: true })
  try {
    const result = use(message)
    Object.defineProperty(message, 'body', { value: body, writable: true, configurable: true, enumerable: true })
    return result
  } catch (error) {
    if (error instanceof Error && error.message === NEEDS_BODY.description) return NEEDS_BODY
    throw error
  }
}

async function answerWith (mutant: Mutant, asked: Asked, answer: IncomingMessage, response: ServerResponse): Promise<void> {
  // Hop-by-hop headers of the connection behind the proxy; Node writes those for the client.
  const headers = answer.rawHeaders.flatMap((name, i) => i % 2 === 0 && !/^(?:connection|keep-alive)$/i.test(name) ? [[name, answer.rawHeaders[i + 1] ?? ''] as [string, string]] : [])
  const sent = (): MutableAnswer => ({ status: answer.statusCode ?? 502, headers: headers.map(([name, value]) => [name, value]), body: Buffer.alloc(0) })
  const changed = sent()
  const needsBody = mutant.answer !== undefined && tryWithoutBody(changed, head => { mutant.answer?.(head, asked) }) === NEEDS_BODY
  if (!needsBody) {
    response.writeHead(changed.status, changed.headers.flat())
    answer.on('error', () => { response.destroy() }).pipe(response)
    return
  }
  const kept = { ...sent(), body: await buffer(answer) }
  mutant.answer?.(kept, asked)
  const length = kept.headers.findIndex(([name]) => name.toLowerCase() === 'content-length')
  if (length !== -1 && asked.method !== 'HEAD') kept.headers[length] = ['content-length', String(kept.body.length)]
  response.writeHead(kept.status, kept.headers.flat()).end(kept.body)
}
