import type { Clock } from '../../ports.ts'

/** A clock that tests set. Sleeping takes real time: it paces transfers. */
export interface SettableClock extends Clock {
  /** Stands still at a moment, in Unix milliseconds. */
  freeze (at: number): void
  /** Runs at its usual speed, this many milliseconds from the real time; 0 is the real time. */
  shift (by: number): void
  /** Goes on by so many milliseconds at once, and stands still or runs as before. */
  skip (by: number): void
  /** Whether it stands still. */
  isFrozen (): boolean
  /** How far it runs from the real time, in milliseconds. */
  shiftedBy (): number
}

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
