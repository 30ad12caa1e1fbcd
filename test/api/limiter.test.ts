/** Strangers who try often: how much is checked, what is answered then, and who is not in their way. */
import t from 'tap'
import { hashKey, sealUserPassword } from '../../src/domain/accounts/credentials.ts'
import { createLimitedQueue } from '../../src/domain/limited-queue.ts'
import { networkOf } from '../../src/domain/accounts/guess-limit.ts'
import { createGuard } from '../../src/emulator/control/guard.ts'
import { addUploadKey } from '../../src/store/accounts/upload-keys.ts'
import { changeUser, findUser } from '../../src/store/accounts/users.ts'
import { API_KEY, attribute, call, element, errorCode, md5, newToken, openSession, register, uploadFile } from '../support/client.ts'
import { controlCall, startTestEmulator } from '../support/emulator.ts'
import { startServer, type TestServer } from '../support/server.ts'

const MINUTE = 60_000
const TOO_MANY = 'too many attempts'
const SETTINGS = { trustProxy: 'loopback' }

const times = <T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, i) => work(i)))

type Server = Pick<TestServer, 'url'>

/** A request from an address. */
function ask (server: Server, path: string, from = '192.0.2.1', form?: Readonly<Record<string, string>>, headers = {}): Promise<Response> {
  return fetch(server.url + path, { redirect: 'manual', headers: { 'x-forwarded-for': from, ...headers }, ...(form && { method: 'POST', body: new URLSearchParams(form) }) })
}

/** When the last limit was reached: other attempts that came at once took some time of the clock since. */
const reachedAt = async ({ app }: TestServer): Promise<number> => Number((await app.ports.sql.get('select max(began_at) as at from login_attempts'))?.at)

/** Seconds until a quarter of an hour is over. */
const secondsLeft = async (server: TestServer): Promise<string> => String(Math.ceil((await reachedAt(server) + 15 * MINUTE - server.clock.time) / 1000))

const statusOf = async (...asked: Parameters<typeof ask>): Promise<number> => (await ask(...asked)).status

/** A call from an address: 'ok', or the code and its info. */
async function outcomeOf (server: Server, params: Readonly<Record<string, string>>, from?: string): Promise<string> {
  const xml = await (await ask(server, `/rest/?${new URLSearchParams(params)}`, from)).text()
  return errorCode(xml) === 0 ? 'ok' : `${errorCode(xml)} ${/info="([^"]*)"/.exec(xml)?.[1] ?? ''}`.trim()
}

async function loginBy (server: TestServer) {
  const token = await newToken(server)
  return (password: string, from?: string, name = 'alice') =>
    outcomeOf(server, { method: 'auth.login', token, user_name: name, tokened_password: md5(token + md5(password)) }, from)
}

const eventsOf = async ({ app }: TestServer) =>
  (await app.ports.sql.all("select who, about, address from events where kind = 'attempts-limited' order by happened_at, about")).map(row => `${row.who} ${row.about} ${row.address}`)

t.test('of a hundred guesses at once ten are checked, and the account is one by its name, its e-mail, and on the pages', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  await register(server)
  const logIn = await loginBy(server)
  const names = ['alice', 'ALICE@example.org', 'Alice']
  const answers = await times(100, i => logIn(`wrong${i}`, '192.0.2.1', names[i % 3]))
  t.equal(answers.filter(answer => answer === '8').length, 10)
  t.equal(answers.filter(answer => answer === `8 ${TOO_MANY}`).length, 90)
  t.equal(await logIn('secret1'), `8 ${TOO_MANY}`, 'the right one is not looked at')
  const page = await ask(server, '/login', '192.0.2.1', { user_name: 'alice@example.org', password: 'secret1' })
  t.strictSame([page.status, page.headers.get('retry-after')], [429, await secondsLeft(server)])
  t.match(await page.text(), /Too many attempts\. Try again in 1[45] minutes\./)
  t.strictSame(await eventsOf(server), ['alice /rest 192.0.2.1'], 'the log has one line of it')
  const end = await reachedAt(server) + 15 * MINUTE
  t.equal(await logIn('secret1', '192.0.2.2'), 'ok', 'from elsewhere')
  server.clock.time = end - 1
  t.equal(await logIn('secret1'), `8 ${TOO_MANY}`)
  server.clock.time += 1
  t.equal(await logIn('secret1'), 'ok')
})

t.test('programs that know the password are not slowed, however many log in at once', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  await register(server)
  const alice = await findUser(server.app.ports.sql, 'alice')
  if (alice) await changeUser(server.app.ports.sql, alice, { sessionLimit: -1 })
  const logIn = await loginBy(server)
  t.strictSame(new Set(await times(150, () => logIn('secret1'))), new Set(['ok']))
  const time = server.clock.time
  for (let i = 0; i < 20; i++) t.equal(await logIn('secret1'), 'ok')
  t.equal(server.clock.time, time, 'nobody waited')
  t.strictSame(await server.app.ports.sql.all('select * from login_attempts where attempts > 0 or pending > 0'), [])
})

t.test('answers come later and later before there is none', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  await register(server)
  const logIn = await loginBy(server)
  const waited: number[] = []
  for (let i = 0; i < 11; i++) {
    const before = server.clock.time
    await logIn('wrong')
    waited.push(server.clock.time - before)
  }
  t.strictSame(waited, [0, 0, 0, 100, 200, 400, 800, 1000, 1000, 1000, 0])
})

t.test('one address may try fifty wrong passwords in all, an IPv6 network of 64 bits being one', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  await register(server)
  const logIn = await loginBy(server)
  const from = (i: number) => `2001:db8:0:1:${i}::1`
  const answers = await times(80, i => logIn('wrong', from(i), `name${i}`))
  t.equal(answers.filter(answer => answer === '8').length, 50)
  t.equal(await logIn('secret1', from(90)), `8 ${TOO_MANY}`)
  t.equal(await logIn('secret1', '2001:db8:0:2::1'), 'ok')
  t.strictSame(['192.0.2.1', '::FFFF:192.0.2.1', '2001:DB8::1', '2001:db8:0:0:1::1'].map(networkOf), ['192.0.2.1', '192.0.2.1', '2001:db8:0:0', '2001:db8:0:0'])
})

t.test('the password of a file is one secret on its page and for programs', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'x', { password: '1234' })
  const open = (password: string, from?: string) => outcomeOf(server, { method: 'download.getInfo', session_key: key, file_id: id, password }, from)
  const show = (password: string, from?: string) => statusOf(server, `/file/${id}`, from, { filepassword: password })
  for (let i = 0; i < 20; i++) t.equal(await open(''), '22', 'none is no guess')
  t.equal(await show('1234', '192.0.2.9'), 200)
  const guesses = [...await times(60, async i => (await open(`${i}`)) === '22' ? 'checked' : 'refused'), ...await times(60, async i => (await show(`${i}`)) === 403 ? 'checked' : 'refused')]
  t.equal(guesses.filter(guess => guess === 'checked').length, 10)
  t.equal(await open('1234'), `22 ${TOO_MANY}`)
  const page = await ask(server, `/file/${id}`, '192.0.2.1', { filepassword: '1234' })
  t.strictSame([page.status, page.headers.get('retry-after')], [429, await secondsLeft(server)])
  t.equal(await statusOf(server, `/file/${id}`), 200, 'the question is still shown')
  // Others at once, from as many addresses as they like.
  const many = await times(200, i => show('wrong', `198.51.100.${i}`))
  t.equal(many.filter(status => status === 403).length, 90, 'a hundred in all')
  t.strictSame([await show('1234', '203.0.113.1'), await show('1234', '192.0.2.9')], [429, 200], 'but from where it was opened before')
  t.match(await eventsOf(server), [` /file/${id} 192.0.2.1`, ` /file/${id} 198.51.100.`], 'a line for each limit')
  t.equal((await eventsOf(server)).length, 2)
})

t.test('what no one can guess is answered whatever was tried, and searching for it ends', async t => {
  const server = await startServer(t, { settings: { ...SETTINGS, registration: 'invitation' } })
  const { sql, ids } = server.app.ports
  const sealedPassword = sealUserPassword(server.app.ports.vault, 'secret1')
  await sql.run("insert into users (id, user_name, user_name_key, full_name, email, email_key, sealed_password, plan, created_at) values (1, 'alice', 'alice', 'Alice', 'a@example.org', 'a@example.org', $sealed, 'Pro', 0)", { sealed: sealedPassword })
  const session = await openSession(server)
  const id = await uploadFile(server, session, 'a.txt', 'x')
  const code = String((await sql.get('select delete_code from files'))?.delete_code)
  const uploadKey = ids.text('abc', 32)
  await addUploadKey(sql, { id: 1, sealedPassword }, { keyHash: hashKey(uploadKey), kind: 'sharex', createdAt: 0, lastUsedAt: null })
  await sql.run('insert into invitations (code_hash, created_at, expires_at) values ($hash, 0, $expiresAt)', { hash: hashKey('right'), expiresAt: server.clock.time + 86_400_000 })
  await sql.run("insert into site_settings (name, value) values ('set-up', $hash) on conflict (name) do update set value = excluded.value", { hash: hashKey('right') })
  const withKey = (key: string) => ask(server, '/upload/key', '192.0.2.1', {}, { authorization: `Bearer ${key}` })
  const kinds: Array<[string, number, (secret: string, from?: string) => Promise<Response>, string]> = [
    ['/edit', 404, (secret, from) => ask(server, `/edit/${id}/${secret}`, from), code],
    ['/setup', 404, (secret, from) => ask(server, `/setup/${secret}`, from), 'right'],
    ['/register', 403, (secret, from) => ask(server, `/register?invitation=${secret}`, from), 'right'],
    ['/upload/key', 401, withKey, uploadKey]
  ]
  for (const [path, refusal, tryOne, right] of kinds) {
    for (let i = 0; i < 20; i++) t.equal((await tryOne(`${i}`.repeat(16))).status, refusal, `${path} ${i}`)
    const refused = await tryOne('x')
    t.strictSame([refused.status, Number(refused.headers.get('retry-after')) > 0], [429, true], path)
    t.equal((await tryOne('x', '192.0.2.2')).status, path === '/upload/key' ? 429 : refusal, `${path} from elsewhere`)
    t.not((await tryOne(right)).status, 429, `${path} with the right one`)
  }
  t.equal(await statusOf(server, `/delete/${id}/wrong`, '192.0.2.1', {}), 429, 'codes to delete are those to edit')
  t.equal((await eventsOf(server)).length, kinds.length)
})

t.test('a token for metrics is guessed no faster', async t => {
  const server = await startServer(t, { settings: { ...SETTINGS, metricsToken: 'a token that is long'.replaceAll(' ', '-') } })
  const scrape = (token: string, from?: string) => statusOf(server, '/metrics', from, undefined, { authorization: `Bearer ${token}` })
  t.equal(await scrape('a-token-that-is-long', '192.0.2.9'), 200)
  const wrong = await times(150, i => scrape(`wrong${i}`, `198.51.100.${i % 12}`))
  t.equal(wrong.filter(status => status === 401).length, 100)
  t.equal(await scrape('a-token-that-is-long', '192.0.2.9'), 200, 'who scraped before still does')
  t.equal(await scrape('a-token-that-is-long', '198.51.100.1'), 429)
})

t.test('ids are looked for a thousand times, and what proves itself is found beyond that', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'x')
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Mine', shared: 1 }), 'id')
  const link = attribute(await call(server, 'download.getInfo', { session_key: key, file_id: id }), 'url').slice(server.url.length)
  const lookForMany = () => outcomeOf(server, { method: 'anonymous.filesSendMail', api_key: API_KEY, api_version: '1.2', file_id: unknownIds.join(','), sender_email: 'a@example.org', emails: 'b@example.org' })
  const unknownIds = Array.from({ length: 99 }, (_, i) => `zzzz${String(i).padStart(2, '0')}`)
  for (let i = 0; i < 10; i++) t.equal(await lookForMany(), '9')
  const paths = ['/file/zzzzzz', '/pro/dl/zzzzzz', '/dl/a/b/zzzzzz/c', '/view/a/b/zzzzzz/c', '/folder/zzzzzz', '/folder/zzzzzz/rss', '/folder/zzzzzz/zip', '/edit/zzzzzz/x', '/delete/zzzzzz/x']
  for (const path of paths) t.equal(await statusOf(server, path), 404, path)
  t.equal(await outcomeOf(server, { method: 'download.getInfo', session_key: key, file_id: 'zzzzzz' }), '9', 'the thousandth')
  for (const path of paths) t.equal(await statusOf(server, path), 429, path)
  for (const path of [`/file/${id}`, `/folder/${folder}`]) t.equal(await statusOf(server, path), 429, 'what is there is not told')
  t.equal(await outcomeOf(server, { method: 'download.getInfo', session_key: key, file_id: id }), `12 ${TOO_MANY}`)
  t.equal(await outcomeOf(server, { method: 'folders.getShared', session_key: key, folder_id: folder }), `10 ${TOO_MANY}`)
  t.equal(await statusOf(server, link), 200, 'a signed link is no guess')
  t.equal(await outcomeOf(server, { method: 'files.getInfo', session_key: key, file_id: id }), 'ok', 'of one\'s own files nothing can be found out')
  for (let i = 0; i < 3; i++) t.equal(await statusOf(server, '/progressapiupload.html?UPLOAD_IDENTIFIER=nope'), 200, 'programs ask so long before there is anything')
  t.equal(await statusOf(server, `/file/${id}`, '192.0.2.2'), 200)
  t.equal((await eventsOf(server)).length, 1)
  server.clock.time += 15 * MINUTE
  t.equal(await statusOf(server, `/file/${id}`), 200)
})

t.test('in the emulator nothing of this is in the way, unless a test asks for it', async t => {
  const emulator = await startTestEmulator(t)
  const token = element(await call(emulator, 'auth.createToken', { api_key: emulator.apiKey, api_version: '1.0' }), 'token')
  const logIn = (password: string) => outcomeOf(emulator, { method: 'auth.login', token, user_name: 'demo', tokened_password: md5(token + md5(password)) })
  for (let i = 0; i < 30; i++) t.equal(await logIn('wrong'), '8')
  t.equal(await logIn('demo'), 'ok')
  t.match((await controlCall(emulator, 'PATCH', '/system', { limitsAttempts: true })).body, { limitsAttempts: true })
  t.equal((await times(30, () => logIn('wrong'))).filter(answer => answer === '8').length, 10)
  t.equal(await logIn('demo'), `8 ${TOO_MANY}`)
  await emulator.reset()
  t.equal(await logIn('demo').catch(String), '6', 'a reset forgets all, the token too')
})

t.test('the control token of an emulator that others reach is tried ten times from an address', t => {
  let now = 0
  const guard = createGuard(() => now)
  const tryOne = (token: string | undefined, address = '192.0.2.1') => {
    try {
      guard.requireAccess(address, token === undefined ? {} : { authorization: `Bearer ${token}` }, 'right')
      return 200
    } catch (error) {
      return (error as { status: number }).status
    }
  }
  for (let i = 0; i < 20; i++) t.strictSame([tryOne(undefined), tryOne('wrong', '127.0.0.1'), tryOne('right')], [401, 401, 200], 'neither none, nor what comes from this machine')
  for (let i = 0; i < 10; i++) t.equal(tryOne('wrong'), 401)
  t.strictSame([tryOne('right'), tryOne('right', '192.0.2.2')], [429, 200])
  now += 15 * MINUTE
  t.equal(tryOne('right'), 200)
  t.end()
})

t.test('logins on the pages beyond what can wait are refused, and are no attempts', async t => {
  const server = await startServer(t, { settings: SETTINGS })
  const answers = await times(100, i => ask(server, '/login', `192.0.2.${i}`, { user_name: `name${i}`, password: 'wrong' }))
  const refused = answers.filter(({ status }) => status === 429)
  t.ok(refused.length > 0)
  t.ok(refused.every(({ headers }) => headers.get('retry-after') === '5'))
  t.equal(answers.filter(({ status }) => status === 403).length, 100 - refused.length)
  const counted = await server.app.ports.sql.get('select count(*) as n from login_attempts where attempts = 1 and pending = 0')
  t.equal(counted?.n, 3 * (100 - refused.length), 'for the address, the name, and both together')
})

t.test('a queue runs two at a time, in their order, and refuses what is too much', async t => {
  const inTurn = createLimitedQueue(2, 3)
  const ends: Array<() => void> = []
  const begun: number[] = []
  const work = (i: number) => inTurn(async () => {
    begun.push(i)
    await new Promise<void>((resolve, reject) => { ends.push(i === 1 ? () => { reject(new Error('failed')) } : resolve) })
    return i
  })
  const works = [0, 1, 2, 3, 4].map(work)
  const failure = t.rejects(works[1] as Promise<unknown> as Promise<void>, { message: 'failed' })
  await t.rejects(work(5), { message: 'too many are waiting already' })
  t.strictSame(begun, [0, 1])
  ends[1]?.()
  await failure
  t.strictSame(begun, [0, 1, 2], 'one that fails makes room as well')
  for (let i = 0; i < 5; i++) {
    ends[i]?.()
    await works[i]?.catch(() => undefined)
  }
  t.strictSame([begun, await inTurn(async () => 'again')], [[0, 1, 2, 3, 4], 'again'])
})
