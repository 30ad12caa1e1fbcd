import type { IncomingMessage } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'

/** A body that nobody has begun to read. */
export interface BufferedBody {
  /**
   * Its first bytes, at least `most` where there are so many and `isEnough` does not say before that they are enough; that is
   * asked whenever a line has ended.
   */
  peek (maxBytes: number, isEnough?: (bytes: Buffer) => boolean): Promise<Buffer>
  /** Lets its reader begin, then hands over what has come. */
  release (begin: () => void): void
}

const LF = 10
/** Asked for each of very many short lines, `isEnough` would read the same bytes over and over. */
const MAX_CHECKS = 1000

/**
 * Keeps what arrives of a body until it is known whose request it is: whoever stands around that server must see it arrive,
 * and the first chunk comes in the same turn as the head. The parser hands chunks over by `push`.
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
