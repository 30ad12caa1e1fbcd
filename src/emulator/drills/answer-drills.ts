/** Answers that are not answers of the API. */
import type { FaultRuleInput } from '../faults/fault-rule-input.ts'
import { pass, untested, type ClientRun, type Drill, type Opinion, type Part } from './drill.ts'
import { judgeRefusal, neverEnded } from './judge-run.ts'
import { callsBeforeWork, methodsOf } from './work.ts'

/** The page of a proxy in front of the service. */
const PAGE = '<!DOCTYPE html>\n<html><head><title>503 Service Unavailable</title></head>\n<body><h1>Service Unavailable</h1><p>Try again later.<br></body></html>\n'

const TRUNCATED: Drill = {
  id: 'drill/truncated',
  armed: 'all answers of one method end after 40 bytes; each method in a separate run',
  expected: 'exit ≠ 0: the client must not report success',
  plan ({ run: plain }) {
    // No later step depends on the answer to auth.logout.
    const methods = methodsOf(plain).filter(method => method !== 'auth.logout')
    if (methods.length === 0) return 'it calls no method'
    return methods.map(method => ({
      id: `${this.id}/${method}`,
      arm: ({ faults }) => { faults.add({ match: { method }, answer: 'truncate@40' }) },
      judge: run => method === 'auth.checkSession' && logsInAfterwards(run) ? pass('it opened a new session instead') : judgeSpoilt(run, `a truncated answer of ${method}`)
    }))
  }
}

/** A check with an unreadable answer says no more than one that failed. */
const logsInAfterwards = ({ entries, exitCode }: ClientRun): boolean =>
  exitCode !== null && entries.slice(entries.findIndex(({ fault }) => fault !== null)).some(({ method, code }) => method === 'auth.login' && code === 0)

function judgeSpoilt (run: ClientRun, what: string): Opinion {
  if (run.entries.some(({ fault }) => fault !== null)) return judgeRefusal(run, what)
  return run.exitCode === null ? neverEnded(run) : untested('it made no call with the fault')
}

/** All calls from the first one after the login on. */
function afterLogin (id: string, armed: string, what: string, rule: FaultRuleInput): Drill {
  return {
    id,
    armed: `${armed}, from the first call after the login on`,
    expected: 'exit ≠ 0: the client must not report success',
    plan: ({ run: plain }): readonly Part[] => [{
      id,
      arm: ({ faults }) => { faults.add({ ...rule, match: { phase: 'api' }, skip: callsBeforeWork(plain) }) },
      judge: run => judgeSpoilt(run, what)
    }]
  }
}

export const ANSWER_DRILLS: readonly Drill[] = [
  TRUNCATED,
  afterLogin('drill/not-xml', 'status 503 with a page of HTML', 'a page of HTML', { answer: { http: 503, body: PAGE, headers: { 'content-type': 'text/html; charset=utf-8' } } }),
  afterLogin('drill/empty', 'status 200 with an empty body', 'an empty answer', { answer: 'empty' })
]
