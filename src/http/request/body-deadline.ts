/**
 * The time in which a request must have come whole, whoever reads its body, and whether anybody does: a byte now and then
 * would hold a connection without end. Uploads, which may take a night, lift it and keep their own watch.
 */
import type { IncomingMessage, Server } from 'node:http'

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/** Closes the connection of each request whose body takes longer than `timeout` milliseconds. Must come before the requests do. */
export function limitBodyTime (server: Server, timeout: number): void {
  // First of all listeners: the one that answers may lift it at once.
  server.prependListener('request', (request: IncomingMessage) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
    if (encoding === undefined && Number(length) === 0) return
    const timer = setTimeout(() => { if (!request.complete) request.socket.destroy() }, timeout).unref()
    timers.set(request, timer)
    request.once('close', () => { clearTimeout(timer) })
  })
}

/** For a request that brings a file. */
export function liftBodyDeadline (request: IncomingMessage): void {
  clearTimeout(timers.get(request))
}
