import type { Socket } from 'node:net'

/** Waits by the real clock; false when the connection closes first. Leaves no timer that would keep the process alive. */
export function waitWhileOpen (socket: Socket, milliseconds: number): Promise<boolean> {
  if (socket.destroyed) return Promise.resolve(false)
  return new Promise(resolve => {
    const end = (isOpen: boolean) => {
      clearTimeout(timer)
      socket.off('close', cut)
      resolve(isOpen)
    }
    const cut = () => { end(false) }
    const timer = setTimeout(() => { end(true) }, milliseconds)
    socket.once('close', cut)
  })
}

/** Waits until the connection closes. */
export function waitUntilClosed (socket: Socket): Promise<void> {
  // The server would close an idle connection, but this one must hang.
  socket.setTimeout(0)
  return socket.destroyed ? Promise.resolve() : new Promise(resolve => { socket.once('close', () => { resolve() }) })
}
