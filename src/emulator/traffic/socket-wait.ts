import type { Socket } from 'node:net'

/** Waits on the real clock, or until the connection is gone; false then. Nothing is left of it that keeps a process alive. */
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

/** For what hangs for ever: until the connection is gone. */
export function waitUntilClosed (socket: Socket): Promise<void> {
  // The server closes connections on which nothing moves; this one is meant to hang.
  socket.setTimeout(0)
  return socket.destroyed ? Promise.resolve() : new Promise(resolve => { socket.once('close', () => { resolve() }) })
}
