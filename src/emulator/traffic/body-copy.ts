import type { IncomingMessage } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'

/** Copies the first bytes of a body as they pass to its reader. Must come before the first chunk; the result returns the copy. */
export function copyBody (request: IncomingMessage, maxBytes: number): () => Buffer {
  const push = request.push.bind(request)
  const copy = createGrowingBuffer()
  request.push = (chunk: Buffer | null) => {
    if (chunk !== null && copy.length < maxBytes) copy.append(chunk.subarray(0, maxBytes - copy.length))
    return push(chunk)
  }
  return copy.bytes
}
