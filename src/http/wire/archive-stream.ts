/** Sends an archive. Each file in it counts as a download, once its last byte was sent. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasReachedLimit } from '../../domain/files/file-limit.ts'
import type { ArchivedFile } from '../../store/files/archive-files.ts'
import { findFile } from '../../store/files/files.ts'
import { archive, NO_CHUNKS, WHOLE, type Entry } from '../../transfer/archive.ts'
import type { ArchiveOffer } from '../../transfer/archive-offer.ts'
import { ArchiveChanged, replayArchive, zipEntryOf } from '../../transfer/archive-plan.ts'
import { countArchive, type Account } from '../../transfer/archive-quota.ts'
import { ONE_PLACE, type ArchiveShares } from '../../transfer/archive-shares.ts'
import { listTree, type Archived, type ArchiveSource } from '../../transfer/archive-tree.ts'
import type { ByteRange } from '../../transfer/byte-range.ts'
import { throttle } from '../../transfer/throttle.ts'
import type { Chunks } from '../../domain/files/blob-bytes.ts'
import type { Site } from '../site.ts'
import { endTooSlow, WATCHED_PIECE, whenEnded } from './answer-end.ts'
import { reportDamage } from './damage.ts'
import { sendChunks } from './send-chunks.ts'

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
  let current: ArchivedFile | undefined
  let isBroken = false
  let isWatched = false
  const bytes = archive(entries(), range)
  const sending = sendChunks(counted(), undefined, reply)
  const count = countArchive(outgoing, range, shares, sending.written, ports)
  const cut = (): void => { socket.destroy() }
  reply.raw.setTimeout(site.config.stallTimeout, cut)
  const endTransfer = site.transfers.begin(source.ownerId, cut)
  whenEnded(request, reply, (_sentBytes, isComplete) => {
    endTransfer()
    sending.stop()
    void bytes.return()
    site.transfers.countEnded(count.finish(isComplete, isBroken).catch(noteUncounted))
  })
  sending.done.catch((error: unknown) => {
    isBroken = true
    request.log.warn({ err: error }, 'an archive broke off')
    if (reply.sent) cut()
    else void reply.send(error)
    if (current !== undefined) void reportDamage(error, current, request, site)
  })
  return reply

  /** Each piece is read while the last one is written: a file counts with the second piece behind it, or at the end. */
  async function * counted (): AsyncGenerator<Buffer, void> {
    for await (const piece of throttle(bytes, downloadSpeed, ports.clock, WATCHED_PIECE)) {
      yield piece
      await count.settleSent().catch(noteUncounted)
    }
  }

  async function * entries (): AsyncGenerator<Entry> {
    for await (const each of offer === undefined ? admitted() : replayArchive(source, offer.plan, ports)) {
      if (!shares.isEmpty() && !isWatched) {
        isWatched = true
        endTooSlow(request, reply, downloadSpeed, site.config.stallTimeout)
      }
      yield { ...zipEntryOf(each), open: async (start, wanted) => each.file === undefined ? NO_CHUNKS : open(each.file, start, wanted) }
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

  async function open (file: ArchivedFile, start: number, wanted: ByteRange | undefined): Promise<Chunks | undefined> {
    current = file
    const opened = await read(file, wanted).catch(async (error: unknown) => {
      // Deleted since the list was read.
      if (await findFile(ports.sql, file.id) === undefined) return undefined
      throw error
    })
    // Whoever knows the length waits for its bytes.
    if (opened === undefined && offer !== undefined) throw new ArchiveChanged()
    if (opened === undefined || count.begin(file, start)) return opened
    await opened.return()
    throw new Error('nobody waits for the archive any more')
  }

  async function read ({ blobId, size }: ArchivedFile, wanted: ByteRange | undefined): Promise<Chunks> {
    return wanted === undefined ? NO_CHUNKS : ports.blobs.read(blobId, { ...wanted, size })
  }

  function noteUncounted (error: unknown): void {
    request.log.error({ err: error }, 'an archive was not counted')
  }
}
