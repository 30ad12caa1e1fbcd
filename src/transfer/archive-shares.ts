/** The shares of download limits that one archive holds while it is sent. */
import { hasReachedLimit } from '../domain/files/file-limit.ts'
import type { Ports } from '../ports.ts'
import type { ArchivedFile } from '../store/files/archive-files.ts'
import { applyLimit, endDownload, takeShare, type Outcome, type Share } from '../store/files/file-limits.ts'
import { findFile } from '../store/files/files.ts'
import type { ByteRange } from './byte-range.ts'

/** A file with the position of its first byte in the archive. */
export interface Placed {
  readonly file: ArchivedFile
  readonly start: number
}

/** The share of a whole file. */
export const ONE_PLACE: Share = { places: 1, bytes: 0 }
const NOTHING: Outcome = { downloads: 0, bytes: 0 }

export type ArchiveShares = ReturnType<typeof createArchiveShares>

export function createArchiveShares ({ sql, server, clock }: Ports) {
  const held = new Map<string, Share>()
  let isOver = false

  /** False when finished and running downloads leave none. What is taken after the end is released at once. */
  async function take (id: string, share: Share): Promise<boolean> {
    if (!await takeShare(sql, server.id, id, share)) return false
    held.set(id, share)
    if (isOver) await release(id, NOTHING)
    return true
  }

  /** The bytes of incomplete downloads add up to one. */
  async function release (id: string, outcome: Outcome): Promise<void> {
    const share = held.get(id)
    if (share === undefined) return
    held.delete(id)
    await endDownload(sql, server.id, id, share, outcome)
    const after = await findFile(sql, id)
    if (after !== undefined) await applyLimit(sql, after, clock.now())
  }

  async function releaseAll (): Promise<void> {
    for (const id of held.keys()) await release(id, NOTHING)
  }

  return {
    take,
    release,
    releaseAll,
    /** All shares of files in a range of an archive, or none of them; 'running' when running downloads hold what it takes. */
    async takeAll (files: readonly Placed[], range: ByteRange): Promise<'taken' | 'reached' | 'running'> {
      for (const placed of files) {
        const share = shareOf(placed, range)
        if (share === undefined || await take(placed.file.id, share)) continue
        await releaseAll()
        const refused = await findFile(sql, placed.file.id)
        return refused === undefined || hasReachedLimit(refused, clock.now()) ? 'reached' : 'running'
      }
      return 'taken'
    },
    has: (id: string) => held.has(id),
    isEmpty: () => held.size === 0,
    /** Releases what is left. */
    async end (): Promise<void> {
      isOver = true
      await releaseAll()
    }
  }
}

/** As for a range of one file: a place for its last byte, else the bytes. An empty file is downloaded with the last byte before it. */
function shareOf ({ file, start }: Placed, range: ByteRange): Share | undefined {
  const end = start + file.size
  if (range.start < end && end <= range.end + 1) return ONE_PLACE
  const bytes = Math.min(range.end + 1, end) - Math.max(range.start, start)
  return bytes > 0 ? { places: 0, bytes } : undefined
}
