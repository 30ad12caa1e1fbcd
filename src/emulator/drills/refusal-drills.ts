/** Refusals by the server: an expired session, maintenance, limits, missing rights. */
import { ageAllSessions } from '../../store/accounts/sessions.ts'
import type { EmulatedServer } from '../emulated-server.ts'
import type { Entry } from '../journal/entry.ts'
import type { AccountState } from '../state/account-state.ts'
import type { Seed } from '../state/seed.ts'
import { fail, pass, risky, untested, type ClientRun, type Drill, type Opinion } from './drill.ts'
import { judgeRecovery, judgeRefusal, neverEnded, stillWaiting } from './judge-run.ts'
import { beganAt, callsBeforeWork, callsOf, counted, endedAt, isAuth, isSuccess, methodsOf, ofPhase } from './work.ts'

/** A limiter counts in seconds. */
const TOO_SOON = 1000
/** Bytes left on the disk. */
const LITTLE = 10

const has = (run: ClientRun, ...methods: readonly string[]): boolean => methodsOf(run).some(method => methods.includes(method))
const withCode = ({ entries }: ClientRun, code: number): readonly Entry[] => entries.filter(entry => entry.code === code)
/** Calls with a session, except for logouts. */
const isSessionCall = ({ method, params }: Entry): boolean => params.session_key !== undefined && method !== 'auth.logout'

const firstAccountWith = (state: Partial<AccountState>) => (seed: Seed): Seed =>
  ({ accounts: seed.accounts.map((account, i) => i === 0 ? { ...account, ...state } : account) })

const SESSION_OVER: Drill = {
  id: 'drill/session-over',
  armed: 'the session expires after the first call that uses it',
  expected: 'a new auth.login, then the client completes its work; exit 0',
  plan ({ run: plain }) {
    const calls = callsOf(plain).filter(entry => isSessionCall(entry) && isSuccess(entry))
    if (!has(plain, 'auth.login') || calls.length === 0) return 'it uses no session'
    // With only one call, the session must end before it.
    const isLast = (entry: Entry): boolean => calls.length === 1 ? entry.method === 'auth.login' && entry.code === 0 : isSessionCall(entry) && entry.code === 0
    return [{
      id: this.id,
      arm: server => { expireAfter(server, isLast) },
      judge (run) {
        if (withCode(run, 6).length === 0) return run.exitCode === null ? neverEnded(run) : untested('it never got error 6')
        if (run.exitCode !== 0) return run.exitCode === null ? neverEnded(run) : fail(`it gave up with exit ${run.exitCode}`)
        const met = run.entries.findIndex(({ code }) => code === 6)
        const opinion = judgeRecovery(run, plain)
        if (opinion.verdict !== 'pass') return opinion
        return run.entries.slice(met).some(({ method, code }) => method === 'auth.login' && code === 0) ? pass('it logged in again, and its work is done') : fail('it did not log in again')
      }
    }]
  }
}

/** Once, for all sessions open at that moment. */
function expireAfter ({ journal, ports, policy }: EmulatedServer, isReached: (entry: Entry) => boolean): void {
  const forever = 2 ** 31 - 1
  journal.waitUntil(() => journal.list().some(isReached), forever).then(async isSo => {
    if (isSo) await ageAllSessions(ports.sql, ports.clock.now() - policy.sessionIdle)
  }).catch(() => undefined)
}

/** A client may wait for any time. */
const judgeWaiting = (run: ClientRun, plain: ClientRun): Opinion => run.exitCode === null ? stillWaiting(run) : judgeRecovery(run, plain)

const MAINTENANCE: Drill = {
  id: 'drill/maintenance',
  armed: 'error 15 twice, for the first calls after the login',
  expected: 'the client waits and completes its work, or exit ≠ 0 and nothing half done',
  plan: ({ run: plain }) => [{
    id: 'drill/maintenance',
    arm: ({ faults }) => { faults.add({ match: { phase: 'api' }, skip: callsBeforeWork(plain), sequence: ['error:15', 'error:15'] }) },
    judge: run => judgeWaiting(run, plain)
  }]
}

const BUSY: Drill = {
  id: 'drill/busy',
  armed: 'error 13 twice for uploads, error 12 twice for downloads',
  expected: 'the client waits and completes its work, or exit ≠ 0 and nothing half done',
  plan ({ run: plain }) {
    const codes = { 'upload.getInfo': 13, 'anonymous.uploadGetInfo': 13, 'download.getInfo': 12 }
    const met = Object.entries(codes).filter(([method]) => has(plain, method))
    if (met.length === 0) return 'it calls neither upload.getInfo nor download.getInfo'
    return [{
      id: this.id,
      arm ({ faults }) {
        for (const [method, code] of met) faults.add({ match: { method }, sequence: [`error:${code}`, `error:${code}`] })
      },
      judge: run => judgeWaiting(run, plain)
    }]
  }
}

const TOO_MANY_SESSIONS: Drill = {
  id: 'drill/too-many-sessions',
  armed: 'the account may open no more sessions',
  expected: 'exit ≠ 0, no retry within a second',
  plan ({ run: plain }) {
    if (!has(plain, 'auth.login')) return 'it never logs in'
    return [{
      id: this.id,
      seed: firstAccountWith({ maxSessions: 0 }),
      judge (run) {
        const logins = callsOf(run).filter(({ method }) => method === 'auth.login')
        if (withCode(run, 30).length === 0) return untested('it never got error 30')
        const tooSoon = logins.find((entry, i) => logins.slice(i + 1).some(next => beganAt(next) - endedAt(entry) < TOO_SOON))
        return tooSoon !== undefined && logins.length > 1 ? fail(`it tried again within a second (${counted(logins.length, 'login')})`) : judgeRefusal(run, 'error 30')
      }
    }]
  }
}

const DISK_FULL: Drill = {
  id: 'drill/disk-full',
  armed: `only ${LITTLE} bytes of disk space are left`,
  expected: 'exit ≠ 0, no larger upload, no retry',
  plan ({ run: plain }) {
    if (ofPhase(plain, 'upload').length === 0) return 'it never uploads'
    return [{
      id: this.id,
      seed: firstAccountWith({ diskspace: { left: LITTLE } }),
      judge (run) {
        const uploads = ofPhase(run, 'upload')
        if (uploads.some(isSuccess)) return untested('its uploads fit, or do not count for the account')
        const tries = Math.max(withCode(run, 20).length, uploads.length)
        if (tries > Math.max(1, ofPhase(plain, 'upload').length)) return fail(`it tried again (${counted(tries, 'time')})`)
        const largest = Math.max(0, ...uploads.flatMap(({ request }) => request.files.map(({ size }) => size)))
        if (run.exitCode !== null && run.exitCode > 0 && largest > LITTLE) return risky(`it sent ${largest} bytes, where diskspace_left was ${LITTLE}; the answer came after the last byte`)
        return judgeRefusal(run, 'a full disk')
      }
    }]
  }
}

const PERMISSION: Drill = {
  id: 'drill/permission',
  armed: 'the account may do nothing: no uploads, downloads, folders, files',
  expected: 'exit ≠ 0, no retry',
  plan ({ run: plain }) {
    if (!callsOf(plain).some(entry => !isAuth(entry) && isSessionCall(entry))) return 'it uses no session'
    return [{
      id: this.id,
      seed: firstAccountWith({ capabilities: { upload: false, download: false, folders: false, files: false } }),
      judge (run) {
        const refused = withCode(run, 11)
        if (refused.length === 0) return run.exitCode === null ? neverEnded(run) : untested('it made no call that needs a capability')
        const countOf = (entries: readonly Entry[], method: string | null): number => entries.filter(entry => entry.method === method).length
        const again = refused.find(({ method }) => countOf(refused, method) > countOf(plain.entries, method))
        if (again !== undefined) return fail(`it tried again: ${again.method ?? ''} ${counted(countOf(refused, again.method), 'time')}`)
        return judgeRefusal(run, 'error 11')
      }
    }]
  }
}

export const REFUSAL_DRILLS: readonly Drill[] = [SESSION_OVER, MAINTENANCE, BUSY, TOO_MANY_SESSIONS, DISK_FULL, PERMISSION]
