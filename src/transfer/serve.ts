/** Bytes out: what a download request gets, by RFC 9110. Pure: it knows headers, not streams. */
import { createHash } from 'node:crypto'
import { create as contentDisposition } from 'content-disposition'
import type { StoredFile } from '../domain/files/file.ts'
import type { Preview } from '../domain/files/preview.ts'
import { readRange, type ByteRange } from './byte-range.ts'
import { chooseValidator, isSameForRange, judge, type RequestHeaders, type Validator } from './preconditions.ts'

export interface Delivery {
  readonly status: 200 | 206 | 304 | 412 | 416
  readonly headers: Readonly<Record<string, string | number>>
  /** The bytes to send; undefined for none. */
  readonly range: ByteRange | undefined
  /** Whether the last byte of the file is among them: only then does the download count. */
  readonly endsFile: boolean
}

/**
 * What came from others never acts as a page of ours: it is saved, or shown as what cannot run anything. Readers of PDF
 * are programs of their own, which a sandbox would keep from starting.
 */
const ALONE = "sandbox; default-src 'none'; frame-ancestors 'self'"
const PDF_ALONE = "default-src 'none'; frame-ancestors 'self'"

export interface Asked {
  /** GET or HEAD. */
  readonly method: string
  readonly headers: RequestHeaders
}

/**
 * Plans an answer. An id never changes its bytes, so what is made of the blob's id is a strong validator; `others` are the names under which somebody else
 * sends the same bytes. With `preview` it is for looking at.
 */
export function planDelivery (file: StoredFile, asked: Asked, preview?: Preview, others: readonly Validator[] = []): Delivery {
  const validator = chooseValidator(asked.headers, { etag: etagOf(file), changedAt: file.uploadedAt }, others)
  return planBytes({
    validator,
    size: file.size,
    always: {
      'last-modified': new Date(validator.changedAt).toUTCString(),
      'x-robots-tag': 'noindex',
      'x-content-type-options': 'nosniff',
      'content-security-policy': preview?.kind === 'pdf' ? PDF_ALONE : ALONE,
      ...(preview && { 'cross-origin-resource-policy': 'same-origin' })
    },
    withBytes: {
      'content-type': preview?.contentType ?? 'application/octet-stream',
      'content-disposition': contentDisposition(file.name, { type: preview ? 'inline' : 'attachment' })
    }
  }, asked)
}

/** Bytes of a known length, and headers of every answer about them and of those that have them. */
interface KnownBytes {
  readonly validator: Validator
  readonly size: number
  readonly always: Readonly<Record<string, string>>
  readonly withBytes: Readonly<Record<string, string>>
}

/** Plans an answer with any bytes that have a strong validator. */
export function planBytes ({ validator, size, always, withBytes }: KnownBytes, { method, headers: request }: Asked): Delivery {
  const headers = { etag: validator.etag, 'accept-ranges': 'bytes', 'cache-control': 'private, no-cache', ...always }
  const withoutBytes = { headers, range: undefined, endsFile: false }
  const verdict = judge(request, validator)
  if (verdict !== 'send') return { status: verdict === 'failed' ? 412 : 304, ...withoutBytes }
  // Only GET has ranges. An empty file has no byte that a range could name.
  const wanted = method === 'GET' && size > 0 && isSameForRange(request, validator) ? request.range : undefined
  const range = typeof wanted === 'string' ? readRange(wanted, size) : undefined
  if (range === 'unsatisfiable') return { ...withoutBytes, status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  return {
    status: range ? 206 : 200,
    headers: { ...headers, ...withBytes, 'content-length': end - start + 1, ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }) },
    range: size === 0 ? undefined : { start, end },
    endsFile: end === size - 1
  }
}

/** Not the id itself, for that is also the one of the upload, which is its sender's secret. */
const etagOf = ({ blobId }: StoredFile): string => `"${createHash('sha256').update(blobId).digest('hex').slice(0, 32)}"`

/** Headers of something that is to be saved under a name. */
export function attachmentOf (name: string): Readonly<Record<string, string>> {
  return {
    'content-disposition': contentDisposition(name, { type: 'attachment' }),
    'x-content-type-options': 'nosniff',
    'content-security-policy': ALONE,
    'x-robots-tag': 'noindex'
  }
}
