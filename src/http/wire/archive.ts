/** A whole folder at once. Each file in it counts as a download, once its last byte was sent. */
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Folder } from '../../domain/files/folder.ts'
import { UNLIMITED } from '../../domain/accounts/plan.ts'
import type { ArchivedFile } from '../../store/files/archive-files.ts'
import { findFile } from '../../store/files/files.ts'
import { listPauses } from '../../store/operations/pauses.ts'
import { archive, type Entry } from '../../transfer/archive.ts'
import { countArchive } from '../../transfer/archive-quota.ts'
import { listTree } from '../../transfer/archive-tree.ts'
import { findPayer, takeBandwidth } from '../../transfer/download-quota.ts'
import { throttle } from '../../transfer/throttle.ts'
import { attachmentOf } from '../../transfer/serve.ts'
import { bandwidthPage, notFoundPage, pausedPage } from '../../web/pages/pages.ts'
import { endTooSlow, WATCHED_PIECE, whenEnded } from './answer-end.ts'
import { answerLater, answerPage } from '../answer/answer-page.ts'
import { reportDamage } from './damage.ts'
import type { Site } from '../site.ts'

/** `ownerId` is null for a folder without an account; files with `sealedPassword` are sent like those without a password. */
export async function sendArchive (
  folder: Folder & { ownerId: number | null }, request: FastifyRequest, reply: FastifyReply, site: Site, sealedPassword?: string
) {
  const { ports } = site
  if ((await listPauses(ports.sql)).has('downloads')) return answerLater(reply, pausedPage('paused.downloads'))
  const { payerId, bandwidth, downloadSpeed, isDisabled } = await findPayer(folder.ownerId, site)
  // Since the folder was found.
  if (isDisabled) return answerPage(reply, notFoundPage(), 404)
  const startedAt = ports.clock.now()
  // Without bandwidth for all of it nothing is sent.
  const reserved = bandwidth === UNLIMITED ? 0 : await sumBytes(bandwidth)
  if (!await takeBandwidth({ payerId, bandwidth, length: reserved, startedAt }, ports)) return answerLater(reply, bandwidthPage())

  const { socket } = request.raw
  let handedOver = 0
  // The socket's own count has headers and frames in it, which are more than the bytes of very small files.
  const sentBytes = () => handedOver - sent.readableLength - Math.max(reply.raw.writableLength, socket.writableLength)
  const count = countArchive({ payerId, reserved, startedAt }, sentBytes, ports)
  const bytes = archive(entries())
  const sent = Readable.from(handOver(throttle(bytes, downloadSpeed, ports.clock, WATCHED_PIECE)), { objectMode: false })
  let isBroken = false
  let isWatched = false
  bytes.once('error', () => { isBroken = !reply.raw.destroyed })
  reply.raw.setTimeout(site.config.stallTimeout, () => { socket.destroy() })
  const endTransfer = site.transfers.begin(folder.ownerId, () => { socket.destroy() })
  whenEnded(request, reply, (_sentBytes, isComplete) => {
    endTransfer()
    bytes.destroy()
    count.finish(isComplete, isBroken).catch(noteUncounted)
  })
  return reply.headers({ ...attachmentOf(`${folder.name}.zip`), 'cache-control': 'no-store' }).type('application/zip')
    .send(sent)

  /** What all files have together; more than `most` need not be known exactly. */
  async function sumBytes (most: number): Promise<number> {
    let sum = 0
    for await (const archived of listTree(folder, ports, sealedPassword)) {
      for (const { file } of archived) sum += file?.size ?? 0
      if (sum > most) break
    }
    return sum
  }

  async function * handOver (pieces: Readable): AsyncGenerator<Buffer> {
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      yield piece
      handedOver += piece.length
    }
  }

  async function * entries (): AsyncGenerator<Entry> {
    for await (const archived of listTree(folder, ports, sealedPassword)) {
      for (const { path, file } of await count.admit(archived)) {
        if (count.holdsPlaces() && !isWatched) {
          isWatched = true
          endTooSlow(request, reply, downloadSpeed, site.config.stallTimeout)
        }
        yield file === undefined
          ? { path, size: 0, crc32: 0, modifiedAt: startedAt, open: async () => Readable.from([]) }
          : { path, size: file.size, crc32: file.crc32, modifiedAt: file.uploadedAt, open: start => open(file, start) }
        await count.settleSent().catch(noteUncounted)
      }
    }
  }

  async function open (file: ArchivedFile, start: number): Promise<Readable | undefined> {
    const opened = await openBlob(file).catch(async (error: unknown) => {
      // Deleted since the list was read.
      if (await findFile(ports.sql, file.id) === undefined) return undefined
      await reportDamage(error, file, request, site)
      throw error
    })
    if (opened === undefined || count.begin(file, start)) return opened
    opened.destroy()
    throw new Error('nobody waits for the archive any more')
  }

  async function openBlob (file: ArchivedFile): Promise<Readable> {
    const { blobId, size } = file
    if (size === 0) return Readable.from([])
    const bytes = await ports.blobs.open(blobId, { start: 0, end: size - 1, size })
    return bytes.once('error', (error: unknown) => { void reportDamage(error, file, request, site) })
  }

  function noteUncounted (error: unknown): void {
    request.log.error({ err: error }, 'an archive was not counted')
  }
}
