/** A bucket of an S3-compatible store, as configured. */
export interface BlobStore {
  readonly bucket: string
  /** The prefix of each key; '' or ending with a slash. */
  readonly prefix: string
  /** Scheme, host, port and path of the store, without a final slash. */
  readonly endpoint: string
  readonly region: string
  /** Whether the bucket is part of the path or of the host name. */
  readonly style: 'path' | 'host'
  /** Size of every part but the last; undefined: parts grow with the file. */
  readonly partSize: number | undefined
}

/** The location of the bytes, for messages and to compare two locations; undefined is the storage folder. */
export const placeOfBlobs = (store: BlobStore | undefined): string =>
  store === undefined ? STORAGE_FOLDER : `s3://${store.bucket}/${store.prefix} at ${store.endpoint}`

export const STORAGE_FOLDER = 'the storage folder'

export const MiB = 1024 * 1024
/** S3's smallest part, except the last; an object has at most 10,000 parts. */
export const LEAST_PART = 5 * MiB
export const MAX_PARTS = 10_000

const EXPECTED = 'expected an address such as s3://bucket?endpoint=https://s3.example.org, optionally with a prefix as in s3://bucket/respace, ' +
  'and with &region=…, &style=host if the bucket is part of the host name, &part-size=16 (MiB) if all parts must have the same size'

/** Throws an error that says what was expected. */
export function readBlobStore (text: string): BlobStore {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 's3:' || url.hash !== '' || url.port !== '') throw new Error(EXPECTED)
  if (url.username !== '') throw new Error('the keys must not be in the address: set RESPACE_S3_ACCESS_KEY and RESPACE_S3_SECRET_KEY')
  const { endpoint, region = 'us-east-1', style = 'path', 'part-size': part, ...others } = Object.fromEntries(url.searchParams)
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '')
  if (Object.keys(others).length > 0 || !/^[a-z0-9][a-z0-9.-]+$/.test(url.hostname) || !/^[\w./-]*$/.test(prefix)) throw new Error(EXPECTED)
  if (!/^[\w-]+$/.test(region) || (style !== 'path' && style !== 'host') || !/^(?:\d{1,4})?$/.test(part ?? '')) throw new Error(EXPECTED)
  const partSize = part === undefined ? undefined : Number(part) * MiB
  if (partSize !== undefined && (partSize < LEAST_PART || partSize > 1024 * MiB)) throw new Error('expected a part-size from 5 to 1024 (MiB)')
  return { bucket: url.hostname, prefix: prefix === '' ? '' : `${prefix}/`, endpoint: readEndpoint(endpoint, region), region, style, partSize }
}

/** The default is Amazon. */
function readEndpoint (text: string | undefined, region: string): string {
  if (text === undefined) return `https://s3.${region}.amazonaws.com`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '') throw new Error(EXPECTED)
  const path = url.pathname.replace(/\/$/, '')
  if (!/^(?:\/[\w.~-]+)*$/.test(path)) throw new Error(EXPECTED)
  return url.origin + path
}

/**
 * The size of the part that follows `bytes`. Small parts keep the memory of an upload small; each is at least
 * a 1250th of the bytes before it, so that 10,000 of them hold the largest possible object, 5 TiB.
 */
export function partSizeAfter (bytes: number, fixed: number | undefined): number {
  return fixed ?? Math.max(LEAST_PART, Math.ceil(bytes / 1250))
}
