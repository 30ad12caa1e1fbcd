/** Holds the body of a request, chunk by chunk, before its handler reads it. */
import type { IncomingMessage } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'
import { breakConnection, type ConnectionBreak } from './response-interceptor.ts'
import { waitWhileOpen } from './socket-wait.ts'

export interface RequestPlan {
  /** Bytes a second. */
  readonly speed?: number | undefined
  readonly break?: ConnectionBreak | undefined
}

export interface RequestInterceptor {
  /** Passes the body on from now on, as the plan says. */
  open (plan?: RequestPlan): void
  /** Discards the body. Resolves at its end; to false when more than `maxBytes` arrive or it breaks off. */
  drain (maxBytes: number): Promise<boolean>
}

/** Slow bodies pass in this many pieces a second. */
const PIECES_PER_SECOND = 20

/**
 * Closed at first. `inspect` gets each chunk as it arrives, null at the end, and returns whether to read more while closed.
 * The HTTP parser passes chunks on by `push` and continues reading by `_read`: both are replaced here.
 */
export function interceptRequest (request: IncomingMessage, inspect: (chunk: Buffer | null) => boolean): RequestInterceptor {
  const push = request.push.bind(request)
  const read = request._read.bind(request)
  const queue: Array<Buffer | null> = []
  /** What arrived while it was closed; once it is open `waiting` is short. */
  const buffer = createGrowingBuffer()
  let plan: RequestPlan | undefined
  let isPumping = false
  let isWanted = false
  let hasRoom = true
  let isDiscarding = false
  let hasBroken = false
  let bytesPassed = 0

  /** An error in here ends this one exchange. */
  const abort = (): void => { request.socket.destroy() }

  async function pump ({ speed, break: connectionBreak }: RequestPlan): Promise<void> {
    if (isPumping) return
    isPumping = true
    const breakAt = connectionBreak?.atByte ?? 0
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
      if (connectionBreak !== undefined && !hasBroken && bytesPassed === breakAt) {
        hasBroken = true
        if (!await breakUpload(connectionBreak)) return
      }
      if (chunk === null) {
        push(null)
        continue
      }
      const slice = Math.min(chunk.length, breakAt > bytesPassed ? breakAt - bytesPassed : chunk.length, speed === undefined ? chunk.length : Math.ceil(speed / PIECES_PER_SECOND))
      if (speed !== undefined && !await waitWhileOpen(request.socket, slice / speed * 1000)) return
      if (slice < chunk.length) queue.unshift(chunk.subarray(slice))
      bytesPassed += slice
      hasRoom = push(chunk.subarray(0, slice))
    }
    isPumping = false
    if (isWanted) {
      isWanted = false
      read(0)
    }
  }

  /** Closing a connection with unread bytes would reset it, so it is half closed and further bytes are discarded. */
  async function breakUpload (connectionBreak: ConnectionBreak): Promise<boolean> {
    if (connectionBreak.event !== 'close') return breakConnection(connectionBreak, request.socket)
    isDiscarding = true
    request.socket.end()
    read(0)
    return false
  }

  request.push = ((chunk: Buffer | null) => {
    if (isDiscarding) return true
    const wantsMore = inspect(chunk)
    if (plan === undefined && chunk !== null) buffer.append(chunk)
    else queue.push(chunk)
    if (plan === undefined) return wantsMore
    pump(plan).catch(abort)
    return isDiscarding || (hasRoom && !isPumping)
  }) as typeof request.push
  request._read = size => {
    if (plan === undefined || isPumping) isWanted = true
    else read(size)
  }

  return {
    open (newPlan = {}) {
      if (plan === undefined && buffer.length > 0) queue.unshift(buffer.bytes())
      plan = newPlan
      pump(newPlan).catch(abort)
    },
    drain (maxBytes) {
      return new Promise(resolve => {
        let drained = 0
        request.on('data', (chunk: Buffer) => {
          drained += chunk.length
          if (drained > maxBytes) resolve(false)
        })
        request.once('end', () => { resolve(true) })
        request.once('close', () => { resolve(false) })
        this.open()
      })
    }
  }
}
