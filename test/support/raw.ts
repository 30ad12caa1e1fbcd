/** Bytes on a socket, for what no proper client sends. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export function openSocket (url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => { resolve(socket) })
    socket.once('error', reject)
  })
}

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

/** A multipart body as an array of parts: `[header block, content]`, with the line breaks given. */
export function formBody (boundary: string, parts: ReadonlyArray<readonly [string, Buffer | string]>, breaks = '\r\n', end = '--'): Buffer {
  const chunks = parts.flatMap(([headers, content]) =>
    [Buffer.from(`--${boundary}${breaks}${headers}${breaks}${breaks}`), Buffer.from(content), Buffer.from(breaks)])
  return Buffer.concat([...chunks, Buffer.from(`--${boundary}${end}${breaks}`)])
}

export const filePart = (name: string, content: Buffer | string): readonly [string, Buffer | string] =>
  [`Content-Disposition: form-data; name="userfile"; filename="${name}"\r\nContent-Type: application/octet-stream`, content]

export const fieldPart = (name: string, value: string): readonly [string, string] =>
  [`Content-Disposition: form-data; name="${name}"`, value]
