/** A proxy that breaks one rule of the contract: what a check is for must be red behind it. */
import { createServer, request as send, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { CONTROL_PATH } from '../../src/emulator/control/control-paths.ts'
import type { Target } from '../../src/contract/target/target-file.ts'
import type { RunningEmulator } from '../../src/start-emulator.ts'

export interface MutableRequest {
  method: string
  /** What stands after the verb, as it was sent. */
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
  /** Changes what the client sent, or answers itself. */
  request? (request: MutableRequest): MutableAnswer | undefined
  /** Changes what the server answered. */
  answer? (answer: MutableAnswer, request: Pick<MutableRequest, 'method' | 'path' | 'query'>): void
  /** Changes the proxy itself. */
  proxy? (server: Server): void
  /** Another state of the server behind the proxy, such as a fault. */
  setUp? (emulator: RunningEmulator): Promise<void> | void
  /** Means of states that the emulator has no call for; `run: 'true'` for one that the server then is not in. */
  readonly states?: Target['states']
  /** Checks that must be red; others may be, too: red-ids.tsv has all. */
  readonly kills: readonly string[]
}

/** Changes the text of an answer; bytes of files stay as they are. */
export const rewrite = (change: (text: string, request: Pick<MutableRequest, 'method' | 'path' | 'query'>) => string): NonNullable<Mutant['answer']> => (answer, request) => {
  if (!isFile(answer)) answer.body = Buffer.from(change(answer.body.toString(), request))
}

const isFile = ({ headers }: MutableAnswer): boolean => headers.some(([name, value]) => name.toLowerCase() === 'content-type' && value.startsWith('application/octet-stream'))

/** Changes the text of the answers of the API alone. */
export const rewriteApi = (change: (text: string, request: Pick<MutableRequest, 'method' | 'path' | 'query'>) => string): NonNullable<Mutant['answer']> => (answer, request) => {
  if (/^\/rest\/?$/.test(request.path)) rewrite(change)(answer, request)
}

type Asked = Pick<MutableRequest, 'method' | 'path' | 'query'>

/** Starts it before a server; its address. Streams what the mutant leaves alone. */
export async function startMutant (mutant: Mutant, upstream: string): Promise<{ readonly url: string, close (): Promise<void> }> {
  const { hostname, port } = new URL(upstream)
  const server = createServer((request, response) => { forward(mutant, upstream, request, response).catch(() => { response.destroy() }) })
  // Requests that Node's parser does not know, such as raw bytes in the request line, reach the server as they are.
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    // Or it is cut in the middle of a body.
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

/** For control calls. Mails have the address of the server in their links, whatever Host it is called by: here as if it were called by that of the proxy. */
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
  // In absolute form for the proxy it is for the server.
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

/** A query that nobody touched keeps its bytes. */
function targetOf ({ path, query }: MutableRequest, target: string): string {
  const asked = new URL(target, 'http://mutant')
  if (path === asked.pathname && String(query) === String(asked.searchParams)) return target
  return query.size === 0 ? path : `${path}?${query}`
}

/** What a mutant makes of a request, and whether its body was read for it: all others stream, so that uploads can be watched while they run. */
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

/** Instead of a result: the body was looked at. */
export const NEEDS_BODY = Symbol('needs the body')

/** What `use` gives for it; NEEDS_BODY when it looks at the body, and then it must be asked again with a new object. */
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
  // Of the one connection behind the proxy; what a client is told of its own one, Node writes.
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
