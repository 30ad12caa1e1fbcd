/** Bytes out: what a download request gets, by RFC 9110. Pure: it knows headers, not streams. */
import { create as contentDisposition } from 'content-disposition'
import parseRange from 'range-parser'
import type { StoredFile } from '../domain/file.ts'
import type { Preview } from '../domain/preview.ts'

/** Header names in lower case, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface Delivery {
  readonly status: 200 | 206 | 304 | 416
  readonly headers: Readonly<Record<string, string | number>>
  /** The bytes to send, both ends included; undefined for none. */
  readonly range: { readonly start: number, readonly end: number } | undefined
  /** Whether the last byte of the file is among them: only then does the download count. */
  readonly endsFile: boolean
}

/**
 * What came from others never acts as a page of ours: it is saved, or shown as what cannot run anything. Readers of PDF
 * are programs of their own, which a sandbox would keep from starting.
 */
const ALONE = "sandbox; default-src 'none'; frame-ancestors 'self'"
const PDF_ALONE = "default-src 'none'; frame-ancestors 'self'"

/** Plans an answer. An id never changes its bytes, so the blob's id is a strong validator. With `preview` it is for looking at. */
export function planDelivery (file: StoredFile, request: RequestHeaders, preview?: Preview): Delivery {
  const etag = `"${file.blobId}"`
  const lastModified = new Date(file.uploadedAt).toUTCString()
  const headers = {
    etag,
    'last-modified': lastModified,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'x-robots-tag': 'noindex',
    'x-content-type-options': 'nosniff',
    'content-security-policy': preview?.kind === 'pdf' ? PDF_ALONE : ALONE,
    ...(preview && { 'cross-origin-resource-policy': 'same-origin' })
  }
  if (isFresh(request, etag)) return { status: 304, headers, range: undefined, endsFile: false }
  const range = wantedRange(file.size, request, etag, lastModified)
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${file.size}` }, range: undefined, endsFile: false }
  }
  const { start, end } = range ?? { start: 0, end: file.size - 1 }
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-type': preview?.contentType ?? 'application/octet-stream',
      'content-disposition': contentDisposition(file.name, { type: preview ? 'inline' : 'attachment' }),
      'content-length': end - start + 1,
      ...(range && { 'content-range': `bytes ${start}-${end}/${file.size}` })
    },
    range: file.size === 0 ? undefined : { start, end },
    endsFile: end === file.size - 1
  }
}

/** Headers of something that is to be saved under a name. */
export function attachmentOf (name: string): Readonly<Record<string, string>> {
  return {
    'content-disposition': contentDisposition(name, { type: 'attachment' }),
    'x-content-type-options': 'nosniff',
    'content-security-policy': ALONE,
    'x-robots-tag': 'noindex'
  }
}

function isFresh (request: RequestHeaders, etag: string): boolean {
  const known = request['if-none-match']
  return typeof known === 'string' &&
    known.split(',').some(item => item.trim() === '*' || item.trim().replace(/^W\//, '') === etag)
}

/** One range; several, or one that cannot be read, get the whole file, as the RFC allows. */
function wantedRange (size: number, request: RequestHeaders, etag: string, lastModified: string) {
  const { range, 'if-range': condition } = request
  if (typeof range !== 'string' || size === 0) return undefined
  if (typeof condition === 'string' && condition !== etag && condition !== lastModified) return undefined
  const ranges = parseRange(size, range, { combine: true })
  if (ranges === -1) return 'unsatisfiable'
  return ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? undefined : ranges[0]
}
