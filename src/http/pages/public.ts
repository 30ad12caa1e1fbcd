/** `/public/…`: style sheet, scripts and pictures; `/robots.txt`, and what browsers look for at fixed addresses. */
import type { FastifyInstance } from 'fastify'
import { tagOf } from '../../web/i18n/languages.ts'
import { webManifest } from '../../web/components/manifest.ts'
import { publicFiles, type PublicFile } from '../../web/public-files.ts'
import { notFoundPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import { sendUnlessKnown } from '../answer/known-text.ts'
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

  app.get('/manifest.webmanifest', { exposeHeadRoute: true }, async ({ words }, reply) =>
    sendUnlessKnown(reply.headers({ 'content-type': 'application/manifest+json; charset=utf-8', 'cache-control': 'public, no-cache', vary: 'cookie, accept-language' }), webManifest(tagOf(words?.language ?? 'en'), await app.readBranding())))

  // Browsers ask for these whatever a page says.
  for (const name of ['favicon.ico', 'apple-touch-icon.png']) {
    app.get(`/${name}`, { exposeHeadRoute: true }, async (_request, reply) => {
      const file = publicFiles().byName.get(name)
      return file === undefined ? answerPage(reply, notFoundPage(), 404) : reply.headers(headersOf(file, 'public, max-age=86400')).send(file.bytes)
    })
  }

  app.get<{ Params: { version: string, name: string } }>('/public/:version/:name', { exposeHeadRoute: true }, async (request, reply) => {
    const { version, name } = request.params
    const { byName, version: current } = publicFiles()
    const file = byName.get(name)
    if (file === undefined) return answerPage(reply, notFoundPage(), 404)
    // A page from before an update may request old files: it gets the current ones, which are not cached under that name.
    reply.headers(headersOf(file, version === current ? 'public, max-age=31536000, immutable' : 'no-store'))
    return isCompressed(file) ? reply.send(file.bytes) : sendPacked(reply, file.bytes)
  })
}

const headersOf = ({ contentType }: PublicFile, cacheControl: string) => ({ 'content-type': contentType, 'cache-control': cacheControl })

/** Pictures in pixels: packing them again saves nothing. */
const isCompressed = ({ contentType }: PublicFile): boolean => /^image\/(?!svg)/.test(contentType)
