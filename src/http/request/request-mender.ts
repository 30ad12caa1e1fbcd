/**
 * Repairs errors of two kinds of client before Node's parser refuses them: raw bytes beyond ASCII in a request line become
 * percent-encoded (two published Node clients send such names, and nginx accepts them), and the empty line after the headers may be a
 * bare LF (Mono). Nothing else is changed, and never the end of a request: only the parser decides where a head begins and a body
 * ends.
 *
 * It sits between socket and parser and keeps no bytes, so a line may arrive in any pieces. Reacting to the parser's error would be
 * too late: it contains only the last piece.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { createRequestHead } from './request-head.ts'

const LF = 10

/** `event` is `secureConnection` with TLS: below it the bytes are encrypted. */
export function mendRequests (server: Server, event: 'connection' | 'secureConnection'): void {
  const begins = new WeakMap<Socket, (request: IncomingMessage) => void>()
  server.on(event, (socket: Socket) => { begins.set(socket, mendRequestsOf(socket)) })
  server.prependListener('request', (request: IncomingMessage) => { begins.get(request.socket)?.(request) })
}

/** The returned function must be called for each request whose head the parser has read. */
function mendRequestsOf (socket: Socket): (request: IncomingMessage) => void {
  const push = socket.push.bind(socket)
  const head = createRequestHead()
  /** The request whose head is complete. */
  let current: IncomingMessage | undefined
  /** Bytes since that head. */
  let bodyBytes = 0
  let endsLine = true
  /** Only the parser knows where a head begins after a chunked body: nothing is changed from then on. */
  let isLost = false

  /** The length of the body that the parser reads; undefined for a chunked one, or before the parser has reported it. */
  function bytesLeft (): number | undefined {
    return current === undefined || 'transfer-encoding' in current.headers ? undefined : Number(current.headers['content-length'] ?? 0) - bodyBytes
  }

  /** Whether the next byte begins a head. */
  function isAtHead (): boolean {
    if (!current?.complete) return false
    const left = bytesLeft()
    const isExact = left === undefined ? endsLine : left === 0
    isLost ||= !isExact
    return isExact
  }

  function pushBody (bytes: Buffer): boolean {
    bodyBytes += bytes.length
    endsLine = bytes.at(-1) === LF
    return push(bytes)
  }

  function pushMended (chunk: Buffer): boolean {
    let rest = chunk
    let wantsMore = true
    while (rest.length > 0) {
      if (head.isOver && !isAtHead()) {
        // Later bytes are examined once the parser has read the body.
        const size = Math.min(rest.length, isLost ? Infinity : bytesLeft() ?? Infinity)
        if (!(size > 0)) return pushBody(rest)
        wantsMore = pushBody(rest.subarray(0, size))
        rest = rest.subarray(size)
      } else {
        if (head.isOver) head.begin()
        const { size, mended } = head.read(rest)
        rest = rest.subarray(size)
        if (head.isOver) {
          current = undefined
          bodyBytes = 0
          endsLine = true
        }
        // Pass the end of a head separately, so that the parser reports whether a body follows.
        wantsMore = push(mended)
      }
    }
    return wantsMore
  }

  socket.push = (chunk: Buffer | null) => chunk === null || isLost ? push(chunk) : pushMended(chunk)
  // Without listeners the parser reads the socket directly, bypassing `push`.
  const listener = () => undefined
  socket.on('data', listener).off('data', listener)
  return request => {
    isLost ||= current !== undefined
    current = request
  }
}
