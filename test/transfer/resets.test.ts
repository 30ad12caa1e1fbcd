/** A new password gets a thief out, whoever gives it; an account that is switched off has nothing that anybody can reach, until it is switched on again. */
import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { hashKey, sealUserPassword } from '../../src/domain/accounts/credentials.ts'
import { changePassword } from '../../src/store/access.ts'
import { addPageSession } from '../../src/store/accounts/page-sessions.ts'
import { offerSetUp } from '../../src/store/accounts/registration.ts'
import { addSession } from '../../src/store/accounts/sessions.ts'
import { addUploadKey } from '../../src/store/accounts/upload-keys.ts'
import { changeUser, findUser } from '../../src/store/accounts/users.ts'
import { API_KEY, attribute, call, element, errorCode, logIn, md5, newToken, openSession, readTicket, register, upload, uploadFile, userTicket } from '../support/client.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { run } from '../support/cli-process.ts'
import { allOf, request } from '../support/raw-http.ts'
import { fieldPart, filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { append, beginAt, look, offsetOf } from '../support/tus.ts'
import { until } from '../support/wait-until.ts'
import { logInOnPages, type Visitor } from '../support/page-session.ts'

const userOf = async ({ app }: TestServer, name = 'alice') => {
  const user = await findUser(app.ports.sql, name)
  if (user === undefined) throw new Error(`no ${name}`)
  return user
}
const countOf = async ({ app }: TestServer, where: string) => Number((await app.ports.sql.get(`select count(*) as n from ${where}`))?.n)
const switchOff = async (server: TestServer, isDisabled = true) => changeUser(server.app.ports.sql, await userOf(server), { isDisabled })

/** Everything by which a thief with the password has got in. */
async function breakIn (server: TestServer) {
  const session = element(await logIn(server), 'session_key')
  const page = await logInOnPages(server)
  const cookie = await cookieOf(server)
  const uploader = await (await page.visit('/account/uploader', { kind: 'sharex' })).json() as { readonly Headers: Record<string, string> }
  const ticket = readTicket(await call(server, 'upload.getInfo', { session_key: session }))
  const begun = await fetch(`${server.url}/tus/`, {
    method: 'POST', headers: { 'tus-resumable': '1.0.0', 'upload-length': '10', 'upload-metadata': 'filename YS5iaW4=', cookie }
  })
  const tus = new URL(begun.headers.get('location') ?? '', server.url).href
  await append(tus, 0, 'first')
  const late = await beginUpload(server, session)
  return { session, page, cookie, key: uploader.Headers, ticket, tus, late }
}

async function cookieOf (server: TestServer): Promise<string> {
  const answer = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

/** Sends half of an upload; what is given back sends the rest and gives the answer. */
async function beginUpload (server: TestServer, session: string): Promise<() => Promise<string>> {
  const before = await countOf(server, 'tickets where upload_id is not null')
  const ticket = await userTicket(server, session)
  const [head = '', body = Buffer.alloc(0)] = request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, formBody('b', [
    fieldPart('upload_identifier', ticket.id), fieldPart('extra_info', ticket.proof), filePart('late.txt', Buffer.alloc(100_000))
  ]))
  const socket = await openSocket(server.url)
  const answer = allOf(socket)
  socket.write(head)
  socket.write(body.subarray(0, 50_000))
  await until('the upload runs', async () => await countOf(server, 'tickets where upload_id is not null') > before)
  return () => {
    socket.write(body.subarray(50_000))
    return answer
  }
}

type Loot = Awaited<ReturnType<typeof breakIn>>

async function isLockedOut (t: Test, server: TestServer, { session, page, cookie, key, ticket, tus, late }: Loot): Promise<void> {
  t.equal(errorCode(await call(server, 'folders.getAll', { session_key: session })), 6, 'the session')
  t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: session })), 6, 'no ticket any more')
  t.equal((await page.visit('/account')).status, 303, 'the browser')
  t.equal((await fetch(`${server.url}/my`, { headers: { cookie }, redirect: 'manual' })).status, 303, 'the other browser')
  t.equal((await fetch(`${server.url}/upload/key`, { method: 'POST', headers: key, body: form('a.txt') })).status, 401, 'the upload key')
  t.match((await upload(ticket, [{ name: 'x.txt', bytes: 'x' }])).body, 'code="16"', 'the ticket')
  t.equal((await look(tus)).status, 404, 'the upload in pieces')
  t.equal((await append(tus, 5, 'again')).status, 404)
  t.match(await late(), /upload_status=fail|code="1[36]"/, 'the upload that ran')
  t.equal(await countOf(server, 'files'), 0, 'nothing came of it')
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
}

function form (name: string): FormData {
  const data = new FormData()
  data.set('userfile', new Blob(['bytes']), name)
  return data
}

const makeAdmin = async (server: TestServer): Promise<Visitor> => {
  await register(server, 'boss')
  await server.app.ports.sql.run("update users set is_admin = 1 where user_name = 'boss'")
  return logInOnPages(server, 'secret1', 'boss')
}

t.test('every reset ends all that lets somebody in, at once', async t => {
  const ways: Record<string, (server: TestServer, owner: Visitor) => Promise<unknown>> = {
    'the operator gives a new password': ({ storage }) => run(['user', 'passwd', 'alice', '--storage', storage]),
    'the operator ends all sessions': ({ storage }) => run(['user', 'end-sessions', 'alice', '--storage', storage]),
    'an administrator gives a new password': async server => (await makeAdmin(server)).visit(`/admin/users/${(await userOf(server)).id}/password`, {}),
    'an administrator ends all sessions': async server => (await makeAdmin(server)).visit(`/admin/users/${(await userOf(server)).id}/end`, {}),
    'the owner changes the password': (_server, owner) => owner.visit('/account/password', { password: 'secret1', new_password: 'another-one' })
  }
  for (const [way, reset] of Object.entries(ways)) {
    await t.test(way, async t => {
      const server = await startServer(t)
      await register(server)
      const owner = await logInOnPages(server)
      const stolen = await breakIn(server)
      await reset(server, owner)
      await isLockedOut(t, server, stolen)
      const isOwners = way.startsWith('the owner')
      t.equal((await owner.visit('/account')).status, isOwners ? 200 : 303, 'the owner keeps the browser with which he did it')
      t.equal(errorCode(await logIn(server)), way.includes('password') ? 8 : 0)
      if (way.startsWith('the operator')) t.equal((await run(['user', 'end-sessions', 'nobody', '--storage', server.storage])).status, 1)
    })
  }
})

t.test('a reset leaves others alone: their sessions, and what strangers send by a file request', async t => {
  const server = await startServer(t)
  const session = await openSession(server)
  const bob = await openSession(server, 'bobby')
  const folder = attribute(await call(server, 'folders.create', { session_key: session, name: 'Received' }), 'id')
  const owner = await logInOnPages(server)
  await owner.visit('/my/requests', { act: 'add', title: 'Photos', folder })
  const wanted = String((await server.app.ports.sql.get('select id from file_requests'))?.id)
  const begun = await beginAt(`${server.url}/request/${wanted}/tus`, 10)
  const sent = new URL(begun.headers.get('location') ?? '', server.url).href
  t.equal((await append(sent, 0, 'first')).status, 204)
  await owner.visit('/account/password', { password: 'secret1', new_password: 'another-one' })
  t.equal((await append(sent, 5, 'again')).status, 204, 'its sender never had the password')
  t.equal(await countOf(server, 'files'), 1)
  t.equal(errorCode(await call(server, 'folders.getAll', { session_key: bob })), 0)
})

t.test('whoever was let in by the old password in the moment of a reset is out after it', async t => {
  const server = await startServer(t)
  await register(server)
  const { sql, vault } = server.app.ports
  const stale = await userOf(server)
  t.equal(await changePassword(sql, stale, sealUserPassword(vault, 'secret2')), true)
  t.equal(await addSession(sql, { key: 'a'.repeat(32), version: '1.0', lastUsedAt: 0 }, 'token', stale, -1, 0), 'not proven')
  t.equal(await addPageSession(sql, stale, { keyHash: 'x', userAgent: '', createdAt: 0, lastUsedAt: 0 }), false)
  t.equal(await addUploadKey(sql, stale, { keyHash: 'x', kind: 'sharex', createdAt: 0, lastUsedAt: null }), false)
  t.equal(await changePassword(sql, stale, sealUserPassword(vault, 'thief')), false, 'of two changes at once one counts')
  t.equal(errorCode(await logIn(server, 'alice', 'secret2')), 0)

  let [password, next] = ['secret2', 'secret3']
  for (let round = 0; round < 8; round++) {
    const token = await newToken(server)
    const attempt = () => call(server, 'auth.login', { token, user_name: 'alice', tokened_password: md5(token + md5(password)) })
    const page = () => fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password }), redirect: 'manual' })
    const keys: string[] = []
    const cookies: string[] = []
    const tries = Array.from({ length: 6 }, async () => {
      const xml = await attempt()
      if (errorCode(xml) === 0) keys.push(element(xml, 'session_key'))
    })
    tries.push(...Array.from({ length: 2 }, async () => {
      const cookie = (await page()).headers.get('set-cookie')?.split(';')[0]
      if (cookie !== undefined) cookies.push(cookie)
    }))
    await Promise.all([...tries, changeUser(sql, await userOf(server), { sealedPassword: sealUserPassword(vault, next) })])
    for (const key of keys) t.equal(errorCode(await call(server, 'folders.getAll', { session_key: key })), 6)
    for (const cookie of cookies) t.equal((await fetch(`${server.url}/my`, { headers: { cookie }, redirect: 'manual' })).status, 303)
    t.equal(await countOf(server, 'sessions'), 0)
    t.equal(await countOf(server, 'page_sessions'), 0);
    [password, next] = [next, password]
    await sql.run('delete from login_attempts')
  }
})

t.test('an account that is switched off has nothing to be reached, and all of it comes back', async t => {
  const server = await startServer(t)
  const session = await openSession(server)
  const bob = await openSession(server, 'bobby')
  const folder = attribute(await call(server, 'folders.create', { session_key: session, name: 'Photos', shared: 1 }), 'id')
  const file = await uploadFile(server, session, 'one.txt', 'one', { folder_id: folder })
  const row = await server.app.ports.sql.get('select delete_code from files')
  const code = String(row?.delete_code)
  const ownLink = new URL(attribute(await call(server, 'files.getInfo', { session_key: session, file_id: file }), 'direct_download_url')).pathname
  const bobsLink = new URL(attribute(await call(server, 'download.getInfo', { session_key: bob, file_id: file }), 'url')).pathname
  const bobsFile = await uploadFile(server, bob, 'bob.txt', 'bob')
  const linkToBob = new URL(attribute(await call(server, 'download.getInfo', { session_key: session, file_id: bobsFile }), 'url')).pathname
  const ticket = readTicket(await call(server, 'upload.getInfo', { session_key: session }))
  const owner = await logInOnPages(server)
  await owner.visit('/my/requests', { act: 'add', title: 'Photos', folder })
  const wanted = String((await server.app.ports.sql.get('select id from file_requests'))?.id)
  const uploader = await (await owner.visit('/account/uploader', { kind: 'sharex' })).json() as { readonly Headers: Record<string, string> }
  const begun = await beginAt(`${server.url}/request/${wanted}/tus`, 10)
  const tus = new URL(begun.headers.get('location') ?? '', server.url).href
  await append(tus, 0, 'first')
  const viewLink = /\/view\/[^"]+/.exec(await (await fetch(`${server.url}/file/${file}`)).text())?.[0] ?? ''
  t.ok(viewLink)

  const late = await beginUpload(server, session)
  const status = async (path: string, init: RequestInit = {}) => (await fetch(server.url + path, { redirect: 'manual', ...init })).status
  const pages = async () => Object.fromEntries(await Promise.all([
    `/file/${file}`, `/pro/dl/${file}`, ownLink, bobsLink, viewLink, `/folder/${folder}`, `/folder/${folder}/rss`, `/folder/${folder}/zip`,
    `/edit/${file}/${code}`, `/delete/${file}/${code}`, `/request/${wanted}`
  ].map(async path => [path.replace(/\/(?:dl|view)\/[^/]*/, '/link'), await status(path)] as const)))
  const mail = () => call(server, 'anonymous.filesSendMail', { api_key: API_KEY, api_version: '1.2', file_id: file, sender_email: 'm@example.org', emails: 'n@example.org' })
  const before = await pages()
  t.notOk(Object.values(before).some(code => code >= 400), JSON.stringify(before))

  await switchOff(server)
  const off = await pages()
  for (const [path, code] of Object.entries(off)) t.equal(code, 404, path)
  t.equal(await status(`/file/${file}`, { method: 'POST', body: new URLSearchParams({ filepassword: 'x' }) }), 404)
  t.equal(await status(`/edit/${file}/${code}`, { method: 'POST', body: new URLSearchParams({ name: 'x' }) }), 404)
  t.equal(await status(`/delete/${file}/${code}`, { method: 'POST' }), 404)
  t.equal(await status(ownLink, { method: 'HEAD' }), 404)
  t.equal(await status(ownLink, { headers: { range: 'bytes=0-0' } }), 404)
  t.equal(await status(linkToBob), 410, 'a link that the account got for itself')
  t.equal(errorCode(await logIn(server)), 11)
  t.equal(errorCode(await logIn(server, 'alice', 'wrong')), 8, 'whoever has not the password is told nothing')
  for (const method of ['auth.checkSession', 'folders.getAll', 'upload.getInfo']) t.equal(errorCode(await call(server, method, { session_key: session })), 6, method)
  t.match((await upload(ticket, [{ name: 'x.txt', bytes: 'x' }])).body, 'code="16"')
  t.match(await late(), 'code="16"', 'the upload that ran')
  t.equal(errorCode(await call(server, 'download.getInfo', { session_key: bob, file_id: file })), 9)
  t.equal(errorCode(await call(server, 'folders.getShared', { session_key: bob, folder_id: folder })), 10)
  t.equal(errorCode(await mail()), 9)
  t.equal((await fetch(`${server.url}/upload/key`, { method: 'POST', headers: uploader.Headers, body: form('a.txt') })).status, 401)
  t.equal(await status(`/request/${wanted}`, { method: 'POST', body: form('a.txt') }), 404)
  t.equal((await beginAt(`${server.url}/request/${wanted}/tus`, 10)).status, 404)
  t.equal((await append(tus, 5, 'again')).status, 403)
  t.equal(await countOf(server, 'mails'), 0)
  t.equal(await countOf(server, 'files'), 2)

  await switchOff(server, false)
  t.strictSame(await pages(), before)
  t.equal(await status(linkToBob), 200)
  t.equal(errorCode(await call(server, 'folders.getAll', { session_key: session })), 0)
  t.equal(errorCode(await call(server, 'download.getInfo', { session_key: bob, file_id: file })), 0)
  t.equal(errorCode(await call(server, 'folders.getShared', { session_key: bob, folder_id: folder })), 0)
  t.equal(errorCode(await mail()), 0)
  t.equal(await offsetOf(tus), 5, 'what had come of an upload in pieces')
  t.equal((await append(tus, 5, 'again')).status, 204)
  t.match((await upload(ticket, [{ name: 'x.txt', bytes: 'x' }])).body, 'upload_status=ok')
  t.equal((await owner.visit('/account')).status, 200)
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
})

t.test('with a web server that sends the bytes a switched-off account has none to send', async t => {
  const server = await startServer(t, { settings: { accelRedirect: '/blobs/' } })
  const session = await openSession(server)
  const file = await uploadFile(server, session, 'one.txt', 'one')
  const link = attribute(await call(server, 'files.getInfo', { session_key: session, file_id: file }), 'direct_download_url')
  t.ok((await fetch(link)).headers.get('x-accel-redirect'))
  await switchOff(server)
  const answer = await fetch(link)
  t.equal(answer.headers.get('x-accel-redirect'), null)
  t.equal(answer.status, 404)
})

t.test('transfers that run end soon after their account is switched off, whoever did it', async t => {
  const server = await startServer(t)
  const session = await openSession(server)
  const bytes = Buffer.alloc(30 * 1024 * 1024, 'x')
  const file = await uploadFile(server, session, 'large.bin', bytes)
  const link = attribute(await call(server, 'files.getInfo', { session_key: session, file_id: file }), 'direct_download_url')
  const other = await openSession(server, 'bobby')
  const bobsFile = await uploadFile(server, other, 'large.bin', bytes)
  const bobsLink = attribute(await call(server, 'files.getInfo', { session_key: other, file_id: bobsFile }), 'direct_download_url')

  /** A download whose reader does not read on. */
  async function download (url: string) {
    const socket = await openSocket(server.url)
    const state = { isOver: false, received: 0 }
    socket.on('error', () => undefined).on('close', () => { state.isOver = true })
    socket.once('readable', () => { state.received = (socket.read() as Buffer | null)?.length ?? 0 })
    socket.write(`GET ${new URL(url).pathname} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    await until('it runs', () => state.received > 0)
    return { socket, state, readOn: () => { socket.on('data', (data: Buffer) => { state.received += data.length }) } }
  }
  const mine = await download(link)
  const bobs = await download(bobsLink)
  const late = await beginUpload(server, session)
  await switchOff(server)
  await server.app.sweep()
  mine.readOn()
  await until('it is cut', () => mine.state.isOver)
  t.ok(mine.state.received < bytes.length, `${mine.state.received} bytes came`)
  t.equal(await late().catch(() => ''), '', 'the upload was cut, too')
  bobs.readOn()
  await until('that of another ends', () => bobs.state.isOver)
  t.ok(bobs.state.received > bytes.length, 'and is whole')
  await until('all has ended', async () => await countOf(server, 'tickets where upload_id is not null') === 0)
  t.equal(await countOf(server, 'files'), 2)
})

t.test('of several who send the set-up form at once one gets an account, the others are told and get none', async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  for (let round = 0; round < 3; round++) {
    await sql.run('delete from page_sessions')
    await sql.run('delete from users')
    const code = createHash('md5').update(String(round)).digest('hex')
    await offerSetUp(sql, hashKey(code))
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => fetch(`${server.url}/setup/${code}`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ user_name: `boss${i}`, full_name: 'The Boss', email: `boss${i}@example.org`, password: 'longer-one' })
    })))
    const winners = answers.filter(({ status }) => status === 303)
    t.equal(winners.length, 1)
    for (const answer of answers.filter(({ status }) => status !== 303)) {
      t.equal(answer.status, 404)
      t.match(await answer.text(), 'This link has been used')
      t.equal(answer.headers.get('set-cookie'), null)
    }
    t.strictSame((await sql.all('select is_admin from users')).map(row => row.is_admin), [1])
    t.equal(await countOf(server, 'page_sessions'), 1)
  }
  const again = createHash('md5').update('again').digest('hex')
  await sql.run('update users set is_admin = 0')
  await offerSetUp(sql, hashKey(again))
  const taken = await fetch(`${server.url}/setup/${again}`, {
    method: 'POST', body: new URLSearchParams({ user_name: 'another', full_name: 'The Boss', email: String((await sql.get('select email from users'))?.email), password: 'longer-one' })
  })
  t.equal(taken.status, 400)
  t.match(await taken.text(), 'already in use', 'a mistake in the form does not use the link up')
  t.equal((await fetch(`${server.url}/setup/${again}`)).status, 200)
})

t.test('an administrator who ends the own sessions keeps this browser, and is asked before', async t => {
  const server = await startServer(t)
  await register(server)
  const admin = await makeAdmin(server)
  const other = await logInOnPages(server, 'secret1', 'boss')
  const { id } = await userOf(server, 'boss')
  t.match(await (await admin.visit(`/admin/users/${id}`)).text(), `href="/admin/users/${id}/end"`)
  const asked = await (await admin.visit(`/admin/users/${id}/end`)).text()
  t.match(asked, 'End all sessions of boss?')
  t.equal((await other.visit('/account')).status, 200, 'asking ends nothing')
  const done = await admin.visit(`/admin/users/${id}/end`, {})
  t.equal(done.headers.get('location'), `/admin/users/${id}?ended`)
  t.match(await (await admin.visit(`/admin/users/${id}?ended`)).text(), 'All sessions of boss have ended.')
  t.equal((await other.visit('/account')).status, 303)
  t.equal((await admin.visit('/admin/users/999/end')).status, 404)
  t.match(await server.app.ports.sql.all("select kind, about from events where kind = 'ended'"), [{ kind: 'ended', about: 'boss' }])
})
