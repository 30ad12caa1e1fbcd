/** Copies all bytes from one medium to another; each blob is compared with its row before it becomes visible. */
import type { Readable } from 'node:stream'
import { isBlobId } from '../../domain/identifiers.ts'
import { DamagedBlob, type Blobs, type Sql } from '../../ports.ts'
import { crc32 } from 'node:zlib'
import { findOrphans, isThere, listAllBytes, type FileBytes } from '../../store/uploads/stored-bytes.ts'
import { isMissing, type Expected } from '../blobs/blob-folder.ts'

/** The result for the bytes of all files. */
export interface MovedBytes {
  /** Files whose bytes already existed, and files that were copied. */
  readonly kept: number
  readonly brought: number
  /** Files whose bytes are missing or damaged in the source. */
  readonly lost: ReadonlyArray<{ readonly file: FileBytes, readonly state: 'missing' | 'damaged' }>
}

/** Concurrent copies: small files wait for the store's latency; a large one may need 120 MiB of memory. */
const LARGE = 1024 * 1024
const SMALL_AT_ONCE = 16
const LARGE_AT_ONCE = 2

/**
 * Copies missing blobs, also while a server runs: a file deleted meanwhile is not an error. `isReadAgain`: existing ones are
 * read, too; else only their size is compared, since they were checked when they were copied. `tell` gets the bytes done so far.
 */
export async function moveBytes (sql: Sql, from: Blobs, to: Blobs, isReadAgain: boolean, tell: (bytes: number) => void): Promise<MovedBytes> {
  let kept = 0
  let brought = 0
  const lost: Array<MovedBytes['lost'][number]> = []

  async function move (file: FileBytes, size: number | undefined): Promise<void> {
    if (size === file.size && (!isReadAgain || await isWhole(to, file, tell))) {
      kept++
      if (!isReadAgain) tell(file.size)
      return
    }
    if (size !== undefined) await to.remove([file.blobId])
    const state = await bring(from, to, file, tell)
    if (state === 'whole') brought++
    else if (await isThere(sql, file)) lost.push({ file, state })
  }

  for await (const files of listAllBytes(sql)) {
    if (files.length === 0) continue
    const sizes = await to.sizes(files.map(({ blobId }) => blobId))
    const isLarge = ({ size }: FileBytes): boolean => size > LARGE
    await eachOf(files.filter(file => !isLarge(file)), SMALL_AT_ONCE, file => move(file, sizes.get(file.blobId)))
    await eachOf(files.filter(isLarge), LARGE_AT_ONCE, file => move(file, sizes.get(file.blobId)))
  }
  return { kept, brought, lost }
}

/** Removes blobs without a file in the database: an earlier run copied them, and their files were deleted since. */
export async function removeUnclaimed (sql: Sql, blobs: Blobs): Promise<void> {
  for await (const ids of blobs.list()) {
    const orphans = await findOrphans(sql, ids)
    if (orphans.length > 0) await blobs.remove(orphans)
  }
}

export async function isEmpty (blobs: Blobs): Promise<boolean> {
  for await (const ids of blobs.list()) if (ids.length > 0) return false
  return true
}

async function bring (from: Blobs, to: Blobs, file: FileBytes, tell: (bytes: number) => void): Promise<'whole' | 'missing' | 'damaged'> {
  let writer
  try {
    const source = await openWhole(from, file)
    writer = await to.create(file.blobId)
    for await (const bytes of source) {
      await writer.write(bytes)
      tell(bytes.length)
    }
    const { size, crc32 } = await writer.finish()
    if (size === file.size && crc32 === file.crc32) {
      await writer.keep()
      return 'whole'
    }
  } catch (error) {
    await writer?.discard()
    if (!(error instanceof Unreadable)) throw error
    if (isMissing(error.cause)) return 'missing'
    if (!isDamage(error.cause)) throw error.cause
    return 'damaged'
  }
  await writer.discard()
  return 'damaged'
}

async function isWhole (blobs: Blobs, file: FileBytes, tell: (bytes: number) => void): Promise<boolean> {
  const found: { -readonly [K in keyof Expected]: number } = { size: 0, crc32: 0 }
  try {
    for await (const bytes of await openWhole(blobs, file)) {
      found.size += bytes.length
      found.crc32 = crc32(bytes, found.crc32)
      tell(bytes.length)
    }
  } catch (error) {
    if (error instanceof Unreadable && (isMissing(error.cause) || isDamage(error.cause))) return false
    throw error instanceof Unreadable ? error.cause : error
  }
  return found.size === file.size && found.crc32 === file.crc32
}

/** Reading failed, not writing; never leaves this file. */
class Unreadable extends Error {
  constructor (cause: unknown) {
    super('bytes cannot be read', { cause })
  }
}

/** All bytes of a blob; every error becomes Unreadable. */
async function openWhole (blobs: Blobs, { blobId, size }: FileBytes): Promise<AsyncIterable<Buffer>> {
  if (!isBlobId(blobId)) throw new Unreadable(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }))
  // A range cannot be empty.
  if (size === 0) return read([])
  return read(await blobs.open(blobId, { start: 0, end: size - 1, size }).catch((error: unknown) => { throw new Unreadable(error) }))
}

async function * read (source: Readable | Buffer[]): AsyncGenerator<Buffer> {
  try {
    yield * source
  } catch (error) {
    throw new Unreadable(error)
  }
}

/** The disk cannot read it any more, or the store has fewer bytes than requested. */
const isDamage = (error: unknown): boolean => error instanceof Error &&
  (error instanceof DamagedBlob || ('code' in error && error.code === 'EIO'))

/** Runs this many at once; after a failure starts no more, and waits for the running ones. */
async function eachOf<T> (items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  let failure: { readonly error: unknown } | undefined
  await Promise.all(Array.from({ length: most }, async () => {
    for (const item of rest) {
      if (failure !== undefined) return
      await work(item).catch((error: unknown) => { failure ??= { error } })
    }
  }))
  if (failure !== undefined) throw failure.error
}
