/** The end of an answer with bytes, and the cut of a slow one. */
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Calls `settle` once, when all bytes were sent or the connection broke; the sent bytes include the headers.
 * The connection may have broken before this call, and an answer that waits behind another one on its connection gets no event for it.
 */
export function whenEnded ({ raw: { socket } }: FastifyRequest, { raw: response }: FastifyReply, settle: (sentBytes: number, isComplete: boolean) => void): void {
  const before = socket.bytesWritten
  let isSettled = false
  function end (): void {
    if (isSettled) return
    isSettled = true
    socket.off('close', end)
    settle(socket.bytesWritten - before, response.writableFinished)
  }
  response.once('close', end)
  socket.once('close', end)
  if (response.closed || socket.destroyed) end()
}

/** Bytes per second. An old modem is five times as fast. */
const LEAST_SPEED = 1024

/** Larger writes would hide the progress of a slow reader. */
export const WATCHED_PIECE = 64 * 1024

/**
 * Cuts an answer for which others wait, when its reader is slower than a modem in an `interval` of milliseconds. `speed` is our
 * own limit, in KB/s, 0 for none.
 */
export function endTooSlow ({ raw: { socket } }: FastifyRequest, { raw: response }: FastifyReply, speed: number, interval: number): void {
  const least = leastBytes(speed, interval)
  let before = socket.bytesWritten
  const timer = setInterval(() => {
    if (socket.bytesWritten - before < least) socket.destroy()
    before = socket.bytesWritten
  }, interval).unref()
  // A connection that is kept serves many answers: none may leave its listener behind.
  const stop = (): void => {
    clearInterval(timer)
    socket.off('close', stop)
  }
  response.once('close', stop)
  socket.once('close', stop)
}

/** How many bytes must move in an interval. */
export const leastBytes = (speed: number, interval: number): number =>
  Math.max(1, Math.min(LEAST_SPEED, speed === 0 ? Infinity : speed * 1024 / 2) * interval / 1000)
