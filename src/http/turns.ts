/**
 * Answers the requests of one connection one after the other. Node starts all pipelined requests of a packet at once, which may be
 * two thousand: each would keep its page or file bytes in memory until those before it were sent, on a connection
 * that counts as one.
 */
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/** The most waiting requests; programs that pipeline send ten. A connection with more is closed. */
const MAX_WAITING = 32

export function answerInTurn (answer: RequestListener): RequestListener {
  /** The waiting requests of connections with a running request. */
  const waiting = new WeakMap<Socket, Array<() => void>>()

  return (request, response) => {
    const { socket } = request
    const queue = waiting.get(socket)
    const begin = (): void => {
      response.on('close', () => { next(socket) })
      answer(request, response)
    }
    if (queue === undefined) {
      waiting.set(socket, [])
      begin()
    } else if (queue.push(begin) > MAX_WAITING) {
      socket.destroy()
    } else {
      // Later ones wait as well.
      socket.pause()
    }
  }

  function next (socket: Socket): void {
    const queue = waiting.get(socket) ?? []
    const begin = queue.shift()
    if (begin === undefined) waiting.delete(socket)
    if (socket.destroyed) return
    if (queue.length === 0) socket.resume()
    begin?.()
  }
}
