/** Stands in front of the server's routes: `/_emulator` is answered here, all else goes on as if nothing were there. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { liftBodyDeadline } from '../../http/request/body-deadline.ts'
import { BodyTooLarge, MAX_SMALL_BODY, readSmallBody } from '../../http/request/small-body.ts'
import { control } from './calls.ts'
import { ControlProblem, describeProblem } from '../control-problem.ts'
import { createGuard } from './guard.ts'
import { STATUS_PAGE, STATUS_PAGE_POLICY } from './status-page.ts'
import { Answered, type ControlledServer } from './call.ts'
import { requireSandbox } from './sandbox-calls.ts'

const PREFIX = '/_emulator'
const VERSION = `${PREFIX}/v1`
/** Of a seed, which describes accounts and their files. */
const MAX_DOCUMENT = 1024 * 1024

/** `report` is told of bugs; `now` is the real time. */
export function createControlServer (world: ControlledServer, token: string | undefined, report: (error: unknown) => void, now: () => number) {
  const guard = createGuard(now)
  return (next: RequestListener): RequestListener => (request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    // Made-up answers of faults have it, too.
    response.setHeader('x-content-type-options', 'nosniff')
    if (path !== PREFIX && !path.startsWith(`${PREFIX}/`)) return next(request, response)
    answer(request, path).then(answered => send(response, answered instanceof Answered ? answered : new Answered(200, answered)), (error: unknown) => {
      const problem = describeProblem(error)
      if (problem.status === 500) report(error)
      return send(response, new Answered(problem.status, problem, 'application/problem+json'))
    }).catch(report)
  }

  async function answer (request: IncomingMessage, path: string): Promise<unknown> {
    if (path === PREFIX || path === `${PREFIX}/`) return answerPage(request)
    guard.requireAccess(request.socket.remoteAddress ?? '', request.headers, token)
    if (!path.startsWith(`${VERSION}/`)) throw new ControlProblem(404, `there is no ${path}`, `control calls begin with ${VERSION}/`)
    const [, id, inside] = /^\/sandboxes\/([^/]+)(\/.+)$/.exec(path.slice(VERSION.length)) ?? []
    return control({
      verb: request.method ?? '',
      path: inside ?? path.slice(VERSION.length),
      request,
      url: `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? ''}`,
      async read (takes) {
        if (takes === 'stream') return liftBodyDeadline(request)
        const text = await textOf(request, takes === undefined ? MAX_SMALL_BODY : MAX_DOCUMENT)
        return takes === 'text' ? text : parse(text)
      }
    }, id === undefined ? world : requireSandbox(id, world).world)
  }
}

/** It holds nothing of anybody, and so needs no token: with one it asks for it, and sends it along. */
function answerPage ({ method }: IncomingMessage): Answered {
  if (method !== 'GET' && method !== 'HEAD') throw new ControlProblem(405, `the page does not know ${method}`, 'it knows GET')
  return new Answered(200, STATUS_PAGE, 'text/html; charset=utf-8')
}

async function textOf (request: IncomingMessage, maxBytes: number): Promise<string> {
  try {
    return (await readSmallBody(request, maxBytes)).toString('utf8')
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error
    throw new ControlProblem(413, `the body is larger than ${maxBytes / 1024} KiB`, 'send less')
  }
}

/** JSON whatever its Content-Type says; {} when there is none. */
function parse (text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw new ControlProblem(400, error instanceof Error ? error.message : String(error), 'send JSON')
  }
}

async function send (response: ServerResponse, { status, body, type }: Answered): Promise<void> {
  if (body === undefined) {
    response.writeHead(status).end()
    return
  }
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...(body === STATUS_PAGE && { 'content-security-policy': STATUS_PAGE_POLICY }), ...(status === 413 && { connection: 'close' }) })
  if (body instanceof Readable) return pipeline(body, response)
  response.end(typeof body === 'string' ? body : JSON.stringify(body, null, 2) + '\n')
}
