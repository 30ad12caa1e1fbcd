/** Chunks of a blob, handed out once its first bytes were read. */
import { Readable } from 'node:stream'
import type { Chunks } from '../../domain/files/blob-bytes.ts'

/** A part of a blob. */
export interface Wanted {
  readonly id: string
  /** Both included. */
  readonly start: number
  readonly end: number
  /** Size of the whole blob; undefined when unknown. */
  readonly size: number | undefined
}

/** The same chunks, once the first one is there. Rejects with what its reading rejects with. */
export async function begin (chunks: Chunks): Promise<Chunks> {
  let first: IteratorResult<Buffer, void> | undefined = await chunks.next()
  const begun: Chunks = {
    async next () {
      const next = first ?? chunks.next()
      first = undefined
      return next
    },
    return: () => chunks.return(),
    [Symbol.asyncIterator]: () => begun
  }
  return begun
}

/** As a stream. Destroying it ends them also when nothing was read. */
export const streamOf = (chunks: Chunks): Readable =>
  Readable.from(chunks, { objectMode: false }).once('close', () => { void chunks.return() })
