/** The result of a run: counts, a summary line, and the exit code. */
import { areaOf, type State, type Verdict } from '../check.ts'
import type { CheckResult, Results } from '../run/run.ts'

export interface Outcome {
  readonly counts: Readonly<Record<Verdict, number>>
  /** Failures that are not in the baseline. */
  readonly failures: readonly CheckResult[]
  /** Failures that are in the baseline. */
  readonly known: readonly CheckResult[]
  /** Lines of the baseline that no longer fail. */
  readonly stale: readonly string[]
  readonly exitCode: 0 | 1 | 2 | 3
  readonly line: string
}

export interface OutcomeOptions {
  /** Ids of known failures. */
  readonly baseline?: ReadonlySet<string> | undefined
  /** An untested check is a failure, too. */
  readonly isComplete: boolean
}

export function outcomeOf (results: Results, { baseline = new Set(), isComplete }: OutcomeOptions): Outcome {
  const { checks, profile, target, missed } = results
  const counts = { off: 0, pass: 0, untested: 0, note: 0, warn: 0, fail: 0, error: 0 }
  for (const { verdict } of checks) counts[verdict]++
  const isFailure = ({ verdict }: CheckResult): boolean => verdict === 'fail' || (isComplete && verdict === 'untested')
  const failing = checks.filter(isFailure)
  const failures = failing.filter(({ check }) => !baseline.has(check.id))
  const known = failing.filter(({ check }) => baseline.has(check.id))
  const stale = [...baseline].filter(id => !known.some(({ check }) => check.id === id) && checks.some(({ check, verdict }) => check.id === id && verdict !== 'off' && verdict !== 'untested'))
  const judged = counts.pass + counts.note + counts.warn + counts.fail
  const exitCode = counts.error > 0 ? 3 : judged === 0 ? 2 : failures.length > 0 || stale.length > 0 ? 1 : 0
  const parts = [
    `${counts.pass} pass`, `${counts.fail} fail${known.length > 0 ? ` (${known.length} known)` : ''}`,
    ...counts.warn > 0 ? [`${counts.warn} warn`] : [], ...counts.note > 0 ? [`${counts.note} note`] : [],
    `${counts.untested} untested${reasonsOf(missed)}`, ...counts.error > 0 ? [`${counts.error} error`] : [], ...stale.length > 0 ? [`${stale.length} stale in the baseline`] : []
  ]
  return { counts, failures, known, stale, exitCode, line: `${profile} ${target.versions.join(', ')}: ${parts.join(', ')}` }
}

function reasonsOf (missed: ReadonlySet<State>): string {
  const [first, second, ...more] = [...missed].sort()
  return first === undefined ? '' : ` (${[first, second].filter(Boolean).join(', ')}${more.length > 0 ? ' …' : ''})`
}

/** In the order of declaration. */
export function byArea (checks: readonly CheckResult[]): ReadonlyMap<string, readonly CheckResult[]> {
  const areas = new Map<string, CheckResult[]>()
  for (const result of checks) areas.set(areaOf(result.check.id), [...areas.get(areaOf(result.check.id)) ?? [], result])
  return areas
}
