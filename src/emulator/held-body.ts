import type { IncomingMessage } from 'node:http'

const GROWTH = 9 / 8

/** A body that nobody has begun to read. */
export interface HeldBody {
  /** Its first bytes, at least `most` where there are so many and `isEnough` does not say before that they are enough. */
  peek (most: number, isEnough?: (bytes: Buffer) => boolean): Promise<Buffer>
  /** Lets its reader begin, then hands over what has come. */
  release (begin: () => void): void
}

/**
 * Keeps what arrives of a body until it is known whose request it is: whoever stands around that server must see each
 * chunk arrive, and the first comes in the same turn as the head. The parser hands chunks over by `push`.
 */
export function holdBody (request: IncomingMessage): HeldBody {
  const waiting: Array<Buffer | null> = []
  const came = () => Buffer.concat(waiting.filter(chunk => chunk !== null))
  let size = 0
  let hasEnded = false
  let wantsMore = false
  let look: () => void = () => undefined

  request.push = (chunk: Buffer | null) => {
    waiting.push(chunk)
    size += chunk?.length ?? 0
    hasEnded ||= chunk === null
    look()
    return wantsMore
  }

  return {
    peek (most, isEnough = () => false) {
      return new Promise(resolve => {
        function end (): void {
          wantsMore = false
          look = () => undefined
          request.off('close', end)
          resolve(came())
        }
        let judgedAt = 0
        look = () => {
          if (hasEnded || size >= most) return end()
          // Asked again once there is a part more of it: in single bytes it would be put together as often as there are bytes.
          if (size < judgedAt * GROWTH) return
          judgedAt = size
          if (isEnough(came())) end()
        }
        wantsMore = true
        request.once('close', end)
        look()
        if (wantsMore) request._read(0)
      })
    },
    release (begin) {
      Reflect.deleteProperty(request, 'push')
      begin()
      for (const chunk of waiting) request.push(chunk)
    }
  }
}
