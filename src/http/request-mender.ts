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
  /** Where the next head begins in the middle of a chunk behind a body, only the parser knows: nothing is changed from then on. */
  let isLost = false

  /** Whether the next byte begins a head. */
  function isAtHead (): boolean {
    if (!current?.complete) return false
    const { 'transfer-encoding': encoding, 'content-length': length = '0' } = current.headers
    const isExact = encoding === undefined ? bodyBytes === Number(length) : endsLine
    isLost ||= !isExact
    return isExact
  }

  function pushMended (chunk: Buffer): boolean {
    let rest = chunk
    while (rest.length > 0 && !isLost) {
      if (head.isOver && !isAtHead()) break
      if (head.isOver) head = createRequestHead()
      const { size, mended } = head.read(rest)
      rest = rest.subarray(size)
      if (!head.isOver) return push(mended)
      current = undefined
      bodyBytes = 0
      endsLine = true
      // By itself, so that the parser says whether a body follows.
      if (rest.length === 0) return push(mended)
      push(mended)
    }
    bodyBytes += rest.length
    endsLine = rest.at(-1) === 10
    return push(rest)
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
