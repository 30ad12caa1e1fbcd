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

/** Milliseconds for which a look counts while bytes come; they are subtracted from it. Whether an upload may begin is looked up. */
const FRESH = 1000
/** A database that is opened needs two files beside it, a backup or a certificate some more. */
const FREE_FILES = 32

export interface RoomOptions {
  readonly folder: string
  readonly reserve: DiskShare
  /** Whether the bytes of uploads come here; otherwise only their rows do. */
  readonly isFilledByUploads: boolean
  /** What is kept back for the database, where that is here. */
  readonly kept: KeptSpace | undefined
  /** Why nothing can be written here since the start. */
  readonly unwritable: string | undefined
}

interface Measured {
  readonly at: number
  readonly total: number
  /** Bytes that uploads may still bring; goes down as they do. */
  left: number
}

/** A medium without an end that we know: a bucket, or what is thrown away afterwards. */
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

  /** Those who ask at once share one look. */
  function measure (): Promise<Measured> {
    measuring ??= look().finally(() => { measuring = undefined })
    return measuring
  }

  async function look (): Promise<Measured> {
    const { bsize, blocks, bavail, files, ffree } = await statfs(folder)
    const total = blocks * bsize
    // What was given up comes back before uploads go on.
    const needed = kept === undefined ? 0 : kept.size * (kept.isKept() ? 1 : 3)
    const floor = Math.max(bytesOfShare(reserve, total), needed)
    // Some file systems make place for files as they need it, and tell of none.
    const isOutOfFiles = files > 0 && ffree < FREE_FILES
    last = { at: performance.now(), total, left: isOutOfFiles ? 0 : bavail * bsize - floor }
    return last
  }

  const isFresh = ({ at }: { readonly at: number }): boolean => performance.now() - at < FRESH

  /** A read-only file system tells so only to who writes. */
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
