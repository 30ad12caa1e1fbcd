/** Public folders: a page and a feed. Private ones answer as if they were not there (our choice). */
import type { FastifyInstance } from 'fastify'
import type { StoredFile } from '../domain/file.ts'
import { hasReachedLimit } from '../domain/file-limit.ts'
import { inOrder, type Folder } from '../domain/folder.ts'
import { directLink, folderLink, OWNER_GRANT, pageLink } from '../domain/link.ts'
import { listFolderFiles } from '../store/files.ts'
import { findFolder, listFolders } from '../store/folders.ts'
import { folderFeed } from '../web/folder-feed.ts'
import { folderPage } from '../web/folder-page.ts'
import { missingPage } from '../web/pages.ts'
import { answerPage } from './answer-page.ts'
import type { Site } from './site.ts'

type ById = { Params: { id: string } }

export async function registerFolders (app: FastifyInstance, site: Site): Promise<void> {
  const { sql, clock, vault } = site.ports

  app.get<ById>('/folder/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const folder = await findShared(request.params.id)
    if (folder === undefined) return answerPage(reply, missingPage(), 404)
    const folders = (await listFolders(sql, folder.ownerId, folder.id)).filter(child => child.isShared)
    const files = await listAvailable(folder)
    return answerPage(reply, folderPage({ folder, above: await listAbove(folder), folders: inOrder(folders), files }))
  })

  app.get<ById>('/folder/:id/rss', { exposeHeadRoute: true }, async (request, reply) => {
    const folder = await findShared(request.params.id)
    if (folder === undefined) return answerPage(reply, missingPage(), 404)
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
    const folder = await findFolder(sql, id)
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
