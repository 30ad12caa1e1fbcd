/** What a run of the tests prints. */
import type { Outcome } from './run-test.ts'

/** One line for a test file, with all that it wrote when it failed. */
export function printOutcome ({ name, passed, failed, skips, failures, output, seconds }: Outcome): void {
  const isGood = failed === 0
  if (!isGood) write(output)
  for (const skip of skips) write(skip.trim())
  write(`${isGood ? 'ok' : 'not ok'} ${name}: ${passed} passed, ${isGood ? '' : `${failed} failed (${failures.length} below), `}${seconds.toFixed(1)} s`)
}

/** The failures again, where a reader of long output looks first, and `N passed, N failed`. Whether all is good: in CI nothing may be skipped. */
export function printSummary (outcomes: readonly Outcome[]): boolean {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => outcomes.reduce((total, outcome) => total + outcome[key], 0)
  const [failed, skipped] = [sum('failed'), sum('skipped')]
  for (const { name, failures } of outcomes) for (const failure of failures) write(`${name}\n${failure}`)
  if (skipped > 0) write(`${skipped} skipped: their names and reasons are above`)
  const unwanted = process.env.CI === 'true' ? skipped : 0
  write(`${sum('passed')} passed, ${failed > 0 ? failed : unwanted} failed`)
  return failed + unwanted === 0
}

const write = (text: string): void => { process.stdout.write(`${text}\n`) }
