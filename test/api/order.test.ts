/** The order of checks of the wire contract, section 2: of two things that are wrong the earlier one is told. */
import t from 'tap'
import { METHODS } from '../../src/api/registry.ts'
import type { UserChange } from '../../src/domain/accounts/user.ts'
import { changeUser, findUser } from '../../src/store/accounts/users.ts'
import { setPause } from '../../src/store/operations/pauses.ts'
import type { Pause } from '../../src/domain/pause.ts'
import { API_KEY, attribute, call, element, errorCode, md5, newToken, openSession, uploadFile } from '../support/client.ts'
import { startServer } from '../support/server.ts'

type Params = Readonly<Record<string, string | undefined>>

/** One thing that is wrong: other parameters (undefined: left out), another state, or both. */
interface Fault {
  readonly code: number
  readonly params?: Params
  readonly user?: UserChange
  readonly pause?: Pause
  readonly isHttps?: boolean
}

const UNCHANGED: UserChange = {
  planEndsAt: null, diskQuota: null, bandwidthLimit: null, sessionLimit: null, contactLimit: null, capabilities: null, isDisabled: false, isHttpsForbidden: false
}

t.test('for every method each check beats all later ones', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback', minAppVersion: '1.4' } })
  const { sql } = server.app.ports
  const session = await openSession(server)
  const other = await openSession(server, 'bobby')
  const token = await newToken(server)
  const user = await findUser(sql, 'alice')
  if (user === undefined) throw new Error('alice is not there')
  const create = async (key: string, parent = '0') => attribute(await call(server, 'folders.create', { session_key: key, name: 'f', parent_folder_id: parent }), 'id')
  const folder = await create(session)
  const inner = await create(session, folder)
  const foreign = await create(other)
  const file = await uploadFile(server, session, 'a.txt', '0123456789')
  const locked = await uploadFile(server, session, 'b.txt', '0123456789', { password: 'sesame' })
  await call(server, 'addressbook.add', { session_key: session, email: 'bob@example.org' })
  const none = 'zzzzzz'
  const ended = 1

  const common: Fault[] = [{ code: 15, pause: 'maintenance' }, { code: 2, params: { method: 'no.such' } }]
  const sessions: Fault[] = [
    ...common, { code: 3, params: { session_key: undefined } }, { code: 6, params: { session_key: 'a'.repeat(32) } },
    { code: 7, params: { session_key: token } }, { code: 17, isHttps: true, user: { isHttpsForbidden: true } }
  ]
  const keys: Fault[] = [...common, { code: 4, params: { api_key: undefined } }, { code: 18, params: { api_key: 'short' } }]
  const versions: Fault[] = [{ code: 4, params: { api_version: undefined } }, { code: 5, params: { api_version: '9' } }]
  const outdated: Fault = { code: 25, params: { app_version: '1.3' } }
  const without = (capability: 'upload' | 'download' | 'folders' | 'files'): Fault => {
    const all = ['upload', 'download', 'folders', 'files'] as const
    return { code: 11, user: { capabilities: new Set(all.filter(name => name !== capability)) } }
  }
  const wrong = (code: number, name: string, value: string | undefined): Fault => ({ code, params: { [name]: value } })
  const fileIds = [wrong(4, 'file_id', undefined), wrong(16, 'file_id', '?'), wrong(26, 'file_id', 'http://example.org/x')]
  const folderIds = [wrong(4, 'folder_id', undefined), wrong(16, 'folder_id', '?')]
  const emails = [wrong(4, 'emails', undefined)]
  const key = { api_key: API_KEY }
  const version = { ...key, api_version: '1.2' }
  const login = { token, user_name: 'alice', tokened_password: md5(token + md5('secret1')) }
  const person = { ...key, user_name: 'carol', full_name: 'Carol', email: 'carol@example.org' }

  /** A call that would succeed, and what can be wrong with it, in order. */
  const table: Readonly<Record<string, [Params, readonly Fault[]]>> = {
    'auth.register': [person, [
      ...keys, wrong(5, 'api_version', '9'), wrong(4, 'user_name', undefined), wrong(4, 'full_name', undefined), wrong(4, 'email', undefined),
      wrong(27, 'user_name', 'x'), wrong(27, 'full_name', '0'), wrong(27, 'email', 'bob@'), wrong(27, 'password', '123')
    ]],
    'auth.createToken': [version, [...keys, ...versions, outdated]],
    'auth.login': [login, [
      ...common, wrong(4, 'token', undefined), wrong(4, 'user_name', undefined), wrong(4, 'tokened_password', undefined), wrong(6, 'token', 'a'.repeat(32)),
      wrong(8, 'tokened_password', 'x'), { code: 17, isHttps: true, user: { isHttpsForbidden: true } }, { code: 11, user: { isDisabled: true } },
      { code: 30, user: { sessionLimit: 0 } }
    ]],
    'auth.checkSession': [{ session_key: session }, sessions],
    'auth.logout': [{ session_key: session }, sessions],
    'upload.getInfo': [{ session_key: session }, [
      ...sessions, wrong(16, 'speed_limit', 'x'), wrong(21, 'speed_limit', '-1'), without('upload'), { code: 13, pause: 'uploads' },
      { code: 19, user: { planEndsAt: ended } }, { code: 20, user: { diskQuota: 0 } }
    ]],
    'anonymous.uploadGetInfo': [version, [...keys, ...versions, outdated, wrong(16, 'speed_limit', 'x'), wrong(21, 'speed_limit', '-1'), { code: 13, pause: 'uploads' }]],
    'download.getInfo': [{ session_key: session, file_id: locked, password: 'sesame' }, [
      ...sessions, ...fileIds, wrong(9, 'file_id', none), without('download'), { code: 12, pause: 'downloads' },
      { code: 19, user: { planEndsAt: ended } }, wrong(22, 'password', 'x'), { code: 23, user: { bandwidthLimit: 9 } }
    ]],
    'files.getInfo': [{ session_key: session, file_id: file }, [...sessions, ...fileIds, wrong(9, 'file_id', none)]],
    'files.moveToFolder': [{ session_key: session, file_id: file, folder_id: '0' }, [
      ...sessions, ...fileIds, ...folderIds, wrong(9, 'file_id', none), wrong(10, 'folder_id', foreign), without('files')
    ]],
    'files.setInfo': [{ session_key: session, file_id: file }, [
      ...sessions, ...fileIds, wrong(21, 'name', ''), wrong(16, 'folder_id', '?'), wrong(16, 'time_limit', 'x'), wrong(16, 'downloads_limit', 'x'),
      wrong(16, 'limit_action', 'x'), wrong(21, 'limit_action', '4'), wrong(16, 'limit_action_to_folder', '?'), wrong(9, 'file_id', none),
      wrong(10, 'folder_id', foreign), without('files')
    ]],
    'files.delete': [{ session_key: session, file_id: none }, [...sessions, ...fileIds, wrong(9, 'file_id', none), { ...without('files'), params: { file_id: file } }]],
    'files.sendMail': [{ session_key: session, file_id: file, emails: 'bob@example.org' }, [
      ...sessions, ...fileIds, ...emails, wrong(9, 'file_id', none), wrong(24, 'emails', 'bob')
    ]],
    'folders.getInfo': [{ session_key: session, folder_id: folder }, [...sessions, ...folderIds, wrong(10, 'folder_id', foreign)]],
    'folders.create': [{ session_key: session, name: 'x' }, [
      ...sessions, wrong(4, 'name', undefined), wrong(21, 'name', ' '), wrong(16, 'shared', 'x'), wrong(21, 'shared', '2'), wrong(16, 'parent_folder_id', '?'),
      wrong(10, 'parent_folder_id', foreign), without('folders')
    ]],
    'folders.setInfo': [{ session_key: session, folder_id: folder }, [
      ...sessions, ...folderIds, wrong(21, 'name', ''), wrong(16, 'shared', 'x'), wrong(21, 'shared', '2'), wrong(16, 'parent_folder_id', '?'),
      wrong(10, 'folder_id', foreign), wrong(10, 'parent_folder_id', foreign), without('folders'), { code: 11, params: { folder_id: '0', name: 'x' } }, wrong(31, 'parent_folder_id', inner)
    ]],
    'folders.delete': [{ session_key: session, folder_id: none }, [
      ...sessions, ...folderIds, wrong(10, 'folder_id', foreign), { ...without('folders'), params: { folder_id: folder } }, wrong(11, 'folder_id', '0'), wrong(14, 'folder_id', folder)
    ]],
    'folders.getContents': [{ session_key: session, folder_id: folder }, [...sessions, ...folderIds, wrong(10, 'folder_id', foreign)]],
    'folders.getShared': [{ session_key: session, folder_id: folder }, [...sessions, ...folderIds, wrong(10, 'folder_id', none), wrong(33, 'folder_id', foreign)]],
    'folders.getAll': [{ session_key: session }, sessions],
    'folders.move': [{ session_key: session, folder_id: folder, parent_folder_id: '0' }, [
      ...sessions, ...folderIds, wrong(4, 'parent_folder_id', undefined), wrong(16, 'parent_folder_id', '?'), wrong(10, 'folder_id', foreign),
      wrong(10, 'parent_folder_id', foreign), without('folders'), wrong(31, 'folder_id', '0'), wrong(31, 'parent_folder_id', inner)
    ]],
    'folders.sendMail': [{ session_key: session, folder_id: folder, emails: 'bob@example.org' }, [
      ...sessions, ...folderIds, ...emails, wrong(10, 'folder_id', foreign), wrong(24, 'emails', 'bob')
    ]],
    'addressbook.list': [{ session_key: session }, sessions],
    'addressbook.add': [{ session_key: session, email: 'new@example.org' }, [
      ...sessions, wrong(4, 'email', undefined), wrong(24, 'email', 'bob'), wrong(16, 'type', 'x'), wrong(21, 'type', '2'),
      wrong(28, 'email', 'bob@example.org'), { code: 32, user: { contactLimit: 1 } }
    ]],
    'addressbook.update': [{ session_key: session, email: 'bob@example.org' }, [
      ...sessions, wrong(4, 'email', undefined), wrong(16, 'type', 'x'), wrong(21, 'type', '2'), wrong(29, 'email', 'x@example.org')
    ]],
    'addressbook.delete': [{ session_key: session, email: none }, [...sessions, wrong(4, 'email', undefined), wrong(29, 'email', 'x@example.org')]],
    'anonymous.filesSendMail': [{ ...version, file_id: file, sender_email: 'a@example.org', emails: 'bob@example.org' }, [
      ...keys, ...versions, wrong(5, 'api_version', '1.1'), outdated, ...fileIds, wrong(4, 'sender_email', undefined), ...emails, wrong(9, 'file_id', none),
      wrong(24, 'sender_email', 'bob'), wrong(24, 'emails', 'bob')
    ]]
  }
  t.strictSame(Object.keys(table).sort(), METHODS.map(({ name }) => name).sort(), 'every method is in the table')

  /** The code when all these are wrong at once. */
  async function play (method: string, valid: Params, faults: readonly Fault[]): Promise<number> {
    const params = Object.assign({ method, ...valid }, ...faults.map(fault => fault.params ?? {})) as Params
    const sent = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined)
    await changeUser(sql, { id: user?.id ?? 0 }, Object.assign({}, UNCHANGED, ...faults.map(fault => fault.user ?? {})) as typeof UNCHANGED)
    for (const { pause } of faults) if (pause) await setPause(sql, pause, true, 0)
    const isHttps = faults.some(fault => fault.isHttps)
    const answer = await fetch(`${server.url}/rest/?${new URLSearchParams(sent)}`, { headers: isHttps ? { 'x-forwarded-proto': 'https' } : {} })
    for (const { pause } of faults) if (pause) await setPause(sql, pause, false, 0)
    return errorCode(await answer.text())
  }

  /** Two that want different values of one parameter, or of one column, cannot both be wrong. */
  const excludes = (a: Fault, b: Fault): boolean =>
    Object.keys(a.params ?? {}).some(name => name in (b.params ?? {})) || Object.keys(a.user ?? {}).some(name => name in (b.user ?? {}))

  let pairs = 0
  for (const [method, [valid, faults]] of Object.entries(table)) {
    for (const [i, fault] of faults.entries()) {
      t.equal(await play(method, valid, [fault]), fault.code, `${method}: ${describe(fault)}`)
      for (const later of faults.slice(i + 1)) {
        if (excludes(fault, later)) continue
        pairs++
        const code = await play(method, valid, [fault, later])
        if (code !== fault.code) t.fail(`${method}: ${code}, though ${describe(fault)} comes before ${describe(later)}`)
      }
    }
  }
  t.ok(pairs > 1000, `${pairs} pairs`)
  t.equal(element(await call(server, 'auth.checkSession', { session_key: session }), 'session'), 'ok', 'nothing of all this ended the session')
})

t.test('a call without a method is told so before anything but maintenance', async t => {
  const server = await startServer(t)
  t.equal(errorCode(await (await fetch(`${server.url}/rest/?session_key=x&api_version=9`)).text()), 1)
  await setPause(server.app.ports.sql, 'maintenance', true, 0)
  t.equal(errorCode(await (await fetch(`${server.url}/rest/`)).text()), 15)
})

const describe = ({ code, params, user, pause }: Fault): string => `${code} (${[JSON.stringify(params), user && Object.keys(user).join(), pause].filter(Boolean).join(' ')})`
