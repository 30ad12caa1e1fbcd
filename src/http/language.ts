/** `/language`: what the form at the foot of each page sends. */
import type { FastifyInstance } from 'fastify'
import { isLanguage } from '../web/languages.ts'
import { acceptForms, refuseForeign } from './own-form.ts'
import { pathOf, rememberLanguage } from './reader.ts'
import { bodyOf } from './rest.ts'
import type { Site } from './site.ts'
import { isFromUs } from './viewer.ts'

export async function registerLanguage (app: FastifyInstance, site: Site): Promise<void> {
  await acceptForms(app)

  app.post('/language', async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const form = await bodyOf(request)
    const language = form.get('language') ?? ''
    if (isLanguage(language)) rememberLanguage(request, reply, language)
    return reply.redirect(request.basePath + pathOf(form.get('to')), 303)
  })
}
