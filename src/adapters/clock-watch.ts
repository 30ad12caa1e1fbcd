import { performance } from 'node:perf_hooks'
import type { Clock } from '../ports.ts'

/** Smaller corrections of the clock are ignored. */
const LEAST_JUMP = 60_000

/** A clock that reports its jumps, in milliseconds, negative for backwards, each once. */
export function watchClock (clock: Clock, tell: (jump: number) => void, elapsed: () => number = () => performance.now()): Clock {
  let difference = clock.now() - elapsed()
  return {
    now () {
      const now = clock.now()
      const jump = now - elapsed() - difference
      if (Math.abs(jump) >= LEAST_JUMP) {
        difference += jump
        tell(jump)
      }
      return now
    },
    sleep: milliseconds => clock.sleep(milliseconds)
  }
}
