/** Streams many files as one ZIP, without compression. */
import { Readable } from 'node:stream'
import { centralRecord, endOfArchive, localHeader, type ZipEntry } from './zip-records.ts'

export interface Entry extends ZipEntry {
  /** Called when it is this file's turn, with the position of its first byte in the archive. Undefined when the file is gone, and left out. */
  open (start: number): Promise<Readable | undefined>
}

/** The archive. Destroying it closes the current entry and ends the list of entries; an entry that fails destroys it. */
export function archive (entries: AsyncIterable<Entry>): Readable {
  let current: Readable | undefined
  // An entry that waits for a slow store gets the end as an error.
  return Readable.from(pieces(), { objectMode: false }).once('close', () => { current?.destroy() })

  async function * pieces (): AsyncGenerator<Buffer> {
    const list = createList()
    let offset = 0
    for await (const entry of entries) {
      const header = localHeader(entry)
      const bytes = await entry.open(offset + header.length)
      if (bytes === undefined) continue
      current = bytes
      list.add(centralRecord(entry, offset))
      yield * withHeader(header, entry, bytes)
      offset += header.length + entry.size
    }
    yield * list.chunks()
    yield endOfArchive(list.count(), offset, list.length())
  }
}

/** A small file is sent in one piece. A wrong number of bytes would make the archive unreadable. */
async function * withHeader (header: Buffer, { size }: ZipEntry, bytes: Readable): AsyncGenerator<Buffer> {
  let unsent: Buffer | undefined = header
  let left = size
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    left -= chunk.length
    if (left < 0) break
    yield unsent === undefined ? chunk : Buffer.concat([unsent, chunk])
    unsent = undefined
  }
  if (left !== 0) throw new Error(`an entry of an archive has ${size - left} bytes instead of ${size}`)
  if (unsent !== undefined) yield unsent
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
