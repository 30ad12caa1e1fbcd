/**
 * Counts downloads, and bytes, that no limit depends on: added up in memory, and written at most once a second. Measured: without
 * a write for each, and read at one go, a small download takes 190 µs of processor time instead of 400. A kill loses the counts of that second, never a limit.
 */
import type { DownloadCounts } from '../domain/files/download-counts.ts'
import type { Sql } from '../ports.ts'
import { addDownloads } from '../store/files/file-limits.ts'
import { addTraffic, takeTraffic } from '../store/operations/traffic.ts'

interface Traffic {
  readonly userId: number
  readonly bytes: number
  readonly now: number
}

/** Bytes of a limited account that are reserved already, for the downloads of a second. */
interface Block {
  readonly limit: number
  readonly now: number
  left: number
}

const HOUR = 3_600_000
/** Files, or users, in one turn: others are served between two of them. */
const SLICE = 100
/** More are not left for a second. */
const MOST = 5000
/** A block is for so many downloads like the one that takes it, and at most this part of a limit: a kill leaves those of the last second counted. */
const MANY = 64
const FEW = 8
const BLOCKS = 256

/** `isLasting` is false where each count is to be seen at once. `settle` applies a limit that a file has got meanwhile. */
export function createDownloadCounts (sql: Sql, isLasting: boolean, settle: (fileId: string) => Promise<void>, tell: (error: unknown) => void): DownloadCounts {
  let downloads = new Map<string, number>()
  let traffic = new Map<string, Traffic>()
  let blocks = new Map<number, Block>()
  let writing = Promise.resolve()
  /** Whether nothing was added in the last second: the first count after it is written at once. */
  let isQuiet = true

  function noteAdded (): void {
    const isFirst = isQuiet
    isQuiet = !isLasting
    if (isFirst || downloads.size + traffic.size >= MOST) void flush()
  }

  function add (userId: number, bytes: number, now: number): void {
    // By time: days and months end.
    const key = `${userId} ${now - now % HOUR}`
    traffic.set(key, { userId, bytes: bytes + (traffic.get(key)?.bytes ?? 0), now })
  }

  const isEmpty = (): boolean => downloads.size + traffic.size + blocks.size === 0

  function flush (): Promise<void> {
    if (isEmpty()) return writing
    for (const [userId, { left, now }] of blocks) if (left > 0) add(userId, -left, now)
    const [files, users] = [[...downloads].sort(([a], [b]) => a < b ? -1 : 1), [...traffic.values()]]
    downloads = new Map()
    traffic = new Map()
    blocks = new Map()
    writing = writing.then(() => write(files, users))
    return writing
  }

  async function write (files: ReadonlyArray<readonly [string, number]>, users: readonly Traffic[]): Promise<void> {
    for (let at = 0; at < users.length; at += SLICE) {
      await Promise.all(users.slice(at, at + SLICE).map(async ({ userId, bytes, now }) => addTraffic(sql, userId, bytes, now).catch(tell)))
    }
    for (let at = 0; at < files.length; at += SLICE) {
      const limited = await addDownloads(sql, files.slice(at, at + SLICE)).catch((error: unknown) => { tell(error) })
      for (const id of limited ?? []) await settle(id).catch(tell)
    }
  }

  return {
    addDownload (fileId) {
      downloads.set(fileId, 1 + (downloads.get(fileId) ?? 0))
      noteAdded()
    },
    addTraffic (userId, bytes, now) {
      add(userId, bytes, now)
      noteAdded()
    },
    async takeTraffic (userId, bytes, limit, now) {
      const size = Math.min(Math.floor(limit / BLOCKS), bytes * MANY)
      if (!isLasting || bytes > size / FEW) return takeTraffic(sql, userId, bytes, limit, now)
      const block = blocks.get(userId)
      if (block?.limit === limit && block.left >= bytes) {
        block.left -= bytes
        return true
      }
      // Whoever has used half of his limit is near enough for each download to be counted alone: so is the rest of this second.
      const isFar = block?.left !== 0 && await takeTraffic(sql, userId, size, Math.floor(limit / 2), now)
      const other = blocks.get(userId)
      if (other !== undefined && other.left > 0) add(userId, -other.left, other.now)
      blocks.set(userId, { limit, now, left: isFar ? size - bytes : 0 })
      return isFar || takeTraffic(sql, userId, bytes, limit, now)
    },
    flush,
    tick () {
      if (isEmpty()) isQuiet = true
      else void flush()
    }
  }
}
