import type { Clock } from '../../ports.ts'

/** A clock that tests set. Sleeping takes real time, since it throttles transfers. */
export interface SettableClock extends Clock {
  /** Stops at a moment, in Unix milliseconds. */
  freeze (at: number): void
  /** Runs at an offset of `by` milliseconds from the real time; 0 is the real time. */
  shift (by: number): void
  /** Jumps forward by milliseconds; it stays frozen or running. */
  skip (by: number): void
  /** Whether it is stopped. */
  isFrozen (): boolean
  /** The offset from the real time, in milliseconds. */
  shiftedBy (): number
}

/** Begins with the real time. */
export function settableClock (real: Clock): SettableClock {
  let frozenAt: number | undefined
  let shiftedBy = 0
  return {
    now: () => frozenAt ?? real.now() + shiftedBy,
    sleep: milliseconds => real.sleep(milliseconds),
    freeze (at) {
      frozenAt = at
    },
    shift (by) {
      frozenAt = undefined
      shiftedBy = by
    },
    skip (by) {
      if (frozenAt === undefined) shiftedBy += by
      else frozenAt += by
    },
    isFrozen: () => frozenAt !== undefined,
    shiftedBy: () => frozenAt === undefined ? shiftedBy : frozenAt - real.now()
  }
}
