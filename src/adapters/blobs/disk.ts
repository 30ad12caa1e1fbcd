/**
 * Blobs as files: written to `incoming/`, synced, renamed into `blobs/`, the directory synced. `blob-folder.ts`
 * has the layout.
 */
import { mkdirSync } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { asError } from '../../domain/as-error.ts'
import { isBlobId } from '../../domain/identifiers.ts'
import { BytesGone, type Blobs, type BlobWriter, type Durable } from '../../ports.ts'
import { isMissing, listBlobs, lookAt, pathOfBlob, shardOf, sync } from './blob-folder.ts'
import { requireBlobId } from './blob-id.ts'
import { begin, streamOf } from './chunks.ts'
import { copyBeginning, goOn } from './disk-resume.ts'
import { chunkOf, createHotBlobs } from './hot-blobs.ts'
import { createDiskReader } from './disk-read.ts'

/** Measured: writes of 1 MiB are twice as fast as writing each 64 KiB chunk as it arrives. */
const WRITE_SIZE = 1024 * 1024
/** While bytes arrive, written ones are synced in steps of this size: syncing 1 GiB at the end would take half a second. */
const SYNC_STEP = 64 * 1024 * 1024
/** A client that sends single bytes must not fill the memory with small buffers. */
const MAX_BUFFERS = 1024

/** Separates the id of a blob from the name of a generation; no id contains it. */
const COPY = '~'

/** The directory for incoming bytes in the storage folder. */
export const INCOMING = 'incoming'

/**
 * Prepares a storage folder; called once, before requests. For temporary storage everything is in one directory and nothing is
 * synced: measured, that saves half the start of an emulator.
 */
export async function openDiskBlobs (storage: string, isLasting = true): Promise<Blobs> {
  const incoming = join(storage, INCOMING)
  const pathOf = (id: string) => isLasting ? pathOfBlob(storage, id) : join(storage, 'blobs', requireBlobId(id))
  const pathOfCopy = (id: string, name: string) => join(incoming, name === '' ? requireBlobId(id) : requireBlobId(id) + COPY + name)
  await mkdir(incoming, { recursive: true })
  const isFresh = await mkdir(join(storage, 'blobs'), { recursive: true }) !== undefined
  const shards = await readdir(join(storage, 'blobs'))
  if (isLasting && shards.length < 256) {
    // Measured: awaited asynchronous calls take 70 ms, a fifth of the first start; synchronous ones take 5.
    for (let i = 0; i < 256; i++) mkdirSync(join(storage, 'blobs', i.toString(16).padStart(2, '0')), { recursive: true })
    await sync(join(storage, 'blobs'))
    if (isFresh) await sync(storage)
  }

  const hot = createHotBlobs()
  const reader = createDiskReader(hot)

  return {
    async create (id) {
      const path = pathOfCopy(id, '')
      return writer({ id, file: await open(path, 'wx'), path, target: pathOf(id), isLasting, durable: { size: 0, crc32: 0 }, earlier: undefined })
    },
    async resume (id, durable, copies = { from: '', to: '' }) {
      const from = pathOfCopy(id, copies.from)
      const to = pathOfCopy(id, copies.to)
      const file = from === to ? await goOn(id, from, durable) : await copyBeginning(id, from, to, durable)
      return writer({ id, file, path: to, target: pathOf(id), isLasting, durable, earlier: from === to ? undefined : from })
    },
    async holds (id, { size }, generation = '') {
      return stat(pathOfCopy(id, generation)).then(found => found.size >= size, () => false)
    },
    async open (id, { start, end, size }) {
      return streamOf(await begin(reader.read(pathOf(id), { id, start, end, size }, false)))
    },
    async read (id, { start, end, size }) {
      const known = hot.find(id)
      if (known !== undefined && known.length === size) return chunkOf(known.subarray(start, end + 1))
      return begin(reader.read(pathOf(id), { id, start, end, size }, true))
    },
    pathOf: id => `${shardOf(id)}/${requireBlobId(id)}`,
    async has (id) {
      return isBlobId(id) && access(pathOf(id)).then(() => true, () => false)
    },
    async stat (id) {
      const found = await stat(pathOf(id)).catch((error: unknown) => {
        if (isMissing(error)) return undefined
        throw error
      })
      // In the format of nginx, which may send files from here.
      return found && { size: found.size, etag: `"${Math.floor(found.mtimeMs / 1000).toString(16)}-${found.size.toString(16)}"`, changedAt: found.mtimeMs }
    },
    async sizes (ids) {
      const found = await Promise.all(ids.filter(isBlobId).map(async id => [id, await stat(pathOf(id)).then(({ size }) => size, () => -1)] as const))
      return new Map(found.filter(([, size]) => size >= 0))
    },
    async * list () {
      for await (const blobs of listBlobs(storage)) yield blobs.map(({ id }) => id)
    },
    async remove (ids) {
      const own = ids.filter(isBlobId)
      for (const id of own) hot.forget(id)
      if (own.length === 0) return
      const removed = new Set(own)
      const unfinished = (await readdir(incoming)).filter(name => removed.has(blobOfCopy(name)))
      await Promise.all([...own.map(pathOf), ...unfinished.map(name => join(incoming, name))].map(path => rm(path, { force: true })))
    },
    async removeUnfinished (isLive) {
      for (const name of await readdir(incoming)) {
        if (!await isLive(blobOfCopy(name))) await rm(join(incoming, name), { force: true })
      }
    }
  }
}

const blobOfCopy = (name: string): string => name.split(COPY)[0] ?? name

interface Writing {
  readonly id: string
  readonly file: FileHandle
  /** The file of this writer only; other writers of the blob have others. */
  readonly path: string
  readonly target: string
  readonly isLasting: boolean
  /** The bytes in the file. */
  readonly durable: Durable
  /** The generation it was copied from. */
  readonly earlier: string | undefined
}

function writer ({ id, file, path, target, isLasting, durable, earlier }: Writing): BlobWriter {
  let gathered: Buffer[] = []
  let gatheredBytes = 0
  let { size, crc32: checksum } = durable
  /** The position of the next byte. */
  let position = size
  let unsynced = 0
  let writing: Promise<void> = Promise.resolve()
  let syncing: Promise<void> | undefined
  let keeping: Promise<void> | undefined
  let renaming: Promise<void> | undefined
  let failure: Error | undefined

  async function writeOut (buffers: Buffer[], bytes: number): Promise<void> {
    let { bytesWritten } = await file.writev(buffers, position)
    // A nearly full disk accepts a part of a write, and fails only at the next one.
    while (bytesWritten < bytes) bytesWritten += (await file.write(Buffer.concat(buffers), bytesWritten, null, position + bytesWritten)).bytesWritten
    position += bytes
    unsynced += bytes
    if (isLasting && unsynced >= SYNC_STEP && syncing === undefined) {
      unsynced = 0
      syncing = file.datasync().catch(remember).finally(() => { syncing = undefined })
    }
  }

  function remember (error: unknown): void {
    failure ??= asError(error)
  }

  /** Writes the collected bytes once the previous write is done: one write runs while the next buffer fills. */
  function handOver (): Promise<void> {
    const buffers = gathered
    const bytes = gatheredBytes
    gathered = []
    gatheredBytes = 0
    const before = writing
    writing = before.then(() => failure === undefined ? writeOut(buffers, bytes) : undefined).catch(remember)
    return before.then(throwFailure)
  }

  function throwFailure (): void {
    if (failure !== undefined) throw failure
  }

  return {
    write (bytes) {
      gathered.push(bytes)
      gatheredBytes += bytes.length
      size += bytes.length
      checksum = crc32(bytes, checksum)
      return gatheredBytes >= WRITE_SIZE || gathered.length >= MAX_BUFFERS ? handOver() : undefined
    },
    async finish () {
      try {
        if (gatheredBytes > 0) await handOver()
        await writing
        await syncing
        throwFailure()
        if (isLasting) await file.sync()
      } finally {
        await file.close()
      }
      return { size, crc32: checksum }
    },
    keep () {
      keeping = keepBytes()
      return keeping
    },
    async forgetEarlier () {
      if (earlier !== undefined) await rm(earlier, { force: true }).catch(() => undefined)
    },
    async leave () {
      await stop()
      if (earlier !== undefined) await rm(path, { force: true }).catch(() => undefined)
    },
    async discard () {
      await stop()
      await keeping?.catch(() => undefined)
      const isKept = renaming !== undefined && await renaming.then(() => true, () => false)
      await Promise.all([path, ...isKept ? [target] : []].map(each => rm(each, { force: true }))).catch(() => undefined)
    }
  }

  async function keepBytes (): Promise<void> {
    // Bytes of earlier writers are read again. Measured: a second for each GB that is still cached.
    const expected = { size, crc32: checksum }
    if (await lookAt(path, expected, durable.size > 0) !== 'whole') throw new BytesGone(id)
    renaming = rename(path, target)
    await renaming
    if (isLasting) await sync(dirname(target))
  }

  async function stop (): Promise<void> {
    await writing
    await syncing
    await file.close().catch(() => undefined)
  }
}
