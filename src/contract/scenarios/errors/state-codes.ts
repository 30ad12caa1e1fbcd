/** Contract, codes: those that need a state of the server or of an account. */
import { declare, type Check, type State } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { tokenCall } from '../../steps/unusual-call.ts'
import type { Reply } from '../../client/reply.ts'
import { callSecurely } from '../../steps/https.ts'
import type { Stage } from '../../run/stage.ts'
import type { Account } from '../../target/target-file.ts'
import { tokenedPassword, type Params } from '../../run/run-context.ts'
import { judgeCode } from '../../steps/judge-code.ts'

const check = (number: number, about: string): Check => declare(`codes/${number}`, 'must', 'guide', `${about}: error ${number} with the guide's text`)

/** In a state of an account: the refused call, and the same call by the main account. */
const ofAccount = (number: number, state: State, about: string, play: (stage: Stage, account: Account) => Promise<readonly [controls: readonly Reply[], refused: Reply]>): Scenario => ({
  name: `codes/${state}`,
  needs: ['account', `state:${state}`],
  checks: [check(number, about)],
  play: stage => stage.inState(state, async account => {
    judgeCode(stage, `codes/${number}`, number, ...await play(stage, account))
  })
})

/** In a state of the server: the same call before the state is set, and in it. */
const ofServer = (number: number, state: State, about: string, prepare: (stage: Stage) => Promise<() => Promise<Reply>>): Scenario => ({
  name: `codes/${state}`,
  needs: ['account', `state:${state}`],
  checks: [check(number, about)],
  async play (stage) {
    const call = await prepare(stage)
    const control = await call()
    const refused = await stage.inState(state, call)
    judgeCode(stage, `codes/${number}`, number, [control, await call()], refused)
  }
})

export const codeStateScenarios: readonly Scenario[] = [
  ofAccount(11, 'no-capabilities', 'a capability is off', bySession('upload.getInfo')),
  ofAccount(19, 'membership-over', 'a membership that is over', bySession('upload.getInfo')),
  ofAccount(20, 'disk-full', 'no disk space left', bySession('upload.getInfo')),
  ofAccount(23, 'bandwidth-over', 'no bandwidth left', async (stage, account) => {
    // Anybody may download this file.
    const file = await (await stage.main()).file()
    return bySession('download.getInfo', { file_id: file })(stage, account)
  }),
  ofAccount(17, 'https-forbidden', 'a user who may not use HTTPS', async (stage, account) => {
    const actor = await stage.ownSession(account)
    const main = await stage.main()
    const controls = [await actor.call('auth.checkSession'), await callSecurely(stage, 'auth.checkSession', { session_key: main.key })]
    return [controls, await callSecurely(stage, 'auth.checkSession', { session_key: actor.key })]
  }),
  ofAccount(30, 'sessions-full', 'more sessions than are allowed', async (stage, account) => {
    const controls = [await logIn(stage, (await stage.main()).account)]
    const first = await logIn(stage, account)
    return [controls, first.code === 0 ? await logIn(stage, account) : first]
  }),
  ofAccount(32, 'contacts-full', 'an address book that is full', async (stage, account) => {
    const actor = await stage.ownSession(account)
    const main = await stage.main()
    const email = (n: number): Params => ({ email: `full${n}.${stage.version}.${stage.context.run}@example.org` })
    const controls = [await main.call('addressbook.add', email(0))]
    const first = await actor.call('addressbook.add', email(1))
    return [controls, first.code === 0 ? await actor.call('addressbook.add', email(2)) : first]
  }),
  ofServer(12, 'downloads-paused', 'the bytes cannot be reached', async stage => {
    const actor = await stage.main()
    const file = await actor.file()
    return () => actor.call('download.getInfo', { file_id: file })
  }),
  ofServer(13, 'uploads-paused', 'uploads are off', async stage => {
    const actor = await stage.main()
    return () => actor.call('upload.getInfo')
  }),
  ofServer(15, 'maintenance', 'maintenance', async stage => {
    const actor = await stage.main()
    return () => actor.call('auth.checkSession')
  }),
  ofServer(25, 'min-app-version', 'an app_version below the smallest', async stage => {
    const { method, ...params } = tokenCall(stage)
    return () => stage.call(method, { ...params, app_version: '0.0.1' })
  })
]

function bySession (method: string, params: Params = {}) {
  return async (stage: Stage, account: Account): Promise<readonly [readonly Reply[], Reply]> => {
    const main = await stage.main()
    const actor = await stage.ownSession(account)
    return [[await main.call(method, params), await actor.call('auth.checkSession')], await actor.call(method, params)]
  }
}

async function logIn (stage: Stage, { user, password }: Account): Promise<Reply> {
  const token = await stage.context.newToken(stage.version)
  const reply = await stage.call('auth.login', { token, user_name: user, tokened_password: tokenedPassword(token, password) })
  const key = reply.result?.children.find(({ name }) => name === 'session_key')?.text
  if (key !== undefined) await stage.context.ledger.note({ kind: 'session', key })
  return reply
}
