/** Sends an archive. Each file in it counts as a download, once its last byte was sent. */
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasReachedLimit } from '../../domain/files/file-limit.ts'
import type { ArchivedFile } from '../../store/files/archive-files.ts'
import { findFile } from '../../store/files/files.ts'
import { archive, WHOLE, type Entry } from '../../transfer/archive.ts'
import type { ArchiveOffer } from '../../transfer/archive-offer.ts'
import { ArchiveChanged, replayArchive, zipEntryOf } from '../../transfer/archive-plan.ts'
import { countArchive, type Account } from '../../transfer/archive-quota.ts'
import { ONE_PLACE, type ArchiveShares } from '../../transfer/archive-shares.ts'
import { listTree, type Archived, type ArchiveSource } from '../../transfer/archive-tree.ts'
import type { ByteRange } from '../../transfer/byte-range.ts'
import { throttle } from '../../transfer/throttle.ts'
import type { Site } from '../site.ts'
import { endTooSlow, WATCHED_PIECE, whenEnded } from './answer-end.ts'
import { reportDamage } from './damage.ts'

interface Outgoing extends Account {
  readonly source: ArchiveSource
  /** Undefined for an archive that nobody has planned: what it will be shows while it is sent. */
  readonly offer: ArchiveOffer | undefined
  readonly shares: ArchiveShares
  /** KB/s, 0 unlimited. */
  readonly downloadSpeed: number
}

/** The shares are released in the end. */
export function streamArchive (outgoing: Outgoing, request: FastifyRequest, reply: FastifyReply, site: Site): FastifyReply {
  const { source, offer, shares, downloadSpeed } = outgoing
  const { ports } = site
  const { socket } = request.raw
  const range = offer?.delivery.range ?? WHOLE
  let handedOver = 0
  // The socket's own count has headers and frames in it, which are more than the bytes of very small files.
  const sentBytes = () => handedOver - sent.readableLength - Math.max(reply.raw.writableLength, socket.writableLength)
  const count = countArchive(outgoing, range, shares, sentBytes, ports)
  const bytes = archive(entries(), range)
  const sent = Readable.from(handOver(throttle(bytes, downloadSpeed, ports.clock, WATCHED_PIECE)), { objectMode: false })
  let isBroken = false
  let isWatched = false
  bytes.once('error', () => { isBroken = !reply.raw.destroyed })
  reply.raw.setTimeout(site.config.stallTimeout, () => { socket.destroy() })
  const endTransfer = site.transfers.begin(source.ownerId, () => { socket.destroy() })
  whenEnded(request, reply, (_sentBytes, isComplete) => {
    endTransfer()
    bytes.destroy()
    count.finish(isComplete, isBroken).catch(noteUncounted)
  })
  return reply.send(sent)

  async function * handOver (pieces: Readable): AsyncGenerator<Buffer> {
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      yield piece
      handedOver += piece.length
    }
  }

  async function * entries (): AsyncGenerator<Entry> {
    for await (const each of offer === undefined ? admitted() : replayArchive(source, offer.plan, ports)) {
      if (!shares.isEmpty() && !isWatched) {
        isWatched = true
        endTooSlow(request, reply, downloadSpeed, site.config.stallTimeout)
      }
      yield { ...zipEntryOf(each), open: async (start, wanted) => each.file === undefined ? Readable.from([]) : open(each.file, start, wanted) }
      await count.settleSent().catch(noteUncounted)
    }
  }

  /** A file without a free place under its limit is left out. */
  async function * admitted (): AsyncGenerator<Archived> {
    for await (const batch of listTree(source, ports)) {
      for (const each of batch.entries) {
        const { file } = each
        if (file !== undefined && hasReachedLimit(file, outgoing.startedAt)) continue
        if (file === undefined || file.downloadLimit === null || await shares.take(file.id, ONE_PLACE)) yield each
      }
    }
  }

  async function open (file: ArchivedFile, start: number, wanted: ByteRange | undefined): Promise<Readable | undefined> {
    const opened = await openBlob(file, wanted).catch(async (error: unknown) => {
      // Deleted since the list was read.
      if (await findFile(ports.sql, file.id) === undefined) return undefined
      await reportDamage(error, file, request, site)
      throw error
    })
    // Whoever knows the length waits for its bytes.
    if (opened === undefined && offer !== undefined) throw new ArchiveChanged()
    if (opened === undefined || count.begin(file, start)) return opened
    opened.destroy()
    throw new Error('nobody waits for the archive any more')
  }

  async function openBlob ({ id, blobId, size }: ArchivedFile, wanted: ByteRange | undefined): Promise<Readable> {
    if (wanted === undefined) return Readable.from([])
    const bytes = await ports.blobs.open(blobId, { ...wanted, size })
    return bytes.once('error', (error: unknown) => { void reportDamage(error, { id, blobId, size }, request, site) })
  }

  function noteUncounted (error: unknown): void {
    request.log.error({ err: error }, 'an archive was not counted')
  }
}
