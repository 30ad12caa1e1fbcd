/** Pages for people: home, download, delete. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, TooManyAttempts } from '../../api/errors.ts'
import { requireFilePassword } from '../../api/known-secrets.ts'
import { aboutNames } from '../../domain/event.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Folder } from '../../domain/files/folder.ts'
import { isShortId, ROOT_FOLDER } from '../../domain/identifiers.ts'
import { deleteLink } from '../../domain/files/link.ts'
import { planOf } from '../../domain/accounts/user.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { recordEvent } from '../../store/operations/events.ts'
import { listBundlesAbove } from '../../store/files/bundles.ts'
import { deleteFiles } from '../../store/files/files.ts'
import { findOwnFolders, findVisibleFolder } from '../../store/files/folders.ts'
import { findShownName } from '../../store/accounts/users.ts'
import { sentence } from '../../web/i18n/words.ts'
import { homePage } from '../../web/pages/home-page.ts'
import { deletedPage, deletePage, downloadPage, missingPage, passwordPage } from '../../web/pages/pages.ts'
import { answerPage, answerPublicPage } from '../answer/answer-page.ts'
import { requireFile, pageDownloadLink, pagePreview } from '../wire/download.ts'
import { pageThumbnail } from '../wire/thumbnail.ts'
import { queryOf } from '../request/query.ts'
import { findUploadObstacle } from '../wire/own-ticket.ts'
import { mayEnter, opensByBundle } from '../wire/bundle-access.ts'
import { findByCode, type ByCode } from './shared-file.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, bodyOf } from '../request/small-body.ts'
import { answerTooMany } from '../answer/too-many.ts'

type ById = { Params: { id: string } }

export async function registerPages (app: FastifyInstance, site: Site): Promise<void> {
  const { config, ports, policy } = site
  acceptSmallBodies(app)

  app.get('/', { exposeHeadRoute: true }, async (request, reply) => {
    const { viewer } = request
    const closed = await findUploadObstacle(request, site)
    const publicUrl = site.publicUrlOf(request)
    const folderId = queryOf(request.raw.url ?? '').get('folder') ?? ''
    const [folder] = viewer !== undefined && isShortId(folderId) ? await findOwnFolders(ports.sql, viewer.user.id, [folderId]) : []
    const { maxFileSize } = viewer === undefined ? policy.plans.anonymous : planOf(viewer.user, policy)
    // The query of a visitor is not his: nobody may fill the memory with pages for each.
    const same = request.raw.url === '/' ? `${maxFileSize} ${publicUrl} ${closed}` : undefined
    return answerPublicPage(reply, homePage({ maxFileSize, publicUrl, account: viewer?.user, folder, closed }), same)
  })

  app.get<ById>(PATHS.filePage, { exposeHeadRoute: true }, async (request, reply) => {
    const file = await requireFile(request.params.id, reply, site)
    if (file === undefined) return reply
    return answerFile(file, undefined, request, reply)
  })

  app.post<ById>(PATHS.filePage, async (request, reply) => {
    const file = await requireFile(request.params.id, reply, site)
    if (file === undefined) return reply
    return answerFile(file, bodyOf(request).get('filepassword') ?? '', request, reply)
  })

  async function answerFile (file: StoredFile, password: string | undefined, request: FastifyRequest, reply: FastifyReply) {
    try {
      if (!await opensByBundle(request, file, site)) await requireFilePassword(site, file, password ?? '', request.ip)
    } catch (error) {
      if (error instanceof TooManyAttempts) return answerTooMany(reply, error)
      if (!(error instanceof Refusal)) throw error
      return answerPage(reply, passwordPage(file.id, password === undefined ? undefined : sentence('download.wrongPassword')), password === undefined ? 200 : 403)
    }
    const sharedBy = file.ownerId === null ? undefined : await findShownName(ports.sql, file.ownerId)
    const link = pageDownloadLink('', file, site)
    const preview = pagePreview(file, link)
    const thumbnail = pageThumbnail(file, site)
    const publicUrl = site.publicUrlOf(request)
    const view = {
      preview,
      thumbnail: preview !== undefined && preview !== 'limited' && preview.kind === 'image' ? undefined : thumbnail,
      publicUrl,
      sharedBy,
      wayBack: await findWayBack(file, request)
    }
    const isPublic = password === undefined && file.sealedPassword === null
    return (isPublic ? answerPublicPage : answerPage)(reply, downloadPage(file, publicUrl + link, view))
  }

  /** The folder from which a reader came. Who has only the link of a file learns of no folder. */
  async function findWayBack ({ folderId }: StoredFile, request: FastifyRequest): Promise<Folder | undefined> {
    const { headers: { referer = '' }, basePath } = request
    const path = URL.canParse(referer) ? new URL(referer).pathname : ''
    if (folderId === ROOT_FOLDER || path !== `${basePath}/folder/${folderId}`) return undefined
    const folder = await findVisibleFolder(ports.sql, folderId)
    return folder?.isShared && (await listBundlesAbove(ports.sql, folderId)).every(bundle => mayEnter(request, bundle, site)) ? folder : undefined
  }

  // A GET never deletes: link previews follow links. One old client deletes by GET; a setting allows it.
  app.get<ByCode>(PATHS.deletePage, async (request, reply) => {
    const file = await findByCode(request, site)
    if (file === undefined) return answerPage(reply, missingPage(), 404)
    if (config.deleteByGet && queryOf(request.raw.url ?? '').get('action') === '1') return remove(file, reply)
    return answerPage(reply, deletePage(file, deleteLink(site.publicUrlOf(request), file)))
  })

  app.post<ByCode>(PATHS.deletePage, async (request, reply) => {
    const file = await findByCode(request, site)
    return file === undefined ? answerPage(reply, missingPage(), 404) : remove(file, reply)
  })

  async function remove (file: StoredFile, reply: FastifyReply) {
    await deleteFiles(ports, file.ownerId, [file.id])
    // Changes of anonymous files by anonymous people are not logged: anybody could fill the log.
    if (file.ownerId !== null || reply.request.viewer !== undefined) await recordEvent(ports, { kind: 'deleted', who: reply.request.viewer?.user.userName ?? '', about: aboutNames([file.name]), address: reply.request.ip })
    return answerPage(reply, deletedPage(file))
  }
}
