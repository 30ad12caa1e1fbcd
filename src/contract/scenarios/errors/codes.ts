/** Contract, codes: those that need only a call, each with the guide's text. */
import { declare, type Check } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { restUrl, sendCall, tokenCall } from '../../steps/unusual-call.ts'
import type { Stage } from '../../run/stage.ts'
import { tokenedPassword, type Params } from '../../run/run-context.ts'
import { judgeCode } from '../../steps/judge-code.ts'

const UNKNOWN_KEY = '0'.repeat(32)

const code = (number: number, about: string, span: Pick<Check, 'since' | 'until'> = {}): Check =>
  declare(`codes/${number}`, 'must', 'guide', `${about}: error ${number} with the guide's text`, span)

export const codeScenarios: readonly Scenario[] = [{
  name: 'codes/without-an-account',
  needs: [],
  checks: [
    code(1, 'no method parameter, or an empty one'), code(2, 'an unknown method'), code(3, 'no session_key, or an empty one'), code(5, 'api_version=9.9'),
    code(6, 'a session key that was never issued'), code(7, 'a token that was not logged in'), code(18, 'an API key that is not well-formed, or not in the list')
  ],
  async play (stage) {
    const { method, ...params } = tokenCall(stage)
    const good = await stage.call(method, params)
    judgeCode(stage, 'codes/1', 1, [good], await sendCall(stage, { url: restUrl(stage, params) }))
    judgeCode(stage, 'codes/1', 1, [good], await stage.call('', params))
    judgeCode(stage, 'codes/2', 2, [good], await stage.call('no.such', params))
    judgeCode(stage, 'codes/5', 5, [good], await stage.call(method, { ...params, api_version: '9.9' }))
    judgeCode(stage, 'codes/18', 18, [good], await stage.call(method, { ...params, api_key: 'bad' }))
    // Three kinds of invalid session: the different codes are the control for each other.
    judgeCode(stage, 'codes/3', 3, [good], await stage.call('auth.checkSession'))
    judgeCode(stage, 'codes/3', 3, [good], await stage.call('auth.checkSession', { session_key: '' }))
    judgeCode(stage, 'codes/6', 6, [good], await stage.call('auth.checkSession', { session_key: UNKNOWN_KEY }))
    judgeCode(stage, 'codes/7', 7, [good], await stage.call('auth.checkSession', { session_key: await stage.context.newToken(stage.version) }))
  }
}, {
  name: 'codes/registration',
  needs: ['register'],
  checks: [declare('codes/27', 'must', 'guide', 'auth.register with a broken rule: error 27 with the reason')],
  async play (stage) {
    const { apiKey } = stage.context.target
    const name = `v${stage.context.run}${stage.version.at(-1) ?? ''}`
    const good = { api_key: apiKey, user_name: name, full_name: 'Contract Check', email: `${name}@example.org`, password: 'contract1' }
    const control = await stage.call('auth.register', good)
    judgeCode(stage, 'codes/27', 27, [control], await stage.call('auth.register', { ...good, user_name: 'x' }))
    judgeCode(stage, 'codes/27', 27, [control], await stage.call('auth.register', good))
  }
}, {
  name: 'codes/of-an-account',
  needs: ['account'],
  checks: [
    code(4, 'a mandatory parameter is missing'), code(8, 'a wrong tokened_password'), code(9, 'an id that is not there'), code(10, 'a folder that is not there'),
    code(16, 'a number that is none'), code(21, 'a number out of its range'), code(22, 'a file with a password, without it'),
    code(24, 'an address that is none'), code(26, 'a link to elsewhere as file_id'), code(28, 'a contact that is there'), code(29, 'a contact that is not there'),
    code(31, 'a folder into itself')
  ],
  async play (stage) {
    await Promise.all([loginCodes(stage), fileCodes(stage), folderCodes(stage), contactCodes(stage)])
  }
}, {
  name: 'codes/folder-not-empty',
  needs: ['account'],
  checks: [code(14, 'folders.delete of a folder with a file in it', { until: '1.1' })],
  async play (stage) {
    const actor = await stage.main()
    const folder = await actor.folder()
    await actor.file({ fields: { folder_id: folder } })
    const control = await actor.call('folders.delete', { folder_id: await actor.folder() })
    judgeCode(stage, 'codes/14', 14, [control], await actor.call('folders.delete', { folder_id: folder }))
  }
}, {
  name: 'codes/folder-of-another-user',
  needs: ['account', 'second account'],
  checks: [code(33, 'folders.getShared of a private folder of another user')],
  async play (stage) {
    const actor = await stage.main()
    const other = await stage.other()
    const control = await actor.call('folders.getShared', { folder_id: await other.folder({ shared: '1' }) })
    judgeCode(stage, 'codes/33', 33, [control], await actor.call('folders.getShared', { folder_id: await other.folder() }))
  }
}]

async function loginCodes (stage: Stage): Promise<void> {
  const { account } = await stage.main()
  const token = await stage.context.newToken(stage.version)
  const login = (proof: string): Params => ({ token, user_name: account.user, tokened_password: proof })
  const control = await stage.call('auth.login', login(tokenedPassword(token, account.password)))
  const key = control.result?.children.find(({ name }) => name === 'session_key')?.text
  if (key !== undefined) await stage.context.ledger.note({ kind: 'session', key })
  judgeCode(stage, 'codes/8', 8, [control], await stage.call('auth.login', login(tokenedPassword(token, `${account.password} not`))))
}

async function fileCodes (stage: Stage): Promise<void> {
  const actor = await stage.main()
  const file = await actor.file()
  const control = await actor.call('files.getInfo', { file_id: file })
  judgeCode(stage, 'codes/4', 4, [control], await actor.call('files.getInfo'))
  judgeCode(stage, 'codes/9', 9, [control], await actor.call('files.getInfo', { file_id: 'zzzzzz' }))
  judgeCode(stage, 'codes/26', 26, [control], await actor.call('files.getInfo', { file_id: 'http://example.org/file/abc123' }))
  const limited = await actor.call('files.setInfo', { file_id: file, downloads_limit: '10' })
  judgeCode(stage, 'codes/16', 16, [limited], await actor.call('files.setInfo', { file_id: file, downloads_limit: 'x' }))
  judgeCode(stage, 'codes/21', 21, [limited], await actor.call('files.setInfo', { file_id: file, downloads_limit: '-1' }))
  const locked = await actor.file({ fields: { password: 'sesame' } })
  const opened = await actor.call('download.getInfo', { file_id: locked, password: 'sesame' })
  judgeCode(stage, 'codes/22', 22, [opened], await actor.call('download.getInfo', { file_id: locked }))
}

async function folderCodes (stage: Stage): Promise<void> {
  const actor = await stage.main()
  const folder = await actor.folder()
  const control = await actor.call('folders.getInfo', { folder_id: folder })
  judgeCode(stage, 'codes/10', 10, [control], await actor.call('folders.getInfo', { folder_id: 'zzzzzz' }))
  const moved = await actor.call('folders.move', { folder_id: folder, parent_folder_id: await actor.folder() })
  judgeCode(stage, 'codes/31', 31, [moved], await actor.call('folders.move', { folder_id: folder, parent_folder_id: folder }))
}

async function contactCodes (stage: Stage): Promise<void> {
  const actor = await stage.main()
  const email = `codes.${stage.version}.${stage.context.run}@example.org`
  const control = await actor.call('addressbook.add', { email })
  judgeCode(stage, 'codes/24', 24, [control], await actor.call('addressbook.add', { email: 'bad' }))
  judgeCode(stage, 'codes/28', 28, [control], await actor.call('addressbook.add', { email }))
  const updated = await actor.call('addressbook.update', { email, name: 'Check' })
  judgeCode(stage, 'codes/29', 29, [updated], await actor.call('addressbook.update', { email: `no.${email}`, name: 'Check' }))
}
