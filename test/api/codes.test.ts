/** Each of the 33 codes, reached by a state that an operator or a client can bring about. */
import t, { type Test } from 'tap'
import { ERRORS, type ErrorName } from '../../src/api/errors.ts'
import { API_KEY, attribute, call, element, errorCode, logIn, md5, newToken, openSession, uploadFile, type Params } from '../support/client.ts'
import { operate } from '../support/operator-commands.ts'
import { startServer, type ServerOptions, type TestServer } from '../support/server.ts'

type Settings = NonNullable<ServerOptions['settings']>

interface Scene {
  readonly server: TestServer
  /** Alice's session. */
  readonly key: string
  /** A call of hers; its code. */
  ask (method: string, params?: Params): Promise<number>
}

async function scene (t: Test, settings: Settings = {}): Promise<Scene> {
  const server = await startServer(t, { settings })
  const key = await openSession(server)
  const ask = async (method: string, params: Params = {}) => errorCode(await call(server, method, { session_key: key, ...params }))
  return { server, key, ask }
}

const TOKEN = { api_key: API_KEY, api_version: '1.0' }
const over = (headers: Record<string, string>) => async ({ url }: TestServer, params: Record<string, string>) =>
  errorCode(await (await fetch(`${url}/rest/?${new URLSearchParams(params)}`, { headers })).text())

const overHttps = over({ 'x-forwarded-proto': 'https' })

type Play = (t: Test) => Promise<void>

const PLAYS: Readonly<Record<ErrorName, Play>> = {
  async NO_METHOD (t) {
    const { url } = await startServer(t)
    for (const query of ['', '?method=', '?session_key=x']) t.equal(errorCode(await (await fetch(`${url}/rest/${query}`)).text()), 1, query)
  },

  async UNKNOWN_METHOD (t) {
    const { ask } = await scene(t)
    t.equal(await ask('files.steal'), 2)
  },

  async SESSION_KEY_MISSING (t) {
    const { ask } = await scene(t)
    t.equal(await ask('folders.getAll', { session_key: '' }), 3)
  },

  async PARAMETER_MISSING (t) {
    const { server, ask } = await scene(t)
    t.equal(await ask('files.getInfo'), 4)
    t.equal(attribute(await call(server, 'auth.createToken', { api_key: API_KEY }), 'info'), 'api_version')
  },

  async BAD_API_VERSION (t) {
    const { ask } = await scene(t)
    t.equal(await ask('auth.createToken', { ...TOKEN, api_version: '1.3' }), 5)
    t.equal(await ask('auth.createToken', { ...TOKEN, api_version: '1.2' }), 0)
  },

  async SESSION_BAD (t) {
    const { server, ask } = await scene(t)
    t.equal(await ask('folders.getAll', { session_key: 'a'.repeat(32) }), 6, 'never issued')
    server.clock.time += 30 * 60_000 - 1
    t.equal(await ask('folders.getAll'), 0)
    server.clock.time += 30 * 60_000
    t.equal(await ask('folders.getAll'), 6, 'idle for half an hour')
  },

  async SESSION_NOT_AUTH (t) {
    const { server, ask } = await scene(t)
    t.equal(await ask('auth.checkSession', { session_key: await newToken(server) }), 7)
  },

  async AUTHENTICATION_FAILURE (t) {
    const { server } = await scene(t)
    t.equal(errorCode(await logIn(server, 'alice', 'wrong')), 8)
    t.equal(errorCode(await logIn(server, 'nobody')), 8)
  },

  async FILE_NOT_FOUND (t) {
    const { server, key, ask } = await scene(t)
    const id = await uploadFile(server, key, 'a', 'a')
    await ask('files.delete', { file_id: id })
    for (const method of ['files.getInfo', 'download.getInfo']) t.equal(await ask(method, { file_id: id }), 9, method)
  },

  async FOLDER_NOT_FOUND (t) {
    const { ask } = await scene(t)
    t.equal(await ask('folders.getContents', { folder_id: 'aaaaaa' }), 10)
  },

  async PERMISSION_DENIED (t) {
    const { server, key, ask } = await scene(t)
    const file = await uploadFile(server, key, 'a', 'a')
    const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
    const methods: Array<[string, string, Params]> = [
      ['upload', 'upload.getInfo', {}], ['download', 'download.getInfo', { file_id: file }],
      ['folders', 'folders.create', { name: 'g' }], ['folders', 'folders.setInfo', { folder_id: folder }],
      ['folders', 'folders.move', { folder_id: folder, parent_folder_id: 0 }], ['folders', 'folders.delete', { folder_id: folder }],
      ['files', 'files.setInfo', { file_id: file }], ['files', 'files.moveToFolder', { file_id: file, folder_id: 0 }], ['files', 'files.delete', { file_id: file }]
    ]
    const all = ['upload', 'download', 'folders', 'files']
    for (const off of [...all, 'none of them']) {
      const list = all.filter(capability => capability !== off)
      await operate(server, 'user', 'set', 'alice', '--capabilities', list.join(','))
      for (const [capability, method, params] of methods.filter(([capability]) => capability === off)) t.equal(await ask(method, params), 11, `${method} without ${capability}`)
      const login = await logIn(server)
      for (const capability of all) t.equal(element(login, `capable_${capability}`), capability === off ? '0' : '1')
      for (const method of ['folders.getAll', 'auth.checkSession']) t.equal(await ask(method), 0, 'what changes nothing may be done')
    }
    for (const [, method, params] of methods.filter(([, method]) => !method.endsWith('delete'))) t.equal(await ask(method, params), 0, method)

    await operate(server, 'user', 'set', 'alice', '--capabilities', 'none')
    for (const [, method, params] of methods) t.equal(await ask(method, params), 11, method)
    await operate(server, 'user', 'set', 'alice', '--capabilities', 'plan', '--disabled', 'yes')
    t.equal(errorCode(await logIn(server)), 11, 'a disabled account')
  },

  async DOWNLOAD_TEMP_ERROR (t) {
    const { server, key, ask } = await scene(t)
    const id = await uploadFile(server, key, 'a', 'a')
    const url = attribute(await call(server, 'download.getInfo', { session_key: key, file_id: id }), 'url')
    await operate(server, 'downloads', 'off')
    t.equal(await ask('download.getInfo', { file_id: id }), 12)
    for (const address of [url, `${server.url}/file/${id}`, `${server.url}/pro/dl/${id}`]) t.equal((await fetch(address)).status, 503, address)
    t.equal(await ask('upload.getInfo'), 0, 'uploads go on')
    await operate(server, 'downloads', 'on')
    t.equal(await ask('download.getInfo', { file_id: id }), 0)
    const row = await server.app.ports.sql.get('select blob_id from files')
    await server.app.ports.blobs.remove([String(row?.blob_id)])
    t.equal(await ask('download.getInfo', { file_id: id }), 12, 'bytes that cannot be reached')
  },

  async UPLOAD_TEMP_ERROR (t) {
    const { server, key, ask } = await scene(t)
    const { url } = { url: attribute(await call(server, 'upload.getInfo', { session_key: key }), 'url') }
    const send = async (address: string) => {
      const form = new FormData()
      form.set('userfile', new Blob(['a']), 'a.txt')
      const response = await fetch(address, { method: 'POST', body: form })
      return [response.status, await response.text()]
    }
    t.strictSame(await operate(server, 'uploads', 'off'), 'uploads: off\n')
    t.equal(await ask('upload.getInfo'), 13)
    t.equal(await ask('anonymous.uploadGetInfo', TOKEN), 13)
    t.match(await send(url), [200, /^upload_status=fail\nerror=13 /], 'a ticket that is there already')
    t.match(await send(`${server.url}/upload`), [503, /Upload is temporarily unavailable/])
    await operate(server, 'uploads', 'on')
    t.equal(await ask('upload.getInfo'), 0)
    t.match(await send(url), [200, /^upload_status=ok\n/])
  },

  async FOLDER_NOT_EMPTY (t) {
    const { server, key, ask } = await scene(t)
    const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
    const id = await uploadFile(server, key, 'a', 'a', { folder_id: folder })
    t.equal(await ask('folders.delete', { folder_id: folder }), 14)
    await ask('files.delete', { file_id: id })
    t.equal(await ask('folders.delete', { folder_id: folder }), 0)
  },

  async SYSTEM_MAINTENANCE (t) {
    const { server, key, ask } = await scene(t)
    const id = await uploadFile(server, key, 'a', 'a')
    const url = attribute(await call(server, 'upload.getInfo', { session_key: key }), 'url')
    t.equal(await operate(server, 'maintenance'), 'maintenance: off\n')
    t.equal(await operate(server, 'maintenance', 'on'), 'maintenance: on\n')
    const check = async ({ url: base }: TestServer) => {
      for (const method of ['folders.getAll', 'auth.createToken', 'no.such', '']) t.equal(await ask(method), 15, method)
      for (const path of ['/', `/file/${id}`, `/pro/dl/${id}`, '/folder/aaaaaa', '/folder/aaaaaa/rss', '/delete/aaaaaa/x', `/dl/${'0'.repeat(32)}/${'0'.repeat(16)}/${id}/a`]) {
        const response = await fetch(base + path)
        t.equal(response.status, 503, path)
        t.match(response.headers.get('retry-after'), /^\d+$/)
        t.match(await response.text(), 'The server is under maintenance.')
      }
      t.equal((await fetch(`${base}/healthz`)).status, 200, 'the process lives')
    }
    await check(server)
    const form = new FormData()
    form.set('userfile', new Blob(['a']), 'a.txt')
    t.match(await (await fetch(url, { method: 'POST', body: form })).text(), /^upload_status=fail\nerror=15 /)
    await server.close()
    const again = await startServer(t, { storage: server.storage })
    t.equal(errorCode(await call(again, 'auth.createToken', TOKEN)), 15, 'after a restart too')
    t.equal((await fetch(`${again.url}/`)).status, 503)
    await operate(again, 'maintenance', 'off')
    t.equal(errorCode(await call(again, 'auth.createToken', TOKEN)), 0)
    t.equal((await fetch(`${again.url}/file/${id}`)).status, 200)
  },

  async INVALID_PARAMETER (t) {
    const { ask } = await scene(t)
    t.equal(await ask('files.getInfo', { file_id: 'not an id' }), 16)
    t.equal(await ask('upload.getInfo', { speed_limit: 'fast' }), 16)
  },

  async HTTPS_FORBIDDEN (t) {
    const { server, key, ask } = await scene(t, { trustProxy: 'loopback' })
    await operate(server, 'user', 'set', 'alice', '--https', 'forbidden')
    const session = { method: 'folders.getAll', session_key: key }
    t.equal(await overHttps(server, session), 17)
    t.equal(await ask('folders.getAll'), 0, 'over HTTP')
    const token = await newToken(server)
    const login = { method: 'auth.login', token, user_name: 'alice', tokened_password: md5(token + md5('secret1')) }
    t.equal(await overHttps(server, login), 17)
    t.equal(await overHttps(server, { ...login, tokened_password: md5('x') }), 8, 'strangers are not told')
    await operate(server, 'user', 'set', 'alice', '--https', 'allowed')
    t.equal(await overHttps(server, session), 0)

    const open = await scene(t)
    await operate(open.server, 'user', 'set', 'alice', '--https', 'forbidden')
    t.equal(await overHttps(open.server, { ...session, session_key: open.key }), 0, 'a header of nobody whom the server trusts says nothing')
  },

  async UNKNOWN_API_KEY (t) {
    const { ask } = await scene(t, { apiKeys: `${API_KEY},BBBBBBBBBB` })
    for (const [key, code] of [['BBBBBBBBBB', 0], ['CCCCCCCCCC', 18], ['bbbbbbbbbb', 18]] as const) t.equal(await ask('auth.createToken', { ...TOKEN, api_key: key }), code, key)
  },

  async PRO_EXPIRED (t) {
    const { server, key, ask } = await scene(t)
    const id = await uploadFile(server, key, 'a', 'a')
    await operate(server, 'user', 'set', 'alice', '--plan-ends', '2026-01-02T03:04:06Z')
    const both = async () => [await ask('upload.getInfo'), await ask('download.getInfo', { file_id: id })]
    t.strictSame(await both(), [0, 0])
    server.clock.time += 999
    t.strictSame(await both(), [0, 0])
    t.equal(element(await logIn(server), 'membership_ends'), String(Date.UTC(2026, 0, 2, 3, 4, 6) / 1000))
    server.clock.time += 1
    t.strictSame(await both(), [19, 19])
    t.equal(element(await logIn(server), 'membership_ends'), '0')
    t.equal(await ask('files.getInfo', { file_id: id }), 0, 'the files are there')
    await operate(server, 'user', 'set', 'alice', '--plan-ends', 'never')
    t.strictSame(await both(), [0, 0])
  },

  async PRO_DISKSPACE_LIMIT (t) {
    const { server, key, ask } = await scene(t)
    await operate(server, 'user', 'set', 'alice', '--quota', '10')
    await uploadFile(server, key, 'a', '123456789')
    t.equal(await ask('upload.getInfo'), 0, 'one byte is left')
    await t.rejects(uploadFile(server, key, 'b', '12'), { message: /error=20 / })
    const id = await uploadFile(server, key, 'b', '1')
    t.equal(await ask('upload.getInfo'), 20)
    await ask('files.delete', { file_id: id })
    t.equal(await ask('upload.getInfo'), 0)
  },

  async PARAMETER_BAD_VALUE (t) {
    const { ask } = await scene(t)
    t.equal(await ask('upload.getInfo', { speed_limit: -1 }), 21)
    t.equal(await ask('folders.create', { name: ' ' }), 21)
  },

  async BAD_PASSWORD (t) {
    const { server, key, ask } = await scene(t)
    const id = await uploadFile(server, key, 'a', 'a', { password: 'sesame' })
    for (const [password, code] of [['', 22], ['Sesame', 22], ['sesame', 0]] as const) t.equal(await ask('download.getInfo', { file_id: id, password }), code)
  },

  async BANDWIDTH_LIMIT (t) {
    const { server, key, ask } = await scene(t)
    const id = await uploadFile(server, key, 'a', '0123456789')
    const fetchIt = async () => (await fetch(attribute(await call(server, 'download.getInfo', { session_key: key, file_id: id }), 'url'))).text()
    for (const [limit, code] of [['9', 23], ['10', 0], ['11', 0]] as const) {
      await operate(server, 'user', 'set', 'alice', '--bandwidth', limit)
      t.equal(await ask('download.getInfo', { file_id: id }), code, `10 bytes of ${limit}`)
    }
    t.equal(await fetchIt(), '0123456789')
    t.equal(await ask('download.getInfo', { file_id: id }), 23)
    t.equal(element(await call(server, 'auth.checkSession', { session_key: key }), 'bandwidth_left'), '1')
    server.clock.time += 30 * 24 * 60 * 60_000
    t.equal(errorCode(await call(server, 'download.getInfo', { session_key: await openSession(server), file_id: id })), 0, '30 days later')
  },

  async INVALID_EMAIL (t) {
    const { server, key, ask } = await scene(t)
    const id = await uploadFile(server, key, 'a', 'a')
    t.equal(await ask('files.sendMail', { file_id: id, emails: 'bob@example.org,bob' }), 24)
    t.equal(await ask('addressbook.add', { email: 'bob@' }), 24)
  },

  async OUTDATED_VERSION (t) {
    const { ask } = await scene(t, { minAppVersion: '1.4,BBBBBBBBBB=2.0' })
    const ages: Array<[Params, number]> = [
      [{ app_version: '1.3' }, 25], [{ app_version: '1.4' }, 0], [{ app_version: '1.5' }, 0], [{ app_version: '1.10.2' }, 0], [{ app_version: '0.9' }, 25],
      [{ app_version: 'Uploader v1.3.9 beta' }, 25], [{ app_version: '1.4.0' }, 0], [{ app_version: 'beta' }, 0], [{ app_version: '' }, 0], [{}, 0],
      [{ app_version: '1.9', api_key: 'BBBBBBBBBB' }, 25], [{ app_version: '2', api_key: 'BBBBBBBBBB' }, 0]
    ]
    for (const method of ['auth.createToken', 'anonymous.uploadGetInfo']) {
      for (const [params, code] of ages) t.equal(await ask(method, { ...TOKEN, ...params }), code, `${method} ${JSON.stringify(params)}`)
    }
  },

  async INVALID_FILE_URL (t) {
    const { ask } = await scene(t)
    t.equal(await ask('download.getInfo', { file_id: 'http://example.org/file/aaaaaa' }), 26)
    t.equal(await ask('download.getInfo', { file_id: 'http://www.sendspace.com/folder/aaaaaa' }), 26)
  },

  async REGISTRATION_ERROR (t) {
    const { server } = await scene(t)
    const xml = await call(server, 'auth.register', { api_key: API_KEY, user_name: 'ALICE', full_name: 'Al Ice', email: 'other@example.org', password: 'secret1' })
    t.equal(errorCode(xml), 27)
    t.equal(attribute(xml, 'text'), 'The user name is taken.', 'the reason itself')
  },

  async CONTACT_EXISTS (t) {
    const { ask } = await scene(t)
    t.strictSame([await ask('addressbook.add', { email: 'bob@example.org' }), await ask('addressbook.add', { email: 'Bob@Example.org' })], [0, 28])
  },

  async CONTACT_NOT_EXISTS (t) {
    const { ask } = await scene(t)
    for (const method of ['addressbook.update', 'addressbook.delete']) t.equal(await ask(method, { email: 'bob@example.org' }), 29, method)
  },

  async TOO_MANY_SESSIONS (t) {
    const { server, key } = await scene(t)
    await operate(server, 'user', 'set', 'alice', '--sessions', '3')
    const codes = await Promise.all(Array.from({ length: 5 }, async () => errorCode(await logIn(server))))
    t.strictSame(codes.sort((a, b) => a - b), [0, 0, 30, 30, 30], 'five race for the two that are left')
    await call(server, 'auth.logout', { session_key: key })
    t.equal(errorCode(await logIn(server)), 0, 'a logout makes room')
    t.equal(errorCode(await logIn(server)), 30)
    server.clock.time += 30 * 60_000
    t.equal(errorCode(await logIn(server)), 0, 'those that idled out do not count')
    await operate(server, 'user', 'set', 'alice', '--sessions', 'unlimited')
    for (let i = 0; i < 5; i++) t.equal(errorCode(await logIn(server)), 0)
  },

  async BAD_TARGET_FOLDER (t) {
    const { server, key, ask } = await scene(t)
    const create = async (parent: string) => attribute(await call(server, 'folders.create', { session_key: key, name: 'f', parent_folder_id: parent }), 'id')
    const outer = await create('0')
    const inner = await create(outer)
    for (const target of [outer, inner]) t.equal(await ask('folders.move', { folder_id: outer, parent_folder_id: target }), 31)
    t.equal(await ask('folders.setInfo', { folder_id: outer, parent_folder_id: inner }), 31)
  },

  async CONTACTS_LIMIT (t) {
    const { server, ask } = await scene(t)
    await operate(server, 'user', 'set', 'alice', '--contacts', '2')
    const add = (name: string) => ask('addressbook.add', { email: `${name}@example.org` })
    t.strictSame([await add('a'), await add('b'), await add('c')], [0, 0, 32])
    await ask('addressbook.delete', { email: 'a@example.org' })
    t.equal(await add('c'), 0)
  },

  async FOLDER_IS_PRIVATE (t) {
    const { server, key, ask } = await scene(t)
    const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
    const other = await openSession(server, 'bobby')
    const shared = (folderId: string) => call(server, 'folders.getShared', { session_key: other, folder_id: folderId })
    t.equal(errorCode(await shared(folder)), 33)
    t.equal(errorCode(await shared('aaaaaa')), 10)
    t.equal(await ask('folders.getShared', { folder_id: folder }), 0, 'the owner')
    await ask('folders.setInfo', { folder_id: folder, shared: 1 })
    t.equal(errorCode(await shared(folder)), 0)
  }
}

for (const [name, play] of Object.entries(PLAYS)) t.test(`${ERRORS[name as ErrorName].code} ${name}`, play)

t.test('the guide has 33 codes, and each has a test here', async t => {
  const codes = Object.values(ERRORS).map(({ code }) => code)
  t.strictSame(codes, Array.from({ length: 33 }, (_, i) => i + 1))
  t.strictSame(Object.keys(PLAYS), Object.keys(ERRORS), 'in the same order')
})
