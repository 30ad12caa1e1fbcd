/** A whole folder at once. Each file in it counts as a download, once the last byte of the archive was sent. */
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { distinctPaths } from '../domain/archive-name.ts'
import type { StoredFile } from '../domain/file.ts'
import type { Folder } from '../domain/folder.ts'
import { listPauses } from '../store/pauses.ts'
import { archive } from '../transfer/archive.ts'
import { slowDown } from '../transfer/pace.ts'
import { attachmentOf } from '../transfer/serve.ts'
import { bandwidthPage, errorPage, pausedPage } from '../web/pages.ts'
import { endTooSlow, WATCHED_PIECE, whenEnded } from './answer-end.ts'
import { answerLater, answerPage } from './answer-page.ts'
import { reportDamage } from './damage.ts'
import { findPayer, holdsShare, settle, take, type Download } from './download-count.ts'
import type { Site } from './site.ts'

export interface Archived {
  readonly file: StoredFile
  readonly path: string
}

export async function sendArchive (
  folder: Folder & { ownerId: number }, wanted: readonly Archived[], request: FastifyRequest, reply: FastifyReply, site: Site
) {
  const { ports } = site
  if ((await listPauses(ports.sql)).has('downloads')) return answerLater(reply, pausedPage('paused.downloads'))
  const { downloadSpeed, ...payer } = await findPayer(folder.ownerId, site)
  const taken: Array<Archived & { readonly download: Download }> = []
  for (const each of wanted) {
    const download = { file: each.file, ...payer, length: each.file.size, counts: true, startedAt: ports.clock.now() }
    const outcome = await take(download, ports)
    if (outcome === 'taken') taken.push({ ...each, download })
    // A file whose last place somebody else has is left out; without bandwidth for all of it nothing is sent.
    if (outcome !== 'no bandwidth') continue
    await giveBack()
    return answerLater(reply, bandwidthPage())
  }
  if (taken.length === 0) return answerPage(reply, errorPage('nothing.title', 'nothing.sentence'), 404)

  const paths = distinctPaths(taken.map(({ path }) => path))
  const bytes = archive(taken.map(({ file }, index) => ({
    path: paths[index] ?? file.id,
    size: file.size,
    modifiedAt: file.uploadedAt,
    open: () => openEntry(file)
  })))
  const isAwaited = taken.some(({ download }) => holdsShare(download))
  settleWhenSent()
  return reply.headers({ ...attachmentOf(`${folder.name}.zip`), 'cache-control': 'no-store' }).type('application/zip')
    .send(slowDown(bytes, downloadSpeed, ports.clock, isAwaited ? WATCHED_PIECE : Infinity))

  async function openEntry (file: StoredFile): Promise<Readable> {
    if (file.size === 0) return Readable.from([])
    const report = (error: unknown) => reportDamage(error, file, request, site)
    try {
      const entry = await ports.blobs.open(file.blobId, { start: 0, end: file.size - 1, size: file.size })
      return entry.once('error', error => { report(error) })
    } catch (error) {
      await report(error)
      throw error
    }
  }

  async function giveBack (sent = 0, isComplete = false): Promise<void> {
    let rest = sent
    for (const { download } of taken) {
      const own = isComplete ? download.length : Math.min(rest, download.length)
      rest -= own
      await settle(download, own, isComplete, ports)
    }
  }

  function settleWhenSent (): void {
    if (isAwaited) endTooSlow(request, reply, downloadSpeed, site.config.stallTimeout)
    whenEnded(request, reply, (sentBytes, isComplete) => {
      bytes.destroy()
      giveBack(sentBytes, isComplete)
        .catch((error: unknown) => { request.log.error({ err: error }, 'an archive was not counted') })
    })
  }
}
