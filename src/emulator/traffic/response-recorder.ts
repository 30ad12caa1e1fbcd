/** Records the response as it is really sent: after faults, byte for byte. */
import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'

export interface ResponseRecorder {
  size (): number
  /** Of the body so far, in hex. */
  sha256 (): string
  /** The beginning of the body; undefined when text is not kept. */
  text (): string | undefined
  /** The headers that were sent; none before. */
  headers (): OutgoingHttpHeaders
}

const MAX_TEXT_BYTES = 16 * 1024

/** Must come before anything else that intercepts the response. */
export function recordResponse (response: ServerResponse, keepsText: boolean): ResponseRecorder {
  const write = response.write.bind(response)
  const end = response.end.bind(response)
  const writeHead = response.writeHead.bind(response)
  const hash = createHash('sha256')
  const textBuffer = createGrowingBuffer()
  let size = 0
  let headers: OutgoingHttpHeaders = {}

  function observe (chunk: unknown, encoding: unknown): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? encoding as BufferEncoding : 'utf8') : chunk
    hash.update(bytes)
    size += bytes.length
    if (!keepsText || textBuffer.length >= MAX_TEXT_BYTES) return
    textBuffer.append(bytes.subarray(0, MAX_TEXT_BYTES - textBuffer.length))
  }

  // Headers passed to writeHead cannot be read from the response afterwards.
  response.writeHead = ((...args: Parameters<typeof writeHead>) => {
    const ownHeaders: unknown = args.find(word => typeof word === 'object')
    headers = { ...response.getHeaders(), ...ownHeaders as OutgoingHttpHeaders }
    return writeHead(...args)
  }) as typeof response.writeHead
  response.write = ((...args: Parameters<typeof write>) => {
    observe(args[0], args[1])
    return write(...args)
  }) as typeof response.write
  response.end = ((...args: Parameters<typeof end>) => {
    observe(args[0], args[1])
    return end(...args)
  }) as typeof response.end

  return {
    size: () => size,
    sha256: () => hash.copy().digest('hex'),
    headers: () => headers,
    text: () => keepsText ? textBuffer.bytes().toString('utf8') : undefined
  }
}
