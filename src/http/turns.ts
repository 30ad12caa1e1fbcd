/**
 * The requests of one connection are answered one after the other. Node begins all that a packet brings at once, which may be
 * two thousand: each would have its page or the bytes of its file in memory until those before it have left, on a connection
 * that counts as one.
 */
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/** So many may wait; programs that send requests ahead of the answers send ten. Who sends more is cut off. */
const MAX_WAITING = 32

export function answerInTurn (answer: RequestListener): RequestListener {
  /** Of connections on which a request runs, those that came behind it. */
  const waiting = new WeakMap<Socket, Array<() => void>>()

  return (request, response) => {
    const { socket } = request
    const queue = waiting.get(socket)
    const begin = (): void => {
      response.once('close', () => { next(socket) })
      answer(request, response)
    }
    if (queue === undefined) {
      waiting.set(socket, [])
      begin()
    } else if (queue.push(begin) > MAX_WAITING) {
      socket.destroy()
    } else {
      // What comes behind it stays where it is, too.
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
