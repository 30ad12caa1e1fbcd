import { types } from 'node:util'
import { createContext, Script } from 'node:vm'
import { DocumentProblem } from '../../settings/document.ts'

/** Milliseconds. Honest questions take a few. */
const MOST_TIME = 1000

const context = createContext({})
const script = new Script('work()')

/**
 * Does work that must have no effects, and gives it up after a second: a regular expression such as `(a+)+$` can take longer than the
 * process lives. Throws DocumentProblem then.
 */
export function withinTime<T> (work: () => T): T {
  let result: { readonly value: T } | undefined
  context.work = () => { result = { value: work() } }
  try {
    script.runInContext(context, { timeout: MOST_TIME })
  } catch (error) {
    // Of the other context, so that instanceof does not know it.
    if (!(types.isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')) throw error
  } finally {
    context.work = undefined
  }
  if (result === undefined) throw new DocumentProblem('', `the question takes longer than ${MOST_TIME} ms; write regular expressions without nested repetition such as (a+)+`)
  return result.value
}
