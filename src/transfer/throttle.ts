/** Keeps transfers to a speed in KB/s, 0 unlimited, by sleeping on the clock. */
import type { Chunks } from '../domain/files/blob-bytes.ts'
import type { Clock } from '../ports.ts'

/** Call with bytes that have moved, and their speed limit; resolves when more may move. */
export type Throttle = (bytes: number, speed: number) => Promise<void>

export function createThrottle (clock: Clock): Throttle {
  const startedAt = clock.now()
  let moved = 0
  return async (bytes, speed) => {
    moved += bytes
    if (speed === 0) return
    const due = (count: number) => count / (speed * 1024) * 1000
    const early = startedAt + due(moved) - clock.now()
    // Never longer than these bytes take: a clock that is set back must not stop a transfer for hours.
    if (early > 0) await clock.sleep(Math.min(early, due(bytes)))
  }
}

/** Pieces are sent ten times per second, so that a slow transfer is steady and never looks stalled. */
const PIECES_PER_SECOND = 10

/** The same bytes, no faster than the speed, and no more than `most` at once. */
export function throttle (chunks: Chunks, speed: number, clock: Clock, most = Infinity): Chunks {
  if (speed === 0 && most === Infinity) return chunks
  const piece = Math.min(most, speed === 0 ? Infinity : Math.ceil(speed * 1024 / PIECES_PER_SECOND))
  return pieces(chunks, piece, speed, createThrottle(clock))
}

async function * pieces (chunks: Chunks, most: number, speed: number, pace: Throttle): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += most) {
      const piece = chunk.subarray(at, at + most)
      // Wait before a piece, not after it: the end must follow the last bytes immediately, or a complete download would look like an aborted one.
      await pace(piece.length, speed)
      yield piece
    }
  }
}
