/** `/rest/`: parameters from the query and the body; the answer is always 200 and XML. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { METHODS as VERBS } from 'node:http'
import { Readable } from 'node:stream'
import { PATHS } from '../../domain/url-paths.ts'
import { callSiteOf } from '../request/call-site.ts'
import { allowAnyOrigin, answerPreflight } from './cross-origin.ts'
import { queryOf } from '../request/query.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, bodyOf, BodyTooLarge } from '../request/small-body.ts'

const METHODS = 'GET, POST, OPTIONS'
const ALLOWED = 'GET, HEAD, POST, OPTIONS'

export async function registerRest (app: FastifyInstance, site: Site): Promise<void> {
  acceptSmallBodies(app)
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof BodyTooLarge)) throw error
    return refuse(reply, 413, 'The request body must not exceed 64 KiB.')
  })

  async function answer (request: FastifyRequest, reply: FastifyReply) {
    const params = queryOf(request.raw.url ?? '')
    for (const [name, value] of bodyOf(request)) params.set(name, value)
    const { transport } = callSiteOf(request, site)
    const { xml, rest, method, code, userId, bug } = await site.dispatch(params, { ...transport, request: request.raw })
    request.apiCall = { method, code, userId }
    if (bug !== undefined) request.log.error({ err: bug, method }, 'an API call failed')
    return allowAnyOrigin(reply).headers({ 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'no-store' })
      .send(rest === undefined ? xml : Readable.from(joined(xml, rest), { objectMode: false }))
  }

  for (const url of [PATHS.rest, `${PATHS.rest}/`]) {
    app.get(url, { exposeHeadRoute: true }, answer)
    app.post(url, answer)
    answerPreflight(app, url, METHODS)
    refuseOtherVerbs(app, url)
  }
}

async function * joined (start: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield start
  yield * rest
}

/** Every verb that Node.js can read; the body of such a request is not read. */
function refuseOtherVerbs (app: FastifyInstance, url: string): void {
  const others = VERBS.filter(verb => !ALLOWED.split(', ').includes(verb) && verb !== 'CONNECT')
  for (const verb of others) if (!app.supportedMethods.includes(verb)) app.addHttpMethod(verb)
  const answer = async (_request: FastifyRequest, reply: FastifyReply) => refuse(reply.header('allow', ALLOWED), 405, `Only ${ALLOWED} are answered here.`)
  app.route({ method: others, url, onRequest: answer, handler: answer })
}

/** The rest of the body is not read. */
function refuse (reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return allowAnyOrigin(reply).code(status).header('connection', 'close').type('text/plain; charset=utf-8').send(`${sentence}\n`)
}
