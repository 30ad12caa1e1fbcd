/** `/branding/…`: the logo and the colours of the site. Their addresses change with them, so browsers keep them. */
import type { FastifyInstance } from 'fastify'
import { findLogo } from '../../store/operations/branding.ts'
import { colorSheet, previewSheet, readColorsName } from '../../web/components/branding-view.ts'
import { notFoundPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import type { Site } from '../site.ts'

/** An SVG is a document with scripts when it is opened by itself: in this sandbox they do not run. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
const FOREVER = 'public, max-age=31536000, immutable'

export async function registerBranding (app: FastifyInstance, { ports: { sql }, policy }: Site): Promise<void> {
  app.get<{ Params: { version: string } }>('/branding/logo/:version', { exposeHeadRoute: true }, async (request, reply) => {
    const logo = await findLogo(sql, policy.branding)
    if (logo === undefined) return answerPage(reply, notFoundPage(), 404)
    // A page from before a change may ask for an older one: it gets the current one, which is not kept under that name.
    return reply.headers({
      'content-type': logo.type,
      'content-security-policy': POLICY,
      'cache-control': request.params.version === logo.version ? FOREVER : 'no-store'
    }).send(logo.bytes)
  })

  for (const [name, write] of [['colors', colorSheet], ['preview', previewSheet]] as const) {
    app.get<{ Params: { colors: string } }>(`/branding/${name}/:colors`, { exposeHeadRoute: true }, async (request, reply) => {
      const colors = readColorsName(request.params.colors)
      if (colors === undefined) return answerPage(reply, notFoundPage(), 404)
      return reply.headers({ 'content-type': 'text/css; charset=utf-8', 'cache-control': FOREVER }).send(write(colors))
    })
  }
}
