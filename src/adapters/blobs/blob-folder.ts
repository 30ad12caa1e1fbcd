/** The layout of blobs in a storage folder, and in a backup of one; for code that handles them as files. */
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, link, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { requireBlobId } from './blob-id.ts'

/** Two hex digits of the id's hash select one of 256 directories, so that a million blobs are four thousand in each. */
export const shardOf = (id: string): string => createHash('md5').update(id).digest('hex').slice(0, 2)

/** Throws ENOENT for an invalid id. */
export const pathOfBlob = (folder: string, id: string): string => join(folder, 'blobs', shardOf(id), requireBlobId(id))

/** All files below `blobs/`, one directory at a time. With `passOver`, unreadable ones are reported to it and skipped. */
export async function * listBlobs (folder: string, passOver?: (error: unknown) => void): AsyncGenerator<ReadonlyArray<{ id: string, path: string }>> {
  const entries = await readdir(join(folder, 'blobs'), { withFileTypes: true }).catch(() => [])
  yield entries.filter(entry => !entry.isDirectory()).map(({ name }) => ({ id: name, path: join(folder, 'blobs', name) }))
  for (const { name: shard } of entries.filter(entry => entry.isDirectory())) {
    const names = await readdir(join(folder, 'blobs', shard)).catch((error: unknown) => {
      if (passOver === undefined) throw error
      passOver(error)
      return []
    })
    yield names.map(name => ({ id: name, path: join(folder, 'blobs', shard, name) }))
  }
}

/** The expected size and checksum of a blob, from the row of its file. */
export interface Expected {
  readonly size: number
  readonly crc32: number
}

/** Whether a file is as expected; without `isRead` only its size is compared. */
export async function lookAt (path: string, expected: Expected, isRead: boolean): Promise<'whole' | 'missing' | 'damaged'> {
  try {
    const found = await lstat(path)
    // A link would lead elsewhere, and a pipe or a device never ends.
    if (!found.isFile() || found.size !== expected.size) return 'damaged'
    if (!isRead) return 'whole'
    let checksum = 0
    for await (const bytes of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) checksum = crc32(bytes, checksum)
    return checksum === expected.crc32 ? 'whole' : 'damaged'
  } catch (error) {
    if (isMissing(error)) return 'missing'
    // The disk cannot read it any more.
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return 'damaged'
    throw error
  }
}

/**
 * Puts an immutable file at a second path: by a hard link, which takes no space, if the file system supports it, else as a copy.
 * Rejects with ENOENT when it does not exist.
 */
export async function bringFile (from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await rm(to, { force: true })
  try {
    await link(from, to)
  } catch (error) {
    if (isMissing(error)) throw error
    await copyDurably(from, to)
  }
}

/** Atomic: complete under its name, or absent. */
export async function copyDurably (from: string, to: string): Promise<void> {
  const aside = `${to}.new`
  try {
    await copyFile(from, aside, constants.COPYFILE_FICLONE)
    await sync(aside)
    await rename(aside, to)
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}

/** Makes the content of a file, or the names in a directory, survive a power cut. */
export async function sync (path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the names of all blobs survive a power cut. */
export async function syncShards (folder: string): Promise<void> {
  const blobs = join(folder, 'blobs')
  const shards = await readdir(blobs).catch(() => undefined)
  if (shards === undefined) return
  for (const shard of shards) await sync(join(blobs, shard))
  await sync(blobs)
}

export const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'
