/** Contract, versions: which are accepted, and how the session of each is answered. */
import type { ApiVersion } from '../../../domain/version.ts'
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { isToken, tokenCall } from '../../steps/unusual-call.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { createActor } from '../../run/actor.ts'
import { attributeOf, requireOk, textOf, tokenedPassword } from '../../run/run-context.ts'
import { childOf } from '../../client/xml.ts'
import { judgeCode } from '../../steps/judge-code.ts'

/** Versions that do not exist. */
const UNKNOWN = ['0.9', '1.3', '2', '1.00', ' ']

const accepted = (id: string, version: ApiVersion, source: 'guide' | 'observed', until?: ApiVersion) =>
  declare(id, source === 'guide' ? 'must' : 'should', source, `auth.createToken and anonymous.uploadGetInfo accept ${id.slice('versions/'.length)}`, { since: version, ...until !== undefined && { until } })

export const versionScenarios: readonly Scenario[] = [{
  name: 'versions/accepted',
  needs: [],
  checks: [
    accepted('versions/1.0', '1.0', 'guide', '1.1'), accepted('versions/1.1', '1.1', 'observed', '1.2'), accepted('versions/1.2', '1.2', 'observed'),
    declare('versions/1', 'should', 'observed', '1 means 1.0', { until: '1.1' }),
    declare('versions/unknown', 'must', 'guide', '0.9, 1.3, 2, 1.00 and a blank are 5'),
    declare('versions/since', 'should', 'observed', 'anonymous.filesSendMail is 5 in 1.0 and 1.1', { since: '1.2' })
  ],
  async play (stage) {
    const { version, context: { target } } = stage
    const ask = (method: string, asked: string): Promise<Reply> => stage.call(method, { api_key: target.apiKey, api_version: asked })
    for (const [method, element] of [['auth.createToken', 'token'], ['anonymous.uploadGetInfo', 'upload']] as const) {
      const good = await ask(method, version)
      stage.judge(`versions/${version}`, good.code === 0 && childOf(good.result, element) !== undefined, { expected: `${method} answers`, on: good })
      for (const unknown of UNKNOWN) judgeCode(stage, 'versions/unknown', 5, [good], await ask(method, unknown))
    }
    if (version === '1.0') await judgeShortName(stage)
    // An accepted version is refused for its file instead, so nothing is sent.
    const mail = (asked: string): Promise<Reply> => stage.call('anonymous.filesSendMail', {
      api_key: target.apiKey, api_version: asked, file_id: 'zzzzzz', sender_email: 'check@example.org', emails: 'check@example.org'
    })
    if (version !== '1.2') return
    const known = await mail(version)
    for (const before of target.versions.filter(each => each < '1.2')) {
      const reply = await mail(before)
      if (known.code !== 9) stage.leave('versions/since', `anonymous.filesSendMail of an unknown file in 1.2 answered ${summaryOf(known)}`, [known.exchange])
      else stage.judge('versions/since', reply.code === 5, { expected: `error 5 in ${before}`, on: [known, reply] })
    }
    if (target.versions.every(each => each >= '1.2')) stage.leave('versions/since', 'the target supports no earlier version')
  }
}, {
  name: 'versions/sessions',
  needs: ['account'],
  checks: [
    declare('versions/of-token', 'must', 'observed', 'a session has the version of its token: api_version on later calls changes nothing'),
    declare('versions/two-at-once', 'should', 'observed', 'sessions of two versions of one account each get their own form')
  ],
  async play (stage) {
    const { version, context } = stage
    const actor = await stage.main()
    const file = await actor.file()
    const plain = await actor.call('files.getInfo', { file_id: file })
    for (const later of ['1.0', '1.1', '1.2'].filter(each => each !== version)) {
      const reply = await actor.call('files.getInfo', { file_id: file, api_version: later })
      stage.judge('versions/of-token', hasFormOf(plain, version) && hasFormOf(reply, version) && timeOf(plain) === timeOf(reply), { expected: `upload_time as in ${version}`, got: `${timeOf(plain)}, with api_version=${later} ${timeOf(reply)}`, on: [plain, reply] })
    }
    // Times have one form in 1.0, and another in all later versions.
    const other = context.target.versions.find(each => (each === '1.0') !== (version === '1.0'))
    if (other === undefined) {
      stage.leave('versions/two-at-once', 'the target supports no two versions with different forms')
      return
    }
    const second: Actor = createActor(context, actor.account, other, await context.session(actor.account, other), 'versions/two-at-once')
    const theirs = await second.call('files.getInfo', { file_id: file })
    const again = await actor.call('files.getInfo', { file_id: file })
    stage.judge('versions/two-at-once', hasFormOf(theirs, other) && hasFormOf(again, version), { expected: `upload_time as in ${other}, then as in ${version}`, got: `${timeOf(theirs)}, then ${timeOf(again)}`, on: [theirs, again] })
  }
}, {
  name: 'versions/default',
  needs: [],
  checks: [declare('versions/default', 'may', 'choice', 'auth.register without api_version follows 1.0', { until: '1.1' })],
  async play (stage) {
    // From 1.1 on the e-mail address replaces a missing user name; the invalid address prevents a registration.
    const params = { api_key: stage.context.target.apiKey, full_name: 'Contract Check', email: 'bad', password: 'contract1' }
    const later = await stage.call('auth.register', { ...params, api_version: '1.1' })
    const reply = await stage.call('auth.register', params)
    if (later.code !== 27) stage.leave('versions/default', `auth.register of 1.1 without a user name answered ${summaryOf(later)}`, [later.exchange])
    else stage.judge('versions/default', reply.code === 4, { expected: 'error 4: user_name is missing', on: [later, reply] })
  }
}]

/** `1` opens a session of 1.0, if there is an account. */
async function judgeShortName (stage: Stage): Promise<void> {
  const { method, api_key: key } = tokenCall(stage)
  const reply = await stage.call(method, { api_key: key, api_version: '1' })
  stage.judge('versions/1', isToken(reply), { expected: 'a token', on: reply })
  const { main } = stage.context.target.accounts
  if (main === undefined || !isToken(reply)) return
  const login = async (token: string): Promise<Reply> => {
    const answered = requireOk('auth.login', await stage.call('auth.login', { token, user_name: main.user, tokened_password: tokenedPassword(token, main.password) }))
    await stage.context.ledger.note({ kind: 'session', key: textOf(answered, 'session_key') })
    return answered
  }
  const short = await login(textOf(reply, 'token'))
  const long = await login(await stage.context.newToken('1.0'))
  const names = ({ result }: Reply): string => result?.children.map(({ name }) => name).join(' ') ?? ''
  stage.judge('versions/1', names(short) === names(long), { expected: names(long), got: names(short), on: [reply, long, short] })
}

const timeOf = (reply: Reply): string => reply.code === 0 ? attributeOf(reply, 'file', 'upload_time') : summaryOf(reply)

/** 1.0 writes Unix seconds. */
const hasFormOf = (reply: Reply, version: ApiVersion): boolean => reply.code === 0 && /^\d+$/.test(timeOf(reply)) === (version === '1.0')
