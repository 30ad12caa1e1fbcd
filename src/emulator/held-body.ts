import type { IncomingMessage } from 'node:http'

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
  let wantsMore = false
  let look: () => void = () => undefined

  request.push = (chunk: Buffer | null) => {
    waiting.push(chunk)
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
        look = () => {
          const bytes = came()
          if (waiting.includes(null) || bytes.length >= most || isEnough(bytes)) end()
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
