/** What people may choose as a password, and that programs keep what they have. */
import t from 'tap'
import { hashKey } from '../../src/domain/accounts/credentials.ts'
import { findPasswordFault } from '../../src/domain/accounts/registration.ts'
import { isCommonPassword } from '../../src/domain/accounts/common-passwords.ts'
import { offerSetUp } from '../../src/store/accounts/registration.ts'
import { API_KEY, call, errorCode, logIn, register } from '../support/client.ts'
import { run } from '../support/cli-process.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { logInOnPages } from '../support/page-session.ts'

const COMMON = 'This password is one of the most common ones. Please choose another.'
const OWN = 'The password must not be your name or e-mail address.'
const LENGTH = 'The password must have 8 to 128 characters.'

const owner = { userName: 'gwendolyn', fullName: 'Gwen Dolan-Ferris', email: 'gwen.ferris@example.org' }

/** A password and what a page says of it, '' for one that may be chosen. */
const CASES: ReadonlyArray<readonly [string, string]> = [
  ['a'.repeat(7), LENGTH], ['x7-'.repeat(43), LENGTH], ['password', COMMON], ['PassWord1', COMMON], ['12345678', COMMON], ['qwertyuiop', COMMON], ['iloveyou', COMMON],
  ['gwendolyn', OWN], ['Gwendolyn1', OWN], ['GWENDOLYN-2026', OWN], ['gwen.ferris', OWN], ['dolanferris', OWN], ['Gwen Dolan-Ferris', OWN],
  ['gwendolyn-at-sea', ''], ['gwendolyn12345', ''], ['x7-x7-x7', ''], ['x7-'.repeat(42) + 'x7', ''], ['😀字é '.repeat(32), '']
]

const problemIn = (page: string): string => /class="hint wrong"[^>]*>([^<]*)/.exec(page)?.[1] ?? ''

function form (password: string, n: number) {
  return new URLSearchParams({ user_name: n === 0 ? owner.userName : `gwendolyn${n}`, full_name: 'Gwen Dolan Ferris', email: n === 0 ? owner.email : `g${n}.ferris@example.org`, password })
}

const send = (server: TestServer, path: string, body: URLSearchParams) => fetch(server.url + path, { method: 'POST', body, redirect: 'manual' })

t.test('a fault is found in length, among the most usual ones, and in the own name', async t => {
  const said = { length: LENGTH, common: COMMON, 'own name': OWN }
  for (const [password, expected] of CASES) {
    const fault = findPasswordFault(password, owner)
    t.equal(fault === undefined ? '' : said[fault], expected, password)
  }
  for (const [length, fault] of [[7, 'length'], [8, undefined], [128, undefined], [129, 'length']] as const) t.equal(findPasswordFault('x9-'.repeat(43).slice(0, length), owner), fault)
  t.equal(findPasswordFault('ab1x-y.z', { userName: 'ab', fullName: '', email: 'x@example.org' }), undefined, 'a name of two letters proves nothing')
})

t.test('the most usual ones are refused by the page that registers, by the set-up and by a change', async t => {
  const server = await startServer(t)
  const code = 'c'.repeat(32)
  await offerSetUp(server.app.ports.sql, hashKey(code))
  for (const path of ['/register', `/setup/${code}`]) {
    for (const [password, expected] of CASES.filter(([, expected]) => expected !== '' && expected !== OWN)) {
      const answer = await send(server, path, form(password, 0))
      t.strictSame([answer.status, problemIn(await answer.text())], [400, expected], `${path} ${password}`)
    }
    const answer = await send(server, path, form('gwendolyn77', 0))
    t.equal(problemIn(await answer.text()), OWN)
  }
  t.equal((await server.app.ports.sql.all('select * from users')).length, 0)
  t.equal((await send(server, '/register', form('x7-x7-x7', 0))).status, 303)
  t.equal((await send(server, `/setup/${code}`, form('y8.y8.y8', 1))).status, 303)

  const visitor = await logInOnPages(server, 'x7-x7-x7', 'gwendolyn')
  const change = async (next: string) => visitor.visit('/account/password', { password: 'x7-x7-x7', new_password: next })
  for (const [password, expected] of [['password1', COMMON], ['gwendolyn', OWN], ['short', LENGTH]] as const) {
    const answer = await change(password)
    t.strictSame([answer.status, problemIn(await answer.text())], [400, expected], password)
  }
  t.equal((await change('another-one')).status, 303)
})

t.test('programs keep 4 to 20 characters, and whoever has a usual password logs in with it as before', async t => {
  const server = await startServer(t)
  for (const [i, password] of ['1234', 'password', 'p'.repeat(20)].entries()) {
    const name = `user${i}`
    const person = { api_key: API_KEY, user_name: name, full_name: 'Some User', email: `${name}@example.org` }
    t.equal(errorCode(await call(server, 'auth.register', { ...person, password })), 0, password)
    t.equal(errorCode(await logIn(server, name, password)), 0)
    t.match(await (await logInOnPages(server, password, name)).page(), name)
  }
  await register(server, 'alice', 'alice')
  t.equal(errorCode(await logIn(server, 'alice', 'alice')), 0)
})

t.test('a long password is kept whole: it opens the pages and the API, and a part of it nothing', async t => {
  const server = await startServer(t)
  for (const [i, password] of ['x7-'.repeat(42) + 'x7', '😀字é '.repeat(32)].entries()) {
    t.equal((await send(server, '/register', form(password, i))).status, 303, password)
    const name = i === 0 ? owner.userName : `gwendolyn${i}`
    t.equal(errorCode(await logIn(server, name, password)), 0)
    for (const part of [[...password].slice(0, 20), [...password].slice(0, -1)].map(list => list.join(''))) {
      t.not(errorCode(await logIn(server, name, part)), 0)
      t.equal((await send(server, '/login', new URLSearchParams({ user_name: name, password: part }))).status, 403)
    }
    const visitor = await logInOnPages(server, password, name)
    const next = `new${[...password].slice(3).join('')}`
    t.equal((await visitor.visit('/account/password', { password, new_password: next })).status, 303)
    t.equal(errorCode(await logIn(server, name, next)), 0)
  }
  for (const path of ['/register', '/login']) t.notMatch(await (await fetch(server.url + path)).text(), /type="password"[^>]*maxlength/, 'no browser cuts it')
})

t.test('people have the names that they have', async t => {
  const server = await startServer(t)
  const open = (name: string, n: number) => {
    const body = form('x7-x7-x7', n)
    body.set('full_name', name)
    return send(server, '/register', body)
  }
  const names = ['李', 'Ng', "Siobhán O'Brien-Łuczak", 'Dr. María José Carreño Quiñones, Jr.', 'محمد بن سلمان', 'नरेन्द्र', 'می\u200Cخواهم', 'X Æ A-12', '山田　太郎', 'n'.repeat(200)]
  for (const [n, name] of names.entries()) {
    t.equal((await open(` ${name} `, n)).status, 303, name)
    t.equal((await server.app.ports.sql.get('select full_name from users where user_name = $name', { name: n === 0 ? owner.userName : `gwendolyn${n}` }))?.full_name, name)
  }
  for (const name of ['n'.repeat(201), 'Ana\nBcc: x', 'Ana\u202Etxt', 'Ana\u0000', '\u200C', 'a\u2028b', '\u0301', 'Ana\u200Bb']) {
    const answer = await open(name, 90)
    t.strictSame([answer.status, problemIn(await answer.text())], [400, 'The name must have 1 to 200 characters, all of them visible.'], encodeURIComponent(name))
  }
})

t.test('an operator sets no usual password either', async t => {
  const words = ['--storage', await temporaryFolder(t)]
  const add = (name: string, password: string) => run(['user', 'add', name, '--email', `${name}@example.org`, '--password', ...words], { input: `${password}\n` })
  for (const [password, problem] of [['Password1', /one of the most common ones/], ['gwendolyn', /must not be the name/]] as const) {
    const { status, stderr } = await add('gwendolyn', password)
    t.equal(status, 1)
    t.match(stderr, problem)
  }
  t.equal((await add('gwendolyn', 'x7-x7-x7')).status, 0)
  const passwd = await run(['user', 'passwd', 'gwendolyn', '--password', ...words], { input: 'iloveyou\n' })
  t.equal(passwd.status, 1)
  t.match(passwd.stderr, /one of the most common ones/)
  t.match((await run(['user', 'passwd', 'gwendolyn', ...words])).stdout, /^changed the password of gwendolyn: \w+$/m, 'one that is made is none of them')
})

t.test('the list is one of usual passwords that a page would take otherwise', async t => {
  for (const password of ['password', 'PASSWORD', '12345678', 'qwertyuiop', 'iloveyou', 'sunshine', 'football', 'trustno1', 'password123', 'P@ssw0rd']) t.ok(isCommonPassword(password), password)
  for (const password of ['', ' ', 'x7-x7-x7', 'longsecret', 'password ']) t.notOk(isCommonPassword(password), password)
})
