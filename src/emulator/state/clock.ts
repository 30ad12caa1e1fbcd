import type { Clock } from '../../ports.ts'
import { described, DocumentProblem, written, type Read } from '../../settings/document.ts'
import { moment } from '../../settings/kinds.ts'

/** A clock that tests set. Sleeping takes real time, since it throttles transfers. Each setter throws DocumentProblem at `pointer` for a time that `isPossible` refuses. */
export interface SettableClock extends Clock {
  /** Stops at a moment, in Unix milliseconds. */
  freeze (at: number, pointer?: string): void
  /** Runs at an offset of `by` milliseconds from the real time; 0 is the real time. */
  shift (by: number, pointer?: string): void
  /** Jumps forward by milliseconds; it stays frozen or running. */
  skip (by: number, pointer?: string): void
  /** Whether it is stopped. */
  isFrozen (): boolean
  /** The offset from the real time, in milliseconds. */
  shiftedBy (): number
}

/** Times are counted from 1970. What the server adds to a time, such as a lifetime, must still have a year of four digits. */
const FIRST = 0
const END = Date.UTC(9000, 0)

/** Throws DocumentProblem for a time that a server cannot have: Unix milliseconds from 1970 to the end of 8999. */
export function requirePossible (time: number, pointer: string): number {
  if (time >= FIRST && time < END) return time
  throw new DocumentProblem(pointer, Number.isNaN(time) ? 'expected a valid date' : 'a clock shows the years from 1970 to 8999')
}

const readMoment = written(moment)

/** A moment for a clock, in Unix milliseconds. A day alone could be its beginning or its end. */
export const clockMoment: Read<number> = described<number>({ type: 'string', format: 'date-time' }, (value, at) => {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) throw new DocumentProblem(at, `expected a moment such as ${value}T12:00:00Z, got a day`)
  return requirePossible(readMoment(value, at), at)
})

/** Begins with the real time. */
export function settableClock (real: Clock): SettableClock {
  let frozenAt: number | undefined
  let shiftedBy = 0
  const now = () => frozenAt ?? real.now() + shiftedBy
  return {
    now,
    sleep: milliseconds => real.sleep(milliseconds),
    freeze (at, pointer = '') {
      frozenAt = requirePossible(at, pointer)
    },
    shift (by, pointer = '') {
      requirePossible(real.now() + by, pointer)
      frozenAt = undefined
      shiftedBy = by
    },
    skip (by, pointer = '') {
      requirePossible(now() + by, pointer)
      if (frozenAt === undefined) shiftedBy += by
      else frozenAt += by
    },
    isFrozen: () => frozenAt !== undefined,
    shiftedBy: () => frozenAt === undefined ? shiftedBy : frozenAt - real.now()
  }
}
