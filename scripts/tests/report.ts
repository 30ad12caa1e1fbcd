/** What a run of the tests prints. */
import type { Outcome } from './run-test.ts'

/** One line for a test file, with all that it wrote when it failed. */
export function printOutcome ({ name, passed, failed, skips, failures, output, seconds }: Outcome): void {
  const isGood = failed === 0
  if (!isGood) write(output)
  for (const skip of skips) write(skip.trim())
  write(`${isGood ? 'ok' : 'not ok'} ${name}: ${passed} passed, ${isGood ? '' : `${failed} failed (${failures.length} below), `}${seconds.toFixed(1)} s`)
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

const write = (text: string): void => { process.stdout.write(`${text}\n`) }
