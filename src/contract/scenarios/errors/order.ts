/** Contract, order of checks: of two faults the earlier is reported. Derived checks judge all methods and pairs. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { restUrl, sendCall } from '../../steps/unusual-call.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import { callSecurely } from '../../steps/https.ts'
import type { Stage } from '../../run/stage.ts'
import type { Params } from '../../run/run-context.ts'

const UNKNOWN_KEY = '0'.repeat(32)
const MANY_IDS = Array.from({ length: 101 }, (_, i) => `z${String(i).padStart(5, '0')}`).join(',')

export const orderScenarios: readonly Scenario[] = [{
  name: 'order/maintenance',
  needs: ['state:maintenance'],
  checks: [declare('order/maintenance-first', 'should', 'choice', '15 beats 1 and everything else')],
  async play (stage) {
    const before = await sendCall(stage, { url: restUrl(stage, {}) })
    if (before.code !== 1) {
      stage.leave('order/maintenance-first', `a call without a method answered ${summaryOf(before)} before`, [before.exchange])
      return
    }
    await stage.inState('maintenance', () => judgeMaintenance(stage))
  }
}, {
  name: 'order/without-an-account',
  needs: [],
  checks: [
    declare('order/no-method-before-all', 'should', 'choice', '1 beats 3, 4, 5 and 18'),
    declare('order/key-before-version', 'should', 'choice', '4 of api_key comes first, then 18, then 4 and 5 of api_version, all before 25')
  ],
  async play (stage) {
    for (const params of [{}, { session_key: '' }, { api_key: 'bad' }, { api_version: '9.9' }, { session_key: UNKNOWN_KEY, api_key: 'bad', api_version: '9.9' }]) {
      judgeCode(stage, 'order/no-method-before-all', 1, await sendCall(stage, { url: restUrl(stage, params) }))
    }
    const { apiKey } = stage.context.target
    const told: ReadonlyArray<readonly [params: Params, code: number, info?: string]> = [
      [{ api_version: '9.9' }, 4, 'api_key'], [{}, 4, 'api_key'], [{ api_key: 'bad' }, 18], [{ api_key: 'bad', api_version: '9.9' }, 18],
      [{ api_key: apiKey }, 4, 'api_version'], [{ api_key: apiKey, api_version: '9.9' }, 5]
    ]
    // Too old for a server with a minimum version; any other server accepts it.
    for (const [params, code, info] of told) judgeCode(stage, 'order/key-before-version', code, await stage.call('auth.createToken', { ...params, app_version: '0.0.1' }), info)
  }
}, {
  name: 'order/of-an-account',
  needs: ['account'],
  checks: [
    declare('order/session-before-parameters', 'should', 'choice', '3, 6 and 7 beat 4, 16, 21 and 9'),
    declare('order/parameters-in-order', 'should', 'choice', 'of two wrong parameters, the one that comes first in the guide is reported'),
    declare('order/email-beats-16', 'should', 'choice', 'addressbook.add with a bad address and a bad type is 24'),
    declare('order/link-beats-16', 'should', 'choice', '?,http://example.org/x as file_id is 26'),
    declare('order/hundred-ids', 'should', 'choice', '101 ids are 21, whatever they are')
  ],
  async play (stage) {
    const actor = await stage.main()
    const token = await stage.context.newToken(stage.version)
    const file = await actor.file()
    for (const [key, code] of [[undefined, 3], [UNKNOWN_KEY, 6], [token, 7]] as const) {
      for (const wrong of [{}, { file_id: '?' }, { file_id: file, limit_action: '9' }, { file_id: 'zzzzzz' }]) {
        judgeCode(stage, 'order/session-before-parameters', code, await stage.call('files.setInfo', { ...wrong, session_key: key }))
      }
    }
    const twoWrong: ReadonlyArray<readonly [method: string, params: Params, code: number, info: string]> = [
      ['files.setInfo', { file_id: file, time_limit: 'x', downloads_limit: '-1' }, 16, 'time_limit'],
      ['files.setInfo', { file_id: file, time_limit: '-1', downloads_limit: 'x' }, 21, 'time_limit'],
      ['folders.setInfo', { folder_id: await actor.folder(), name: '', shared: 'x' }, 21, 'name'],
      ['folders.create', { shared: '9', parent_folder_id: '?', name: 'check' }, 21, 'shared']
    ]
    for (const [method, params, code, info] of twoWrong) judgeCode(stage, 'order/parameters-in-order', code, await actor.call(method, params), info)
    judgeCode(stage, 'order/email-beats-16', 24, await actor.call('addressbook.add', { email: 'bad', type: 'x' }))
    judgeCode(stage, 'order/link-beats-16', 26, await actor.call('files.getInfo', { file_id: '?,http://example.org/x' }))
    for (const ids of [MANY_IDS, `?,${MANY_IDS}`, `http://example.org/x,${MANY_IDS}`]) judgeCode(stage, 'order/hundred-ids', 21, await actor.call('files.getInfo', { file_id: ids }), 'file_id')
  }
}, {
  name: 'order/https',
  needs: ['state:https-forbidden'],
  checks: [declare('order/https-after-session', 'may', 'choice', '17 comes after 6 and 7, and before 4')],
  play: stage => stage.inState('https-forbidden', async account => {
    const { key } = await stage.ownSession(account)
    const token = await stage.context.newToken(stage.version)
    for (const [params, code] of [[{ session_key: key }, 17], [{ session_key: UNKNOWN_KEY }, 6], [{ session_key: token }, 7]] as const) {
      judgeCode(stage, 'order/https-after-session', code, await callSecurely(stage, 'files.getInfo', params))
    }
  })
}]

async function judgeMaintenance (stage: Stage): Promise<void> {
  for (const reply of [await sendCall(stage, { url: restUrl(stage, {}) }), await stage.call('no.such'), await stage.call('auth.checkSession'), await stage.call('auth.createToken')]) {
    judgeCode(stage, 'order/maintenance-first', 15, reply)
  }
}

/** `info` must name the parameter, if it is present. */
function judgeCode (stage: Stage, id: string, code: number, reply: Reply, info?: string): void {
  const got = reply.error?.attributes.info
  const isInfo = info === undefined || got === undefined || got === info
  stage.judge(id, reply.code === code && isInfo, { expected: `error ${code}${info === undefined ? '' : ` (${info})`}`, on: reply })
}
