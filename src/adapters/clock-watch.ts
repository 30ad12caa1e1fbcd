import { performance } from 'node:perf_hooks'
import type { Clock } from '../ports.ts'

/** Clocks are put right by less than this without anybody noticing. */
const LEAST_JUMP = 60_000

/** A clock that tells when it goes on at another time than it should, in milliseconds, less than nothing for backwards: each time once. */
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
