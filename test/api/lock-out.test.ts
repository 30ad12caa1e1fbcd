/** Strangers who guess at an account: its owner still gets in, and a guess from many addresses ends as well. */
import t from 'tap'
import { errorCode, md5, newToken, register } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

const SETTINGS = { trustProxy: 'loopback' }
const OWN = '192.0.2.1'
const NEW = '203.0.113.1'

/** A browser at an address, which may change. */
function openBrowserAt (server: TestServer) {
  const cookies = new Map<string, string>()
  async function visit (path: string, form?: Readonly<Record<string, string>>, from = OWN): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(server.url + path, { redirect: 'manual', headers: { cookie, 'x-forwarded-for': from }, ...(form && { method: 'POST', body: new URLSearchParams(form) }) })
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^(\w+)=([^;]*)/.exec(set) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  return {
    cookies,
    visit,
    logIn: async (password = 'secret1', from?: string, name = 'alice') => (await visit('/login', { user_name: name, password }, from)).status,
    /** A form of the account's page. */
    async send (path: string, form: Readonly<Record<string, string>>, from?: string): Promise<number> {
      const [, token = ''] = /name="form_token" value="(\w+)"/.exec(await (await visit('/account', undefined, from)).text()) ?? []
      return (await visit(path, { form_token: token, ...form }, from)).status
    },
    forgetSession () { cookies.delete('respace_session') }
  }
}

/** Guesses at an account from many addresses at once; how many were checked. */
async function attack (server: TestServer, guesses: number, name = 'alice'): Promise<number> {
  const token = await newToken(server)
  const answers = await Promise.all(Array.from({ length: guesses }, async (_, i) => {
    const query = new URLSearchParams({ method: 'auth.login', token, user_name: name, tokened_password: md5(`wrong${i}`) })
    return (await fetch(`${server.url}/rest/?${query}`, { headers: { 'x-forwarded-for': `198.51.${i % 100}.${Math.floor(i / 100)}` } })).text()
  }))
  return answers.filter(xml => errorCode(xml) === 8 && !xml.includes('too many attempts')).length
}

async function callLogin (server: TestServer, from: string): Promise<string> {
  const token = await newToken(server)
  const query = new URLSearchParams({ method: 'auth.login', token, user_name: 'alice', tokened_password: md5(token + md5('secret1')) })
  return (await fetch(`${server.url}/rest/?${query}`, { headers: { 'x-forwarded-for': from } })).text()
}

t.test('one stranger locks nobody out', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  await register(server)
  const stranger = openBrowserAt(server)
  for (let i = 0; i < 20; i++) await stranger.logIn('wrong', '198.51.100.1')
  t.equal(await stranger.logIn('wrong', '198.51.100.1'), 429)
  t.equal(await openBrowserAt(server).logIn('secret1', NEW), 303, 'not even who comes for the first time')
})

t.test('a guess from many addresses is bounded, and who was there before still gets in at once', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  await register(server)
  const owner = openBrowserAt(server)
  t.equal(await owner.logIn(), 303)
  t.equal(errorCode(await callLogin(server, '192.0.2.50')), 0, 'a program')
  t.equal(await attack(server, 400), 100, 'a hundred in all')
  t.equal(await openBrowserAt(server).logIn('secret1', NEW), 429, 'a browser that nobody knows, where nobody was')
  const time = server.clock.time
  t.equal(errorCode(await callLogin(server, '192.0.2.50')), 0, 'the program')
  t.equal(await openBrowserAt(server).logIn('secret1', OWN), 303, 'another browser at home')
  owner.forgetSession()
  t.equal(await owner.logIn('secret1', NEW), 303, 'the own browser, on the road')
  t.equal(server.clock.time, time, 'and without a delay')
})

t.test('a browser that is known has its own ten attempts, and no one else\'s', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  await register(server)
  await register(server, 'bobby')
  const owner = openBrowserAt(server)
  await owner.logIn()
  owner.forgetSession()
  for (let i = 0; i < 10; i++) t.equal(await owner.logIn('wrong', NEW), 403)
  t.equal(await owner.logIn('secret1', NEW), 429)
  t.equal(await openBrowserAt(server).logIn('secret1', NEW), 303, 'the address has nothing to do with it')
  await attack(server, 200, 'bobby')
  t.equal(await owner.logIn('secret1', NEW, 'bobby'), 429, 'a sign for one account is none for another')
  const forger = openBrowserAt(server)
  await attack(server, 200)
  forger.cookies.set('respace_device', `${'a'.repeat(32)}.${'0'.repeat(64)}`)
  t.equal(await forger.logIn('secret1', '203.0.113.9'), 429, 'nobody makes one')
})

t.test('a browser of several people keeps them apart, the last five', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  const names = ['alice', 'bobby', 'carol', 'david', 'ellen', 'frank']
  const shared = openBrowserAt(server)
  for (const name of names) {
    await register(server, name)
    await shared.logIn('secret1', OWN, name)
    shared.forgetSession()
  }
  for (const name of names) await attack(server, 150, name)
  const outcomes: number[] = []
  for (const name of names) outcomes.push(await shared.logIn('secret1', NEW, name))
  t.strictSame(outcomes, [429, 303, 303, 303, 303, 303])
})

t.test('who is logged in changes the own password whatever strangers do, and who finds a browser open has ten tries', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  await register(server)
  const [owner, second] = [openBrowserAt(server), openBrowserAt(server)]
  await owner.logIn()
  await second.logIn()
  await attack(server, 200)
  for (let i = 0; i < 10; i++) t.equal(await second.send('/account/password', { password: 'wrong', new_password: 'another-one' }, NEW), 400)
  t.equal(await second.send('/account/password', { password: 'secret1', new_password: 'another-one' }, NEW), 429)
  t.equal(await second.send('/account/email', { password: 'secret1', email: 'new@example.org' }, NEW), 429, 'nor anything else that asks for it')
  const before = owner.cookies.get('respace_device')
  t.equal(await owner.send('/account/password', { password: 'secret1', new_password: 'another-one' }, NEW), 303, 'from another session')
  t.not(owner.cookies.get('respace_device'), before)
  second.forgetSession()
  t.equal(await second.logIn('another-one', '203.0.113.2'), 429, 'browsers that knew the old password are strangers')
  owner.forgetSession()
  t.equal(await owner.logIn('another-one', '203.0.113.2'), 303)
})

t.test('the sign of a browser is for the pages, and scripts never see it', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  await register(server)
  const browser = openBrowserAt(server)
  const answer = await browser.visit('/login', { user_name: 'alice', password: 'secret1' })
  const [, device = ''] = answer.headers.getSetCookie()
  t.match(device, /^respace_device=\S+; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/)
  t.notMatch(device, /alice/)
  browser.forgetSession()
  const again = await browser.visit('/login', { user_name: 'alice', password: 'secret1' })
  t.equal(again.headers.getSetCookie().length, 1, 'it stays as it is')
  t.notMatch(server.log(), browser.cookies.get('respace_device') ?? '?')
})
