/**
 * The time limit for a whole request, even if nobody reads its body: otherwise an occasional byte
 * would hold a connection forever. Uploads, which may take a night, remove it and have their own time limit.
 */
import type { IncomingMessage, Server } from 'node:http'

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/** Closes the connection of each request whose body takes longer than `timeout` milliseconds. Must be called before requests arrive. */
export function limitBodyTime (server: Server, timeout: number): void {
  // Before all other listeners, so that the one that answers can remove it.
  server.prependListener('request', (request: IncomingMessage) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
    if (encoding === undefined && Number(length) === 0) return
    const timer = setTimeout(() => { if (!request.complete) request.socket.destroy() }, timeout).unref()
    timers.set(request, timer)
    request.once('close', () => { clearTimeout(timer) })
  })
}

/** Removes the limit, for a request with a file. */
export function liftBodyDeadline (request: IncomingMessage): void {
  clearTimeout(timers.get(request))
}
