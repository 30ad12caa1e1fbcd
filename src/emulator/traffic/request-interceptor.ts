/** Holds the body of a request on its way in, chunk by chunk, before anybody reads it. */
import type { IncomingMessage } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'
import { strike, type Break } from './response-interceptor.ts'
import { waitWhileOpen } from './wait.ts'

export interface BodyPlan {
  /** Bytes a second. */
  readonly speed?: number | undefined
  readonly break?: Break | undefined
}

export interface RequestInterceptor {
  /** Lets the body through from now on, as the plan says. */
  open (plan?: BodyPlan): void
  /** Lets it through to nobody: what comes is thrown away. Resolves at its end, false when more than `most` came or it broke off. */
  drain (most: number): Promise<boolean>
}

/** Slow bodies come in pieces, so many a second. */
const PIECES_PER_SECOND = 20

/**
 * Closed at first. `look` sees each chunk as it arrives, null at the end, and says whether a closed gate is to wait for more.
 * The parser hands chunks over by `push` and is told to read on by `_read`: both go through here.
 */
export function interceptRequest (request: IncomingMessage, look: (chunk: Buffer | null) => boolean): RequestInterceptor {
  const push = request.push.bind(request)
  const read = request._read.bind(request)
  const waiting: Array<Buffer | null> = []
  /** What came while the gate was closed, all of which was asked for; once it is open `waiting` is short. */
  const held = createGrowingBuffer()
  let plan: BodyPlan | undefined
  let isPumping = false
  let isWanted = false
  let hasRoom = true
  let isDiscarding = false
  let hasBroken = false
  let passed = 0

  /** What fails in here ends this one exchange. */
  const breakOff = (): void => { request.socket.destroy() }

  async function pump ({ speed, break: broken }: BodyPlan): Promise<void> {
    if (isPumping) return
    isPumping = true
    const place = broken?.atByte ?? 0
    for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
      if (broken !== undefined && !hasBroken && passed === place) {
        hasBroken = true
        if (!await strikeUpload(broken)) return
      }
      if (chunk === null) {
        push(null)
        continue
      }
      const slice = Math.min(chunk.length, place > passed ? place - passed : chunk.length, speed === undefined ? chunk.length : Math.ceil(speed / PIECES_PER_SECOND))
      if (speed !== undefined && !await waitWhileOpen(request.socket, slice / speed * 1000)) return
      if (slice < chunk.length) waiting.unshift(chunk.subarray(slice))
      passed += slice
      hasRoom = push(chunk.subarray(0, slice))
    }
    isPumping = false
    if (isWanted) {
      isWanted = false
      read(0)
    }
  }

  /** A connection that is closed with bytes unread would be reset, so it is half closed and what comes is thrown away. */
  async function strikeUpload (broken: Break): Promise<boolean> {
    if (broken.event !== 'close') return strike(broken, request.socket)
    isDiscarding = true
    request.socket.end()
    read(0)
    return false
  }

  request.push = ((chunk: Buffer | null) => {
    if (isDiscarding) return true
    const wantsMore = look(chunk)
    if (plan === undefined && chunk !== null) held.append(chunk)
    else waiting.push(chunk)
    if (plan === undefined) return wantsMore
    pump(plan).catch(breakOff)
    return isDiscarding || (hasRoom && !isPumping)
  }) as typeof request.push
  request._read = size => {
    if (plan === undefined || isPumping) isWanted = true
    else read(size)
  }

  return {
    open (wanted = {}) {
      if (plan === undefined && held.length > 0) waiting.unshift(held.bytes())
      plan = wanted
      pump(wanted).catch(breakOff)
    },
    drain (most) {
      return new Promise(resolve => {
        let drained = 0
        request.on('data', (chunk: Buffer) => {
          drained += chunk.length
          if (drained > most) resolve(false)
        })
        request.once('end', () => { resolve(true) })
        request.once('close', () => { resolve(false) })
        this.open()
      })
    }
  }
}
