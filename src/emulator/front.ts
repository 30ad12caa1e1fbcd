/** Stands in front of the server's routes: `/_emulator` is answered here, all else goes on as if nothing were there. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { control } from './control.ts'
import { ControlProblem, describeProblem } from './control-problem.ts'
import { demandAccess } from './guard.ts'
import { Answered, type World } from './routes.ts'

const PREFIX = '/_emulator'
const VERSION = `${PREFIX}/v1`
const LARGEST_BODY = 1024 * 1024

/** `report` is told of bugs. */
export function createFront (world: World, token: string | undefined, report: (error: unknown) => void) {
  return (next: RequestListener): RequestListener => (request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    if (path !== PREFIX && !path.startsWith(`${PREFIX}/`)) return next(request, response)
    answer(request, path).then(answered => {
      const { status, body } = answered instanceof Answered ? answered : new Answered(200, answered)
      send(response, status, 'application/json', body)
    }, (error: unknown) => {
      const problem = describeProblem(error)
      if (problem.status === 500) report(error)
      send(response, problem.status, 'application/problem+json', problem)
    })
  }

  async function answer (request: IncomingMessage, path: string): Promise<unknown> {
    demandAccess(request.headers, token)
    if (!path.startsWith(`${VERSION}/`)) throw new ControlProblem(404, `there is no ${path}`, `control calls begin with ${VERSION}/`)
    return control(request.method ?? '', path.slice(VERSION.length), await bodyOf(request), world)
  }
}

/** JSON whatever its Content-Type says; {} when there is none. */
async function bodyOf (request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_BODY) throw new ControlProblem(413, 'the body is larger than 1 MiB', 'send less')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw new ControlProblem(400, error instanceof Error ? error.message : String(error), 'send JSON')
  }
}

function send (response: ServerResponse, status: number, type: string, body: unknown): void {
  if (body === undefined) {
    response.writeHead(status).end()
    return
  }
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...(status === 413 && { connection: 'close' }) })
  response.end(JSON.stringify(body, null, 2) + '\n')
}
