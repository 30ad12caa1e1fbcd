/** `/language`: the form at the foot of each page. */
import type { FastifyInstance } from 'fastify'
import { rememberLocale } from '../../store/accounts/locales.ts'
import { isLanguage } from '../../web/i18n/languages.ts'
import { readerOf } from '../../web/i18n/translations.ts'
import { refuseForeign } from '../request/authenticated-form.ts'
import { pathOf, rememberLanguage } from '../answer/locale.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, bodyOf } from '../request/small-body.ts'
import { isFromUs } from '../request/page-session.ts'

export async function registerLanguage (app: FastifyInstance, site: Site): Promise<void> {
  acceptSmallBodies(app)

  app.post('/language', async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const form = bodyOf(request)
    const language = form.get('language') ?? ''
    if (isLanguage(language)) {
      rememberLanguage(request, reply, language)
      const { locale } = readerOf(request.headers['accept-language'] ?? '', language)
      if (request.viewer !== undefined) await rememberLocale(site.ports.sql, request.viewer.user.id, locale, true)
    }
    return reply.redirect(request.basePath + pathOf(form.get('to')), 303)
  })
}
