/** CONNECT: what a program sends to a proxy for an `https:` address. */
import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { KeyPair } from '../ports.ts'

/** The hosts that a server answers for in tunnels, and the certificate that it has there. */
export interface Tunnels {
  readonly hosts: readonly string[]
  readonly pair: KeyPair
}

type Connect = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Refuses each: there are no tunnels. */
export const refuseTunnel: Connect = (_request, socket) => { refuseConnect(socket, 'This server is not a proxy.') }

/** Answers what comes in tunnels to these hosts, on their ports for HTTP and HTTPS, and refuses all others. `whom` names the hosts. */
export function tunnelTo (isOurs: (host: string) => boolean, whom: string, plain: Server, secure: Server): Connect {
  return ({ url = '' }, socket, head) => {
    const [, host = '', port] = /^([^:]*):(\d+)$/.exec(url) ?? []
    const server = !isOurs(host.toLowerCase()) ? undefined : port === '443' ? secure : port === '80' ? plain : undefined
    if (server === undefined) return refuseConnect(socket, `This proxy answers for ${whom} on ports 80 and 443 only, not for ${url.slice(0, 200)}.`)
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    // Of a client that does not wait for the answer.
    if (head.length > 0) socket.unshift(head)
    server.emit('connection', socket)
  }
}

/** Answers 403. The connection is closed after a second if the client does not read the answer. */
export function refuseConnect (socket: Duplex, sentence: string): void {
  const body = `${sentence}\n`
  socket.on('error', () => undefined).resume()
  if (socket instanceof Socket) socket.setTimeout(1000, () => { socket.destroy() })
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n' +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
