/** `/public/…`: style sheet, scripts and pictures; `/robots.txt`. */
import type { FastifyInstance } from 'fastify'
import { publicFiles } from '../../web/public-files.ts'
import { notFoundPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import { sendPacked } from '../answer/packed.ts'

/** Search engines must not index shared files; they may index the start page and the API's pages. */
const ROBOTS = `User-agent: *
Allow: /$
Allow: /docs
Disallow: /
`

export async function registerPublic (app: FastifyInstance): Promise<void> {
  app.get('/robots.txt', { exposeHeadRoute: true }, async (_request, reply) =>
    reply.headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'public, max-age=86400' }).send(ROBOTS))

  app.get<{ Params: { version: string, name: string } }>('/public/:version/:name', { exposeHeadRoute: true }, async (request, reply) => {
    const { version, name } = request.params
    const { byName, version: current } = publicFiles()
    const file = byName.get(name)
    if (file === undefined) return answerPage(reply, notFoundPage(), 404)
    // A page from before an update may request old files: it gets the current ones, which are not cached under that name.
    return sendPacked(reply.headers({
      'content-type': file.contentType,
      'cache-control': version === current ? 'public, max-age=31536000, immutable' : 'no-store'
    }), file.bytes)
  })
}
