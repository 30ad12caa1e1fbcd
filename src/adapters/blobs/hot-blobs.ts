/** The bytes of small files that were read last: bytes of a blob never change. Measured: three calls to the disk take half of the processor time of a small download. */
import type { Chunks } from '../../domain/files/blob-bytes.ts'

export interface HotBlobs {
  /** All bytes of a blob, if they are here. */
  find (id: string): Buffer | undefined
  /** Keeps bytes that nobody will change, if they are few enough. */
  keep (id: string, bytes: Buffer): void
  forget (id: string): void
}

/** Larger ones are sent as fast from the disk. */
const HOT_SIZE = 32 * 1024
/** All together, in bytes; and in number, since a tiny one holds a page of memory. */
const MOST_BYTES = 8 * 1024 * 1024
const MOST = 1024

export function createHotBlobs (): HotBlobs {
  /** The one that was used longest ago is the first. */
  const blobs = new Map<string, Buffer>()
  let total = 0

  function forget (id: string): void {
    total -= blobs.get(id)?.length ?? 0
    blobs.delete(id)
  }

  return {
    find (id) {
      const bytes = blobs.get(id)
      if (bytes === undefined) return undefined
      blobs.delete(id)
      blobs.set(id, bytes)
      return bytes
    },
    keep (id, bytes) {
      if (bytes.length > HOT_SIZE) return
      forget(id)
      blobs.set(id, bytes)
      total += bytes.length
      for (const [oldest] of blobs) {
        if (total <= MOST_BYTES && blobs.size <= MOST) break
        forget(oldest)
      }
    },
    forget
  }
}

/** One chunk. */
export function chunkOf (bytes: Buffer): Chunks {
  let isRead = false
  const chunks: Chunks = {
    async next () {
      if (isRead) return { done: true, value: undefined }
      isRead = true
      return { done: false, value: bytes }
    },
    return: async () => ({ done: true, value: undefined }),
    [Symbol.asyncIterator]: () => chunks
  }
  return chunks
}
