/** Answers `/_emulator` before the routes of the server; all other requests pass through. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { liftBodyDeadline } from '../../http/request/body-deadline.ts'
import { BodyTooLarge, MAX_SMALL_BODY, readSmallBody } from '../../http/request/small-body.ts'
import { DocumentProblem, fields, parseDocument } from '../../settings/document.ts'
import { ControlProblem, describeProblem } from '../control-problem.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import { answerPreflight, isPreflight } from '../traffic/cross-origin.ts'
import { CALLS, findCall } from './calls.ts'
import type { CallBody, CallContext, ControlCall } from './control-call.ts'
import { CONTROL_PATH, EMULATOR_PATH } from './control-paths.ts'
import { createGuard, mayRead } from './guard.ts'
import { requireSandbox } from './sandbox-calls.ts'
import type { Sandboxes } from './sandboxes.ts'
import { STATUS_PAGE_POLICY, writeStatusPage } from './status-page.ts'

/** Maximum size of a seed in bytes, which describes accounts and their files. */
const MAX_DOCUMENT = 16 * 1024 * 1024

interface ControlServerOptions {
  readonly main: EmulatedServer
  readonly sandboxes: Sandboxes
  /** The token that callers must send, if there is one. */
  readonly token: string | undefined
  /** The hosts for which it is a proxy. */
  readonly proxied: readonly string[]
  /** Receives errors that are bugs. */
  report (error: unknown): void
  /** The real time in milliseconds. */
  now (): number
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A text, a stream, or a value to be written as JSON; undefined for no body. */
  readonly body?: unknown
}

/** Wraps the routes of a server. */
export function createControlServer ({ main, sandboxes, token, proxied, report, now }: ControlServerOptions) {
  const guard = createGuard(now, proxied)
  return (routes: RequestListener): RequestListener => (request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    // Responses written by a fault need it, too.
    response.setHeader('x-content-type-options', 'nosniff')
    if (path !== EMULATOR_PATH && !path.startsWith(`${EMULATOR_PATH}/`)) return routes(request, response)
    if (allowOrigin(request, response, token)) return
    answer(request, path).catch((error: unknown): Answer => {
      const problem = describeProblem(error)
      if (problem.status === 500) report(error)
      return { status: problem.status, headers: { 'content-type': 'application/problem+json', ...(problem.status === 413 && { connection: 'close' }) }, body: problem }
    }).then(answer => send(response, answer)).catch(report)
  }

  async function answer (request: IncomingMessage, path: string): Promise<Answer> {
    if (path === EMULATOR_PATH || path === `${EMULATOR_PATH}/`) return statusPage(request)
    guard.requireAccess(request.socket.remoteAddress ?? '', request.headers, token)
    if (!path.startsWith(`${CONTROL_PATH}/`)) throw new ControlProblem(404, `there is no ${path}`, `control calls begin with ${CONTROL_PATH}/`)
    const [, id, rest] = /^\/sandboxes\/([^/]+)(\/.+)$/.exec(path.slice(CONTROL_PATH.length)) ?? []
    const url = `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? ''}`
    const context = id === undefined ? { server: main, sandboxes, url } : { server: requireSandbox(id, { sandboxes }), sandboxes: undefined, url }
    return performCall(request, rest ?? path.slice(CONTROL_PATH.length), context)
  }
}

/** Adds CORS headers for allowed origins, and answers their preflight requests; true then. Those have no token. */
function allowOrigin (request: IncomingMessage, response: ServerResponse, token: string | undefined): boolean {
  const { origin } = request.headers
  response.setHeader('vary', 'origin')
  if (origin === undefined || !mayRead(origin, token)) return false
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', '*')
  if (!isPreflight(request)) return false
  answerPreflight(request, response, 'GET, POST, PUT, PATCH, DELETE')
  return true
}

async function performCall (request: IncomingMessage, path: string, context: CallContext): Promise<Answer> {
  const { call, name } = findCall(request.method ?? '', path)
  const { status = 200, answerType = 'application/json' } = call
  const query = readCallQuery(call, request.url ?? '')
  const sent = await readBody(request, call.body?.as)
  const item = call.find === undefined ? name : await call.find(name, context)
  const body = await explain(call, async () => call.handle({ ...context, item, query, body: readCallBody(call, sent) }))
  return status === 204 ? { status, headers: {} } : { status, headers: { 'content-type': answerType }, body }
}

/** The page contains no data, so it needs no token: its script asks for the token and sends it with its calls. */
function statusPage ({ method }: IncomingMessage): Answer {
  if (method !== 'GET' && method !== 'HEAD') throw new ControlProblem(405, `the page does not allow ${method}`, 'use GET')
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': STATUS_PAGE_POLICY }, body: writeStatusPage(CALLS) }
}

async function readBody (request: IncomingMessage, as: CallBody<unknown>['as'] = 'json'): Promise<unknown> {
  if (as === 'stream') {
    liftBodyDeadline(request)
    return request
  }
  const text = await readText(request, as === 'json' ? MAX_SMALL_BODY : MAX_DOCUMENT)
  return as === 'yaml' ? parseYamlOrJson(text) : parse(text)
}

/** JSON is parsed as JSON, because YAML would take seconds; for other texts YAML refuses repeated keys. */
async function parseYamlOrJson (text: string): Promise<unknown> {
  if (text.length <= MAX_SMALL_BODY || !/^\s*[{[]/.test(text)) return parseDocument(text)
  try {
    return JSON.parse(text)
  } catch {
    return parseDocument(text)
  }
}

/** A call without a body accepts none, or an empty one. */
function readCallBody ({ verb, path, body }: ControlCall, sent: unknown): unknown {
  if (body !== undefined) return body.read(sent, '')
  if (JSON.stringify(sent) === '{}') return undefined
  throw new ControlProblem(400, `${verb} ${path} takes no body`, 'send none')
}

/** The parameters of the query, checked; a repeated name is refused. */
function readCallQuery ({ verb, path, query }: ControlCall, target: string): unknown {
  const sent = [...new URLSearchParams(target.split('?').slice(1).join('?'))]
  const twice = sent.find(([name], i) => sent.findIndex(([other]) => other === name) < i)
  if (twice !== undefined) throw new ControlProblem(400, `the parameter ${twice[0]} is repeated`, 'send it once')
  try {
    return (query ?? NO_QUERY)(Object.fromEntries(sent), '')
  } catch (error) {
    if (!(error instanceof DocumentProblem)) throw error
    const known = Object.keys(query?.schema !== undefined && 'properties' in query.schema ? { ...query.schema.properties as object } : {})
    throw new ControlProblem(400, `${error.pointer.slice(1)}: ${query === undefined ? 'there is no such parameter' : error.problem}`,
      `${verb} ${path} takes ${known.length === 0 ? 'no query parameters' : `the parameters ${known.join(', ')}`}`)
  }
}

const NO_QUERY = fields({})

/** Adds a hint to a problem of a body: an example of a valid one. */
async function explain (call: ControlCall, perform: () => unknown): Promise<unknown> {
  try {
    return await perform()
  } catch (error) {
    if (!(error instanceof DocumentProblem) || call.body?.example === undefined) throw error
    throw new DocumentProblem(error.pointer, error.problem, `${call.verb} ${call.path} takes such as ${JSON.stringify(call.body.example)}`)
  }
}

async function readText (request: IncomingMessage, maxBytes: number): Promise<string> {
  try {
    return (await readSmallBody(request, maxBytes)).toString('utf8')
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error
    throw new ControlProblem(413, `the body is larger than ${maxBytes / 1024} KiB`, 'send less')
  }
}

/** JSON, whatever its Content-Type; {} without a body. */
function parse (text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw new ControlProblem(400, error instanceof Error ? error.message : String(error), 'send JSON')
  }
}

async function send (response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  if (body === undefined) {
    response.writeHead(status, headers).end()
    return
  }
  response.writeHead(status, { ...headers, 'cache-control': 'no-store' })
  if (body instanceof Readable) return pipeline(body, response)
  response.end(typeof body === 'string' ? body : JSON.stringify(body, null, 2) + '\n')
}
