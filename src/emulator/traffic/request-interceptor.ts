/** Holds the body of a request, chunk by chunk, before its handler reads it. */
import type { IncomingMessage } from 'node:http'
import { createGrowingBuffer } from '../../transfer/growing-buffer.ts'
import { breakConnection, type ConnectionBreak } from './response-interceptor.ts'
import { waitWhileOpen } from './socket-wait.ts'

export interface RequestPlan {
  /** Bytes per second. */
  readonly speed?: number | undefined
  readonly break?: ConnectionBreak | undefined
  /** Called before the connection breaks. Resolves when the handler has released its resources. */
  settle? (): Promise<void>
}

export interface RequestInterceptor {
  /** Passes the body on from now on, according to the plan. */
  open (plan?: RequestPlan): void
  /** Discards the body, at a speed in bytes per second. Resolves at its end; to false when it exceeds `maxBytes` or breaks off. */
  drain (maxBytes: number, speed: number | undefined): Promise<boolean>
  /** Ends the body with an error for its reader, once that has read what was passed on. The connection stays open; later bytes are discarded. */
  breakOff (): Promise<void>
  /** Reads ahead while nothing is passed on, to notice the end of the connection after a small body. */
  readAhead (): void
}

/** Slow bodies are passed on in this many pieces per second. */
const PIECES_PER_SECOND = 20
/** Read-ahead in bytes for a paused body: far less than the buffers of two sockets. */
const READ_AHEAD = 1024 * 1024
/** Interval in milliseconds for checking whether the reader has read what was passed on. */
const PAUSE = 2
/** Milliseconds without data after which a half-closed connection is closed. */
const LINGER = 5000

/**
 * Closed at first. `inspect` receives each chunk as it arrives, null at the end, and returns whether to read more while closed.
 * The HTTP parser delivers chunks by `push` and continues reading by `_read`: both are replaced here.
 */
export function interceptRequest (request: IncomingMessage, inspect: (chunk: Buffer | null) => boolean): RequestInterceptor {
  const push = request.push.bind(request)
  const read = request._read.bind(request)
  const queue: Array<Buffer | null> = []
  /** Chunks that arrived while it was closed; once it is open, the queue is short. */
  const buffer = createGrowingBuffer()
  let plan: RequestPlan | undefined
  let isPumping = false
  let isWanted = false
  let hasRoom = true
  let isDiscarding = false
  let isReadingAhead = false
  let hasBroken = false
  let bytesPassed = 0
  let bytesWaiting = 0

  /** An error in here ends only this exchange. */
  const abort = (): void => { request.socket.destroy() }

  async function pump ({ speed, break: connectionBreak, settle }: RequestPlan): Promise<void> {
    if (isPumping) return
    isPumping = true
    const breakAt = connectionBreak?.atByte ?? 0
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
      if (connectionBreak !== undefined && !hasBroken && bytesPassed === breakAt) {
        hasBroken = true
        if (!await breakUpload(connectionBreak, settle)) return
      }
      if (isDiscarding) return
      if (chunk === null) {
        push(null)
        continue
      }
      const slice = Math.min(chunk.length, breakAt > bytesPassed ? breakAt - bytesPassed : chunk.length, speed === undefined ? chunk.length : Math.ceil(speed / PIECES_PER_SECOND))
      if (speed !== undefined) {
        readOn()
        if (!await waitWhileOpen(request.socket, slice / speed * 1000) || isDiscarding) return
      }
      if (slice < chunk.length) queue.unshift(chunk.subarray(slice))
      bytesPassed += slice
      bytesWaiting -= slice
      hasRoom = push(chunk.subarray(0, slice))
    }
    isPumping = false
    if (isWanted) {
      isWanted = false
      read(0)
    }
  }

  /** Node reads a connection only on demand, and only then notices its end. */
  const readOn = (): void => { if (bytesWaiting < READ_AHEAD) read(0) }

  async function breakUpload (connectionBreak: ConnectionBreak, settle: RequestPlan['settle']): Promise<boolean> {
    if (connectionBreak.event === 'hang') {
      readOn()
      return breakConnection(connectionBreak, request.socket)
    }
    // A client that returns at once after the break must find the final state of the upload, with everything released.
    await settle?.()
    if (connectionBreak.event === 'reset') return breakConnection(connectionBreak, request.socket)
    // Closing a connection with unread bytes would reset it, so it is half closed and further bytes are discarded.
    request.socket.setTimeout(LINGER)
    request.socket.end()
    return false
  }

  async function breakOff (): Promise<void> {
    isDiscarding = true
    queue.length = 0
    read(0)
    while (request.readableLength > 0 && !request.destroyed) await new Promise(resolve => { setTimeout(resolve, PAUSE) })
    // As Node does when a client closes its connection, except that this one stays open.
    request._destroy = (error, done) => { done(error) }
    request.destroy()
  }

  request.push = ((chunk: Buffer | null) => {
    if (isDiscarding) return true
    const wantsMore = inspect(chunk)
    bytesWaiting += chunk?.length ?? 0
    if (plan === undefined && chunk !== null) buffer.append(chunk)
    else queue.push(chunk)
    if (plan === undefined) return wantsMore || (isReadingAhead && bytesWaiting < READ_AHEAD)
    pump(plan).catch(abort)
    return isDiscarding || (isPumping ? bytesWaiting < READ_AHEAD : hasRoom)
  }) as typeof request.push
  request._read = size => {
    if (plan === undefined || isPumping) isWanted = true
    else read(size)
  }

  return {
    breakOff,
    readAhead () {
      isReadingAhead = true
      readOn()
    },
    open (newPlan = {}) {
      if (plan === undefined && buffer.length > 0) queue.unshift(buffer.bytes())
      plan = newPlan
      pump(newPlan).catch(abort)
    },
    drain (maxBytes, speed) {
      return new Promise(resolve => {
        let drained = 0
        request.on('data', (chunk: Buffer) => {
          drained += chunk.length
          if (drained > maxBytes) resolve(false)
        })
        request.once('end', () => { resolve(true) })
        request.once('close', () => { resolve(false) })
        this.open({ speed })
      })
    }
  }
}
