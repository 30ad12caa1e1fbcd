/** Which codes a client received, and what it did next. */
import { ERRORS } from '../../api/errors.ts'
import { NEXT_STEPS, type JudgeReport, type MetCode, type NextStep } from './judge-report.ts'
import { callKey, cameAfter, type Seen } from './seen.ts'

/** Failures whose next step is still unknown: no client has more at a time. */
const MAX_OPEN = 200
const IDENTIFICATION: ReadonlySet<string> = new Set(['session_key', 'token', 'tokened_password'])
const LOGIN = new Set(['auth.createToken', 'auth.login'])

interface Met {
  byState: number
  byFault: number
  readonly next: Record<NextStep, number>
}

interface Open {
  readonly code: number
  readonly endedAt: number
  readonly user: string | null
  readonly key: string
}

export function createAfterCodes () {
  const met = new Map<number, Met>()
  let open: Open[] = []

  function see (seen: Seen): void {
    const { entry: { phase, code, fault, user, method }, evidence: { endedAt } } = seen
    if (phase !== 'api' && phase !== 'upload') return
    const key = callKey(seen, IDENTIFICATION)
    // A request of another user is not a reaction to it.
    const isAnswer = (failure: Open): boolean => cameAfter(seen, failure) && (failure.user === null || user === null || failure.user === user)
    for (const failure of open.filter(isAnswer)) count(failure.code).next[failure.key === key ? 'triedAgain' : LOGIN.has(method ?? '') ? 'loggedIn' : 'wentOn']++
    open = open.filter(failure => !isAnswer(failure))
    if (code === null || code === 0) return
    count(code)[fault === null ? 'byState' : 'byFault']++
    open.push({ code, endedAt, user, key })
    if (open.length > MAX_OPEN) giveUp(open.splice(0, 1))
  }

  function count (code: number): Met {
    const known = met.get(code) ?? { byState: 0, byFault: 0, next: { triedAgain: 0, loggedIn: 0, wentOn: 0, gaveUp: 0 } }
    met.set(code, known)
    return known
  }

  function giveUp (failures: readonly Open[]): void {
    for (const { code } of failures) count(code).next.gaveUp++
  }

  return {
    see,
    forget () {
      giveUp(open)
      open = []
    },
    report (): JudgeReport['codes'] {
      const given = new Map<number, number>()
      for (const { code } of open) given.set(code, (given.get(code) ?? 0) + 1)
      const each = Object.values(ERRORS).flatMap(({ code, text }): MetCode[] => {
        const known = met.get(code)
        return known === undefined ? [] : [{ code, text, byState: known.byState, byFault: known.byFault, next: { ...known.next, gaveUp: known.next.gaveUp + (given.get(code) ?? 0) } }]
      })
      return { used: each.length, all: Object.keys(ERRORS).length, each }
    }
  }
}

/** The name of a step in reports. */
export const STEP_NAMES: Readonly<Record<NextStep, string>> = { triedAgain: 'tried again', loggedIn: 'logged in again', wentOn: 'went on', gaveUp: 'gave up' }

/** `2 × tried again, 1 × gave up`. */
export const describeSteps = ({ next }: MetCode): string => NEXT_STEPS.filter(step => next[step] > 0).map(step => `${next[step]} × ${STEP_NAMES[step]}`).join(', ')
