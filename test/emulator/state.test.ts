/** The emulator's state: the demo accounts, and changes by control calls. */
// Runs on SQLite only.
import t from 'tap'
import { API_KEY, attribute, call, element, errorCode, logIn, register, upload, uploadFile, userTicket, type Params } from '../support/client.ts'
import { callForCode, controlCall, startTestEmulator, fileOf, sessionOf } from '../support/emulator.ts'
import { startServer } from '../support/server.ts'

t.test('each demo account is in the state in its name, and in no other', async t => {
  const emulator = await startTestEmulator(t)
  const file = await fileOf(emulator, await sessionOf(emulator))
  const overHttps = async (user: string) => {
    const query = new URLSearchParams({ method: 'folders.getAll', session_key: await sessionOf(emulator, user) })
    return errorCode(await (await fetch(`${emulator.restUrl}?${query}`, { headers: { 'x-forwarded-proto': 'https' } })).text())
  }
  const calls: Record<string, (user: string) => Promise<number>> = {
    upload: async user => callForCode(emulator, 'upload.getInfo', { session_key: await sessionOf(emulator, user) }),
    download: async user => callForCode(emulator, 'download.getInfo', { session_key: await sessionOf(emulator, user), file_id: file }),
    folder: async user => callForCode(emulator, 'folders.create', { session_key: await sessionOf(emulator, user), name: 'New' }),
    contact: async user => callForCode(emulator, 'addressbook.add', { session_key: await sessionOf(emulator, user), email: 'new@example.org' }),
    https: overHttps
  }
  const expected: Record<string, Record<string, number>> = {
    demo: {},
    lite: {},
    expired: { upload: 19, download: 19 },
    diskfull: { upload: 20 },
    bwout: { download: 23 },
    noupload: { upload: 11 },
    nofolders: { folder: 11 },
    httpsno: { https: 17 },
    contactsfull: { contact: 32 }
  }
  for (const [user, codes] of Object.entries(expected)) {
    for (const [name, make] of Object.entries(calls)) t.equal(await make(user), codes[name] ?? 0, `${user}: ${name}`)
  }
  t.equal(errorCode(await logIn(emulator, 'onesession', 'demo')), 0)
  t.equal(errorCode(await logIn(emulator, 'onesession', 'demo')), 30)
})

t.test('PATCH /accounts/USER sets the state of an account for its next call', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const file = await fileOf(emulator, key)
  const set = (state: object) => controlCall(emulator, 'PATCH', '/accounts/demo', state)
  const session = { session_key: key }
  const cases: Array<[object, string, Params, number]> = [
    [{ membership: { type: 'pro', ends: '2025-12-31T00:00:00Z' } }, 'upload.getInfo', session, 19],
    [{ membership: { ends: null } }, 'upload.getInfo', session, 0],
    [{ diskspace: { limit: 0 } }, 'upload.getInfo', session, 20],
    [{ diskspace: { left: 1 } }, 'upload.getInfo', session, 0],
    [{ diskspace: { left: 0 } }, 'upload.getInfo', session, 20],
    [{ diskspace: { limit: null } }, 'upload.getInfo', session, 0],
    [{ bandwidth: { left: 0 } }, 'download.getInfo', { ...session, file_id: file }, 23],
    [{ bandwidth: { limit: -1 } }, 'download.getInfo', { ...session, file_id: file }, 0],
    [{ maxContacts: 0 }, 'addressbook.add', { ...session, email: 'a@example.org' }, 32],
    [{ maxContacts: 2 }, 'addressbook.add', { ...session, email: 'a@example.org' }, 0],
    [{ capabilities: { upload: 0 } }, 'upload.getInfo', session, 11],
    [{ capabilities: { download: 0 } }, 'download.getInfo', { ...session, file_id: file }, 11],
    [{ capabilities: { upload: 1 } }, 'upload.getInfo', session, 0],
    [{}, 'download.getInfo', { ...session, file_id: file }, 11],
    [{ capabilities: null }, 'download.getInfo', { ...session, file_id: file }, 0],
    [{ disabled: true }, 'folders.getAll', session, 6],
    [{ disabled: false }, 'folders.getAll', session, 0]
  ]
  for (const [state, method, params, code] of cases) {
    t.equal((await set(state)).status, 200)
    t.equal(await callForCode(emulator, method, params), code, JSON.stringify(state))
  }
  await set({ maxSessions: 1 })
  t.equal(errorCode(await logIn(emulator, 'demo', 'demo')), 30)
  await set({ maxSessions: 2 })
  t.equal(errorCode(await logIn(emulator, 'demo', 'demo')), 0)
})

t.test('an account is shown in the form in which it is set', async t => {
  const emulator = await startTestEmulator(t)
  const state = {
    membership: { type: 'Max', ends: '2030-01-31T12:00:00.000Z' },
    maxSessions: 3,
    maxContacts: -1,
    capabilities: { upload: 0, download: 1, folders: 1, files: 0 },
    https: 'forbidden',
    disabled: false
  }
  const answer = await controlCall(emulator, 'PATCH', '/accounts/lite', { ...state, bandwidth: { left: '1 MiB' }, diskspace: { limit: 'unlimited' } })
  t.match(answer.body, { ...state, user: 'lite', bandwidth: { limit: 1048576, used: 0, left: 1048576 }, diskspace: { limit: -1, used: 0, left: -1 } })
  t.strictSame((await controlCall(emulator, 'GET', '/accounts/LITE')).body, answer.body)
  const { body: accounts } = await controlCall(emulator, 'GET', '/accounts')
  t.match(accounts, { length: 10 })
})

t.test('PATCH /system sets the state of the whole server', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const file = await fileOf(emulator, key)
  const ticket = await userTicket(emulator, key)
  const set = async (state: object) => { t.equal((await controlCall(emulator, 'PATCH', '/system', state)).status, 200) }
  const token = { api_key: API_KEY, api_version: '1.0' }

  await set({ maintenance: true })
  t.equal(await callForCode(emulator, 'folders.getAll', { session_key: key }), 15)
  await set({ maintenance: false, uploads: 'temp_error' })
  t.equal(await callForCode(emulator, 'upload.getInfo', { session_key: key }), 13)
  t.match((await upload(ticket, [{ name: 'a.txt', bytes: 'a' }])).body, /^upload_status=fail\nerror=13 /)
  await set({ uploads: 'on', downloads: 'temp_error' })
  t.equal(await callForCode(emulator, 'upload.getInfo', { session_key: key }), 0)
  t.equal(await callForCode(emulator, 'download.getInfo', { session_key: key, file_id: file }), 12)
  await set({ downloads: 'on' })
  t.equal(await callForCode(emulator, 'download.getInfo', { session_key: key, file_id: file }), 0)

  await set({ registration: 'closed' })
  await t.rejects(register(emulator, 'carol'), /code="11"/)
  await set({ registration: 'open' })
  await t.resolves(register(emulator, 'carol'))

  await set({ minAppVersion: '2.0' })
  t.equal(await callForCode(emulator, 'auth.createToken', { ...token, app_version: '1.9' }), 25)
  t.equal(await callForCode(emulator, 'auth.createToken', { ...token, app_version: '2.0' }), 0)
  await set({ minAppVersion: null, apiKeys: ['OTHER00001'], limitsAttempts: false })
  t.equal(await callForCode(emulator, 'auth.createToken', { ...token, app_version: '1.9' }), 18)
  t.equal(await callForCode(emulator, 'auth.createToken', { ...token, api_key: 'OTHER00001' }), 0)
  t.strictSame((await controlCall(emulator, 'GET', '/system')).body,
    { maintenance: false, uploads: 'on', downloads: 'on', registration: 'open', minAppVersion: null, apiKeys: ['OTHER00001'], limitsAttempts: false })
  await set({ apiKeys: 'any' })
  t.equal(await callForCode(emulator, 'auth.createToken', token), 0)
})

t.test('a session can be made to expire', async t => {
  const emulator = await startTestEmulator(t)
  const [key, other] = [await sessionOf(emulator), await sessionOf(emulator)]
  t.equal((await controlCall(emulator, 'POST', `/sessions/${key}/expire`)).status, 200)
  t.equal(await callForCode(emulator, 'folders.getAll', { session_key: key }), 6)
  t.equal(element(await call(emulator, 'auth.checkSession', { session_key: key }), 'session'), 'expired')
  t.equal(await callForCode(emulator, 'folders.getAll', { session_key: other }), 0, 'others live on')
  t.equal((await controlCall(emulator, 'POST', '/sessions/unknown/expire')).status, 404)
})

t.test('a file can be made unavailable: 12 for the API, 503 for a link, until it is available again', async t => {
  const emulator = await startTestEmulator(t)
  const key = await sessionOf(emulator)
  const id = await uploadFile(emulator, key, 'a.txt', 'hello')
  const url = attribute(await call(emulator, 'download.getInfo', { session_key: key, file_id: id }), 'url')
  t.match((await controlCall(emulator, 'PATCH', `/files/${id}`, { available: false })).body, { id, name: 'a.txt', size: 5, available: false })
  t.equal(await callForCode(emulator, 'download.getInfo', { session_key: key, file_id: id }), 12)
  t.equal((await fetch(url)).status, 503)
  t.match((await controlCall(emulator, 'PATCH', `/files/${id}`, { available: true })).body, { available: true })
  t.equal(await (await fetch(url)).text(), 'hello')
  t.match((await controlCall(emulator, 'GET', `/files/${id}`)).body, { downloads: 1 })
})

t.test('an error in a control call is reported as problem JSON with a hint', async t => {
  const emulator = await startTestEmulator(t)
  const cases: Array<[string, string, unknown, number, object]> = [
    ['PATCH', '/accounts/dmo', {}, 404, { detail: 'there is no account "dmo"', hint: 'did you mean demo?' }],
    ['PATCH', '/accounts/demo', { maxsession: 1 }, 400, { pointer: '/maxsession', detail: 'no such field; did you mean maxSessions?' }],
    ['PATCH', '/accounts/demo', { bandwidth: { left: -5 } }, 400, { pointer: '/bandwidth/left' }],
    ['PATCH', '/accounts/demo', [], 400, { pointer: '' }],
    ['PATCH', '/system', { uploads: 'off' }, 400, { pointer: '/uploads', detail: 'expected one of on, temp_error, got "off"' }],
    ['PATCH', '/system', { apiKeys: [{}] }, 400, { pointer: '/apiKeys/0' }],
    ['PATCH', '/files/nofile', { available: true }, 404, {}],
    ['DELETE', '/accounts/demo', undefined, 405, { hint: 'it allows GET, PATCH' }],
    ['GET', '/acounts', undefined, 404, { hint: /\/accounts/ }],
    ['GET', '/accounts/%zz', undefined, 400, {}]
  ]
  for (const [verb, path, body, status, others] of cases) {
    const answer = await controlCall(emulator, verb, path, body)
    t.match(answer, { status, type: 'application/problem+json', body: { type: 'about:blank', title: /./, status, detail: /./, hint: /./, ...others } }, `${verb} ${path}`)
  }
  const broken = await fetch(`${emulator.controlUrl}/system`, { method: 'PATCH', body: '{"maintenance"' })
  t.match([broken.status, await broken.json()], [400, { hint: 'send JSON' }])
  const large = await fetch(`${emulator.controlUrl}/system`, { method: 'PATCH', body: ' '.repeat(1024 * 1024 + 1) })
  t.match([large.status, await large.json()], [413, { title: 'Body too large' }])
  t.match(await controlCall(emulator, 'GET', '/health'), { status: 200, body: { status: 'ok', now: /^\d{4}-/ } })
})

t.test('seeds, accounts and files are larger than other bodies, as YAML and as JSON, and have a limit too', async t => {
  const emulator = await startTestEmulator(t)
  const content = 'x'.repeat(2 * 1024 * 1024)
  const files = [{ name: 'long.txt', content }]
  const send = async (path: string, body: string): Promise<number> => (await fetch(emulator.controlUrl + path, { method: 'POST', body })).status
  t.equal(await send('/seed', JSON.stringify({ accounts: [{ user: 'carol', files }] })), 204)
  t.equal(await send('/accounts', JSON.stringify({ user: 'dave', files })), 201)
  t.equal(await send('/accounts/dave/files', JSON.stringify({ name: 'second.txt', content })), 201)
  t.equal(await send('/sandboxes', JSON.stringify({ seed: { accounts: [{ user: 'erin', files }] } })), 201)
  t.strictSame((await emulator.files.list()).map(({ size }) => size), [content.length, content.length, content.length])
  t.equal(await send('/seed', `accounts:\n  - user: frank\n    files: [{ name: long.txt, content: "${content}" }]`), 204)
  t.equal(await send('/seed', `{ accounts: [{ user: grace, fullName: Grace, files: [{ name: long.txt, content: "${content}" }] }] }`), 204, 'YAML that only looks like JSON')
  t.strictSame((await emulator.accounts.list()).map(({ user }) => user), ['grace'])
  t.equal(await send('/seed', '{"accounts":[{"user":"a","user":"b"}]}'), 400, 'a repeated name')
  t.equal(await send('/seed', ' '.repeat(16 * 1024 * 1024 + 1)), 413)
})

t.test('a refused change leaves everything unchanged', async t => {
  const emulator = await startTestEmulator(t)
  const before = (await controlCall(emulator, 'GET', '/accounts/demo')).body
  t.match(before, { user: 'demo', disabled: false })
  t.equal((await controlCall(emulator, 'PATCH', '/accounts/demo', { disabled: true, https: 'maybe' })).status, 400)
  t.strictSame((await controlCall(emulator, 'GET', '/accounts/demo')).body, before)
})

t.test('serve has no control plane', async t => {
  const server = await startServer(t)
  for (const path of ['/_emulator', '/_emulator/', '/_emulator/v1/health', '/_emulator/v1/accounts', '/_emulator/v1/system', '/_emulator/v1/faults', '/_emulator/v1/clock', '/_emulator/v1/journal']) {
    for (const method of ['GET', 'POST', 'PATCH', 'PUT', 'DELETE']) {
      const response = await fetch(server.url + path, { method })
      t.equal(response.status, 404, `${method} ${path}`)
      t.match(response.headers.get('content-type'), 'text/html')
    }
  }
})
