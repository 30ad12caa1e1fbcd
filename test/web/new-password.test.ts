/** A new password for whoever has forgotten the old one: by a link that works once, for an hour, and tells nobody which accounts there are. */
import t from 'tap'
import { call, errorCode, logIn, openSession, register } from '../support/client.ts'
import { logInOnPages } from '../support/page-session.ts'
import { startServer, type Teardown, type TestServer } from '../support/server.ts'

/** Nobody listens there: mails wait. */
const MAIL = { smtpUrl: 'smtp://127.0.0.1:1?tls=none', mailFrom: 'files@example.org' }
const HOUR = 60 * 60 * 1000

const begin = async (t: Teardown, settings: Readonly<Record<string, string>> = MAIL): Promise<TestServer> => {
  const server = await startServer(t, { settings })
  await register(server)
  return server
}

const send = async (server: TestServer, path: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) => {
  const answer = await fetch(server.url + path, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual', headers })
  return { status: answer.status, text: await answer.text(), headers: answer.headers }
}
const ask = (server: TestServer, name: string, headers?: Readonly<Record<string, string>>) => send(server, '/password', { user_name: name }, headers)

/** The links of the mails that wait, by recipient, the first one first. */
async function links ({ app: { ports: { sql, vault } } }: TestServer): Promise<ReadonlyArray<readonly [to: string, link: string]>> {
  const rows = await sql.all('select recipient, sealed_text from mails order by created_at, recipient')
  return rows.map(row => [String(row.recipient), /\S+\/password\/\S+/.exec(vault.open(String(row.sealed_text), 'mail'))?.[0] ?? ''])
}
const pathIn = async (server: TestServer): Promise<string> => new URL((await links(server)).at(-1)?.[1] ?? '').pathname

t.test('a link from a mail gives the account a new password, and ends all access by the old one', async t => {
  const server = await begin(t)
  const key = await openSession(server)
  const visitor = await logInOnPages(server)
  t.equal((await ask(server, ' ALICE@example.org ')).status, 200)
  t.strictSame((await links(server)).map(([to]) => to), ['alice@example.org'])
  const path = await pathIn(server)
  t.match(await (await fetch(server.url + path)).text(), 'name="new_password"')
  const short = await send(server, path, { new_password: 'short' })
  t.equal(short.status, 400)
  t.match(short.text, '8 to 128 characters')
  t.equal(errorCode(await logIn(server, 'alice', 'secret1')), 0, 'nothing has changed so far')
  const done = await send(server, path, { new_password: 'a-whole-new-one' })
  t.equal(done.status, 200)
  t.notOk(done.headers.get('set-cookie'), 'who reads the mail is not logged in by it')
  t.not(errorCode(await logIn(server, 'alice', 'secret1')), 0)
  t.equal(errorCode(await logIn(server, 'alice', 'a-whole-new-one')), 0)
  t.equal(errorCode(await call(server, 'folders.getInfo', { session_key: key, folder_id: '0' })), 6)
  t.equal((await visitor.visit('/account')).status, 303)
  t.strictSame([(await fetch(server.url + path)).status, (await send(server, path, { new_password: 'another-new-one' })).status], [404, 404], 'it works once')
  t.match(await server.app.ports.sql.all("select kind, who from events where kind = 'password-reset'"), [{ who: 'alice' }])
  t.notMatch(server.log(), path.split('/').at(-1) ?? '', 'the log has no link')
})

t.test('of many who use a link at once one succeeds', async t => {
  const server = await begin(t)
  await ask(server, 'alice')
  const path = await pathIn(server)
  const passwords = Array.from({ length: 6 }, (_, i) => `new-password-${i}`)
  const statuses = await Promise.all(passwords.map(async password => (await send(server, path, { new_password: password })).status))
  t.strictSame([...statuses].sort(), [200, 404, 404, 404, 404, 404])
  t.equal(errorCode(await logIn(server, 'alice', passwords[statuses.indexOf(200)] ?? '')), 0)
})

t.test('a link ends after an hour, with another password, another address or the account; nobody can write one', async t => {
  const server = await begin(t)
  const { sql } = server.app.ports
  const works = async (path: string) => (await fetch(server.url + path)).status === 200
  await ask(server, 'alice')
  const path = await pathIn(server)
  t.ok(await works(path))
  const [, , code = ''] = path.split('/')
  const [id = '', endsAt = '', signature = ''] = code.split('-')
  const flipped = (signature.startsWith('0') ? '1' : '0') + signature.slice(1)
  for (const bad of [`${id}-${endsAt}-${flipped}`, `${id}-${Number(endsAt) + 1}-${signature}`, `${Number(id) + 1}-${endsAt}-${signature}`, `0${id}-${endsAt}-${signature}`, `${id}-0${endsAt}-${signature}`, `${code}0`, 'x', '1-1-', '%00']) {
    t.notOk(await works(`/password/${bad}`), bad)
  }
  server.clock.time += HOUR - 1
  t.ok(await works(path))
  server.clock.time += 1
  t.notOk(await works(path))
  server.clock.time -= 1
  await sql.run("update users set email = 'other@example.org'")
  t.notOk(await works(path))
  await sql.run("update users set email = 'alice@example.org', is_disabled = 1")
  t.notOk(await works(path))
  await ask(server, 'alice')
  t.equal((await links(server)).length, 1, 'a disabled account gets no mail')
})

t.test('the answer is the same for an account that nobody has', async t => {
  const server = await begin(t)
  const answers = [await ask(server, 'alice'), await ask(server, 'nobody'), await ask(server, 'nobody@example.org'), await ask(server, '')]
  t.equal(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1)
  t.equal((await links(server)).length, 1)
})

t.test('links are asked for ten times an hour from one network, and the host of the request stands in none', async t => {
  const server = await begin(t, { ...MAIL, publicUrl: 'https://files.example.org', trustProxy: 'loopback' })
  const from = (address: string) => ({ 'x-forwarded-for': address, 'x-forwarded-host': 'evil.example' })
  for (let i = 0; i < 10; i++) t.equal((await ask(server, i % 2 === 0 ? 'alice' : 'nobody', from('192.0.2.1'))).status, 200)
  const refused = await ask(server, 'alice', from('192.0.2.1'))
  t.equal(refused.status, 429)
  t.equal(refused.headers.get('retry-after'), '3600')
  t.equal((await ask(server, 'alice', from('192.0.2.2'))).status, 200)
  const written = await links(server)
  t.ok(written.length >= 1)
  for (const [, link] of written) t.match(link, /^https:\/\/files\.example\.org\/password\//)
  server.clock.time += HOUR
  t.equal((await ask(server, 'alice', from('192.0.2.1'))).status, 200)
})

t.test('another site cannot send these forms', async t => {
  const server = await begin(t)
  await ask(server, 'alice')
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  t.equal((await ask(server, 'alice', foreign)).status, 403)
  t.equal((await send(server, await pathIn(server), { new_password: 'a-whole-new-one' }, foreign)).status, 403)
  t.equal(errorCode(await logIn(server, 'alice', 'secret1')), 0)
})

t.test('without a mail server the login page says whom to ask', async t => {
  const server = await begin(t, {})
  t.equal((await fetch(`${server.url}/password`)).status, 404)
  t.equal((await ask(server, 'alice')).status, 404)
  t.match(await (await fetch(`${server.url}/login`)).text(), 'Ask the administrator')
  const mailing = await begin(t)
  t.match(await (await fetch(`${mailing.url}/login`)).text(), '<a href="/password">')
})
