/** Public folders: a page and a feed. Private ones answer as if they did not exist (our choice). */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { limitMisses } from '../../api/limiter.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { withOthers } from '../../domain/files/file-order.ts'
import type { Folder } from '../../domain/files/folder.ts'
import { directLink, folderLink, OWNER_GRANT, pageLink } from '../../domain/files/link.ts'
import { hasOpenFile, listFilePage, listNewestFiles } from '../../store/files/file-pages.ts'
import { findFiles } from '../../store/files/files.ts'
import { findVisibleFolder } from '../../store/files/folders.ts'
import { countSharedFolders, listSharedFolderPage } from '../../store/files/shared-folders.ts'
import { FEED_FILES, folderFeed } from '../../web/pages/folder-feed.ts'
import { folderPage, orderOf } from '../../web/pages/folder-page.ts'
import { notFoundPage } from '../../web/pages/pages.ts'
import { answerPage, answerPublicPage } from '../answer/answer-page.ts'
import { sendArchive } from '../wire/archive.ts'
import { sendUnlessKnown } from '../answer/known-text.ts'
import { pageOf, queryOf } from '../request/query.ts'
import type { Site } from '../site.ts'

type ById = { Params: { id: string } }

export async function registerFolders (app: FastifyInstance, site: Site): Promise<void> {
  const { sql, clock, vault } = site.ports

  app.get<ById>('/folder/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const folder = await searchShared(request)
    if (folder === undefined) return answerPage(reply, notFoundPage(), 404)
    const query = queryOf(request.raw.url ?? '')
    const order = orderOf(query.get('sort'))
    const shelf = { ownerId: folder.ownerId, folderId: folder.id, availableAt: clock.now() }
    const asked = pageOf(query)
    const folders = await countSharedFolders(sql, folder.ownerId, folder.id)
    const list = withOthers(await listFilePage(sql, shelf, order, asked), folders, asked)
    // A long folder has many rows to read: others are served in between.
    await clock.sleep(0)
    return answerPublicPage(reply, folderPage({
      folder,
      above: await listAbove(folder),
      folders: await listSharedFolderPage(sql, folder.ownerId, folder.id, list.page, folders),
      list,
      hasFolders: folders > 0,
      hasOpenFile: await hasOpenFile(sql, shelf),
      order,
      publicUrl: site.publicUrlOf(request)
    }))
  })

  app.get<ById>('/folder/:id/zip', { exposeHeadRoute: false }, async (request, reply) => {
    const folder = await searchShared(request)
    if (folder === undefined) return answerPage(reply, notFoundPage(), 404)
    return sendArchive(folder, request, reply, site)
  })

  app.get<ById>('/folder/:id/rss', { exposeHeadRoute: true }, async (request, reply) => {
    const folder = await searchShared(request)
    if (folder === undefined) return answerPage(reply, notFoundPage(), 404)
    const base = site.publicUrlOf(request)
    const pageUrl = folderLink(base, folder.id)
    const files = (await listNewest(folder)).map(file => ({
      ...file,
      // What is behind the password is not in the feed either.
      description: file.sealedPassword === null ? file.description : '',
      pageUrl: pageLink(base, file.id),
      directUrl: file.sealedPassword === null ? directLink(base, vault, file, OWNER_GRANT) : null
    }))
    reply.headers({ 'content-type': 'application/rss+xml; charset=utf-8', 'cache-control': 'private, no-cache' })
    return sendUnlessKnown(reply, await folderFeed({ name: folder.name, pageUrl, feedUrl: `${pageUrl}/rss` }, files))
  })

  /** The folder of a URL. Throws TooManyAttempts. */
  const searchShared = ({ ip, params: { id } }: FastifyRequest<ById>) =>
    limitMisses(site, 'id', { address: ip, about: '/folder', error: 'FOLDER_NOT_FOUND', look: () => findShared(id) })

  async function findShared (id: string): Promise<Folder & { ownerId: number } | undefined> {
    const folder = await findVisibleFolder(sql, id)
    return folder?.isShared ? folder : undefined
  }

  /** The entries of a feed, without files whose limit is reached. */
  async function listNewest (folder: Folder & { ownerId: number }): Promise<StoredFile[]> {
    const newest: string[] = []
    for await (const ids of listNewestFiles(sql, folder.ownerId, folder.id, clock.now())) {
      newest.push(...ids.slice(0, FEED_FILES - newest.length))
      if (newest.length === FEED_FILES) break
      await clock.sleep(0)
    }
    return findFiles(sql, newest)
  }

  /** The public parent folders, up to the first private one. */
  async function listAbove (folder: Folder): Promise<Folder[]> {
    const above: Folder[] = []
    let parent = await findShared(folder.parentId)
    while (parent !== undefined) {
      above.unshift(parent)
      parent = await findShared(parent.parentId)
    }
    return above
  }
}
