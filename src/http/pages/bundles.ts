/** `/bundle/ID/CODE`: what can be changed of a bundle, by whoever has its code. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { BUNDLE_SETTINGS, readBundleChange } from '../../api/bundle-change.ts'
import { refuse, refuseBecause, Refusal } from '../../api/errors.ts'
import { readParams } from '../../api/read-params.ts'
import { aboutNames } from '../../domain/event.ts'
import type { Bundle } from '../../domain/files/bundle.ts'
import { bundleLink } from '../../domain/files/link.ts'
import { isShortId } from '../../domain/identifiers.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { changeBundle, listBundlesAbove } from '../../store/files/bundles.ts'
import { deleteFiles, findFiles } from '../../store/files/files.ts'
import { removeTree } from '../../store/files/folders.ts'
import { recordEvent } from '../../store/operations/events.ts'
import { sumAll } from '../../store/files/shared-trees.ts'
import { bundlePage, deleteBundlePage, deletedBundlePage, removeFilePage } from '../../web/pages/bundle-pages.ts'
import { missingPage } from '../../web/pages/pages.ts'
import type { Unsaved } from '../../web/components/limit-fields.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { sentence, type PlainKey } from '../../web/i18n/words.ts'
import { ENGLISH } from '../../web/i18n/translations.ts'
import { answerPage } from '../answer/answer-page.ts'
import { pageOf, queryOf } from '../request/query.ts'
import { acceptSmallBodies, bodyOf, type Form } from '../request/small-body.ts'
import { answerFailure } from './upload-form.ts'
import { isLoggedOut } from '../request/page-session.ts'
import { notSaved, type ByCode } from './shared-file.ts'
import { findUploadObstacle } from '../wire/own-ticket.ts'
import { createBundle, findBundleByCode, largestFileOf, shareBundle } from './shared-bundle.ts'
import type { Site } from '../site.ts'

const DONE: ReadonlyMap<string, PlainKey> = new Map([['saved', 'card.saved'], ['removed', 'bundle.removed'], ['added', 'bundle.added']])

export async function registerBundles (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy } = site
  const { sql, clock } = ports
  acceptSmallBodies(app)

  // The start page makes one for files that come together; its answer is the bundle's card.
  app.post(PATHS.bundles, async (request, reply) => {
    const form = bodyOf(request)
    if (isLoggedOut(form.get('for_account'), request)) return answerFailure(reply, refuseBecause('logged out'), 401)
    const obstacle = await findUploadObstacle(request, site)
    if (obstacle !== undefined) return answerFailure(reply, refuse(obstacle === 'paused' ? 'UPLOAD_TEMP_ERROR' : 'PERMISSION_DENIED'), 403)
    const bundle = await createBundle({
      title: form.get('title') ?? '', message: form.get('message') ?? '', password: form.get('password') ?? '', parentId: form.get('folder_id') ?? ''
    }, request, site, (request.words ?? ENGLISH).say('bundle.untitled').text)
    return bundle instanceof Refusal ? answerFailure(reply, bundle, 403) : reply.redirect(bundleLink(request.basePath, bundle), 303)
  })

  app.get<ByCode>(PATHS.bundlePage, { exposeHeadRoute: true }, async (request, reply) => {
    const bundle = await findBundleByCode(request, site)
    if (bundle === undefined) return answerPage(reply, missingPage(), 404)
    const done = [...queryOf(request.raw.url ?? '').keys()].map(name => DONE.get(name)).find(key => key !== undefined)
    return show(bundle, request, reply, done && { isError: false, sentence: sentence(done) })
  })

  app.post<ByCode>(PATHS.bundlePage, async (request, reply) => {
    const bundle = await findBundleByCode(request, site)
    if (bundle === undefined) return answerPage(reply, missingPage(), 404)
    const form = bodyOf(request)
    const [asked, sure] = [form.get('remove'), form.get('remove_now')]
    if (asked === undefined && sure === undefined) return change(bundle, form, request, reply)
    const file = await findFileIn(bundle, sure ?? asked ?? '')
    if (file !== undefined && sure === undefined) return answerPage(reply, removeFilePage(bundle, file))
    if (file !== undefined) await deleteFiles(ports, file.ownerId, [file.id])
    if (file !== undefined && bundle.ownerId !== null) await noteDeletion(file.name, request)
    return reply.redirect(`${bundleLink(request.basePath, bundle)}?removed`, 303)
  })

  app.get<ByCode>(`${PATHS.bundlePage}/delete`, { exposeHeadRoute: true }, async (request, reply) => {
    const bundle = await findBundleByCode(request, site)
    return bundle === undefined ? answerPage(reply, missingPage(), 404) : answerPage(reply, deleteBundlePage({ bundle, sum: await sumAll(sql, bundle) }))
  })

  app.post<ByCode>(`${PATHS.bundlePage}/delete`, async (request, reply) => {
    const bundle = await findBundleByCode(request, site)
    if (bundle === undefined) return answerPage(reply, missingPage(), 404)
    await removeTree(sql, bundle.ownerId, bundle.id, () => clock.sleep(0))
    if (bundle.ownerId !== null) await noteDeletion(bundle.title, request)
    return answerPage(reply, deletedBundlePage(bundle))
  })

  const noteDeletion = (name: string, { ip, viewer }: FastifyRequest): Promise<void> =>
    recordEvent(ports, { kind: 'deleted', who: viewer?.user.userName ?? '', about: aboutNames([name]), address: ip })

  /** A file of the bundle, in any of its folders. */
  async function findFileIn (bundle: Bundle, id: string) {
    const [file] = isShortId(id) ? await findFiles(sql, [id]) : []
    if (file === undefined || file.ownerId !== bundle.ownerId) return undefined
    return (await listBundlesAbove(sql, file.folderId)).some(({ id }) => id === bundle.id) ? file : undefined
  }

  async function change (bundle: Bundle, sent: Form, request: FastifyRequest<ByCode>, reply: FastifyReply) {
    const raw = new Map(sent)
    if (raw.get('time_limit') === 'keep') raw.delete('time_limit')
    try {
      const wanted = readBundleChange(readParams(BUNDLE_SETTINGS, raw, '1.0', site.ownUrlsOf(request)), bundle, ports.vault, clock.now(), policy)
      const outcome = await changeBundle(sql, bundle, wanted)
      if (outcome === 'no folder') throw refuse('BAD_TARGET_FOLDER', 'limit_action_to_folder')
      if (outcome === 'gone') return answerPage(reply, missingPage(), 404)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { notice, unsaved } = notSaved(error, sent)
      return show(bundle, request, reply, notice, unsaved)
    }
    return reply.redirect(`${bundleLink(request.basePath, bundle)}?saved`, 303)
  }

  async function show (bundle: Bundle, request: FastifyRequest, reply: FastifyReply, notice?: Notice, unsaved?: Unsaved) {
    const shared = await shareBundle(bundle, pageOf(queryOf(request.raw.url ?? '')), request, site)
    return answerPage(reply, bundlePage(shared, await largestFileOf(bundle, site), notice, unsaved), unsaved === undefined ? 200 : 400)
  }
}
