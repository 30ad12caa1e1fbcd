/** Contract, auth.checkSession and auth.logout: the lifetime of a session, and the answer after its end. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { withClock } from '../../target/clock.ts'
import { keyIn, mainAccount, tryLogin } from '../../steps/login.ts'
import { textIn } from '../../client/reply-values.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk } from '../../run/run-context.ts'

export const sessionScenarios: readonly Scenario[] = [{
  name: 'auth.checkSession/keys',
  needs: ['account'],
  checks: [
    declare('auth.checkSession/ok', 'must', 'guide', 'a session that lives is <session>ok'),
    declare('auth.checkSession/logged-out', 'must', 'choice', 'a session that was logged out is 6'),
    declare('auth.checkSession/token', 'must', 'choice', 'a token is 7'),
    declare('auth.logout/ends', 'must', 'guide', 'the key is 6 after a logout'),
    declare('auth.logout/only-that', 'must', 'guide', 'other sessions of the account live on')
  ],
  async play (stage) {
    const [actor, other] = [await stage.ownSession(), await stage.ownSession()]
    const checked = await actor.call('auth.checkSession')
    judgeLife(stage, 'auth.checkSession/ok', checked, 'ok')
    judgeRefusal(stage, 'auth.checkSession/token', { control: checked, reply: await stage.call('auth.checkSession', { session_key: await stage.context.newToken(stage.version) }), code: 7 })
    const used = await actor.call('folders.getAll')
    requireOk('auth.logout', await actor.call('auth.logout'))
    judgeRefusal(stage, 'auth.checkSession/logged-out', { control: checked, reply: await actor.call('auth.checkSession'), code: 6 })
    judgeRefusal(stage, 'auth.logout/ends', { control: used, reply: await actor.call('folders.getAll'), code: 6 })
    const lives = await other.call('folders.getAll')
    stage.judge('auth.logout/only-that', lives.code === 0, { expected: 'status ok', on: lives })
  }
}, {
  name: 'auth.checkSession/numbers',
  needs: ['account'],
  isAlone: true,
  checks: [declare('auth.checkSession/numbers', 'should', 'guide', 'bandwidth_left and diskspace_left are those of auth.login')],
  async play (stage) {
    const account = mainAccount(stage)
    const login = requireOk('auth.login', await tryLogin(stage, account))
    const checked = requireOk('auth.checkSession', await stage.call('auth.checkSession', { session_key: keyIn(login) }))
    const numbers = (reply: Reply): string => `bandwidth_left ${textIn(reply, 'bandwidth_left')}, diskspace_left ${textIn(reply, 'diskspace_left')}`
    stage.judge('auth.checkSession/numbers', numbers(checked) === numbers(login), { expected: numbers(login), got: numbers(checked), on: [login, checked] })
  }
}, {
  name: 'auth.checkSession/expired',
  needs: ['state:session-idle'],
  checks: [declare('auth.checkSession/expired', 'must', 'guide', 'a session that has idled out is status ok and <session>expired')],
  async play (stage) {
    let key: string | undefined
    await stage.inState('session-idle', async () => {
      if (key === undefined) stage.leave('auth.checkSession/expired', 'a session is needed first')
      else judgeLife(stage, 'auth.checkSession/expired', await stage.call('auth.checkSession', { session_key: key }), 'expired')
    }, async account => {
      const actor = await stage.ownSession(account)
      requireOk('auth.checkSession', await actor.call('auth.checkSession'))
      key = actor.key
    })
  }
}, {
  name: 'auth.checkSession/idle',
  needs: ['account', 'time'],
  isAlone: true,
  checks: [
    declare('auth.checkSession/idle-30', 'must', 'observed', 'a session that was not used for 30 minutes is 6 for other calls'),
    declare('auth.checkSession/kept', 'may', 'choice', 'an expired session is still reported as expired 29 days later')
  ],
  async play (stage) {
    await withClock(stage.context, async clock => {
      const actor = await stage.ownSession()
      const control = await actor.call('folders.getAll')
      // The server may record a use with a delay of a thirtieth of the lifetime, so that the session lives a minute longer.
      await clock.advance('PT32M')
      judgeRefusal(stage, 'auth.checkSession/idle-30', { control, reply: await actor.call('folders.getAll'), code: 6 })
      const before = await actor.call('auth.checkSession')
      await clock.advance('P29D')
      if (textIn(before, 'session') !== 'expired') stage.leave('auth.checkSession/kept', `it was not reported as expired at first either: ${summaryOf(before)}`, [before.exchange])
      else judgeLife(stage, 'auth.checkSession/kept', await actor.call('auth.checkSession'), 'expired')
    })
  }
}, {
  name: 'auth.checkSession/renewed',
  needs: ['account', 'time'],
  isAlone: true,
  checks: [
    declare('auth.checkSession/renewed', 'must', 'observed', 'a session that is used 29 minutes after the login lives 29 minutes more'),
    declare('auth.checkSession/renewed-exactly', 'should', 'observed', 'a session lives 29:30 after its last use, whenever that use was')
  ],
  async play (stage) {
    await withClock(stage.context, async clock => {
      const actor = await stage.ownSession()
      await clock.advance('PT29M')
      requireOk('folders.getAll', await actor.call('folders.getAll'))
      await clock.advance('PT29M')
      const renewed = await actor.call('folders.getAll')
      stage.judge('auth.checkSession/renewed', renewed.code === 0, { expected: 'status ok', on: renewed })
      // Uses so soon after the last one that a server may not record them.
      const began = (await clock.now()).getTime()
      const sessions = []
      for (const after of [5, 30, 55]) sessions.push({ after, actor: await stage.ownSession() })
      for (const { after, actor } of sessions) {
        await clock.advanceTo(new Date(began + after * 1000))
        requireOk('folders.getAll', await actor.call('folders.getAll'))
      }
      for (const { after, actor } of sessions) {
        await clock.advanceTo(new Date(began + (29 * 60 + 30 + after) * 1000))
        const reply = await actor.call('folders.getAll')
        stage.judge('auth.checkSession/renewed-exactly', reply.code === 0, { expected: `status ok 29:30 after a use ${after} seconds after the login`, on: reply })
      }
    })
  }
}]

function judgeLife (stage: Stage, id: string, reply: Reply, wanted: string): void {
  const life = textIn(reply, 'session')
  stage.judge(id, reply.code === 0 && life === wanted, { expected: `status ok, <session>${wanted}`, got: reply.code === 0 ? `<session>${life}` : summaryOf(reply), on: reply })
}
