import { types } from 'node:util'
import { createContext, Script } from 'node:vm'
import { DocumentProblem } from '../../settings/document.ts'

/** Milliseconds. Normal queries take a few. */
const MOST_TIME = 1000

const context = createContext({})
const script = new Script('work()')

/**
 * Runs work without side effects, and aborts it after a second: a regular expression such as `(a+)+$` could otherwise block the
 * process for ever. Throws DocumentProblem then.
 */
export function withinTime<T> (work: () => T): T {
  let result: { readonly value: T } | undefined
  context.work = () => { result = { value: work() } }
  try {
    script.runInContext(context, { timeout: MOST_TIME })
  } catch (error) {
    // The error is from the other context, where instanceof does not work.
    if (!(types.isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')) throw error
  } finally {
    context.work = undefined
  }
  if (result === undefined) throw new DocumentProblem('', `the question takes longer than ${MOST_TIME} ms; write regular expressions without nested repetition such as (a+)+`)
  return result.value
}
