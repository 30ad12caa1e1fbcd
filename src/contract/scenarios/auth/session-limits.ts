/** Contract, auth.login: how many open sessions an account may have. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { withClock } from '../../target/clock.ts'
import { keyIn, tryLogin } from '../../steps/login.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import type { Account } from '../../target/target-file.ts'
import { requireOk } from '../../run/run-context.ts'

/** An account in this state has a low limit, and may have some sessions open already. */
const MOST = 20

export const loginLimitScenarios: readonly Scenario[] = [{
  name: 'auth.login/sessions-full',
  needs: ['state:sessions-full'],
  checks: [
    declare('auth.login/too-many', 'must', 'guide', 'one session more than are allowed is 30'),
    declare('auth.login/logout-makes-room', 'should', 'choice', 'after a logout there is room for another')
  ],
  async play (stage) {
    await stage.inState('sessions-full', async account => {
      const { last, refused } = await fill(stage, account)
      judgeRefusal(stage, 'auth.login/too-many', { control: last, reply: refused, code: 30 })
      if (last.code !== 0 || refused.code !== 30) {
        stage.leave('auth.login/logout-makes-room', `the limit was not reached: ${summaryOf(refused)}`, [refused.exchange])
        return
      }
      requireOk('auth.logout', await stage.call('auth.logout', { session_key: keyIn(last) }))
      const again = await tryLogin(stage, account)
      stage.judge('auth.login/logout-makes-room', again.code === 0, { expected: 'status ok', on: [refused, again] })
    })
  }
}, {
  name: 'auth.login/idle-sessions',
  needs: ['state:sessions-full', 'time'],
  isAlone: true,
  checks: [declare('auth.login/idle-do-not-count', 'should', 'choice', 'sessions that have idled out do not count')],
  async play (stage) {
    await withClock(stage.context, clock => stage.inState('sessions-full', async account => {
      const { last, refused } = await fill(stage, account)
      if (last.code !== 0 || refused.code !== 30) {
        stage.leave('auth.login/idle-do-not-count', `the limit was not reached: ${summaryOf(refused)}`, [refused.exchange])
        return
      }
      // The server may record uses with a delay, so that a session lives a little longer.
      await clock.advance('PT35M')
      const again = await tryLogin(stage, account)
      stage.judge('auth.login/idle-do-not-count', again.code === 0, { expected: 'status ok', on: [refused, again] })
    }))
  }
}]

/** Logs in until a login is refused; `last` is the login before it, or the refused one if even the first was refused. */
async function fill (stage: Stage, account: Account): Promise<{ readonly last: Reply, readonly refused: Reply }> {
  let last = await tryLogin(stage, account)
  let refused = last
  for (let i = 1; i < MOST && refused.code === 0; i++) {
    last = refused
    refused = await tryLogin(stage, account)
  }
  return { last, refused }
}
