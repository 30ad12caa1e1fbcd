/** The progress of long work: a bar on a terminal, else an occasional line. */

export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write (text: string): unknown
}

export interface ProgressLine {
  /** Adds this much progress. */
  advance (amount: number): void
  /** Shows the final state. */
  end (): void
}

/** Milliseconds between two updates of the bar, and between two lines. */
const BAR_INTERVAL = 200
const LINE_INTERVAL = 10_000
const BAR_WIDTH = 24

/** `total` is in bytes or rows; the progress may exceed it, if files are uploaded meanwhile. `now` is milliseconds of any clock. */
export function showProgress (screen: Screen, what: string, total: number, unit: 'bytes' | 'rows', now: () => number): ProgressLine {
  const began = now()
  const interval = screen.isTTY ? BAR_INTERVAL : LINE_INTERVAL
  let done = 0
  let shownAt = screen.isTTY ? -Infinity : began

  function show (): void {
    shownAt = now()
    const share = total === 0 ? 1 : Math.min(1, done / total)
    const seconds = (shownAt - began) / 1000
    const perSecond = seconds > 0 ? done / seconds : 0
    const left = share < 1 && perSecond > 0 ? `, ${tellTime((total - done) / perSecond)} left` : ''
    const numbers = `${Math.floor(share * 100)} %, ${tell(done, unit)} of ${tell(Math.max(done, total), unit)}, ${tell(perSecond, unit)}/s${left}`
    if (!screen.isTTY) screen.write(`${what}: ${numbers}\n`)
    // A text longer than a line could not be overwritten.
    else screen.write('\r' + `${what} [${'#'.repeat(share * BAR_WIDTH).padEnd(BAR_WIDTH, '.')}] ${numbers}`.slice(0, (screen.columns ?? 80) - 1) + '\x1b[K')
  }

  return {
    advance (amount) {
      done += amount
      if (now() - shownAt >= interval) show()
    },
    end () {
      show()
      if (screen.isTTY) screen.write('\n')
    }
  }
}

function tell (amount: number, unit: 'bytes' | 'rows'): string {
  if (unit === 'rows') return String(Math.round(amount))
  const step = ['B', 'kB', 'MB', 'GB', 'TB'].findLastIndex((_, i) => amount >= 1000 ** i)
  return step <= 0 ? `${Math.round(amount)} B` : `${(amount / 1000 ** step).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][step]}`
}

function tellTime (seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
