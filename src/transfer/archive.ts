/** Streams many files as one ZIP, without compression, or a range of it. */
import { Readable } from 'node:stream'
import type { ByteRange } from './byte-range.ts'
import { centralRecord, endOfArchive, localHeader, type ZipEntry } from './zip-records.ts'

export interface Entry extends ZipEntry {
  /**
   * Called when it is this file's turn, with the position of its first byte in the archive, and the bytes of it that are wanted, if any.
   * Undefined when the file is gone, and left out.
   */
  open (start: number, wanted: ByteRange | undefined): Promise<Readable | undefined>
}

/** All of an archive, however long it is. */
export const WHOLE: ByteRange = { start: 0, end: Infinity }

/**
 * The archive, or a range of it: files before the range are not opened, and entries behind it are not read. Destroying it closes the current
 * entry and ends the list of entries; an entry that fails destroys it.
 */
export function archive (entries: AsyncIterable<Entry>, range = WHOLE): Readable {
  let current: Readable | undefined
  // An entry that waits for a slow store gets the end as an error.
  return Readable.from(pieces(), { objectMode: false }).once('close', () => { current?.destroy() })

  async function * pieces (): AsyncGenerator<Buffer> {
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

/** A small file is sent in one piece. A wrong number of bytes would make the archive unreadable. */
async function * withHeader (header: Buffer, wanted: ByteRange | undefined, bytes: Readable): AsyncGenerator<Buffer> {
  const expected = wanted === undefined ? 0 : wanted.end + 1 - wanted.start
  let unsent: Buffer | undefined = header
  let left = expected
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    left -= chunk.length
    if (left < 0) break
    yield unsent === undefined || unsent.length === 0 ? chunk : Buffer.concat([unsent, chunk])
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
