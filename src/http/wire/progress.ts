import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { writeProgress } from '../../api/progress-answer.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { allowAnyOrigin, answerPreflight } from './cross-origin.ts'
import { queryOf } from '../request/query.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, bodyOf } from '../request/small-body.ts'

/** The progress of an upload: GET, and POST for one client (observed). */
export async function registerProgress (app: FastifyInstance, { ports }: Site): Promise<void> {
  acceptSmallBodies(app)

  async function answer (request: FastifyRequest, reply: FastifyReply) {
    const body = bodyOf(request)
    const query = queryOf(request.raw.url ?? '')
    const id = ['upload_identifier', 'amp;upload_identifier'].map(name => body.get(name) ?? query.get(name)).find(value => value) ?? ''
    return allowAnyOrigin(reply).headers({ 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'no-store' })
      .send(await writeProgress(ports, id))
  }

  app.get(PATHS.progress, answer)
  app.post(PATHS.progress, answer)
  answerPreflight(app, PATHS.progress, 'GET, POST, OPTIONS')
}
