/** Unfinished blobs in a bucket: parts, and tails that are too small to be parts. */
import { buffer, text } from 'node:stream/consumers'
import { BytesGone, type Durable } from '../../ports.ts'
import { streamOf } from './chunks.ts'
import { readObject } from './s3-read.ts'
import { elementOf, StoreRefusal, type S3 } from './s3-request.ts'
import type { Progress, Tails } from './s3-writer.ts'

export interface Unfinished {
  readonly key: string
  readonly uploadId: string
}

/** Multipart uploads that were neither completed nor aborted. */
export async function listUnfinished (s3: S3, prefix: string): Promise<Unfinished[]> {
  const pages = leaf(s3, '', { uploads: '', ...prefix !== '' && { prefix } }, page =>
    ({ 'key-marker': elementOf(page, 'NextKeyMarker'), 'upload-id-marker': elementOf(page, 'NextUploadIdMarker') }))
  const found: Unfinished[] = []
  for await (const page of pages) {
    for (const upload of elementsOf(page, 'Upload')) found.push({ key: elementOf(upload, 'Key'), uploadId: elementOf(upload, 'UploadId') })
  }
  return found
}

/** Keys of objects with this prefix. */
export async function listKeys (s3: S3, prefix: string): Promise<string[]> {
  const found: string[] = []
  for await (const objects of listObjects(s3, prefix)) found.push(...objects.map(({ key }) => key))
  return found
}

/** Objects with this prefix after a key, in the order of keys, one page at a time. */
export async function * listObjects (s3: S3, prefix: string, after = ''): AsyncGenerator<ReadonlyArray<{ readonly key: string, readonly size: number }>> {
  const pages = leaf(s3, '', { 'list-type': '2', prefix, ...after !== '' && { 'start-after': after } }, page =>
    ({ 'continuation-token': elementOf(page, 'NextContinuationToken') }))
  for await (const page of pages) {
    yield elementsOf(page, 'Contents').map(object => ({ key: elementOf(object, 'Key'), size: Number(elementOf(object, 'Size')) }))
  }
}

/**
 * Where a blob with these durable bytes resumes: after the last complete part before that position, with the matching bytes of the tail. The
 * name of a tail identifies the parts and bytes before it, so the tails and parts of writers that are not recorded yet, or no longer
 * valid, are not used. Later parts are sent again. Throws BytesGone.
 */
export async function findProgress (s3: S3, id: string, key: string, tails: Tails, durable: Durable): Promise<Progress> {
  const uploads = (await listUnfinished(s3, key)).filter(upload => upload.key === key).map(({ uploadId }) => uploadId)
  // Two servers that started at the same time have separate uploads.
  for (const uploadId of uploads.length === 0 ? [undefined] : uploads) {
    const progress = await findProgressOf(s3, uploadId, key, tails, durable)
    // Without parts it has no upload yet. One of another server is not used: that server may still send parts.
    if (progress !== undefined) return progress.etags.length === 0 ? { ...progress, uploadId: undefined } : progress
  }
  throw new BytesGone(id)
}

async function findProgressOf (s3: S3, uploadId: string | undefined, key: string, tails: Tails, durable: Durable): Promise<Progress | undefined> {
  const { size } = durable
  const etags: string[] = []
  let start = 0
  if (uploadId !== undefined) {
    for (const part of await listParts(s3, key, uploadId)) {
      if (part.number !== etags.length + 1 || start + part.size > size) break
      etags.push(part.etag)
      start += part.size
    }
  }
  if (size === 0) return { uploadId, etags, tail: Buffer.alloc(0), tailKey: undefined, ...durable }
  // The second is the name of tails in an earlier version.
  for (const tailKey of [tails.keyOf(start, durable, etags), tails.earlierKeyOf(start)]) {
    const tail = await readTail(s3, tailKey, size - start)
    if (tail !== undefined) return { uploadId, etags, tail, tailKey, ...durable }
  }
  return undefined
}

/** undefined when it is missing or too short. */
async function readTail (s3: S3, key: string, length: number): Promise<Buffer | undefined> {
  try {
    const tail = await s3.send({ method: 'HEAD', key }, async answer => Number(answer.headers['content-length']))
    if (tail < length) return undefined
    return length === 0 ? Buffer.alloc(0) : await buffer(streamOf(readObject(s3, { id: 'an upload', key, start: 0, end: length - 1, size: undefined })))
  } catch (error) {
    if (error instanceof StoreRefusal && error.status === 404) return undefined
    throw error
  }
}

interface StoredPart {
  readonly number: number
  readonly size: number
  readonly etag: string
}

async function listParts (s3: S3, key: string, uploadId: string): Promise<StoredPart[]> {
  const pages = leaf(s3, key, { uploadId }, page => ({ 'part-number-marker': elementOf(page, 'NextPartNumberMarker') }))
  const found: StoredPart[] = []
  for await (const page of pages) {
    found.push(...elementsOf(page, 'Part').map(part => ({
      number: Number(elementOf(part, 'PartNumber')), size: Number(elementOf(part, 'Size')), etag: elementOf(part, 'ETag')
    })))
  }
  return found
}

/** The pages of a list; `next` reads the continuation from a page. */
async function * leaf (
  s3: S3, key: string, query: Readonly<Record<string, string>>, next: (page: string) => Readonly<Record<string, string>>
): AsyncGenerator<string> {
  let marker: Readonly<Record<string, string>> = {}
  while (true) {
    const page = await s3.send({ method: 'GET', key, query: { ...query, ...marker } }, text)
    yield page
    if (elementOf(page, 'IsTruncated') !== 'true') return
    const following = next(page)
    if (JSON.stringify(following) === JSON.stringify(marker) || Object.values(following).every(value => value === '')) {
      throw new Error('the object store sent an incomplete list without a continuation')
    }
    marker = following
  }
}

/** The content of each element with this name; they are not nested. */
export const elementsOf = (xml: string, name: string): string[] =>
  xml.split(`</${name}>`).slice(0, -1).flatMap(before => {
    const start = before.indexOf(`<${name}>`)
    return start === -1 ? [] : [before.slice(start + name.length + 2)]
  })
