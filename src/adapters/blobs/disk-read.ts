/** Bytes from files of the storage folder. */
import { close, fstat, open, read } from 'node:fs'
import { promisify } from 'node:util'
import { DamagedBlob } from '../../ports.ts'
import type { Wanted } from './chunks.ts'
import type { HotBlobs } from './hot-blobs.ts'
import { LARGEST, readSizeBeside } from './read-size.ts'

/** Measured: for a small file the classes of `fs/promises` take as long as the calls themselves. */
const files = { open: promisify(open), read: promisify(read), fstat: promisify(fstat) }

/** Reads the files of one storage folder. */
export interface DiskReader {
  /**
   * The bytes of a file as chunks, opened with the first one. With `reuses` they take turns in two buffers: measured, fresh ones halve the
   * speed, by their page faults and their garbage.
   */
  read (path: string, wanted: Wanted, reuses: boolean): AsyncGenerator<Buffer, void>
}

/** Small blobs stay in `hot`. */
export function createDiskReader (hot: HotBlobs): DiskReader {
  /** How many large buffers the readers have, by what they may need. */
  let readers = 0

  return {
    async * read (path, { id, start, end, size }, reuses) {
      const file = await files.open(path, 'r')
      let isOpen = true
      const closeFile = () => {
        if (isOpen) close(file, () => undefined)
        isOpen = false
      }
      const share = Math.min(1, (end + 1 - start) / LARGEST)
      const capacity = () => Math.min(readSizeBeside(readers - share), end + 1 - start)
      readers += share
      try {
        // With room for a byte too many there is no need to ask for the size.
        const isAtOnce = start === 0 && end + 1 === size && size === capacity()
        if (!isAtOnce) await requireSize(file, id, size)
        const buffers: Buffer[] = []
        let at = start
        for (let turn = 0; at <= end; turn = 1 - turn) {
          const buffer = buffers[turn] = fitting(reuses ? buffers[turn] : undefined, isAtOnce ? size + 1 : capacity())
          const { bytesRead } = await files.read(file, buffer, 0, Math.min(buffer.length, end + (isAtOnce ? 2 : 1) - at), at)
          at += bytesRead
          if (isAtOnce && at !== size) await requireSize(file, id, size)
          if (bytesRead === 0) throw new DamagedBlob(id, size ?? end + 1, undefined)
          if (at > end) closeFile()
          const chunk = buffer.subarray(0, bytesRead)
          if (bytesRead === size && reuses) hot.keep(id, chunk)
          yield chunk
        }
      } finally {
        closeFile()
        readers -= share
      }
    }
  }
}

async function requireSize (file: number, id: string, size: number | undefined): Promise<void> {
  if (size === undefined) return
  const found = await files.fstat(file)
  if (found.size !== size) throw new DamagedBlob(id, size, found.size)
}

/** The buffer, or another one when there are many more or fewer readers than when it was made. */
function fitting (buffer: Buffer | undefined, capacity: number): Buffer {
  return buffer === undefined || buffer.length < capacity / 2 || buffer.length > capacity * 2 ? Buffer.allocUnsafe(capacity) : buffer
}
