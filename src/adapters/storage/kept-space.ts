/**
 * A file that only reserves space. The database releases it when the disk is full, so that deleting, logging in and
 * starting still work; once space is free it is created again.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, statfsSync, unlinkSync } from 'node:fs'
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const NAME = 'reserved-space'
/** Twice the size at which the write-ahead log restarts; less on small disks, but at least twice the size of an empty database. */
const LARGEST = 8 * 1024 * 1024
const LEAST = 1024 * 1024
const PART = 1 / 32

export interface KeptSpace {
  /** The folder it is in. */
  readonly folder: string
  /** Bytes. */
  readonly size: number
  isKept (): boolean
  /** Releases the space; false when it was already released. Synchronous, since the caller is in the middle of a transaction. */
  release (): boolean
  /** Reserves it again when the free space is at least twice its size. */
  restore (free: number): Promise<void>
}

export function keepSpace (folder: string): KeptSpace {
  const path = join(folder, NAME)
  const { blocks, bsize } = statfsSync(folder)
  const size = Math.min(LARGEST, Math.max(LEAST, Math.floor(blocks * bsize * PART)))
  return {
    folder,
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
      // A file that is incomplete or not allocated reserves no space.
      const taken = await stat(path).then(file => file.blocks * 512, () => 0)
      if (taken >= size || free + taken < 2 * size) return
      // Random bytes, since some file systems do not allocate zeros.
      await writeFile(path, randomBytes(size), { mode: 0o600 }).catch(() => rm(path, { force: true }))
    }
  }
}
