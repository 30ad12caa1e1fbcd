/** `/bundle/ID/CODE/files`: the form that adds files to a bundle, for browsers without scripts. */
import type { FastifyInstance } from 'fastify'
import { refuseBecause, Refusal } from '../../api/errors.ts'
import { isOver } from '../../domain/files/bundle.ts'
import { bundleLink } from '../../domain/files/link.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { findUserById } from '../../store/accounts/users.ts'
import { missingPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import { issueTicketFor } from '../wire/own-ticket.ts'
import { leaveBodiesUnread, receiveRequest } from '../wire/upload.ts'
import { findBundleByCode } from './shared-bundle.ts'
import type { ByCode } from './shared-file.ts'
import type { Site } from '../site.ts'
import { answerFailure } from './upload-form.ts'

export async function registerBundleUpload (app: FastifyInstance, site: Site): Promise<void> {
  leaveBodiesUnread(app)
  const { sql, clock } = site.ports

  app.post<ByCode>(`${PATHS.bundlePage}/files`, async (request, reply) => {
    const bundle = await findBundleByCode(request, site)
    if (bundle === undefined) return answerPage(reply.header('connection', 'close'), missingPage(), 404)
    if (isOver(bundle, clock.now())) return answerFailure(reply.header('connection', 'close'), refuseBecause('bundle over'), 403)
    const owner = bundle.ownerId === null ? undefined : await findUserById(sql, bundle.ownerId)
    const ticket = await issueTicketFor(owner, request, site)
    if (ticket instanceof Refusal) return answerFailure(reply.header('connection', 'close'), ticket, 403)
    const { refusal } = await receiveRequest(request, reply, site, ticket, {
      async gather () {
        if (isOver(bundle, clock.now())) throw refuseBecause('bundle over')
        return { folderId: bundle.id, fields: () => ({ get: () => '' }) }
      }
    })
    return refusal === undefined ? reply.redirect(`${bundleLink(request.basePath, bundle)}?added`, 303) : answerFailure(reply, refusal, 400)
  })
}
