/** Public folders: a page and a feed. Private ones answer as if they were not there (our choice). */
import type { FastifyInstance } from 'fastify'
import { archiveName } from '../domain/archive-name.ts'
import type { StoredFile } from '../domain/file.ts'
import { hasReachedLimit } from '../domain/file-limit.ts'
import { inOrder, type Folder } from '../domain/folder.ts'
import { directLink, folderLink, OWNER_GRANT, pageLink } from '../domain/link.ts'
import { hasOpenFile, listFilePage } from '../store/file-pages.ts'
import { listFolderFiles } from '../store/files.ts'
import { findVisibleFolder, listFolders } from '../store/folders.ts'
import { folderFeed } from '../web/folder-feed.ts'
import { folderPage, orderOf } from '../web/folder-page.ts'
import { notFoundPage } from '../web/pages.ts'
import { answerPage } from './answer-page.ts'
import { sendArchive, type Archived } from './archive.ts'
import { pageOf, queryOf } from './query.ts'
import type { Site } from './site.ts'

type ById = { Params: { id: string } }

export async function registerFolders (app: FastifyInstance, site: Site): Promise<void> {
  const { sql, clock, vault } = site.ports

  app.get<ById>('/folder/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const folder = await findShared(request.params.id)
    if (folder === undefined) return answerPage(reply, notFoundPage(), 404)
    const folders = (await listFolders(sql, folder.ownerId, folder.id)).filter(child => child.isShared)
    const query = queryOf(request.raw.url ?? '')
    const order = orderOf(query.get('sort'))
    const shelf = { ownerId: folder.ownerId, folderId: folder.id, availableAt: clock.now() }
    return answerPage(reply, folderPage({
      folder,
      above: await listAbove(folder),
      folders: inOrder(folders),
      list: await listFilePage(sql, shelf, order, pageOf(query)),
      hasOpenFile: await hasOpenFile(sql, shelf),
      order
    }))
  })

  app.get<ById>('/folder/:id/zip', { exposeHeadRoute: false }, async (request, reply) => {
    const folder = await findShared(request.params.id)
    if (folder === undefined) return answerPage(reply, notFoundPage(), 404)
    return sendArchive(folder, await listTree(folder, ''), request, reply, site)
  })

  app.get<ById>('/folder/:id/rss', { exposeHeadRoute: true }, async (request, reply) => {
    const folder = await findShared(request.params.id)
    if (folder === undefined) return answerPage(reply, notFoundPage(), 404)
    const base = site.publicUrlOf(request)
    const pageUrl = folderLink(base, folder.id)
    const files = (await listAvailable(folder)).map(file => ({
      ...file,
      pageUrl: pageLink(base, file.id),
      directUrl: file.sealedPassword === null ? directLink(base, vault, file, OWNER_GRANT) : null
    }))
    return reply.header('content-type', 'application/rss+xml; charset=utf-8').header('cache-control', 'no-store')
      .send(await folderFeed({ name: folder.name, pageUrl, feedUrl: `${pageUrl}/rss` }, files))
  })

  async function findShared (id: string): Promise<Folder & { ownerId: number } | undefined> {
    const folder = await findVisibleFolder(sql, id)
    return folder?.isShared ? folder : undefined
  }

  /** Files whose limit is reached are not offered. */
  async function listAvailable (folder: Folder & { ownerId: number }): Promise<StoredFile[]> {
    const now = clock.now()
    const available: StoredFile[] = []
    for await (const files of listFolderFiles(sql, folder.ownerId, folder.id)) {
      available.push(...files.filter(file => !hasReachedLimit(file, now)))
    }
    return available
  }

  /** Everything that the folder and the public ones in it offer without a password. */
  async function listTree (folder: Folder & { ownerId: number }, path: string): Promise<Archived[]> {
    const own = (await listAvailable(folder)).filter(file => file.sealedPassword === null)
    const found = own.map(file => ({ file, path: path + archiveName(file.name) }))
    for (const child of await listFolders(sql, folder.ownerId, folder.id)) {
      if (child.isShared) found.push(...await listTree({ ...child, ownerId: folder.ownerId }, `${path}${archiveName(child.name)}/`))
    }
    return found
  }

  /** The public folders above, up to the first private one. */
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
