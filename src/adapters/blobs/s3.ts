/** Blobs as objects in a bucket of an S3-compatible store, each under its id. */
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { reasonOf } from '../../domain/as-error.ts'
import type { BlobStore } from '../../domain/files/blob-store.ts'
import { isBlobId } from '../../domain/identifiers.ts'
import type { BlobRange, Chunks } from '../../domain/files/blob-bytes.ts'
import { BytesGone, type Blobs } from '../../ports.ts'
import { requireBlobId } from './blob-id.ts'
import { begin, streamOf } from './chunks.ts'
import { readObject } from './s3-read.ts'
import { createS3, SHORT_WAIT, StoreRefusal, type S3Keys } from './s3-request.ts'
import { findProgress, listKeys, listObjects, listUnfinished } from './s3-progress.ts'
import { createS3Writer, type Tails } from './s3-writer.ts'
import { StorageProblem } from '../storage/storage-folder.ts'

/** Concurrent deletes and aborts. */
const MAX_AT_ONCE = 16
/** Time limit for the start of a download; a running one has no such limit. */
const LINK_SECONDS = 300

/** Sends no request yet. Configuration errors are a StorageProblem of `removeUnfinished`, which each start calls. */
export async function openS3Blobs (store: BlobStore, keys: S3Keys): Promise<Blobs> {
  const s3 = await createS3(store, keys)
  const keyOf = (id: string): string => store.prefix + requireBlobId(id)
  const idOf = (key: string): string => key.slice(store.prefix.length)
  const tailsAt = `${store.prefix}tails/`
  const tailsOf = (id: string): Tails => ({
    keyOf: (start, { size, crc32 }, etags) => `${tailsAt}${requireBlobId(id)}${TAIL}${start}-${size}-${crc32.toString(16)}-${digestOf(etags)}`,
    earlierKeyOf: start => `${tailsAt}${requireBlobId(id)}.${start}`
  })

  async function read (id: string, { start, end, size }: BlobRange): Promise<Chunks> {
    try {
      return await begin(readObject(s3, { id, key: keyOf(id), start, end, size }))
    } catch (error) {
      throw isMissing(error) ? Object.assign(new Error(`ENOENT: ${id} is not in the object store`), { code: 'ENOENT' }) : error
    }
  }

  return {
    async create (id) {
      return createS3Writer(s3, keyOf(id), store.partSize, tailsOf(id))
    },
    async resume (id, durable) {
      const earlier = await findProgress(s3, id, keyOf(id), tailsOf(id), durable)
      return createS3Writer(s3, keyOf(id), store.partSize, tailsOf(id), earlier)
    },
    async holds (id, durable) {
      return findProgress(s3, id, keyOf(id), tailsOf(id), durable).then(() => true, (error: unknown) => {
        if (error instanceof BytesGone) return false
        throw error
      })
    },
    open: async (id, range) => streamOf(await read(id, range)),
    read,
    async has (id) {
      return isBlobId(id) && s3.send({ method: 'HEAD', key: keyOf(id), signal: AbortSignal.timeout(SHORT_WAIT) }, text).then(() => true, () => false)
    },
    async stat (id) {
      try {
        const { headers } = await s3.send({ method: 'HEAD', key: keyOf(id), signal: AbortSignal.timeout(SHORT_WAIT) }, async answer => {
          answer.resume()
          return answer
        })
        return { size: Number(headers['content-length']), etag: headers.etag ?? '', changedAt: Date.parse(headers['last-modified'] ?? '') || 0 }
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async sizes (ids) {
      const asked = ids.filter(isBlobId)
      const [first, last] = [asked[0], asked.at(-1)]
      if (first === undefined || last === undefined) return new Map()
      const found = new Map<string, number>()
      // A list returns a thousand per request; a HEAD for each would be a thousand requests.
      for await (const objects of listObjects(s3, store.prefix, keyOf(first).slice(0, -1))) {
        for (const { key, size } of objects) found.set(key.slice(store.prefix.length), size)
        if ((objects.at(-1)?.key ?? '') >= keyOf(last)) break
      }
      return new Map(asked.flatMap(id => {
        const size = found.get(id)
        return size === undefined ? [] : [[id, size] as const]
      }))
    },
    async * list () {
      try {
        // Tails belong to blobs that are not kept yet.
        for await (const objects of listObjects(s3, store.prefix)) yield objects.filter(({ key }) => !key.startsWith(tailsAt)).map(({ key }) => idOf(key))
      } catch (error) {
        throw sayUnusable(store, error)
      }
    },
    async remove (ids) {
      await each(ids.filter(isBlobId), id => s3.send({ method: 'DELETE', key: keyOf(id) }, text))
    },
    async removeUnfinished (isLive) {
      const unfinished = await listUnfinished(s3, store.prefix).catch((error: unknown) => { throw sayUnusable(store, error) })
      const dead = await without(unfinished.filter(({ key }) => isBlobId(idOf(key))), ({ key }) => isLive(idOf(key)))
      await each(dead, ({ key, uploadId }) => s3.send({ method: 'DELETE', key, query: { uploadId } }, text))
      const tails = (await listKeys(s3, tailsAt)).map(key => ({ key, id: blobOfTail(key.slice(tailsAt.length)) }))
      const ended = await without(tails.filter(({ id }) => isBlobId(id)), ({ id }) => isLive(id))
      await each(ended, ({ key }) => s3.send({ method: 'DELETE', key }, text))
    },
    link: (id, headers) => s3.sign(keyOf(id), {
      'response-content-disposition': String(headers['content-disposition']),
      'response-content-type': String(headers['content-type']),
      'response-cache-control': 'private, no-cache'
    }, LINK_SECONDS)
  }
}

/** Separates the id of a blob from the name of its tail; no id contains it. */
const TAIL = '~'

const blobOfTail = (name: string): string => name.slice(0, name.includes(TAIL) ? name.indexOf(TAIL) : name.lastIndexOf('.'))

/** Some stores write an entity tag with quotes in some answers and without them in others. */
const digestOf = (etags: readonly string[]): string =>
  createHash('sha256').update(etags.map(etag => etag.replaceAll('"', '')).join()).digest('hex').slice(0, 16)

async function without<T> (items: readonly T[], isKept: (item: T) => Promise<boolean>): Promise<T[]> {
  const others: T[] = []
  for (const item of items) if (!await isKept(item)) others.push(item)
  return others
}

/** Ignores keys that no longer exist. */
async function each<T> (items: readonly T[], remove: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += MAX_AT_ONCE) {
    await Promise.all(items.slice(at, at + MAX_AT_ONCE).map(async item => remove(item).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })))
  }
}

const isMissing = (error: unknown): boolean => error instanceof StoreRefusal && error.status === 404

function sayUnusable ({ bucket, endpoint }: BlobStore, error: unknown): unknown {
  const reason = reasonOf(error)
  const advice = !(error instanceof StoreRefusal)
    ? 'it must be running before Respace starts'
    : error.status === 403
      ? 'RESPACE_S3_ACCESS_KEY and RESPACE_S3_SECRET_KEY must be keys with read and write access'
      : 'check the names of the bucket, its region and its endpoint'
  return new StorageProblem(`the bucket ${bucket} at ${endpoint} cannot be used: ${reason}; ${advice}`)
}
