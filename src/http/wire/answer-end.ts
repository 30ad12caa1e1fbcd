/** When an answer with bytes ends, and when it must. */
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Calls `settle` once, when all bytes were sent or the connection has broken off; the bytes that left count the headers, too.
 * It may have broken off before this is called, and an answer that waits behind another one of its connection never says so.
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

/** Bytes in each second. An old modem has five times as much. */
const LEAST_SPEED = 1024

/** Larger writes would hide how far a slow reader is. */
export const WATCHED_PIECE = 64 * 1024

/**
 * Cuts an answer for which others wait when its reader takes fewer bytes than a modem in each `interval` of milliseconds. `speed` is what
 * we ourselves allow, in KB/s, 0 for all.
 */
export function endTooSlow ({ raw: { socket } }: FastifyRequest, { raw: response }: FastifyReply, speed: number, interval: number): void {
  const least = leastBytes(speed, interval)
  let before = socket.bytesWritten
  const timer = setInterval(() => {
    if (socket.bytesWritten - before < least) socket.destroy()
    before = socket.bytesWritten
  }, interval).unref()
  for (const ended of [response, socket]) ended.once('close', () => { clearInterval(timer) })
}

/** How many bytes must move in so many milliseconds. */
export const leastBytes = (speed: number, interval: number): number =>
  Math.max(1, Math.min(LEAST_SPEED, speed === 0 ? Infinity : speed * 1024 / 2) * interval / 1000)
