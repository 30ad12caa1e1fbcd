import { Readable } from 'node:stream'

/** The same bytes; fails when fewer come, which the length in the header of an answer has promised already. */
export function exactly (bytes: Readable, length: number, missing: () => Error): Readable {
  const exact = Readable.from(count(bytes, length, missing), { objectMode: false })
  // Nobody may have begun to read.
  exact.once('close', () => { bytes.destroy() })
  return exact
}

async function * count (bytes: Readable, length: number, missing: () => Error): AsyncGenerator<Buffer> {
  let left = length
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    left -= chunk.length
    yield chunk
    // The end of the source comes only once its file is closed. Who has all bytes may have closed the connection by then, as if it had broken off.
    if (left <= 0) return
  }
  if (left > 0) throw missing()
}
