/**
 * A file that takes space and holds nothing. The database gives it up when the disk is full, so that deleting, logging in and
 * starting still work; once there is room it is made again.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, statfsSync, unlinkSync } from 'node:fs'
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const NAME = 'reserved-space'
/** Twice the size at which the write-ahead log begins anew; less on small disks, but what an empty database takes twice. */
const LARGEST = 8 * 1024 * 1024
const LEAST = 1024 * 1024
const PART = 1 / 32

export interface KeptSpace {
  /** Bytes. */
  readonly size: number
  isKept (): boolean
  /** Gives the space up; false when that was done before. At once, for who needs it is in the middle of a transaction. */
  release (): boolean
  /** Takes it again where so many free bytes hold it twice. */
  restore (free: number): Promise<void>
}

export function keepSpace (folder: string): KeptSpace {
  const path = join(folder, NAME)
  const { blocks, bsize } = statfsSync(folder)
  const size = Math.min(LARGEST, Math.max(LEAST, Math.floor(blocks * bsize * PART)))
  return {
    size,
    isKept: () => existsSync(path),
    release () {
      try {
        unlinkSync(path)
        return true
      } catch {
        return false
      }
    },
    async restore (free) {
      // What a process that died was just writing, or a file system has not allocated, is no space.
      const taken = await stat(path).then(file => file.blocks * 512, () => 0)
      if (taken >= size || free + taken < 2 * size) return
      // Random, since some file systems store zeros as nothing.
      await writeFile(path, randomBytes(size), { mode: 0o600 }).catch(() => rm(path, { force: true }))
    }
  }
}
