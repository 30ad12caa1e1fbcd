/** Bytes of a blob, and what is known about them. */

/** Both ends included. */
export interface BlobRange {
  readonly start: number
  readonly end: number
  readonly size?: number | undefined
}

/** Bytes in order. A reader that stops before the end calls `return`, which is allowed at any time and releases what the chunks hold. */
export interface Chunks {
  next (): Promise<IteratorResult<Buffer, void>>
  return (): Promise<IteratorResult<Buffer, void>>
  [Symbol.asyncIterator] (): Chunks
}

/** `etag` is an entity tag as in the header, '' for none; `changedAt` Unix milliseconds. */
export interface BlobState {
  readonly size: number
  readonly etag: string
  readonly changedAt: number
}
