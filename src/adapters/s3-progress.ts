/** What lies in a bucket of blobs that are not whole: parts, and tails that are too small to be parts. */
import { buffer, text } from 'node:stream/consumers'
import { openRange } from './s3-read.ts'
import { elementOf, StoreRefusal, type S3 } from './s3-request.ts'
import type { Progress } from './s3-writer.ts'

export interface Unfinished {
  readonly key: string
  readonly uploadId: string
}

/** Uploads in parts that were begun and neither ended nor aborted. */
export async function listUnfinished (s3: S3, prefix: string): Promise<Unfinished[]> {
  const pages = leaf(s3, '', { uploads: '', ...prefix !== '' && { prefix } }, page =>
    ({ 'key-marker': elementOf(page, 'NextKeyMarker'), 'upload-id-marker': elementOf(page, 'NextUploadIdMarker') }))
  const found: Unfinished[] = []
  for await (const page of pages) {
    for (const upload of elementsOf(page, 'Upload')) found.push({ key: elementOf(upload, 'Key'), uploadId: elementOf(upload, 'UploadId') })
  }
  return found
}

/** Keys of objects that begin so. */
export async function listKeys (s3: S3, prefix: string): Promise<string[]> {
  const found: string[] = []
  for await (const objects of listObjects(s3, prefix)) found.push(...objects.map(({ key }) => key))
  return found
}

/** Objects whose keys begin so, in the order of these, a page at a time; those that come behind a key. */
export async function * listObjects (s3: S3, prefix: string, after = ''): AsyncGenerator<ReadonlyArray<{ readonly key: string, readonly size: number }>> {
  const pages = leaf(s3, '', { 'list-type': '2', prefix, ...after !== '' && { 'start-after': after } }, page =>
    ({ 'continuation-token': elementOf(page, 'NextContinuationToken') }))
  for await (const page of pages) {
    yield elementsOf(page, 'Contents').map(object => ({ key: elementOf(object, 'Key'), size: Number(elementOf(object, 'Size')) }))
  }
}

/**
 * Where a blob goes on that has `size` durable bytes: behind the last whole part before there, with what of the tail belongs
 * to it. A tail has the number of its first byte in its name: that of an earlier size is still there when a later one is not
 * known to anybody yet. Parts that came after are sent again.
 */
export async function findProgress (
  s3: S3, key: string, tailKeyAt: (start: number) => string, { size, crc32 }: { size: number, crc32: number }
): Promise<Progress> {
  const uploadId = (await listUnfinished(s3, key)).find(upload => upload.key === key)?.uploadId
  const etags: string[] = []
  let start = 0
  if (uploadId !== undefined) {
    for (const part of await listParts(s3, key, uploadId)) {
      if (part.number !== etags.length + 1 || start + part.size > size) break
      etags.push(part.etag)
      start += part.size
    }
  }
  const tail = start === size ? Buffer.alloc(0) : await readTail(s3, tailKeyAt(start), size - start)
  return { uploadId, etags, tail, size, crc32 }
}

async function readTail (s3: S3, key: string, length: number): Promise<Buffer> {
  try {
    return await buffer(await openRange(s3, { id: 'an upload', key, start: 0, end: length - 1, size: undefined }))
  } catch (error) {
    if (error instanceof StoreRefusal && error.status === 404) throw new Error('what has come of an upload is not in the store of files any more')
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

/** The pages of a list; `next` reads from one what to ask for the one after it. */
async function * leaf (
  s3: S3, key: string, query: Readonly<Record<string, string>>, next: (page: string) => Readonly<Record<string, string>>
): AsyncGenerator<string> {
  let marker: Readonly<Record<string, string>> = {}
  while (true) {
    const page = await s3.send({ method: 'GET', key, query: { ...query, ...marker } }, text)
    yield page
    if (elementOf(page, 'IsTruncated') !== 'true') return
    marker = next(page)
  }
}

/** What stands in each element of this name; they hold none of their own. */
export const elementsOf = (xml: string, name: string): string[] =>
  xml.split(`</${name}>`).slice(0, -1).flatMap(before => {
    const start = before.indexOf(`<${name}>`)
    return start === -1 ? [] : [before.slice(start + name.length + 2)]
  })
