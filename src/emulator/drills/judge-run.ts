/** Judgements that several drills share. */
import { fail, pass, risky, untested, type ClientRun, type Opinion } from './drill.ts'
import { hasChanged, missingWork } from './work.ts'

/** A run that was killed. */
export const neverEnded = ({ milliseconds }: ClientRun): Opinion => fail(`it had not ended after ${(milliseconds / 1000).toFixed(1)} s`)

/** Where waiting is right, a client that is still waiting cannot be judged. */
export const stillWaiting = ({ milliseconds }: ClientRun): Opinion => untested(`it was still waiting after ${(milliseconds / 1000).toFixed(1)} s; give it more time with --patience`)

/** The client must complete its work, or report that it did not. */
export function judgeRecovery (run: ClientRun, plain: ClientRun): Opinion {
  if (run.exitCode === null) return neverEnded(run)
  const missing = missingWork(run, plain)
  if (run.exitCode === 0) return missing === undefined ? pass('its work is done') : fail(`it reports success after a failure: exit 0, but ${missing}`)
  if (missing === undefined) return risky(`all its work is done, but exit ${run.exitCode}`)
  return hasChanged(run) ? risky(`it gave up half way: ${missing}`) : pass('it gave up, and nothing is half done')
}

/** The work is impossible, and the client must report that. */
export function judgeRefusal (run: ClientRun, what: string): Opinion {
  if (run.exitCode === null) return neverEnded(run)
  return run.exitCode === 0 ? fail(`it reports success after ${what}: exit 0`) : pass(`it reports the failure: exit ${run.exitCode}`)
}

/** The client must complete its work, because nothing prevents it. */
export function judgeWork (run: ClientRun, plain: ClientRun): Opinion {
  if (run.exitCode === null) return neverEnded(run)
  const missing = missingWork(run, plain)
  if (run.exitCode !== 0) return fail(`exit ${run.exitCode}${missing === undefined ? '' : `: ${missing}`}`)
  return missing === undefined ? pass('its work is done') : fail(`exit 0, but ${missing}`)
}
