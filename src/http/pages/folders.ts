/** Public folders and bundles: a page, an archive, a feed. Private ones answer as if they did not exist (our choice). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, TooManyAttempts } from '../../api/errors.ts'
import { requireBundlePassword } from '../../api/known-secrets.ts'
import { limitMisses } from '../../api/limiter.ts'
import { isOver, type Bundle } from '../../domain/files/bundle.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { withOthers } from '../../domain/files/file-order.ts'
import type { Folder } from '../../domain/files/folder.ts'
import { directLink, folderLink, OWNER_GRANT, pageLink } from '../../domain/files/link.ts'
import { isShortId } from '../../domain/identifiers.ts'
import { findShownName } from '../../store/accounts/users.ts'
import { listBundlesAbove } from '../../store/files/bundles.ts'
import { hasOpenFile, listFilePage, listNewestFiles } from '../../store/files/file-pages.ts'
import { findFiles } from '../../store/files/files.ts'
import { findVisibleFolder, type PublicFolder } from '../../store/files/folders.ts'
import { countSharedFolders, listSharedFolderPage } from '../../store/files/shared-folders.ts'
import { sumAvailable } from '../../store/files/shared-trees.ts'
import { qrSvg } from '../../web/components/qr.ts'
import { bundlePasswordPage } from '../../web/pages/bundle-pages.ts'
import { isShownInMails } from '../../domain/branding.ts'
import { logoPath } from '../../web/components/branding-view.ts'
import { FEED_FILES, folderFeed } from '../../web/pages/folder-feed.ts'
import { folderPage, orderOf } from '../../web/pages/folder-page.ts'
import { errorPage, missingPage, notFoundPage } from '../../web/pages/pages.ts'
import { answerPage, answerPublicPage } from '../answer/answer-page.ts'
import { answerTooMany } from '../answer/too-many.ts'
import { sendArchive } from '../wire/archive.ts'
import { pageDownloadLink, pagePreview } from '../wire/download.ts'
import { pageThumbnail } from '../wire/thumbnail.ts'
import { sendUnlessKnown } from '../answer/known-text.ts'
import { askedPageOf, queryOf } from '../request/query.ts'
import { acceptSmallBodies, bodyOf } from '../request/small-body.ts'
import { letIn, mayEnter } from '../wire/bundle-access.ts'
import type { Site } from '../site.ts'

type ById = { Params: { id: string } }

/** A public folder, and the bundle that it is or lies in. */
interface Shared {
  readonly folder: PublicFolder
  /** The nearest one, whose rules its files have. */
  readonly bundle: Bundle | undefined
  /** That one and those around it: each may ask for a password. */
  readonly bundles: readonly Bundle[]
}

export async function registerFolders (app: FastifyInstance, site: Site): Promise<void> {
  const { sql, clock, vault } = site.ports
  acceptSmallBodies(app)

  app.get<ById>('/folder/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const shared = await requireShared(request, reply)
    return shared === undefined ? reply : show(shared, request, reply)
  })

  // The password of a bundle; afterwards the browser is led on, so that neither reloading nor going back sends it again.
  app.post<ById>('/folder/:id', async (request, reply) => {
    const shared = await findOpen(request, reply)
    if (shared === undefined) return reply
    const asked = shared.bundles.find(bundle => !mayEnter(request, bundle, site))
    try {
      if (asked !== undefined) await requireBundlePassword(site, asked, bodyOf(request).get('password') ?? '', request.ip)
    } catch (error) {
      if (error instanceof TooManyAttempts) return answerTooMany(reply, error)
      if (!(error instanceof Refusal)) throw error
      return answerPage(reply, bundlePasswordPage(shared.folder.id, true), 403)
    }
    if (asked !== undefined) letIn(request, reply, asked, site)
    return reply.redirect(folderLink(request.basePath, shared.folder.id), 303)
  })

  async function show ({ folder, bundle }: Shared, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const query = queryOf(request.raw.url ?? '')
    const order = orderOf(query.get('sort'))
    const now = clock.now()
    const shelf = { ownerId: folder.ownerId, folderId: folder.id, availableAt: now }
    const asked = askedPageOf(query)
    const folders = await countSharedFolders(sql, folder.ownerId, folder.id)
    const list = withOthers(await listFilePage(sql, shelf, order, asked, () => clock.sleep(0)), folders, asked.page)
    // A long folder has many rows to read: others are served in between.
    await clock.sleep(0)
    const sum = await sumAvailable(sql, folder, now)
    if (bundle?.id === folder.id && bundle.downloadLimit !== null && sum?.files === 0) return answerPage(reply, errorPage('limit.title', 'bundle.limitSentence'), 403)
    const sealedPassword = bundle?.sealedPassword ?? null
    return (sealedPassword === null ? answerPublicPage : answerPage)(reply, folderPage({
      folder,
      above: bundle?.id === folder.id ? [] : await listAbove(folder, bundle?.id),
      folders: await listSharedFolderPage(sql, folder.ownerId, folder.id, list.page, folders),
      list: {
        ...list,
        files: list.files.map(file => {
          const isLocked = file.sealedPassword !== null && file.sealedPassword !== sealedPassword
          const downloadLink = isLocked ? undefined : pageDownloadLink('', file, site)
          const preview = downloadLink === undefined ? undefined : pagePreview(file, downloadLink)
          return { ...file, isLocked, downloadLink, preview: preview === 'limited' ? undefined : preview, thumbnail: isLocked ? undefined : pageThumbnail(file, site) }
        })
      },
      sum,
      isGrid: query.get('view') === 'grid',
      message: bundle?.id === folder.id ? bundle.message : '',
      expiresAt: bundle?.expiresAt ?? null,
      sharedBy: folder.ownerId === null ? undefined : await findShownName(sql, folder.ownerId),
      isOpen: folders > 0 || await hasOpenFile(sql, shelf, sealedPassword ?? undefined),
      order,
      publicUrl: site.publicUrlOf(request)
    }))
  }

  app.route<ById>({
    method: ['GET', 'HEAD'],
    url: '/folder/:id/zip',
    async handler (request, reply) {
      const shared = await requireShared(request, reply)
      return shared === undefined ? reply : sendArchive(shared.folder, request, reply, site, shared.bundle?.sealedPassword ?? undefined)
    }
  })

  app.get<ById>('/folder/:id/rss', { exposeHeadRoute: true }, async (request, reply) => {
    const shared = await requireShared(request, reply)
    if (shared === undefined) return reply
    const { folder, bundle } = shared
    const base = site.publicUrlOf(request)
    const pageUrl = folderLink(base, folder.id)
    const files = (await listNewest(folder)).map(file => ({
      ...file,
      // What is behind the password is not in the feed either.
      description: file.sealedPassword === null ? file.description : '',
      pageUrl: pageLink(base, file.id),
      directUrl: file.sealedPassword === null || file.sealedPassword === bundle?.sealedPassword ? directLink(base, vault, file, OWNER_GRANT) : null
    }))
    reply.headers({ 'content-type': 'application/rss+xml; charset=utf-8', 'cache-control': 'private, no-cache' })
    const branding = await app.readBranding()
    const logoUrl = branding.logo && isShownInMails(branding.logo) ? base + logoPath(branding) : undefined
    return sendUnlessKnown(reply, await folderFeed({ name: folder.name, pageUrl, feedUrl: `${pageUrl}/rss`, site: { name: branding.name, logoUrl } }, files))
  })

  // It says no more than the address does, so it needs no folder.
  app.get<ById>('/folder/:id/qr.svg', { exposeHeadRoute: true }, async (request, reply) => {
    const { id } = request.params
    if (!isShortId(id)) return answerPage(reply, missingPage(), 404)
    return reply.headers({ 'content-type': 'image/svg+xml', 'cache-control': 'private, max-age=86400' }).send(qrSvg(folderLink(site.publicUrlOf(request), id)))
  })

  /** What a URL shows to this browser, or undefined when it was answered why not. Throws TooManyAttempts. */
  async function requireShared (request: FastifyRequest<ById>, reply: FastifyReply): Promise<Shared | undefined> {
    const shared = await findOpen(request, reply)
    if (shared === undefined || shared.bundles.every(bundle => mayEnter(request, bundle, site))) return shared
    answerPage(reply, bundlePasswordPage(shared.folder.id, false), request.routeOptions.url === '/folder/:id' ? 200 : 403)
  }

  /** The same without the question for a password. */
  async function findOpen (request: FastifyRequest<ById>, reply: FastifyReply): Promise<Shared | undefined> {
    const { ip, params: { id } } = request
    const folder = await limitMisses(site, 'id', { address: ip, about: '/folder', error: 'FOLDER_NOT_FOUND', look: () => findShared(id) })
    if (folder === undefined) {
      answerPage(reply, notFoundPage(), 404)
      return undefined
    }
    const bundles = await listBundlesAbove(sql, folder.id)
    if (!bundles.some(bundle => isOver(bundle, clock.now()))) return { folder, bundles, bundle: bundles[0] }
    answerPage(reply, errorPage('bundle.expiredTitle', 'bundle.expiredSentence'), 403)
  }

  async function findShared (id: string): Promise<PublicFolder | undefined> {
    const folder = await findVisibleFolder(sql, id)
    return folder?.isShared ? folder : undefined
  }

  /** The entries of a feed, without files whose limit is reached. */
  async function listNewest (folder: PublicFolder): Promise<StoredFile[]> {
    const newest: string[] = []
    for await (const ids of listNewestFiles(sql, folder.ownerId, folder.id, clock.now())) {
      newest.push(...ids.slice(0, FEED_FILES - newest.length))
      if (newest.length === FEED_FILES) break
      await clock.sleep(0)
    }
    return findFiles(sql, newest)
  }

  /** The public parent folders, up to the first private one, or to the bundle that is shared. */
  async function listAbove (folder: Folder, bundleId: string | undefined): Promise<Folder[]> {
    const above: Folder[] = []
    let parent = await findShared(folder.parentId)
    while (parent !== undefined) {
      above.unshift(parent)
      if (parent.id === bundleId) break
      parent = await findShared(parent.parentId)
    }
    return above
  }
}
