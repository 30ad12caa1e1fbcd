import { Readable } from 'node:stream'

/** The same bytes; fails when there are fewer than the length that the answer's header already promised. */
export function exactly (bytes: Readable, length: number, missing: () => Error): Readable {
  const exact = Readable.from(count(bytes, length, missing), { objectMode: false })
  // Reading may not have started.
  exact.once('close', () => { bytes.destroy() })
  return exact
}

async function * count (bytes: Readable, length: number, missing: () => Error): AsyncGenerator<Buffer> {
  let left = length
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    left -= chunk.length
    yield chunk
    // The source ends only once its file is closed. By then a client that has all bytes may have closed the connection, which would look like an abort.
    if (left <= 0) return
  }
  if (left > 0) throw missing()
}
