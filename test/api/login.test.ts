/** Logging in on the pages: cookies, forms, and those who guess. */
import t from 'tap'
import { sealUserPassword } from '../../src/domain/accounts/credentials.ts'
import { changeUser, findUser } from '../../src/store/accounts/users.ts'
import { skipWithout } from '../../scripts/bring-components.ts'
import { navigate, openBrowser } from '../support/browser.ts'
import { call, errorCode, openSession, register } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { startServer, type TestServer } from '../support/server.ts'

const needsBrowser = { skip: skipWithout('chromium') }

interface Sent {
  readonly status: number
  readonly location: string | null
  readonly body: string
  readonly cookie: string
  readonly setCookie: string
}

/** Sends a form, or asks for a page without one. */
async function visit (server: TestServer, path: string, form?: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Sent> {
  const response = await fetch(server.url + path, {
    redirect: 'manual', headers, ...(form && { method: 'POST', body: new URLSearchParams(form) })
  })
  const setCookie = response.headers.get('set-cookie') ?? ''
  const cookie = setCookie.split(';')[0] ?? ''
  return { status: response.status, location: response.headers.get('location'), body: await response.text(), cookie, setCookie }
}

const logIn = (server: TestServer, name = 'alice', password = 'secret1', headers = {}) =>
  visit(server, '/login', { user_name: name, password }, headers)

const formToken = (page: Sent) => /name="form_token" value="(\w+)"/.exec(page.body)?.[1] ?? ''

t.test('a cookie is for the pages alone, and nothing can read or forge it', async t => {
  const server = await startServer(t)
  await register(server)
  const done = await logIn(server)
  t.strictSame([done.status, done.location], [303, '/'])
  t.match(done.setCookie, /^respace_session=[a-z0-9]{32}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax, respace_device=[a-z0-9]{32}\.[0-9a-f]{64}; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/)
  t.match((await visit(server, '/', undefined, { cookie: done.cookie })).body, '<a href="/account">alice</a>')
  t.match((await visit(server, '/', undefined, { cookie: `respace_session=${'a'.repeat(32)}` })).body, '<a href="/login">')
  const key = done.cookie.split('=')[1] ?? ''
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: key })), 6, 'it is no session of the API')
  t.equal(errorCode(await (await fetch(`${server.url}/rest/?method=folders.getAll`, { headers: { cookie: done.cookie } })).text()), 3)
  t.notMatch(JSON.stringify(await server.app.ports.sql.all('select * from page_sessions')), key, 'stored unreadable')
  t.notMatch(server.log(), key)
  t.notMatch(server.log(), 'secret1')
  const other = await openSession(server)
  t.match((await visit(server, '/', undefined, { cookie: `respace_session=${other}` })).body, '<a href="/login">', 'nor is a session of the API one here')
})

t.test('behind https the cookie is for https only', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback' } })
  await register(server)
  t.match((await logIn(server, 'alice', 'secret1', { 'x-forwarded-proto': 'https' })).setCookie, /; Secure$/)
})

t.test('below a path, forms and the cookie stay below it', async t => {
  const server = await startServer(t, { settings: { publicUrl: 'http://files.example.org/share' } })
  await register(server)
  const done = await visit(server, '/share/login', { user_name: 'alice', password: 'secret1', to: '/docs' }, { origin: 'http://files.example.org' })
  t.strictSame([done.status, done.location], [303, '/share/docs'])
  t.match(done.setCookie, '; Path=/share/; ')
  const body = new FormData()
  body.append('userfile', new Blob(['x']), 'x.txt')
  const sent = await fetch(`${server.url}/share/upload`, { method: 'POST', body, headers: { cookie: done.cookie }, redirect: 'manual' })
  t.match(sent.headers.get('location'), /^\/share\/edit\/\w{6}\/\w{32}$/)
  const card = await visit(server, sent.headers.get('location') ?? '', undefined, { cookie: done.cookie })
  const paths = [...card.body.matchAll(/\s(?:href|src|action|data-page|data-edit)="(\/[^"]*)"/g)].map(([, path = '']) => path)
  t.ok(paths.length > 10, `${paths.length} paths`)
  for (const path of paths) t.match(path, /^\/share\//)
})

t.test('what another site makes a browser send is nobody\'s', async t => {
  const server = await startServer(t)
  await register(server)
  const foreign = [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'https://evil.example' }, { origin: 'null' }]
  for (const headers of foreign) t.equal((await logIn(server, 'alice', 'secret1', headers)).status, 403, JSON.stringify(headers))
  const { cookie } = await logIn(server, 'alice', 'secret1', { 'sec-fetch-site': 'same-origin', origin: server.url })
  t.not(cookie, '')
  const token = formToken(await visit(server, '/', undefined, { cookie }))
  t.match(token, /^[0-9a-f]{64}$/)
  const isLoggedIn = async () => (await visit(server, '/', undefined, { cookie })).body.includes('>alice<')
  t.equal((await visit(server, '/logout', {}, { cookie })).status, 403, 'without the token')
  await visit(server, '/logout', { form_token: token.replace(/^./, c => c === '0' ? '1' : '0') }, { cookie })
  await visit(server, '/logout', { form_token: token }, { cookie, 'sec-fetch-site': 'cross-site' })
  t.ok(await isLoggedIn())
  for (const headers of foreign) {
    const body = new FormData()
    body.append('userfile', new Blob(['x']), 'x.txt')
    await fetch(`${server.url}/upload`, { method: 'POST', body, headers: { cookie, ...headers }, redirect: 'manual' })
  }
  t.equal((await server.app.ports.sql.all('select id from files where owner_id is not null')).length, 0, 'nor into the account')
  const out = await visit(server, '/logout', { form_token: token }, { cookie })
  t.strictSame([out.status, out.location], [303, '/'])
  t.match(out.setCookie, /^respace_session=; .*Max-Age=0/)
  t.notOk(await isLoggedIn(), 'the key is worth nothing then')
})

t.test('unknown names and wrong passwords are told in the same words', async t => {
  const server = await startServer(t)
  await register(server)
  const unknown = await logIn(server, 'nobody', 'secret1')
  const wrong = await logIn(server, 'alice', 'secret2')
  t.strictSame([unknown.status, wrong.status], [403, 403])
  t.equal(unknown.body.replaceAll('nobody', 'NAME'), wrong.body.replaceAll('alice', 'NAME'))
  t.equal((await logIn(server, 'ALICE@example.org')).status, 303, 'the e-mail is a name as well')
  await server.app.ports.sql.run('update users set is_disabled = 1')
  t.match((await logIn(server)).body, 'disabled')
  t.equal((await logIn(server, 'alice', 'secret2')).body, wrong.body, 'told to him alone')
})

t.test('the tenth wrong password is the last for a quarter of an hour, whoever exists', async t => {
  const server = await startServer(t)
  await register(server)
  for (const name of ['nobody', 'alice']) {
    for (let i = 1; i <= 10; i++) t.equal((await logIn(server, name, 'wrong')).status, 403, `${name} ${i}`)
    t.equal((await logIn(server, name)).status, 429, 'even the right one')
  }
  server.clock.time += 15 * 60_000 - 1
  t.equal((await logIn(server)).status, 429)
  server.clock.time += 1
  t.equal((await logIn(server)).status, 303)
  for (let i = 1; i <= 9; i++) await logIn(server, 'alice', 'wrong')
  await logIn(server)
  t.equal((await logIn(server, 'alice', 'wrong')).status, 403, 'a success begins the count again')
  server.clock.time += 15 * 60_000
  await server.app.sweep()
  t.strictSame(await server.app.ports.sql.all('select * from login_attempts'), [])
})

t.test('an address has its own limit, an IPv6 network being one address', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback' } })
  await register(server)
  const from = (address: string, name: string) => logIn(server, name, 'wrong', { 'x-forwarded-for': address })
  await server.app.ports.sql.run('delete from login_attempts')
  await Promise.all(Array.from({ length: 50 }, (_, i) => from(`2001:db8:0:1::${i + 1}`, `name${i}`)))
  t.equal((await from('2001:db8::1:0:0:0:9', 'another')).status, 429, 'the same network, written in another way')
  t.equal((await from('2001:db8:0:2::1', 'another')).status, 403)
})

t.test('a session ends 30 days after the last visit', async t => {
  const server = await startServer(t)
  await register(server)
  const { cookie } = await logIn(server)
  const isLoggedIn = async () => (await visit(server, '/', undefined, { cookie })).body.includes('>alice<')
  const days = (count: number) => { server.clock.time += count * 86_400_000 }
  days(29)
  t.ok(await isLoggedIn())
  days(30)
  server.clock.time -= 1
  t.ok(await isLoggedIn(), 'a visit renews it')
  days(30)
  t.notOk(await isLoggedIn())
  await server.app.sweep()
  t.strictSame(await server.app.ports.sql.all('select * from page_sessions'), [])
})

t.test('a new password ends all sessions, and the old one is worth nothing', async t => {
  const server = await startServer(t)
  await register(server)
  const { sql, vault } = server.app.ports
  const hash = async () => (await sql.get('select page_password from users'))?.page_password
  t.equal(await hash(), null)
  const { cookie } = await logIn(server)
  t.match(await hash(), /^scrypt\./, 'the first login leaves a memory-hard hash')
  t.equal((await logIn(server)).status, 303, 'which the next one is compared with')
  const user = await findUser(sql, 'alice')
  if (user) await changeUser(sql, user, { sealedPassword: sealUserPassword(vault, 'secret2') })
  t.match((await visit(server, '/', undefined, { cookie })).body, '<a href="/login">')
  t.equal((await logIn(server)).status, 403)
  t.equal((await logIn(server, 'alice', 'secret2')).status, 303)
})

t.test('the start is a path of ours, whatever the address says', async t => {
  const server = await startServer(t)
  await register(server)
  for (const [to, expected] of [['/docs', '/docs'], ['//evil.example', '/'], ['/\\evil.example', '/'], ['https://evil.example', '/'], ['/a\r\nset-cookie: x=1', '/']]) {
    t.equal((await visit(server, '/login', { user_name: 'alice', password: 'secret1', to: to ?? '' })).location, expected)
  }
})

t.test('an account is opened on the pages by the rules of the API', async t => {
  const server = await startServer(t)
  const account = { user_name: 'bobby', full_name: 'Bob Example', email: 'bobby@example.org', password: 'longer-one' }
  const problem = async (change: Record<string, string>) =>
    /class="hint wrong"[^>]*>([^<]+)</.exec((await visit(server, '/register', { ...account, ...change })).body)?.[1]
  t.match(await problem({ user_name: 'b!' }), 'user name must have')
  t.match(await problem({ password: '1234567' }), '8 to 128')
  t.match(await problem({ email: 'none' }), 'not valid')
  t.match(await problem({ full_name: '' }), 'Please fill in this field')
  const done = await visit(server, '/register', account)
  t.equal(done.status, 303)
  t.match((await visit(server, '/', undefined, { cookie: done.cookie })).body, '>bobby<')
  t.match(await problem({}), 'taken')
  const closed = await startServer(t, { settings: { registration: 'closed' } })
  t.equal((await visit(closed, '/register', account)).status, 403)
  t.notMatch((await visit(closed, '/login')).body, '/register')
})

t.test('who logged in uploads into his account and puts the file into a folder', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await call(server, 'folders.create', { session_key: key, name: 'Photos' })
  const page = await openBrowser(t)
  await page.goto(server.url)
  await navigate(page, () => page.getByRole('link', { name: 'Log in' }).click())
  t.ok(await takeScreenshot(page, 'login'), 'fits 320 pixels')
  await navigate(page, () => page.getByRole('link', { name: 'Sign up' }).click())
  t.ok(await takeScreenshot(page, 'register'), 'fits 320 pixels')
  await page.goBack()
  await page.getByLabel('User name or e-mail').fill('alice')
  await page.getByLabel('Password').fill('wrong')
  await navigate(page, () => page.keyboard.press('Enter'))
  await page.getByText('Wrong user name or password').waitFor()
  t.ok(await takeScreenshot(page, 'login-wrong'), 'fits 320 pixels')
  await page.getByLabel('Password').fill('secret1')
  await navigate(page, () => page.keyboard.press('Enter'))
  await page.getByRole('button', { name: 'Log out' }).waitFor()
  await page.locator('#userfile').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })
  await page.getByText('Password, expiry, description').click()
  await page.getByLabel('Folder', { exact: true }).selectOption('Photos')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  const row = await server.app.ports.sql.get('select files.owner_id, folders.name from files join folders on folders.id = files.folder_id')
  t.strictSame({ ...row }, { owner_id: 1, name: 'Photos' })
  t.ok(await takeScreenshot(page, 'home-logged-in'), 'fits 320 pixels')
  t.notOk(await page.locator('#recent').isVisible(), 'the account remembers, not the browser')
  await navigate(page, () => page.getByRole('button', { name: 'Log out' }).click())
  await page.getByRole('link', { name: 'Log in' }).waitFor()
})
