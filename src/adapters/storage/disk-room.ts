/** Space on the disk of a storage folder. */
import { statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { reasonOf } from '../../domain/as-error.ts'
import { bytesOfShare, type DiskShare } from '../../domain/uploads/disk-share.ts'
import type { Room } from '../../ports.ts'
import { INCOMING } from '../blobs/disk.ts'
import type { KeptSpace } from './kept-space.ts'
import { probeFolder } from './storage-folder.ts'

/** How long a measurement is used while bytes arrive, in milliseconds; the bytes are subtracted from it. Before an upload starts, the disk is measured again. */
const FRESH = 1000
/** Files needed besides uploads: an open database has two more, a backup or a certificate some. */
const FREE_FILES = 32

export interface RoomOptions {
  readonly folder: string
  readonly reserve: DiskShare
  /** Whether the bytes of uploads are stored here; otherwise only their rows. */
  readonly isFilledByUploads: boolean
  /** The reserved space for the database, if the database is here. */
  readonly kept: KeptSpace | undefined
  /** Why nothing could be written here at startup. */
  readonly unwritable: string | undefined
}

interface Measured {
  readonly at: number
  readonly total: number
  /** Bytes left for uploads; decreases as they arrive. */
  left: number
}

/** A medium without a known size: a bucket, or temporary storage. */
export const ENDLESS_ROOM: Room = {
  holds: async () => true,
  take: () => true,
  total: async () => Infinity,
  left: async () => Infinity,
  problem: async () => undefined,
  restore: async () => undefined
}

export function openDiskRoom ({ folder, reserve, isFilledByUploads, kept, unwritable }: RoomOptions): Room {
  let last: Measured | undefined
  let measuring: Promise<Measured> | undefined
  let probed: { readonly at: number, readonly problem: string | undefined } | undefined

  /** Concurrent callers share one measurement. */
  function measure (): Promise<Measured> {
    measuring ??= look().finally(() => { measuring = undefined })
    return measuring
  }

  async function look (): Promise<Measured> {
    const { bsize, blocks, bavail, files, ffree } = await statfs(folder)
    const total = blocks * bsize
    // The released reserve is restored before uploads continue.
    const needed = kept === undefined ? 0 : kept.size * (kept.isKept() ? 1 : 3)
    const floor = Math.max(bytesOfShare(reserve, total), needed)
    // Some file systems create inodes on demand and report none.
    const isOutOfFiles = files > 0 && ffree < FREE_FILES
    last = { at: performance.now(), total, left: isOutOfFiles ? 0 : bavail * bsize - floor }
    return last
  }

  const isFresh = ({ at }: { readonly at: number }): boolean => performance.now() - at < FRESH

  /** A read-only file system fails only at a write. */
  async function probe (): Promise<string | undefined> {
    for (const path of isFilledByUploads ? [folder, join(folder, INCOMING)] : [folder]) {
      try {
        await probeFolder(path)
      } catch (error) {
        return `the folder ${resolve(path)} cannot be written: ${reasonOf(error)}`
      }
    }
    return undefined
  }

  return {
    async holds (bytes) {
      const { left } = await measure()
      return left > 0 && left >= (isFilledByUploads ? bytes : 0)
    },
    take (bytes) {
      if (last !== undefined) last.left -= isFilledByUploads ? bytes : 0
      if (last !== undefined && isFresh(last) && last.left >= 0) return true
      return measure().then(({ left }) => left >= 0)
    },
    async total () {
      return isFilledByUploads ? (last ?? await measure()).total : Infinity
    },
    async left () {
      return Math.max(0, (await measure()).left)
    },
    async problem () {
      if (unwritable !== undefined) return unwritable
      if (probed === undefined || !isFresh(probed)) probed = { at: performance.now(), problem: await probe() }
      if (probed.problem !== undefined) return probed.problem
      const { left } = await measure()
      return left > 0 ? undefined : `the disk of the storage folder ${resolve(folder)} is full up to its reserve (--disk-reserve): uploads are refused`
    },
    async restore () {
      if (kept === undefined || unwritable !== undefined) return
      const { bsize, bavail } = await statfs(folder)
      await kept.restore(bavail * bsize)
    }
  }
}
