/** `/folder/ID/zip`: a whole folder at once, or some of it, and the rest of it after a download that broke off. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Folder } from '../../domain/files/folder.ts'
import { UNLIMITED } from '../../domain/accounts/plan.ts'
import { listPauses } from '../../store/operations/pauses.ts'
import { offerArchive, type ArchiveOffer } from '../../transfer/archive-offer.ts'
import { createArchiveShares } from '../../transfer/archive-shares.ts'
import { listTree, type ArchiveSource } from '../../transfer/archive-tree.ts'
import { findPayer, takeBandwidth } from '../../transfer/download-quota.ts'
import { attachmentOf } from '../../transfer/serve.ts'
import { bandwidthPage, errorPage, notFoundPage, pausedPage } from '../../web/pages/pages.ts'
import { answerLater, answerPage } from '../answer/answer-page.ts'
import { readSelection } from '../request/selection.ts'
import type { Site } from '../site.ts'
import { streamArchive } from './archive-stream.ts'

/** `ownerId` is null for a folder without an account; files with `sealedPassword` are sent like those without a password. */
export async function sendArchive (
  folder: Folder & { ownerId: number | null }, request: FastifyRequest, reply: FastifyReply, site: Site, sealedPassword?: string
) {
  const { ports } = site
  if ((await listPauses(ports.sql)).has('downloads')) return answerLater(reply, pausedPage('paused.downloads'))
  const payer = await findPayer(folder.ownerId, site)
  // Since the folder was found.
  if (payer.isDisabled) return answerPage(reply, notFoundPage(), 404)
  const only = readSelection(request.raw.url ?? '')
  if (only === 'too many') return answerPage(reply, errorPage('error.badRequest', 'archive.tooMany'), 400)
  const source = { folderId: folder.id, ownerId: folder.ownerId, sealedPassword, only }
  const name = `${folder.name}.zip`
  const shares = createArchiveShares(ports)
  try {
    const startedAt = ports.clock.now()
    const offer = await offerArchive({ source, asked: request, name, isWanted }, shares, ports)
    if (offer === 'later') return answerPage(reply.header('retry-after', '60'), errorPage('archive.busyTitle', 'archive.busy'), 503)
    if (offer?.plan.files === 0 && offer.plan.leftOut !== undefined) return answerPage(reply, errorPage('limit.title', 'archive.limitReached'), 403)
    if (offer?.plan.entries === 0 && only !== undefined) return answerPage(reply, notFoundPage(), 404)
    const status = offer?.delivery.status ?? 200
    const headers = offer?.delivery.headers ?? { ...attachmentOf(name), 'cache-control': 'private, no-cache', 'content-type': 'application/zip' }
    const hasBytes = request.method === 'GET' && (offer === undefined || offer.delivery.range !== undefined)
    if (!hasBytes) return reply.code(status).headers(headers).send()
    // Without bandwidth for all of it nothing is sent.
    const reserved = payer.bandwidth === UNLIMITED ? 0 : await bytesOf(offer)
    if (!await takeBandwidth({ ...payer, length: reserved, startedAt }, ports)) {
      await shares.end()
      return answerLater(reply, bandwidthPage())
    }
    return streamArchive({ ...payer, source, offer, shares, reserved, startedAt }, request, reply.code(status).headers(headers), site)
  } catch (error) {
    await shares.end()
    throw error
  }

  function isWanted (): boolean {
    return !request.raw.socket.destroyed
  }

  /** What its files have together, at most. Records of the archive are in a range, too: what was too much is given back in the end. */
  async function bytesOf (offer: ArchiveOffer | undefined): Promise<number> {
    const range = offer?.delivery.range
    return offer && range ? Math.min(offer.plan.fileBytes, range.end + 1 - range.start) : sumBytes(source, payer.bandwidth)
  }

  /** What all files have together; more than `most` need not be known exactly. */
  async function sumBytes (source: ArchiveSource, most: number): Promise<number> {
    let sum = 0
    for await (const { entries } of listTree(source, ports)) {
      for (const { file } of entries) sum += file?.size ?? 0
      if (sum > most || !isWanted()) break
    }
    return sum
  }
}
