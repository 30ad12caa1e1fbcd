/** What a run of the tests prints. */
import type { Outcome } from './run-test.ts'

/** One line for a test file, with all that it wrote when it failed. */
export function printOutcome ({ name, passed, failed, skips, failures, output, seconds, processorSeconds }: Outcome): void {
  const isGood = failed === 0
  if (!isGood) write(output)
  for (const skip of skips) write(skip.trim())
  write(`${isGood ? 'ok' : 'not ok'} ${name}: ${passed} passed, ${isGood ? '' : `${failed} failed (${failures.length} below), `}${seconds.toFixed(1)} s, of a processor ${processorSeconds.toFixed(1)} s`)
}

/**
 * The failures again, where a reader of long output looks first, and `N passed, N failed`. In CI, where everything can be had, nothing
 * may be skipped.
 */
export function summaryOf (outcomes: readonly Outcome[], isCi: boolean): { readonly text: string, readonly isGood: boolean } {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => outcomes.reduce((total, outcome) => total + outcome[key], 0)
  const skipped = sum('skipped')
  const failed = sum('failed') > 0 || !isCi ? sum('failed') : skipped
  return {
    text: [
      ...outcomes.flatMap(({ name, failures }) => failures.map(failure => `${name}\n${failure}`)),
      ...skipped > 0 ? [`${skipped} skipped: their names and reasons are above`] : [],
      `${sum('passed')} passed, ${failed} failed`
    ].join('\n'),
    isGood: failed === 0
  }
}

/** How many are named. */
const HEAVIEST = 10

/** Those that keep processors busy longest, where there are more, and the sum of all: what a run waits for. A line each. */
export function heaviestOf (outcomes: readonly Outcome[]): string {
  if (outcomes.length <= HEAVIEST) return ''
  const sum = outcomes.reduce((total, { processorSeconds }) => total + processorSeconds, 0)
  const heaviest = [...outcomes].sort((a, b) => b.processorSeconds - a.processorSeconds).slice(0, HEAVIEST)
  return [`${sum.toFixed(0)} s of a processor, most of them for`, ...heaviest.map(({ name, processorSeconds }) => `${processorSeconds.toFixed(1).padStart(7)} s  ${name}`)].map(line => `${line}\n`).join('')
}

const write = (text: string): void => { process.stdout.write(`${text}\n`) }
