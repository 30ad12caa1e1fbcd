import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Closes, whenever it is called, the connections on which no request runs. Node counts one that has not sent its first
 * byte as busy, so a browser that connects ahead would hold up the end of the server for the whole grace period. With
 * TLS the first bytes are those of the handshake, so there the first request tells.
 */
export function idleConnectionsCloser (server: Server): () => void {
  const silent = new Map<string, Socket>()
  function watch (socket: Socket): void {
    const key = `${socket.remoteAddress} ${socket.remotePort}`
    // The socket of a TLS connection takes the place of the one below it.
    silent.set(key, socket)
    socket.once('close', () => { if (silent.get(key) === socket) silent.delete(key) })
  }
  server.on('connection', watch).on('secureConnection', watch)
  server.on('request', ({ socket }) => { silent.delete(`${socket.remoteAddress} ${socket.remotePort}`) })
  const isSecure = 'setSecureContext' in server
  return () => {
    server.closeIdleConnections()
    for (const socket of silent.values()) if (isSecure || socket.bytesRead === 0) socket.destroy()
  }
}
