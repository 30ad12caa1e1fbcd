/** Contract, auth.login: what proves a password, who is refused, and what the answer contains. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import type { Exchange } from '../../client/exchange.ts'
import { keyIn, mainAccount, tryLogin } from '../../steps/login.ts'
import { textIn } from '../../client/reply-values.ts'
import { newName } from '../../steps/registration.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import { md5, requireOk, tokenedPassword, type RunContext } from '../../run/run-context.ts'

/** Enough for a median that one slow answer does not change. */
const SAMPLES = 30
const SIDE_BY_SIDE = 10
const NO_KEY = 'z'.repeat(32)

export const loginScenarios: readonly Scenario[] = [{
  name: 'auth.login/proofs',
  needs: ['account'],
  checks: [
    declare('auth.login/formula', 'must', 'guide', 'lower(md5(token+lower(md5(password)))) logs in'),
    declare('auth.login/outer-case', 'should', 'choice', 'the outer sum in capitals logs in'),
    declare('auth.login/by-email', 'should', 'observed', 'the address serves as user_name'),
    declare('auth.login/name-any-case', 'may', 'choice', 'so does the user name in capitals'),
    declare('auth.login/token-unknown', 'must', 'guide', 'a token that was never issued is 6'),
    declare('auth.login/token-of-logout', 'should', 'observed', 'a token stays good after a logout'),
    declare('auth.login/session-first', 'must', 'observed', '<session_key> is the first child')
  ],
  async play (stage) {
    const account = mainAccount(stage)
    const token = await stage.context.newToken(stage.version)
    const proof = tokenedPassword(token, account.password)
    const login = await tryLogin(stage, account, { token, proof })
    stage.judge('auth.login/formula', login.code === 0, { expected: 'status ok', on: login })
    requireOk('auth.login', login)
    const first = login.result?.children[0]?.name ?? ''
    stage.judge('auth.login/session-first', first === 'session_key', { expected: '<session_key>', got: `<${first}>`, on: login })
    const capitals = await tryLogin(stage, account, { token, proof: proof.toUpperCase() })
    stage.judge('auth.login/outer-case', capitals.code === 0, { expected: 'status ok', on: [login, capitals] })
    const byEmail = await tryLogin(stage, account, { token, proof, userName: textIn(login, 'email') })
    stage.judge('auth.login/by-email', byEmail.code === 0, { expected: 'status ok', on: [login, byEmail] })
    const anyCase = await tryLogin(stage, account, { token, proof, userName: account.user.toUpperCase() })
    stage.judge('auth.login/name-any-case', anyCase.code === 0, { expected: 'status ok', on: [login, anyCase] })
    judgeRefusal(stage, 'auth.login/token-unknown', { control: login, reply: await tryLogin(stage, account, { token: NO_KEY }), code: 6 })
    const out = requireOk('auth.logout', await stage.call('auth.logout', { session_key: keyIn(login) }))
    const again = await tryLogin(stage, account, { token, proof })
    stage.judge('auth.login/token-of-logout', again.code === 0, { expected: 'status ok', on: [out, again] })
  }
}, {
  name: 'auth.login/refused',
  needs: ['register'],
  checks: [declare('auth.login/same-8', 'must', 'choice', 'an unknown user and a wrong password get the same bytes')],
  async play (stage) {
    const account = await stage.newAccount()
    const control = await tryLogin(stage, account)
    const token = await stage.context.newToken(stage.version)
    const wrong = await tryLogin(stage, account, { token, proof: md5('wrong') })
    const unknown = await tryLogin(stage, { ...account, user: newName() }, { token, proof: md5('wrong') })
    if (control.code === 0 && [wrong, unknown].some(isLimited)) {
      stage.leave('auth.login/same-8', 'the target limits wrong passwords', [wrong.exchange, unknown.exchange])
      return
    }
    judgeRefusal(stage, 'auth.login/same-8', { control, reply: wrong, code: 8 })
    const isSame = unknown.exchange.answer?.body.equals(wrong.exchange.answer?.body ?? Buffer.alloc(0)) === true
    if (control.code === 0) stage.judge('auth.login/same-8', isSame, { expected: 'the same bytes', got: `${summaryOf(wrong)}, and ${summaryOf(unknown)}`, on: [wrong, unknown] })
  }
}, {
  name: 'auth.login/same-time',
  needs: ['register'],
  isAlone: true,
  checks: [declare('auth.login/same-time', 'may', 'choice', 'an unknown user and a wrong password take the same time: the medians of several calls are within a factor of two')],
  async play (stage) {
    const { context } = stage
    // A separate account, because wrong passwords may lock it. A server that limits them gets no more, in any version.
    const account = await stage.newAccount()
    const nobody = { ...account, user: newName() }
    const control = requireOk('auth.login', await tryLogin(stage, account))
    const token = await context.newToken(stage.version)
    const attempts: { readonly wrong: Exchange[], readonly unknown: Exchange[] } = { wrong: [], unknown: [] }
    for (let i = 0; i < SAMPLES && !limiting.has(context); i++) {
      const proof = md5(`wrong ${i}`)
      const [wrong, unknown] = [await tryLogin(stage, account, { token, proof }), await tryLogin(stage, nobody, { token, proof })]
      if ([wrong, unknown].some(isLimited)) limiting.add(context)
      attempts.wrong.push(wrong.exchange)
      attempts.unknown.push(unknown.exchange)
    }
    const [wrong, unknown] = [median(attempts.wrong), median(attempts.unknown)]
    if (limiting.has(context)) stage.leave('auth.login/same-time', 'the target limits wrong passwords: too few samples', attempts.wrong.slice(-1))
    else stage.judge('auth.login/same-time', Math.max(wrong, unknown) <= 2 * Math.min(wrong, unknown), { expected: 'alike', got: `${wrong.toFixed(1)} ms for a wrong password, ${unknown.toFixed(1)} ms for an unknown user`, on: control })
  }
}, {
  name: 'auth.login/disabled',
  needs: ['account', 'state:disabled'],
  checks: [declare('auth.login/disabled', 'should', 'choice', 'a disabled account is 11')],
  async play (stage) {
    const control = await tryLogin(stage, mainAccount(stage))
    await stage.inState('disabled', async account => { judgeRefusal(stage, 'auth.login/disabled', { control, reply: await tryLogin(stage, account), code: 11 }) })
  }
}, {
  name: 'auth.login/full-name',
  needs: ['register'],
  checks: [declare('auth.login/full-name', 'should', 'observed', '<user_name> is the full name', { since: '1.1' })],
  async play (stage) {
    const reply = requireOk('auth.login', await tryLogin(stage, await stage.newAccount()))
    // The full name of all accounts that a run registers.
    stage.judge('auth.login/full-name', textIn(reply, 'user_name') === 'Contract Check', { expected: 'Contract Check', got: textIn(reply, 'user_name'), on: reply })
  }
}, {
  name: 'auth.login/capabilities',
  needs: ['account', 'state:no-capabilities'],
  checks: [declare('auth.login/capabilities', 'must', 'guide', 'capable_upload, _download, _folders and _files are 1, or 0 when disabled')],
  async play (stage) {
    const actor = await stage.main()
    const reply = requireOk('auth.login', await tryLogin(stage, actor.account))
    const file = await actor.file()
    const tried: ReadonlyArray<readonly [capability: string, reply: Reply]> = [
      ['upload', await actor.call('upload.getInfo')],
      ['download', await actor.call('download.getInfo', { file_id: file })],
      ['folders', await actor.call('folders.create', { name: 'check', parent_folder_id: await actor.home() })],
      ['files', await actor.call('files.setInfo', { file_id: file, name: 'check' })]
    ]
    for (const [capability, outcome] of tried) {
      const wanted = outcome.code === 0 ? '1' : '0'
      stage.judge('auth.login/capabilities', textIn(reply, `capable_${capability}`) === wanted, { expected: `capable_${capability} ${wanted}`, got: textIn(reply, `capable_${capability}`), on: [outcome, reply] })
    }
    await stage.inState('no-capabilities', async account => {
      const without = requireOk('auth.login', await tryLogin(stage, account))
      const flags = tried.map(([capability]) => textIn(without, `capable_${capability}`)).join()
      stage.judge('auth.login/capabilities', flags === '0,0,0,0', { expected: '0,0,0,0 when all is off', got: flags, on: without })
    })
  }
}, {
  name: 'auth.login/side-by-side',
  needs: ['account'],
  checks: [declare('auth.login/sessions-side-by-side', 'must', 'observed', 'ten sessions of one account live at once')],
  async play (stage) {
    const account = mainAccount(stage)
    const logins: Reply[] = []
    for (let i = 0; i < SIDE_BY_SIDE; i++) logins.push(requireOk('auth.login', await tryLogin(stage, account)))
    const keys = logins.map(keyIn)
    const checked: Reply[] = []
    for (const key of keys) checked.push(await stage.call('auth.checkSession', { session_key: key }))
    const dead = checked.find(reply => textIn(reply, 'session') !== 'ok')
    const different = new Set(keys).size
    stage.judge('auth.login/sessions-side-by-side', different === SIDE_BY_SIDE && dead === undefined, {
      expected: 'ten sessions, each <session>ok', got: dead === undefined ? `${different} sessions` : `${summaryOf(dead)} <session>${textIn(dead, 'session')}`, on: dead ?? checked
    })
  }
}]

/** Servers that limit wrong passwords. */
const limiting = new WeakSet<RunContext>()

/** The answer says more than that the password was wrong. */
const isLimited = ({ error }: Reply): boolean => error?.attributes.info !== undefined

function median (exchanges: readonly Exchange[]): number {
  const sorted = exchanges.map(({ milliseconds }) => milliseconds).sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
