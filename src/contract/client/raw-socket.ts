/** Bytes on a socket, for requests that a normal client cannot send: incomplete, malformed, or several at once. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { MAX_ANSWER } from './exchange.ts'

export interface RawAnswer {
  readonly status: number
  /** The head as received, and all bytes after it. */
  readonly head: string
  readonly body: Buffer
}

/** Rejects when nothing listens there. */
export function openSocket (url: string, ca?: string): Promise<Socket> {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const socket: Socket = protocol === 'https:'
      ? connectTls({ host, port: Number(port || 443), servername: host, ...ca !== undefined && { ca } }, () => { resolve(socket) })
      : connect(Number(port || 80), host, () => { resolve(socket) })
    socket.once('error', reject)
  })
}

/** All bytes from a socket until it ends or is reset, `timeout` milliseconds have passed, or more than `most` bytes have arrived. */
export function allOf (socket: Socket, timeout = 10_000, most = MAX_ANSWER): Promise<Buffer> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    const settle = (): void => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks))
    }
    const timer = setTimeout(() => {
      settle()
      socket.destroy()
    }, timeout)
    let size = 0
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > most) socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', settle)
  })
}

/** A request head with the given headers, including the host unless `headers` has one. */
export function requestHead (target: string, headers: Readonly<Record<string, string>>, method = 'GET'): Buffer {
  const { host, pathname, search } = new URL(target)
  const lines = Object.entries({ host, connection: 'close', 'x-respace-check': 'raw', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
}

/** One answer from those bytes; undefined when there is none. Chunked bodies are decoded. */
export function readRawAnswer (bytes: Buffer): RawAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = bytes.subarray(0, end).toString('latin1')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1])
  if (!Number.isInteger(status)) return undefined
  const rest = bytes.subarray(end + 4)
  if (status === 100) return readRawAnswer(rest)
  return { status, head, body: /\ntransfer-encoding: *chunked/i.test(head) ? unchunked(rest) : rest }
}

function unchunked (bytes: Buffer): Buffer {
  const chunks: Buffer[] = []
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16)
    if (end === -1 || !(size > 0)) break
    chunks.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
  return Buffer.concat(chunks)
}

/** Sends bytes on a new connection; returns what arrived until the server closed it, as an answer. */
export async function exchangeRaw (url: string, ...bytes: ReadonlyArray<Buffer | string>): Promise<RawAnswer | undefined> {
  const socket = await openSocket(url)
  const answer = allOf(socket)
  for (const part of bytes) socket.write(part)
  return readRawAnswer(await answer)
}

/** The first answer in those bytes once it is complete, by its length or its chunks, and the bytes after it. */
export function takeAnswer (bytes: Buffer): readonly [RawAnswer, Buffer] | undefined {
  const answer = readRawAnswer(bytes)
  if (answer === undefined) return undefined
  const start = bytes.indexOf('\r\n\r\n') + 4
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(answer.head)?.[1])
  const last = bytes.indexOf('\r\n0\r\n\r\n', start - 2)
  const end = /\r\ntransfer-encoding: *chunked/i.test(answer.head) ? (last === -1 ? Infinity : last + 7) : start + length
  if (!(end <= bytes.length)) return undefined
  return [{ ...answer, body: readRawAnswer(bytes.subarray(0, end))?.body ?? answer.body }, bytes.subarray(end)]
}

/** Sends requests on one connection, in sequence or all at once; returns the answers once there are as many, or no more arrive. */
export async function converse (url: string, requests: readonly Buffer[], isPipelined = false, timeout = 10_000): Promise<RawAnswer[]> {
  const socket = await openSocket(url)
  const answers: RawAnswer[] = []
  let bytes: Buffer = Buffer.alloc(0)
  return new Promise(resolve => {
    const settle = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answers)
    }
    const timer = setTimeout(settle, timeout)
    socket.on('error', () => undefined)
    socket.on('close', settle)
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.length > MAX_ANSWER) settle()
      for (let taken = takeAnswer(bytes); taken !== undefined; taken = takeAnswer(bytes)) {
        answers.push(taken[0])
        bytes = taken[1]
        const next = requests[answers.length]
        if (next === undefined) settle()
        else if (!isPipelined) socket.write(next)
      }
    })
    socket.write(isPipelined ? Buffer.concat(requests) : requests[0] ?? '')
  })
}
