/**
 * Mends what two kinds of client write wrongly, before Node's parser refuses it: raw bytes beyond ASCII in a request line become
 * percent-encoded (two published Node clients send names so, and nginx takes them), and the empty line after the headers may be a
 * bare LF (Mono). Nothing else is changed, and where a request ends never is: of where its head begins and its body ends the
 * parser alone is believed.
 *
 * It stands between socket and parser and keeps no bytes, so that a line may come in any pieces. The parser's error would come
 * too late for that: it tells of the last piece only.
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

/** What is given back is to be told of each request whose head the parser has read. */
function mendRequestsOf (socket: Socket): (request: IncomingMessage) => void {
  const push = socket.push.bind(socket)
  let head = createRequestHead()
  /** The one whose head is over. */
  let current: IncomingMessage | undefined
  /** Bytes since that head. */
  let bodyBytes = 0
  let endsLine = true
  /** Where a head begins in the middle of what came behind a body in chunks, only the parser knows: nothing is changed from then on. */
  let isLost = false

  /** Of the body that the parser reads; undefined for one in chunks, or before the parser has told of it. */
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
        // What comes behind is looked at once the parser has read the body.
        const size = Math.min(rest.length, isLost ? Infinity : bytesLeft() ?? Infinity)
        if (!(size > 0)) return pushBody(rest)
        wantsMore = pushBody(rest.subarray(0, size))
        rest = rest.subarray(size)
      } else {
        if (head.isOver) head = createRequestHead()
        const { size, mended } = head.read(rest)
        rest = rest.subarray(size)
        if (head.isOver) {
          current = undefined
          bodyBytes = 0
          endsLine = true
        }
        // The end of a head by itself, so that the parser says whether a body follows.
        wantsMore = push(mended)
      }
    }
    return wantsMore
  }

  socket.push = (chunk: Buffer | null) => chunk === null || isLost ? push(chunk) : pushMended(chunk)
  // As long as nobody listens, the parser reads the socket by itself, past `push`.
  const listener = () => undefined
  socket.on('data', listener).off('data', listener)
  return request => {
    isLost ||= current !== undefined
    current = request
  }
}
