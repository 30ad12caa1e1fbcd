/** Contract, auth.createToken: a token is good for several logins, for days. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { withClock } from '../../target/clock.ts'
import { mainAccount, tryLogin } from '../../steps/login.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf } from '../../client/reply.ts'
import { requireOk, textOf } from '../../run/run-context.ts'

export const tokenScenarios: readonly Scenario[] = [{
  name: 'auth.createToken/of-anybody',
  needs: [],
  checks: [
    declare('auth.createToken/new-each-time', 'must', 'guide', 'two calls, two tokens'),
    declare('auth.createToken/app-version-free', 'must', 'guide', 'any text is accepted as app_version')
  ],
  async play (stage) {
    const params = { api_key: stage.context.target.apiKey, api_version: stage.version }
    const [first, second] = [await stage.call('auth.createToken', params), await stage.call('auth.createToken', params)]
    const one = textOf(requireOk('auth.createToken', first), 'token')
    const other = textOf(requireOk('auth.createToken', second), 'token')
    stage.judge('auth.createToken/new-each-time', one !== other, { expected: 'another token', got: other, on: [first, second] })
    for (const text of ['3.2', 'Some Program/α (build #7, “beta”)', 'x']) {
      const reply = await stage.call('auth.createToken', { ...params, app_version: text })
      // With a minimum version set, it is unknown how the server reads other texts.
      if (reply.code === 25) stage.leave('auth.createToken/app-version-free', 'the target requires a minimum version', [reply.exchange])
      else stage.judge('auth.createToken/app-version-free', reply.code === 0, { expected: `app_version=${text} is accepted`, on: reply })
    }
  }
}, {
  name: 'auth.createToken/reusable',
  needs: ['account'],
  checks: [declare('auth.createToken/reusable', 'must', 'observed', 'one token logs in twice')],
  async play (stage) {
    const account = mainAccount(stage)
    const token = await stage.context.newToken(stage.version)
    const first = requireOk('auth.login', await tryLogin(stage, account, { token }))
    const second = await tryLogin(stage, account, { token })
    stage.judge('auth.createToken/reusable', second.code === 0, { expected: 'status ok, the second time too', on: [first, second] })
  }
}, {
  name: 'auth.createToken/lives',
  needs: ['account', 'time'],
  isAlone: true,
  checks: [
    declare('auth.createToken/lives-days', 'must', 'observed', 'a token logs in 29 days later'),
    declare('auth.createToken/ends', 'may', 'choice', 'after 30 days a token is 6')
  ],
  async play (stage) {
    const account = mainAccount(stage)
    await withClock(stage.context, async clock => {
      const token = await stage.context.newToken(stage.version)
      await clock.advance('P29D')
      const late = await tryLogin(stage, account, { token })
      stage.judge('auth.createToken/lives-days', late.code === 0, { expected: 'status ok after 29 days', on: late })
      await clock.advance('P2D')
      judgeRefusal(stage, 'auth.createToken/ends', { control: late, reply: await tryLogin(stage, account, { token }), code: 6 })
    })
  }
}, {
  name: 'auth.createToken/survives-restart',
  needs: ['account', 'state:restart'],
  checks: [declare('auth.createToken/survives-restart', 'should', 'choice', 'after a restart of the server tokens and sessions still work')],
  async play (stage) {
    const actor = await stage.ownSession()
    const token = await stage.context.newToken(stage.version)
    const before = [await actor.call('auth.checkSession'), await tryLogin(stage, actor.account, { token })]
    if (before.some(({ code }) => code !== 0)) {
      stage.leave('auth.createToken/survives-restart', 'they do not work before the restart either', before.map(({ exchange }) => exchange))
      return
    }
    await stage.inState('restart', async () => {
      const after = [await actor.call('folders.getAll'), await tryLogin(stage, actor.account, { token })]
      stage.judge('auth.createToken/survives-restart', after.every(({ code }) => code === 0), { expected: 'session and token work', got: after.map(summaryOf).join('; '), on: after })
    })
  }
}]
