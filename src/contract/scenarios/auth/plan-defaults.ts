/** Contract, defaults: the limits of plans without any configuration. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { keyIn, tryLogin } from '../../steps/login.ts'
import { textIn, valueIn } from '../../client/reply-values.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { readReply, summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk, type RunContext } from '../../run/run-context.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const SESSIONS = 100
const CONTACTS = 1000
/** Addresses in one addressbook.delete. */
const AT_ONCE = 100

interface Plan {
  readonly plan: string
  readonly file: number
  readonly disk: number
  readonly bandwidth: number
}

export const defaultScenarios: readonly Scenario[] = [{
  name: 'defaults/anonymous',
  needs: ['feature:anonymous'],
  checks: [declare('defaults/anonymous-size', 'may', 'choice', 'without an account max_file_size is 300 MiB')],
  async play (stage) {
    const reply = requireOk('anonymous.uploadGetInfo', await stage.call('anonymous.uploadGetInfo', { api_key: stage.context.target.apiKey, api_version: stage.version }))
    const size = valueIn(reply, 'upload', 'max_file_size')
    stage.judge('defaults/anonymous-size', size === String(300 * MIB), { expected: String(300 * MIB), got: size, on: reply })
  }
}, {
  name: 'defaults/lite',
  needs: ['state:lite'],
  checks: [declare('defaults/lite', 'may', 'choice', 'Lite: files of 300 MiB, 2147483647 bytes of disk, unlimited bandwidth')],
  play: stage => judgePlan(stage, 'defaults/lite', 'lite', { plan: 'Lite', file: 300 * MIB, disk: 2 ** 31 - 1, bandwidth: -1 })
}, {
  name: 'defaults/pro',
  needs: ['state:endless'],
  checks: [declare('defaults/pro', 'may', 'choice', 'Pro: files of 10 GiB, 100 GiB of disk, 1 TiB of bandwidth')],
  play: stage => judgePlan(stage, 'defaults/pro', 'endless', { plan: 'Pro', file: 10 * GIB, disk: 100 * GIB, bandwidth: 1024 * GIB })
}, {
  name: 'defaults/max',
  needs: ['state:max'],
  checks: [declare('defaults/max', 'may', 'choice', 'Max: files of 50 GiB, all else unlimited')],
  play: stage => judgePlan(stage, 'defaults/max', 'max', { plan: 'Max', file: 50 * GIB, disk: -1, bandwidth: -1 })
}, {
  name: 'defaults/sessions',
  needs: ['register'],
  checks: [declare('defaults/sessions', 'may', 'choice', 'an account has 100 sessions; one more is 30')],
  async play (stage) {
    const { opened, last, more } = await once(sessions, stage, fillSessions)
    stage.judge('defaults/sessions', opened === SESSIONS && more.code === 30, { expected: '100 sessions, then error 30', got: `${opened} sessions, then ${summaryOf(more)}`, on: [last, more] })
  }
}, {
  name: 'defaults/contacts',
  needs: ['register', 'feature:addressbook'],
  checks: [declare('defaults/contacts', 'may', 'choice', 'an account has 1000 contacts; one more is 32')],
  async play (stage) {
    const { last, more } = await once(contacts, stage, fillContacts)
    judgeRefusal(stage, 'defaults/contacts', { control: last, reply: more, code: 32 })
  }
}]

/** A new account has its full limits left. */
async function judgePlan (stage: Stage, id: string, state: 'lite' | 'endless' | 'max', { plan, file, disk, bandwidth }: Plan): Promise<void> {
  await stage.inState(state, async account => {
    const login = requireOk('auth.login', await tryLogin(stage, account))
    const found = textIn(login, 'membership_type')
    if (found !== plan) {
      stage.leave(id, `the account is ${found}, not ${plan}`, [login.exchange])
      return
    }
    const asked = requireOk('upload.getInfo', await stage.call('upload.getInfo', { session_key: keyIn(login) }))
    const got = `${valueIn(asked, 'upload', 'max_file_size')}, ${textIn(login, 'diskspace_left')}, ${textIn(login, 'bandwidth_left')}`
    stage.judge(id, got === `${file}, ${disk}, ${bandwidth}`, { expected: `${file}, ${disk}, ${bandwidth}`, got, on: [login, asked] })
  })
}

interface Filled {
  /** How many succeeded. */
  readonly opened: number
  readonly last: Reply
  readonly more: Reply
}

/** The limits are the same in all versions, so these many calls are made once in a run. */
const sessions = new WeakMap<RunContext, Promise<Filled>>()
const contacts = new WeakMap<RunContext, Promise<Filled>>()

function once (known: WeakMap<RunContext, Promise<Filled>>, stage: Stage, fill: (stage: Stage) => Promise<Filled>): Promise<Filled> {
  const filled = known.get(stage.context) ?? fill(stage)
  known.set(stage.context, filled)
  return filled
}

async function fillSessions (stage: Stage): Promise<Filled> {
  const account = await stage.newAccount()
  const token = await stage.context.newToken(stage.version)
  let last = await tryLogin(stage, account, { token })
  let opened = last.code === 0 ? 1 : 0
  while (opened < SESSIONS && last.code === 0) {
    last = await tryLogin(stage, account, { token })
    if (last.code === 0) opened++
  }
  return { opened, last, more: await tryLogin(stage, account, { token }) }
}

/** Does not note the contacts in the ledger, which would remove each: no other scenario uses the account. */
async function fillContacts (stage: Stage): Promise<Filled> {
  const actor = await stage.ownSession(await stage.newAccount())
  const ask = async (params: Readonly<Record<string, string>>): Promise<Reply> =>
    readReply(await stage.send({ url: `${stage.context.target.rest}?${new URLSearchParams({ session_key: actor.key, ...params })}` }))
  const addresses = Array.from({ length: CONTACTS }, (_, i) => `${i}.${stage.context.run}@example.org`)
  const rest = [...addresses]
  let last = await add(rest.pop())
  async function add (email = ''): Promise<Reply> { return ask({ method: 'addressbook.add', email }) }
  async function lane (): Promise<void> {
    for (let email = rest.pop(); email !== undefined && last.code === 0; email = rest.pop()) last = await add(email)
  }
  try {
    await Promise.all(Array.from({ length: stage.context.target.limits.parallel }, lane))
    return { opened: CONTACTS - rest.length, last, more: await add(`more.${stage.context.run}@example.org`) }
  } finally {
    for (let i = 0; i < addresses.length; i += AT_ONCE) await ask({ method: 'addressbook.delete', email: addresses.slice(i, i + AT_ONCE).join() })
  }
}
