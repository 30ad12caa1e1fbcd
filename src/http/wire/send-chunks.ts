/** Writes chunks to a client, whose memory is used again once they were written. */
import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'

export interface Sending {
  /** Resolves when all was written, or when nobody waits for it any more. Rejects when chunks are missing, with the cause. */
  readonly done: Promise<void>
  /** How many bytes were written. */
  written (): number
  /** The connection is closed: no more is read. */
  stop (): void
}

/**
 * Answers with `length` bytes, undefined when nobody knows, from the first chunk on; before it the answer is still open. The last of them end the
 * answer: a client that has all may close its connection at once, which would look like an abort. While one chunk is written the next one is read.
 */
export function sendChunks (chunks: AsyncIterator<Buffer, void>, length: number | undefined, reply: FastifyReply): Sending {
  const response = reply.raw
  let isStopped = false
  let written = 0
  let wake = (): void => undefined

  async function send (): Promise<void> {
    let read = 0
    let writing: Promise<void> | undefined
    while (read !== length) {
      const next = await chunks.next()
      // Before the call after this one, which may use the memory of the last chunk again.
      await writing
      if (isStopped) return
      if (next.done && length !== undefined) throw new Error(`an answer has ${read} bytes instead of ${length}`)
      // A stream of Node has no word for when a chunk was written.
      if (!reply.sent) reply.hijack().raw.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders)
      if (next.done) break
      read += next.value.length
      writing = write(next.value, read === length)
    }
    await writing
    if (length === undefined && !isStopped) response.end()
  }

  function write (chunk: Buffer, isLast: boolean): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        if (!isStopped) written += chunk.length
        resolve()
      }
      wake = resolve
      if (isLast) response.end(chunk, done)
      else response.write(chunk, done)
    })
  }

  return {
    done: send().catch((error: unknown) => { if (!isStopped) throw error }),
    written: () => written,
    stop () {
      isStopped = true
      wake()
    }
  }
}
