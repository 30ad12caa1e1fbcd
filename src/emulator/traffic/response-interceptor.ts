/** Changes a response while it is sent, as a fault requires, whether the handler or the fault writes it. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { waitUntilClosed, waitWhileOpen } from './socket-wait.ts'

/** What can happen to a connection. */
export type SocketEvent = 'reset' | 'close' | 'hang'

/** A complete response that has not been sent. */
export interface BufferedResponse {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: Buffer
}

/** Where a connection breaks: after a number of bytes of the body, or before anything is sent. */
export interface ConnectionBreak {
  readonly event: SocketEvent
  readonly atByte: number | undefined
  readonly forMs: number | undefined
}

export interface ResponsePlan {
  /** Delay before the first byte, by the real clock. */
  readonly delayMs?: number | undefined
  /** Bytes per second. */
  readonly speed?: number | undefined
  readonly break?: ConnectionBreak | undefined
  /** Buffers the complete response, and sends the result of this function instead. */
  readonly transform?: ((answer: BufferedResponse) => BufferedResponse) | undefined
  /** Content-Length promises more bytes than are sent. */
  readonly overstatesLength?: boolean | undefined
}

interface Queued {
  readonly bytes: Buffer
  /** Called once they were sent. */
  readonly callbacks: ReadonlyArray<() => void>
}

/** Slow responses are sent in this many pieces per second. */
const PIECES_PER_SECOND = 20
const MISSING_BYTES = 100

/** From now on, everything written to the response is sent according to the plan. Must come before its first byte. */
export function interceptResponse (response: ServerResponse, socket: Socket, plan: ResponsePlan): void {
  const original = { writeHead: response.writeHead.bind(response), write: response.write.bind(response), end: response.end.bind(response) }
  const queue: Queued[] = []
  let head: { status: number, headers: OutgoingHttpHeaders } | undefined
  let isEnded = false
  let isPumping = false
  let isOver = false
  let sent = 0

  /** Before the first byte: the delay, and a break before the headers or directly after them. */
  async function open (): Promise<void> {
    if (plan.delayMs !== undefined) await waitWhileOpen(socket, plan.delayMs)
    if (plan.break?.atByte === 0) response.flushHeaders()
    if (!plan.break?.atByte) await breakNow()
  }

  async function breakNow (): Promise<void> {
    if (plan.break !== undefined && !await breakConnection(plan.break, socket)) isOver = true
  }

  let opening: Promise<void> | undefined
  /** An error in here ends only this exchange. */
  const abort = (): void => { socket.destroy() }

  /** Sends what is queued, in order. */
  async function pump (): Promise<void> {
    await (opening ??= open())
    if (isPumping) return
    isPumping = true
    for (let next = queue.shift(); next !== undefined && !isOver; next = queue.shift()) {
      await send(next.bytes)
      for (const sent of next.callbacks) sent()
    }
    isPumping = false
    if (isOver) return
    if (!isEnded) response.emit('drain')
    else if (plan.overstatesLength) socket.destroySoon()
    else original.end()
    isOver = isEnded
  }

  async function send (bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !isOver;) {
      const piece = bytes.subarray(at, at + pieceLength(bytes.length - at))
      if (plan.speed !== undefined) await waitWhileOpen(socket, piece.length / plan.speed * 1000)
      await new Promise<void>(resolve => { original.write(piece, () => { resolve() }) })
      at += piece.length
      sent += piece.length
      if (sent === plan.break?.atByte) await breakNow()
      if (socket.destroyed) isOver = true
    }
  }

  function pieceLength (left: number): number {
    const breakAt = plan.break?.atByte ?? 0
    return Math.min(left, breakAt > sent ? breakAt - sent : left, plan.speed === undefined ? left : Math.ceil(plan.speed / PIECES_PER_SECOND))
  }

  function enqueue (chunk: unknown, encoding: unknown, callbacks: ReadonlyArray<() => void> = []): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? encoding as BufferEncoding : 'utf8') : chunk
    if (bytes instanceof Uint8Array) queue.push({ bytes: Buffer.from(bytes), callbacks })
  }

  function sendTransformed (transform: (answer: BufferedResponse) => BufferedResponse): void {
    const { status, headers, body } = transform({
      status: head?.status ?? response.statusCode,
      headers: { ...response.getHeaders(), ...head?.headers },
      body: Buffer.concat(queue.splice(0).map(({ bytes }) => bytes))
    })
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    const length = body.length + (plan.overstatesLength ? MISSING_BYTES : 0)
    original.writeHead(status, { ...headers, 'content-length': length, ...(plan.overstatesLength && { connection: 'close' }) })
    enqueue(body, undefined)
  }

  if (plan.transform !== undefined) {
    response.writeHead = ((status: number, ...others: unknown[]) => {
      head = { status, headers: (others.find(other => typeof other === 'object') ?? {}) as OutgoingHttpHeaders }
      return response
    }) as typeof response.writeHead
  }
  response.write = ((chunk: unknown, encoding: unknown, done: unknown) => {
    const callbacks = [encoding, done].filter((each): each is () => void => typeof each === 'function')
    enqueue(chunk, encoding, callbacks)
    if (plan.transform !== undefined) {
      // All of it is waited for before any of it is sent.
      for (const callback of callbacks) process.nextTick(callback)
      return true
    }
    pump().catch(abort)
    return false
  }) as typeof response.write
  response.end = ((chunk: unknown, encoding: unknown, done: unknown) => {
    for (const callback of [chunk, encoding, done]) if (typeof callback === 'function') response.once('finish', callback as () => void)
    enqueue(chunk, encoding)
    isEnded = true
    if (plan.transform !== undefined) sendTransformed(plan.transform)
    pump().catch(abort)
    return response
  }) as typeof response.end
}

/** Breaks or stalls a connection; true when it continues afterwards. */
export async function breakConnection ({ event, forMs }: ConnectionBreak, socket: Socket): Promise<boolean> {
  if (event === 'hang') return forMs === undefined ? waitUntilClosed(socket).then(() => false) : waitWhileOpen(socket, forMs)
  if (event === 'close') socket.destroySoon()
  else resetConnection(socket)
  return false
}

/** Sends a RST. A TLS socket cannot, so the socket below it does; Node has no public name for that one. */
export function resetConnection (socket: Socket): void {
  const raw = '_parent' in socket && socket._parent instanceof Socket ? socket._parent : socket
  // After a FIN the system refuses to send a RST, and Node would never close the socket.
  if (raw.writableEnded || (raw === socket && 'encrypted' in socket)) socket.destroy()
  else raw.resetAndDestroy()
}
