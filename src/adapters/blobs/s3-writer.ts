/**
 * Uploads one blob to a bucket: parts are sent while the next ones fill. Nothing is written to the disk, and only the part
 * that fills and those being sent are in memory.
 */
import { text } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import { asError } from '../../domain/as-error.ts'
import { MAX_PARTS, partSizeAfter } from '../../domain/files/blob-store.ts'
import type { BlobWriter, Durable } from '../../ports.ts'
import { createPartMemory } from './s3-part.ts'
import { elementOf, SHORT_WAIT, sha256Of, StoreRefusal, type S3 } from './s3-request.ts'

/** Two concurrent parts hide the latency of the store; more would only cost memory. */
const MAX_LEAVING = 2
/** A blob up to this size stays in memory until it is kept: one request instead of three. An upload has at most 50 files. */
const SMALL = 256 * 1024

/** The stored bytes of a resumed blob: its parts, and after them the tail, which is too small for a part in the middle. */
export interface Progress {
  readonly uploadId: string | undefined
  readonly etags: readonly string[]
  readonly tail: Buffer
  /** The key of the tail; undefined for none. */
  readonly tailKey: string | undefined
  readonly size: number
  readonly crc32: number
}

/** The key of a tail: from the position of its first byte, and the entity tags of the parts before it. */
export interface Tails {
  keyOf (start: number, durable: Durable, etags: readonly string[]): string
  earlierKeyOf (start: number): string
}

/** With `earlier`, `finish` stores the remaining bytes as a tail, so that another writer can resume. */
export function createS3Writer (s3: S3, key: string, fixedPartSize: number | undefined, tailsOf: Tails, earlier?: Progress): BlobWriter {
  const stop = new AbortController()
  const { signal } = stop
  const leaving = new Set<Promise<void>>()
  const etags: string[] = [...earlier?.etags ?? []]
  const tails = new Set<string>()
  const memory = createPartMemory()
  let part = memory.newPart()
  let size = earlier?.size ?? 0
  let checksum = earlier?.crc32 ?? 0
  let started = earlier?.uploadId === undefined ? undefined : Promise.resolve(earlier.uploadId)
  let keeping: Promise<void> | undefined
  let failure: Error | undefined

  if (earlier?.tailKey !== undefined) {
    tails.add(earlier.tailKey)
    part.add(earlier.tail)
  }

  const room = (): number => partSizeAfter(size - part.bytes, fixedPartSize) - part.bytes

  function take (bytes: Buffer): void {
    part.add(bytes)
    size += bytes.length
    checksum = crc32(bytes, checksum)
  }

  async function fill (bytes: Buffer): Promise<void> {
    let rest = bytes
    while (rest.length > 0) {
      const piece = rest.subarray(0, room())
      rest = rest.subarray(piece.length)
      take(piece)
      if (room() === 0) await handOver()
    }
  }

  /** Sends the part once a slot is free. */
  async function handOver (): Promise<void> {
    const { blocks, sha256 } = part.seal()
    part = memory.newPart()
    while (leaving.size >= MAX_LEAVING) await Promise.race(leaving)
    throwFailure()
    const number = etags.push('')
    if (number > MAX_PARTS) throw new Error('the file has more than 10,000 parts: set a larger part-size in RESPACE_BLOBS')
    const left = leave(number, blocks, sha256).then(() => { memory.reuse(blocks) }).catch((error: unknown) => { failure ??= asError(error) }).finally(() => { leaving.delete(left) })
    leaving.add(left)
  }

  async function leave (number: number, body: readonly Buffer[], sha256: string): Promise<void> {
    started ??= s3.send({ method: 'POST', key, query: { uploads: '' }, signal }, async answer => {
      const id = elementOf(await text(answer), 'UploadId')
      if (id === '') throw new Error('the object store began a multipart upload without an id')
      return id
    })
    const query = { partNumber: String(number), uploadId: await started }
    etags[number - 1] = await s3.send({ method: 'PUT', key, query, body, sha256, signal }, async answer => {
      await text(answer)
      return answer.headers.etag ?? ''
    })
  }

  function throwFailure (): void {
    if (failure !== undefined) throw failure
  }

  async function complete (uploadId: string): Promise<void> {
    const parts = etags.map((etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
    const body = Buffer.from(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`)
    try {
      await s3.send({ method: 'POST', key, query: { uploadId }, body: [body], sha256: sha256Of([body]), signal }, async answer => {
        // Slow stores answer 200 first and report a failure in the body.
        const said = await text(answer)
        if (/<Error[\s>]/.test(said)) throw new StoreRefusal(500, elementOf(said, 'Code'), 'the end of a file')
      })
    } catch (error) {
      // The answer to an earlier attempt may have been lost.
      if (!(error instanceof StoreRefusal && error.code === 'NoSuchUpload') || !await isThere()) throw error
    }
  }

  const removeTails = (soon: AbortSignal): Promise<unknown> =>
    Promise.allSettled([...tails].map(tail => s3.send({ method: 'DELETE', key: tail, signal: soon }, text)))

  async function keepTail (): Promise<void> {
    const tailKey = tailsOf.keyOf(size - part.bytes, { size, crc32: checksum }, etags)
    const { blocks, sha256 } = part.copy()
    await s3.send({ method: 'PUT', key: tailKey, body: blocks, sha256, signal }, text)
    tails.add(tailKey)
  }

  const isThere = (): Promise<boolean> =>
    s3.send({ method: 'HEAD', key, signal }, async answer => Number(answer.headers['content-length']) === size)

  return {
    write (bytes) {
      if (bytes.length >= room()) return fill(bytes)
      take(bytes)
    },
    async finish () {
      if (earlier === undefined && part.bytes > 0 && (etags.length > 0 || part.bytes > SMALL)) await handOver()
      while (leaving.size > 0) await Promise.race(leaving)
      throwFailure()
      // Also an empty one: its name proves the parts.
      if (earlier !== undefined && size > earlier.size) await keepTail()
      return { size, crc32: checksum }
    },
    async keep () {
      if (etags.length > 0 && part.bytes > 0) await handOver()
      while (leaving.size > 0) await Promise.race(leaving)
      throwFailure()
      const { blocks, sha256 } = part.seal()
      keeping = started === undefined
        ? s3.send({ method: 'PUT', key, body: blocks, sha256, signal }, async answer => { await text(answer) })
        : complete(await started)
      await keeping
      // The sweep removes the rest.
      await removeTails(AbortSignal.timeout(SHORT_WAIT))
    },
    async forgetEarlier () {
      if (earlier?.tailKey === undefined || size === earlier.size) return
      tails.delete(earlier.tailKey)
      // The sweep removes the rest.
      await s3.send({ method: 'DELETE', key: earlier.tailKey, signal: AbortSignal.timeout(SHORT_WAIT) }, text).catch(() => undefined)
    },
    async leave () {
      stop.abort()
      await Promise.allSettled([...leaving, keeping])
      part = memory.newPart()
    },
    async discard () {
      stop.abort()
      await Promise.allSettled([...leaving, keeping])
      part = memory.newPart()
      const uploadId = await started?.catch(() => undefined)
      // The sweep removes the rest.
      const soon = AbortSignal.timeout(SHORT_WAIT)
      await Promise.allSettled([
        uploadId !== undefined && s3.send({ method: 'DELETE', key, query: { uploadId }, signal: soon }, text),
        keeping !== undefined && s3.send({ method: 'DELETE', key, signal: soon }, text),
        removeTails(soon)
      ])
    }
  }
}
