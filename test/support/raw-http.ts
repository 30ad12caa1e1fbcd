/** Bytes on a socket, for what no proper client sends. */
import type { Socket } from 'node:net'
import { openSocket } from '../../src/contract/client/raw-socket.ts'

/** Sends bytes as they are and gives all that comes back until the server closes. */
export async function exchange (url: string, ...bytes: ReadonlyArray<Buffer | string>): Promise<string> {
  const socket = await openSocket(url)
  const answer = allOf(socket)
  for (const part of bytes) socket.write(part)
  return answer
}

/** Everything a socket gives until it ends, a reset included. */
export function allOf (socket: Socket): Promise<string> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => { resolve(Buffer.concat(chunks).toString()) })
  })
}

/** A request with a body, one connection for it alone. */
export function request (target: string, headers: Readonly<Record<string, string>>, body: Buffer | string, method = 'POST'): Buffer[] {
  const { host, pathname, search } = new URL(target)
  const lines = Object.entries({ host, connection: 'close', 'content-length': String(Buffer.byteLength(body)), ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
  return [Buffer.from(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), Buffer.from(body)]
}
