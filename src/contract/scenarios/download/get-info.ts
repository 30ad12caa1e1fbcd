/** Contract, download.getInfo: links to the bytes, and who is refused one. */
import type { Actor } from '../../run/actor.ts'
import { until } from '../../client/until.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { withClock } from '../../target/clock.ts'
import type { Exchange } from '../../client/exchange.ts'
import { valueIn } from '../../client/reply-values.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk, type Params } from '../../run/run-context.ts'

const CONTENT = 'the very bytes'
export const downloadLinkScenarios: readonly Scenario[] = [{
  name: 'download.getInfo/link',
  needs: ['account'],
  checks: [
    declare('download.getInfo/own', 'must', 'guide', 'file_id, name, url and file_size match the file'),
    declare('download.getInfo/no-query', 'must', 'observed', 'url has no ? and no &'),
    declare('download.getInfo/serves', 'must', 'guide', 'GET url is 200 with exactly the bytes of the file'),
    declare('download.getInfo/password-unneeded', 'should', 'choice', 'a password that is not needed changes nothing')
  ],
  async play (stage) {
    const actor = await stage.main()
    const id = await actor.file({ name: 'note.txt', bytes: CONTENT })
    const reply = await actor.call('download.getInfo', { file_id: id })
    const [file, name, url, size] = ['file_id', 'name', 'url', 'file_size'].map(attribute => valueIn(reply, 'download', attribute)) as [string, string, string, string]
    const isOwn = file === id && name === 'note.txt' && size === String(CONTENT.length) && isAbsolute(url)
    stage.judge('download.getInfo/own', reply.code === 0 && isOwn, { expected: `${id}, note.txt, ${CONTENT.length} bytes, an address`, got: reply.code === 0 ? `${file}, ${name}, ${size} bytes, ${url}` : summaryOf(reply), on: reply })
    requireOk('download.getInfo', reply)
    stage.judge('download.getInfo/no-query', isAbsolute(url) && !/[?&]/.test(url), { expected: 'an address without ? and &', got: url, on: reply })
    await judgeServed(stage, 'download.getInfo/serves', reply, true)
    const withPassword = await actor.call('download.getInfo', { file_id: id, password: 'not needed' })
    stage.judge('download.getInfo/password-unneeded', withPassword.code === 0 && valueIn(withPassword, 'download', 'file_id') === id, { expected: 'status ok', on: [reply, withPassword] })
  }
}, {
  name: 'download.getInfo/any-file',
  needs: ['account', 'second account'],
  checks: [declare('download.getInfo/any-file', 'must', 'guide', 'a file of another user has a link, too')],
  async play (stage) {
    const [actor, other] = [await stage.main(), await stage.other()]
    const id = await other.file({ bytes: CONTENT })
    const reply = await actor.call('download.getInfo', { file_id: id })
    stage.judge('download.getInfo/any-file', reply.code === 0 && valueIn(reply, 'download', 'file_id') === id, { expected: 'status ok', on: reply })
  }
}, {
  name: 'download.getInfo/password',
  needs: ['account'],
  checks: [
    declare('download.getInfo/password-missing', 'must', 'guide', 'a file with a password is 22 without it'),
    declare('download.getInfo/password-wrong', 'must', 'guide', 'a wrong password is 22'),
    declare('download.getInfo/password-right', 'must', 'guide', 'the right password gives a link')
  ],
  async play (stage) {
    const actor = await stage.main()
    const id = await actor.file({ bytes: CONTENT, fields: { password: 'open sesame' } })
    const control = await actor.call('download.getInfo', { file_id: id, password: 'open sesame' })
    stage.judge('download.getInfo/password-right', control.code === 0 && isAbsolute(valueIn(control, 'download', 'url')), { expected: 'status ok, with a url', on: control })
    judgeRefusal(stage, 'download.getInfo/password-missing', { control, reply: await actor.call('download.getInfo', { file_id: id }), code: 22 })
    judgeRefusal(stage, 'download.getInfo/password-wrong', { control, reply: await actor.call('download.getInfo', { file_id: id, password: 'open barley' }), code: 22 })
  }
}, {
  name: 'download.getInfo/limit-reached',
  needs: ['account'],
  checks: [declare('download.getInfo/limit-reached', 'should', 'choice', 'once the file\'s own limit is reached, which blocks it, it is 11')],
  async play (stage) {
    const actor = await stage.main()
    const id = await actor.file({ bytes: CONTENT })
    requireOk('files.setInfo', await actor.call('files.setInfo', { file_id: id, downloads_limit: '1', limit_action: '1' }))
    const control = requireOk('download.getInfo', await actor.call('download.getInfo', { file_id: id }))
    await stage.send({ url: valueIn(control, 'download', 'url') })
    const reply = await until(() => actor.call('download.getInfo', { file_id: id }), ({ code }) => code !== 0)
    judgeRefusal(stage, 'download.getInfo/limit-reached', { control, reply, code: 11 })
  }
}, {
  name: 'download.getInfo/refused',
  needs: ['account', 'state:no-capabilities'],
  checks: [declare('download.getInfo/capability', 'must', 'guide', 'without the capability to download the call is 11')],
  play: stage => judgeState(stage, 'download.getInfo/capability', 'no-capabilities', 11)
}, {
  name: 'download.getInfo/membership-over',
  needs: ['account', 'state:membership-over'],
  checks: [declare('download.getInfo/over', 'must', 'guide', 'after the end of the membership the call is 19')],
  play: stage => judgeState(stage, 'download.getInfo/over', 'membership-over', 19)
}, {
  name: 'download.getInfo/bandwidth-over',
  needs: ['account', 'state:bandwidth-over'],
  checks: [declare('download.getInfo/bandwidth', 'must', 'guide', 'with the bandwidth used up the call is 23')],
  play: stage => judgeState(stage, 'download.getInfo/bandwidth', 'bandwidth-over', 23)
}, {
  name: 'download.getInfo/downloads-paused',
  needs: ['account', 'state:downloads-paused'],
  checks: [declare('download.getInfo/unreachable', 'must', 'guide', 'while the bytes cannot be reached the call is 12')],
  async play (stage) {
    const [actor, params] = [await stage.main(), await fileOf(await stage.main())]
    const control = await actor.call('download.getInfo', params)
    await stage.inState('downloads-paused', async () => { judgeRefusal(stage, 'download.getInfo/unreachable', { control, reply: await actor.call('download.getInfo', params), code: 12 }) })
  }
}, {
  name: 'download.getInfo/lives',
  needs: ['account', 'time'],
  isAlone: true,
  checks: [
    declare('download.getInfo/lives-hours', 'should', 'choice', 'the link works an hour later'),
    declare('download.getInfo/ends', 'should', 'choice', 'the link no longer works after two days')
  ],
  async play (stage) {
    await withClock(stage.context, async clock => {
      const actor = await stage.ownSession()
      const reply = requireOk('download.getInfo', await actor.call('download.getInfo', await fileOf(actor)))
      await clock.advance('PT1H')
      const isGood = await judgeServed(stage, 'download.getInfo/lives-hours', reply, true)
      await clock.advance('PT48H')
      if (isGood) await judgeServed(stage, 'download.getInfo/ends', reply, false)
      else stage.leave('download.getInfo/ends', 'the link did not work before either', [reply.exchange])
    })
  }
}]

const fileOf = async (actor: Actor): Promise<Params> => ({ file_id: await actor.file({ bytes: CONTENT }) })

/** An account in the state is refused what the main account gets: a link to a file of the latter. */
async function judgeState (stage: Stage, id: string, state: 'no-capabilities' | 'membership-over' | 'bandwidth-over', code: number): Promise<void> {
  const actor = await stage.main()
  const params = await fileOf(actor)
  const control = await actor.call('download.getInfo', params)
  await stage.inState(state, async account => { judgeRefusal(stage, id, { control, reply: await (await stage.ownSession(account)).call('download.getInfo', params), code }) })
}

/** Whether the link serves the bytes. */
async function judgeServed (stage: Stage, id: string, reply: Reply, isWanted: boolean): Promise<boolean> {
  const url = valueIn(reply, 'download', 'url')
  const served: Exchange | undefined = isAbsolute(url) ? await stage.send({ url }) : undefined
  const isServed = served?.answer?.status === 200 && served.answer.body.toString() === CONTENT
  const answered = served?.answer === undefined ? served?.problem ?? url : `HTTP ${served.answer.status}, ${served.answer.body.length} bytes`
  stage.judge(id, isWanted ? isServed : served?.answer !== undefined && !isServed, { expected: isWanted ? 'HTTP 200 with the very bytes' : 'no bytes any more', got: answered, on: served === undefined ? reply : [reply, served] })
  return isServed
}

const isAbsolute = (address: string): boolean => /^https?:\/\//.test(address) && URL.canParse(address)
