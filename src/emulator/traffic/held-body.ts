import type { IncomingMessage } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'

/** A body that nobody has begun to read. */
export interface HeldBody {
  /**
   * Its first bytes, at least `most` where there are so many and `isEnough` does not say before that they are enough; that is
   * asked whenever a line has ended.
   */
  peek (most: number, isEnough?: (bytes: Buffer) => boolean): Promise<Buffer>
  /** Lets its reader begin, then hands over what has come. */
  release (begin: () => void): void
}

const LF = 10
/** Asked for each of very many short lines, `isEnough` would read the same bytes over and over. */
const MAX_LOOKS = 1000

/**
 * Keeps what arrives of a body until it is known whose request it is: whoever stands around that server must see it arrive,
 * and the first chunk comes in the same turn as the head. The parser hands chunks over by `push`.
 */
export function holdBody (request: IncomingMessage): HeldBody {
  const held = createGrowingBuffer()
  let isWhole = false
  let wantsMore = false
  let look: (chunk: Buffer | null) => void = () => undefined

  request.push = (chunk: Buffer | null) => {
    if (chunk === null) isWhole = true
    else held.append(chunk)
    look(chunk)
    return wantsMore
  }

  return {
    peek (most, isEnough = () => false) {
      return new Promise(resolve => {
        let looks = 0
        function end (): void {
          wantsMore = false
          look = () => undefined
          request.off('close', end)
          resolve(held.bytes())
        }
        look = chunk => {
          if (isWhole || held.length >= most || (chunk?.includes(LF) && ++looks <= MAX_LOOKS && isEnough(held.bytes()))) end()
        }
        wantsMore = true
        request.once('close', end)
        look(held.bytes())
        if (wantsMore) request._read(0)
      })
    },
    release (begin) {
      Reflect.deleteProperty(request, 'push')
      begin()
      if (held.length > 0) request.push(held.bytes())
      if (isWhole) request.push(null)
    }
  }
}
