import type { IncomingMessage } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'

/** A body that has no reader yet. */
export interface BufferedBody {
  /**
   * Its first bytes: at least `maxBytes` if there are as many, or fewer once `isEnough` accepts them. `isEnough` is called after
   * the end of a line.
   */
  peek (maxBytes: number, isEnough?: (bytes: Buffer) => boolean): Promise<Buffer>
  /** Starts the reader, then passes on what has arrived. */
  release (begin: () => void): void
}

const LF = 10
/** With very many short lines `isEnough` would read the same bytes again and again. */
const MAX_CHECKS = 1000

/**
 * Buffers a body until the server of the request is known, because the interceptor of that server must see all of it arrive,
 * and the first chunk arrives in the same turn as the headers. The HTTP parser delivers chunks by `push`.
 */
export function bufferBody (request: IncomingMessage): BufferedBody {
  const buffer = createGrowingBuffer()
  let hasEnded = false
  let wantsMore = false
  let onChunk: (chunk: Buffer | null) => void = () => undefined

  request.push = (chunk: Buffer | null) => {
    if (chunk === null) hasEnded = true
    else buffer.append(chunk)
    onChunk(chunk)
    return wantsMore
  }

  return {
    peek (maxBytes, isEnough = () => false) {
      return new Promise(resolve => {
        let checks = 0
        function end (): void {
          wantsMore = false
          onChunk = () => undefined
          request.off('close', end)
          resolve(buffer.bytes())
        }
        onChunk = chunk => {
          if (hasEnded || buffer.length >= maxBytes || (chunk?.includes(LF) && ++checks <= MAX_CHECKS && isEnough(buffer.bytes()))) end()
        }
        wantsMore = true
        request.once('close', end)
        onChunk(buffer.bytes())
        if (wantsMore) request._read(0)
      })
    },
    release (begin) {
      Reflect.deleteProperty(request, 'push')
      begin()
      if (buffer.length > 0) request.push(buffer.bytes())
      if (hasEnded) request.push(null)
    }
  }
}
