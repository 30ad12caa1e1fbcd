import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Closes, whenever it is called, the connections on which no request runs. Node counts one that has not sent its first
 * byte as busy, so a browser that connects ahead would hold up the end of the server for the whole grace period.
 */
export function idleConnectionsCloser (server: Server): () => void {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => { open.delete(socket) })
  })
  return () => {
    server.closeIdleConnections()
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy()
  }
}
