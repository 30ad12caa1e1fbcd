/** `/edit/ID/CODE`: what can be changed after an upload, by whoever has the file's code; and the QR code of its link. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse, Refusal } from '../../api/errors.ts'
import { FILE_SETTINGS, readFileChange, requireTarget } from '../../api/file-change.ts'
import type { RawParams } from '../../api/params.ts'
import { readParams } from '../../api/read-params.ts'
import { boundAnonymousLimit } from '../../domain/files/file-limit.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { isShortId } from '../../domain/identifiers.ts'
import { editLink, pageLink } from '../../domain/files/link.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { changeFiles } from '../../store/files/files.ts'
import { editPage } from '../../web/pages/home-page.ts'
import { missingPage } from '../../web/pages/pages.ts'
import { qrSvg } from '../../web/components/qr.ts'
import type { Unsaved } from '../../web/components/limit-fields.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { sentence } from '../../web/i18n/words.ts'
import { answerPage } from '../answer/answer-page.ts'
import { queryOf } from '../request/query.ts'
import { findByCode, notSaved, shareFiles, type ByCode } from './shared-file.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, bodyOf } from '../request/small-body.ts'

export async function registerEdit (app: FastifyInstance, site: Site): Promise<void> {
  const { ports } = site
  acceptSmallBodies(app)

  app.get<ByCode>(PATHS.editPage, { exposeHeadRoute: true }, async (request, reply) => {
    const file = await findByCode(request, site)
    if (file === undefined) return answerPage(reply, missingPage(), 404)
    const isSaved = queryOf(request.raw.url ?? '').has('saved')
    return show(file, request, reply, isSaved ? { isError: false, sentence: sentence('card.saved') } : undefined)
  })

  app.post<ByCode>(PATHS.editPage, async (request, reply) => {
    const file = await findByCode(request, site)
    if (file === undefined) return answerPage(reply, missingPage(), 404)
    return change(file, bodyOf(request), request, reply)
  })

  async function change (file: StoredFile, sent: RawParams, request: FastifyRequest, reply: FastifyReply) {
    const raw = new Map(sent)
    if (raw.get('time_limit') === 'keep') raw.delete('time_limit')
    try {
      const settings = readParams(FILE_SETTINGS, raw, '1.0', site.ownUrlsOf(request))
      const wanted = readFileChange(settings, ports.vault, ports.clock.now())
      requireTarget(wanted, [file])
      const outcome = await changeFiles(ports.sql, file.ownerId, [file.id], boundAnonymousLimit(wanted, file, site.policy))
      if (outcome === 'no folder') throw refuse('FOLDER_NOT_FOUND')
      if (outcome === 'gone') return answerPage(reply, missingPage(), 404)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { notice, unsaved } = notSaved(error, sent)
      return show(file, request, reply, notice, unsaved)
    }
    // Led on, so that neither reloading nor going back sends the form again.
    return reply.redirect(`${editLink(request.basePath, file)}?saved`, 303)
  }

  async function show (file: StoredFile, request: FastifyRequest, reply: FastifyReply, notice?: Notice, unsaved?: Unsaved) {
    const [shared] = await shareFiles([file], request, site)
    return shared === undefined ? answerPage(reply, missingPage(), 404) : answerPage(reply, editPage(shared, notice, unsaved), unsaved === undefined ? 200 : 400)
  }

  // It says no more than the address does, so it needs no file.
  app.get<{ Params: { id: string } }>(PATHS.qrCode, { exposeHeadRoute: true }, async (request, reply) => {
    const { id } = request.params
    if (!isShortId(id)) return answerPage(reply, missingPage(), 404)
    return reply.headers({ 'content-type': 'image/svg+xml', 'cache-control': 'private, max-age=86400' })
      .send(qrSvg(pageLink(site.publicUrlOf(request), id)))
  })
}
