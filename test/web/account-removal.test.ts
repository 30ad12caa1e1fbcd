/** Accounts that are deleted: all of theirs goes, nothing of others, and nothing comes back. */
import t, { type Test } from 'tap'
import { removeAccount } from '../../src/store/accounts/account-removal.ts'
import { addUser, changeUser } from '../../src/store/accounts/users.ts'
import { attribute, call, errorCode, logIn, openSession, register, upload, uploadFile, userTicket } from '../support/client.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { run } from '../support/cli-process.ts'
import { allOf, request } from '../support/raw-http.ts'
import { fieldPart, filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { openTables, rowsOf } from '../support/database-tables.ts'
import { until } from '../support/wait-until.ts'
import { logInOnPages, type Visitor } from '../support/page-session.ts'

const PASSWORD = { password: 'secret1' }

/** Somebody with one of everything. */
async function settle (server: TestServer, name: string) {
  const key = await openSession(server, name)
  const visitor = await logInOnPages(server, 'secret1', name)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Photos', shared: 1 }), 'id')
  const file = await uploadFile(server, key, `${name}.txt`, name, { folder_id: folder })
  await call(server, 'addressbook.add', { session_key: key, email: 'carol@example.org', name: 'Carol' })
  await userTicket(server, key)
  await visitor.visit('/my/requests', { act: 'add', title: 'Pictures', folder })
  const uploader = await (await visitor.visit('/account/uploader', { kind: 'sharex' })).json() as { readonly Headers: Record<string, string> }
  const wanted = /\/request\/\w{32}/.exec(await (await visitor.visit('/my/requests')).text())?.[0] ?? ''
  return { key, visitor, folder, file, wanted, uploader: uploader.Headers }
}

const idOf = async ({ app }: TestServer, name: string) => Number((await app.ports.sql.get('select id from users where user_name = $name', { name }))?.id)
const countOf = async ({ app }: TestServer, where: string) => Number((await app.ports.sql.get(`select count(*) as n from ${where}`))?.n)
const makeAdmin = ({ app }: TestServer, name: string) => app.ports.sql.run('update users set is_admin = 1, is_disabled = 0 where user_name = $name', { name })

/** Sends half of an upload; what is given back sends the rest and gives the answer. */
async function beginUpload (server: TestServer, key: string): Promise<() => Promise<string>> {
  const ticket = await userTicket(server, key)
  const [head = '', body = Buffer.alloc(0)] = request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, formBody('b', [
    fieldPart('upload_identifier', ticket.id), fieldPart('extra_info', ticket.proof), filePart('late.txt', Buffer.alloc(100_000))
  ]))
  const socket = await openSocket(server.url)
  const answer = allOf(socket)
  socket.write(head)
  socket.write(body.subarray(0, 50_000))
  await until('the upload runs', () => countOf(server, 'tickets where upload_id is not null'))
  return () => {
    socket.write(body.subarray(50_000))
    return answer
  }
}

async function isTidy (t: Test, server: TestServer): Promise<void> {
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
  t.notMatch(server.log(), /"level":50/, 'no bug on the way')
}

t.test('an owner deletes his account by his password: everything of his goes, nothing of others, and the name is free', async t => {
  const server = await startServer(t)
  const bob = await settle(server, 'bobby')
  const alice = await settle(server, 'alice')
  const tables = await openTables(t, server.storage)
  const [aliceId, bobId] = [await idOf(server, 'alice'), await idOf(server, 'bobby')]
  const before = await tables.read()
  for (const table of ['sessions', 'folders', 'files', 'tickets', 'contacts', 'page_sessions', 'upload_keys', 'file_requests']) {
    t.ok(rowsOf(before, aliceId)[table]?.length, `there is one of ${table}`)
  }

  t.match(await (await alice.visitor.visit('/account/delete', { password: 'wrong' })).text(), 'Wrong password.')
  t.equal((await alice.visitor.visit('/account/delete', { form_token: 'x', ...PASSWORD })).status, 403)
  t.equal((await fetch(`${server.url}/account/delete`, { method: 'POST', body: new URLSearchParams(PASSWORD), redirect: 'manual' })).headers.get('location'), '/login?to=/account')
  t.equal((await fetch(`${server.url}/file/${alice.file}`)).status, 200)

  const gone = await alice.visitor.visit('/account/delete', PASSWORD)
  t.match(await gone.text(), /The account alice and everything in it have been deleted[^]*/)
  t.match(gone.headers.get('set-cookie'), 'Max-Age=0')
  const after = await tables.read()
  t.strictSame(rowsOf(after, bobId), rowsOf(before, bobId))
  t.strictSame(Object.values(rowsOf(after, aliceId)).flat(), [])
  for (const path of [`/file/${alice.file}`, `/folder/${alice.folder}`, alice.wanted]) t.equal((await fetch(server.url + path)).status, 404, path)
  for (const path of [`/file/${bob.file}`, `/folder/${bob.folder}`, bob.wanted]) t.equal((await fetch(server.url + path)).status, 200, path)
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: alice.key })), 6)
  t.equal(errorCode(await logIn(server)), 8)
  t.equal((await fetch(`${server.url}/upload/key`, { method: 'POST', headers: alice.uploader, body: 'x' })).status, 401)
  t.strictSame((await server.app.ports.sql.all("select who, about, address from events where kind = 'account-deleted'")).map(row => ({ ...row })), [{ who: 'alice', about: '', address: '127.0.0.1' }])
  await isTidy(t, server)

  await register(server)
  t.equal(await idOf(server, 'alice'), aliceId + 1, 'a number is given once')
  t.equal(await countOf(server, `files where owner_id = ${await idOf(server, 'alice')}`), 0)
})

t.test('an upload that runs while its account is deleted becomes no file, in one request or several', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const alice = await logInOnPages(server)
  const late = await beginUpload(server, key)

  const tus = { 'tus-resumable': '1.0.0' }
  const login = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', ...PASSWORD }), redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const begun = await fetch(`${server.url}/tus/`, { method: 'POST', headers: { ...tus, cookie, 'upload-length': '6', 'upload-metadata': 'filename YQ==' } })
  const piece = (offset: number) => fetch(server.url + begun.headers.get('location'), { method: 'PATCH', headers: { ...tus, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) }, body: 'abc' })
  t.equal((await piece(0)).status, 204)

  t.equal((await alice.visit('/account/delete', PASSWORD)).status, 200)
  t.notMatch(await late(), 'upload_status=ok')
  t.equal((await piece(3)).status, 404)
  t.equal(await countOf(server, 'files'), 0)
  await isTidy(t, server)
  t.equal(await countOf(server, 'tickets where expires_at > 0'), 0)
})

t.test('uploads and the removal cross in any order: at the end there is no file, and no ticket brings one', async t => {
  const server = await startServer(t)
  for (let round = 0; round < 8; round++) {
    const key = await openSession(server, `user${round}`)
    const id = await idOf(server, `user${round}`)
    const tickets = [await userTicket(server, key), await userTicket(server, key)]
    await Promise.all([
      ...tickets.map(ticket => upload(ticket, [{ name: 'a', bytes: 'a'.repeat(10) }])), removeAccount(server.app.ports, id), removeAccount(server.app.ports, id)
    ])
    for (const ticket of tickets) t.notMatch((await upload(ticket, [{ name: 'b', bytes: 'b' }])).body, 'upload_status=ok')
  }
  t.strictSame([await countOf(server, 'files'), await countOf(server, 'users')], [0, 0])
  await isTidy(t, server)
})

t.test('a removal that breaks off has closed the account already, and the sweep goes on with it', async t => {
  const server = await startServer(t)
  const alice = await settle(server, 'alice')
  await register(server, 'bobby')
  await makeAdmin(server, 'bobby')
  const admin = await logInOnPages(server, 'secret1', 'bobby')
  const { sql, clock } = server.app.ports
  const late = await beginUpload(server, alice.key)
  const dies = { now: () => clock.now(), sleep: () => Promise.reject(new Error('the process died')) }
  await t.rejects(removeAccount({ sql, clock: dies }, await idOf(server, 'alice')), /died/)
  t.equal(await countOf(server, "users where user_name = 'alice'"), 1, 'not all is done')
  t.notMatch(await late(), 'upload_status=ok')
  t.equal(await countOf(server, 'files'), 0, 'an upload that ran finds the account closed')
  t.equal(errorCode(await logIn(server)), 8)
  t.equal((await alice.visitor.visit('/account')).status, 303)
  t.notMatch(await (await admin.visit('/admin/users')).text(), 'alice')
  t.match(await (await admin.visit('/admin')).text(), /Accounts<\/dt><dd>1</)
  t.ok(await addUser(sql, { userName: 'alice', fullName: 'Another', email: 'alice@example.org', sealedPassword: '', plan: 'Lite', createdAt: 0 }), 'the name is free')
  await isTidy(t, server)
  t.equal(await countOf(server, 'users'), 2)
  t.equal(await countOf(server, 'folders'), 0)
})

t.test('an administrator deletes an account after a question, and never his own by mistake', async t => {
  const server = await startServer(t)
  await register(server)
  await makeAdmin(server, 'alice')
  const admin = await logInOnPages(server)
  const bob = await settle(server, 'bobby')
  const path = `/admin/users/${await idOf(server, 'bobby')}/delete`
  t.match(await (await admin.visit(path)).text(), /Delete the account bobby\?[^]*Files<\/dt><dd>1<[^]*5 bytes/)
  t.equal((await admin.visit(path, {})).headers.get('location'), '/admin/users?deleted')
  t.match(await (await admin.visit('/admin/users?deleted')).text(), 'Account deleted.')
  t.equal((await fetch(`${server.url}/file/${bob.file}`)).status, 404)
  t.equal((await admin.visit(path)).status, 404)
  t.equal((await admin.visit(path, {})).status, 404)
  t.match(await (await admin.visit(`/admin/users/${await idOf(server, 'alice')}/delete`, {})).text(), 'Delete your own account on your account page')
  t.match(await (await admin.visit('/account/delete', PASSWORD)).text(), 'There must be at least one administrator')
  t.equal(errorCode(await logIn(server)), 0)
  t.strictSame((await server.app.ports.sql.all("select who, about from events where kind = 'account-deleted'")).map(row => ({ ...row })), [{ who: 'alice', about: 'bobby' }])
  await isTidy(t, server)
})

t.test('of two administrators who take each other away at the same moment one is left', async t => {
  const server = await startServer(t)
  const names = ['alice', 'bobby']
  const path = async (name: string) => `/admin/users/${await idOf(server, name)}`
  const form = { plan: 'Lite', planEnds: '', quota_unit: 'plan', bandwidth_unit: 'plan', sessions_unit: 'plan', contacts_unit: 'plan', capabilities: 'plan', https: '1' }
  const demote = ['', form] as const
  const disable = ['', { ...form, admin: '1', disabled: '1' }] as const
  const remove = ['/delete', {}] as const
  const visitors = new Map<string, Visitor>()
  for (const [[end, fields], [otherEnd, otherFields]] of [[demote, demote], [disable, demote], [disable, disable], [remove, disable], [remove, remove]] as const) {
    for (const name of names) {
      if (Number.isNaN(await idOf(server, name))) {
        await register(server, name)
        visitors.set(name, await logInOnPages(server, 'secret1', name))
      }
      await makeAdmin(server, name)
    }
    const [toBob, toAlice] = [await path('bobby') + end, await path('alice') + otherEnd]
    await Promise.all([visitors.get('alice')?.visit(toBob, fields), visitors.get('bobby')?.visit(toAlice, otherFields)])
    t.equal(await countOf(server, 'users where is_admin = 1 and is_disabled = 0'), 1, `${toBob} ${toAlice}`)
  }
})

t.test('not even statements that cross leave nobody', async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  for (const name of ['alice', 'bobby', 'carol']) await register(server, name)
  const ids = await Promise.all(['alice', 'bobby', 'carol'].map(name => idOf(server, name)))
  const lefts = []
  for (let round = 0; round < 30; round++) {
    await sql.run('update users set is_admin = 1, is_disabled = 0')
    const change = round % 2 === 0 ? { isAdmin: false } : { isDisabled: true }
    await Promise.all(ids.map(id => changeUser(sql, { id }, change, true)))
    lefts.push(await countOf(server, 'users where is_admin = 1 and is_disabled = 0'))
  }
  t.strictSame(lefts, lefts.map(() => 1))
})

t.test('the command line deletes an account once its name is typed again, and not the last administrator', async t => {
  const server = await startServer(t)
  await settle(server, 'alice')
  await register(server, 'bobby')
  await makeAdmin(server, 'bobby')
  const command = (words: readonly string[], input = '') => run(['user', 'delete', ...words, '--storage', server.storage], { input })
  const asked = await command(['alice'], 'yes\n')
  t.strictSame([asked.status, asked.stderr], [1, 'respace: nothing was deleted: that is not the user name\n'])
  t.match(asked.stdout, 'alice (Alice Example, alice@example.org) has 1 file, 5 bytes in total.')
  t.equal(await countOf(server, 'users'), 2)
  t.match((await command(['bobby', '--yes'])).stderr, 'bobby is the last administrator')
  t.match((await command(['carol', '--yes'])).stderr, 'there is no user called "carol"')
  t.match((await command(['ALICE'], 'alice\n')).stdout, /^deleted alice$/m)
  t.equal(await countOf(server, 'users'), 1)
  t.strictSame((await server.app.ports.sql.all("select who, about, address from events where kind = 'account-deleted'")).map(row => ({ ...row })), [{ who: '', about: 'alice', address: 'command line' }])
  await isTidy(t, server)
})
