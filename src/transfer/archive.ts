/** Streams many files as one ZIP, without compression, or a range of it. */
import type { Chunks } from '../domain/files/blob-bytes.ts'
import type { ByteRange } from './byte-range.ts'
import { centralRecord, endOfArchive, localHeader, type ZipEntry } from './zip-records.ts'

export interface Entry extends ZipEntry {
  /**
   * Called when it is this file's turn, with the position of its first byte in the archive, and the bytes of it that are wanted, if any.
   * Undefined when the file is gone, and left out.
   */
  open (start: number, wanted: ByteRange | undefined): Promise<Chunks | undefined>
}

/** Of a directory, or a file of which no byte is wanted. */
export const NO_CHUNKS: Chunks = {
  next: async () => ({ done: true, value: undefined }),
  return: async () => ({ done: true, value: undefined }),
  [Symbol.asyncIterator]: () => NO_CHUNKS
}

/** All of an archive, however long it is. */
export const WHOLE: ByteRange = { start: 0, end: Infinity }

/**
 * The archive, or a range of it: files before the range are not opened, and entries behind it are not read. Its `return` closes the current
 * entry and ends the list of entries; an entry that fails ends it.
 */
export function archive (entries: AsyncIterable<Entry>, range = WHOLE): Chunks {
  let current: Chunks | undefined
  const all = pieces()
  const chunks: Chunks = {
    next: () => all.next(),
    return: async () => {
      // Otherwise an entry that waits for a slow store would be waited for.
      await current?.return()
      return all.return()
    },
    [Symbol.asyncIterator]: () => chunks
  }
  return chunks

  async function * pieces (): AsyncGenerator<Buffer, void> {
    const list = createList()
    let offset = 0
    for await (const entry of entries) {
      const header = localHeader(entry)
      const start = offset + header.length
      if (start + entry.size > range.start) {
        const wanted = overlapOf(entry, start, range)
        const bytes = await entry.open(start, wanted)
        if (bytes === undefined) continue
        current = bytes
        yield * withHeader(cut(header, offset, range), wanted, bytes)
      }
      list.add(centralRecord(entry, offset))
      offset = start + entry.size
      if (offset > range.end) return
    }
    let at = offset
    for (const chunk of [...list.chunks(), endOfArchive(list.count(), offset, list.length())]) {
      const piece = cut(chunk, at, range)
      if (piece.length > 0) yield piece
      at += chunk.length
    }
  }
}

/** The bytes of a file that are in a range of the archive. */
function overlapOf ({ size }: ZipEntry, start: number, range: ByteRange): ByteRange | undefined {
  const [first, last] = [Math.max(0, range.start - start), Math.min(size - 1, range.end - start)]
  return first <= last ? { start: first, end: last } : undefined
}

/** What of a buffer at a position of the archive is in the range. */
const cut = (bytes: Buffer, at: number, { start, end }: ByteRange): Buffer => bytes.subarray(Math.max(0, start - at), Math.max(0, end + 1 - at))

/** Behind the header, copying it costs less than another write. */
const SMALL = 64 * 1024

/** A small file is sent in one piece. A wrong number of bytes would make the archive unreadable. */
async function * withHeader (header: Buffer, wanted: ByteRange | undefined, bytes: Chunks): AsyncGenerator<Buffer, void> {
  const expected = wanted === undefined ? 0 : wanted.end + 1 - wanted.start
  let unsent: Buffer | undefined = header
  let left = expected
  for await (const chunk of bytes) {
    left -= chunk.length
    if (left < 0) break
    const isJoined = unsent !== undefined && chunk.length <= SMALL
    if (unsent !== undefined && unsent.length > 0 && !isJoined) yield unsent
    yield isJoined && unsent !== undefined ? Buffer.concat([unsent, chunk]) : chunk
    unsent = undefined
  }
  if (left !== 0) throw new Error(`an entry of an archive has ${expected - left} bytes instead of ${expected}`)
  if (unsent !== undefined && unsent.length > 0) yield unsent
}

const CHUNK = 64 * 1024

/** The central directory of an archive, collected in few buffers: a hundred bytes per entry. */
function createList () {
  const full: Buffer[] = []
  let chunk = Buffer.allocUnsafeSlow(CHUNK)
  let used = 0
  let count = 0
  return {
    add (record: Buffer): void {
      count++
      if (used + record.length > CHUNK) {
        full.push(chunk.subarray(0, used))
        chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, record.length))
        used = 0
      }
      used += record.copy(chunk, used)
    },
    count: () => count,
    length: () => full.reduce((sum, { length }) => sum + length, used),
    chunks: () => [...full, chunk.subarray(0, used)].filter(({ length }) => length > 0)
  }
}
