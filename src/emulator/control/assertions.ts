/** A failed expectation about the journal, as an AssertionError. */
import { AssertionError } from 'node:assert'
import { ControlProblem } from '../control-problem.ts'
import { describeNearMisses, type NearMiss } from '../journal/near-misses.ts'

/**
 * Performs a control call that may answer 406, and throws an AssertionError then: it names the closest exchanges, and test runners show
 * the differences of the first. `member` is the function that the test called.
 */
export function assertJournal<T> (work: () => T, member: (...args: never[]) => unknown): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ControlProblem) || error.status !== 406) throw error
    const { closest = [] } = error.members as { readonly closest?: readonly NearMiss[] }
    const [{ diff = [] } = {}] = closest
    throw new AssertionError({
      message: closest.length === 0 ? `${error.message}; ${error.hint}` : `${error.message}; the closest:\n${describeNearMisses(closest)}`,
      ...(diff.length > 0 && {
        expected: Object.fromEntries(diff.map(({ field, expected }) => [field, expected])),
        actual: Object.fromEntries(diff.map(({ field, actual }) => [field, actual]))
      }),
      operator: 'verify',
      stackStartFn: member
    })
  }
}
