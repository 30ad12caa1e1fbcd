/** Where the links of mails lead: never to a host that only the one who caused the mail vouches for. */
import { request as send } from 'node:http'
import t from 'tap'
import { API_KEY, anonymousTicket, element, logIn, openSession, register, uploadFile, userTicket } from '../support/client.ts'
import { beginRequests } from '../support/file-request.ts'
import { formBody, fieldPart, filePart } from '../../src/contract/client/multipart-form.ts'
import { startServer, type TestServer } from '../support/server.ts'

const EVIL = 'evil.example'

interface Asked { readonly method?: string, readonly host?: string, readonly headers?: Readonly<Record<string, string>>, readonly form?: Readonly<Record<string, string>>, readonly parts?: ReadonlyArray<readonly [string, string | Buffer]> }

/** A request with any Host header; its status, headers and text. */
function ask (server: Pick<TestServer, 'url'>, path: string, { method, host = EVIL, headers = {}, form, parts }: Asked = {}): Promise<{ status: number, cookie: string, text: string }> {
  const body = parts !== undefined ? formBody('xyz', parts) : form === undefined ? undefined : new URLSearchParams(form).toString()
  const type = parts !== undefined ? { 'content-type': 'multipart/form-data; boundary=xyz' } : form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const sent = send(server.url + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'), headers: { ...headers, host, ...type, ...body !== undefined && { 'content-length': Buffer.byteLength(body) } }
    }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => { text += part }).on('end', () => {
        resolve({ status: answer.statusCode ?? 0, cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '', text })
      })
    }).on('error', reject)
    sent.end(body)
  })
}

/** The mails that wait, once all that was caused has become one: recipient and text. */
async function mails ({ app }: TestServer): Promise<ReadonlyArray<readonly [string, string]>> {
  await app.deliver()
  const rows = await app.ports.sql.all('select recipient, sealed_text from mails order by created_at, recipient')
  return rows.map(row => [String(row.recipient), app.ports.vault.open(String(row.sealed_text), 'mail')])
}

/** The addresses that the links of mails begin with, by recipient. */
const bases = async (server: TestServer): Promise<Readonly<Record<string, string | undefined>>> => Object.fromEntries((await mails(server)).map(([to, text]) => [to.split('@')[0], /(https?:\/\/\S+?)(?:\/(?:file|folder)\/|\/my\b|\s|$)/m.exec(text)?.[1]])) as Record<string, string | undefined>
const forget = (server: TestServer) => server.app.ports.sql.run('delete from mails')

const query = (method: string, params: Readonly<Record<string, string>>) => `/rest/?${new URLSearchParams({ method, ...params })}`

/** Logs in on the pages under a host; what that browser then asks for. */
async function browse (server: TestServer, name: string, host: string, headers: Readonly<Record<string, string>> = {}) {
  const { cookie, status } = await ask(server, '/login', { host, headers, form: { user_name: name, password: 'secret1' } })
  if (status !== 303) throw new Error(`login: ${status}`)
  return (path: string) => ask(server, path, { host, headers: { ...headers, cookie } })
}

t.test('the Host header of a stranger stands in no mail, whatever he does', async t => {
  const { server, make } = await beginRequests(t, { settings: { trustProxy: 'loopback' } })
  await server.app.ports.sql.run('update users set visited_url = null')
  const id = await make({ notify: '1' })
  await server.app.ports.sql.run('update users set visited_url = null')
  const file = await uploadFile(server, await openSession(server), 'b.txt', 'b')
  for (const headers of [{}, { 'x-forwarded-host': EVIL }, { 'x-forwarded-host': EVIL, 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/evil', 'x-forwarded-port': '81' }]) {
    t.equal((await ask(server, `/request/${id}`, { headers, parts: [filePart('a.txt', 'a')] })).status, 303)
    const { text } = await ask(server, query('anonymous.uploadGetInfo', { api_key: API_KEY, api_version: '1.0' }), { headers })
    t.match(text, EVIL, 'its own answer has the address it used')
    const ticket = await anonymousTicket(server)
    await ask(server, ticket.url.slice(server.url.length), { headers, parts: [fieldPart('recipient_email', 'form@example.org'), filePart('a.txt', 'a')] })
    await ask(server, '/upload', { headers, parts: [fieldPart('recipient_email', 'page@example.org'), filePart('a.txt', 'a')] })
    await ask(server, query('auth.register', { api_key: API_KEY, user_name: `new${server.clock.time}`, full_name: 'New', email: `new${server.clock.time}@example.org` }), { headers })
    const sent = await ask(server, query('anonymous.filesSendMail', { api_key: API_KEY, api_version: '1.2', file_id: file, sender_email: 'x@example.org', emails: 'sent@example.org' }), { headers })
    t.match(sent.text, 'status="ok"')
    const inPieces = (path: string, metadata: string) =>
      ask(server, path, { method: 'POST', headers: { ...headers, 'tus-resumable': '1.0.0', 'upload-length': '0', 'upload-metadata': metadata } })
    t.equal((await inPieces(`/request/${id}/tus`, 'filename YQ==')).status, 201)
    t.equal((await inPieces('/tus', `filename YQ==,recipient_email ${btoa('tus@example.org')},public_url ${btoa('http://evil.example')}`)).status, 201)
    const written = await mails(server)
    t.strictSame([...new Set(written.map(([to]) => to.replace(/^new\d+/, 'new').split('@')[0]))].sort(), ['alice', 'form', 'new', 'page', 'sent', 'tus'])
    for (const [to, text] of written) {
      t.notMatch(text, /evil/, to)
      t.match(text, `//${new URL(server.url).host}`, to)
    }
    await forget(server)
    server.clock.time += 3_600_000
  }
})

t.test('mails to an account have the address its own browser used, and no other', async t => {
  const { server, make } = await beginRequests(t)
  const id = await make({ notify: '1' })
  const give = async (host: string) => {
    await forget(server)
    await ask(server, `/request/${id}`, { host, parts: [filePart('a.txt', 'a')] })
    return (await bases(server)).alice
  }
  t.equal(await give(EVIL), server.url, 'the one by which the request was made')
  const visit = await browse(server, 'alice', 'files.home:8080')
  t.equal(await give(EVIL), server.url, 'not before it is logged in')
  t.equal((await visit('/my')).status, 200)
  t.equal(await give(EVIL), 'http://files.home:8080')
  await ask(server, '/my', { headers: { cookie: 'respace_session=x' } })
  await ask(server, '/login', { form: { user_name: 'alice', password: 'wrong' } })
  await ask(server, query('auth.createToken', { api_key: API_KEY, api_version: '1.0' }))
  t.equal(await give(EVIL), 'http://files.home:8080', 'nothing that others do changes it')
  await openSession(server, 'bobby')
  await (await browse(server, 'bobby', 'bobby.example'))('/my')
  t.equal(await give('bobby.example'), 'http://files.home:8080', 'nor does the browser of another account')
})

t.test('mails to others have the address of the administrators before that of their sender', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback' } })
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'a')
  const share = async (host: string) => {
    await forget(server)
    t.match((await ask(server, query('files.sendMail', { session_key: key, file_id: id, emails: 'friend@example.org' }), { host })).text, 'status="ok"')
    const ticket = (await userTicket(server, key)).url.slice(server.url.length)
    await ask(server, ticket, { host, parts: [fieldPart('recipient_email', 'other@example.org'), fieldPart('notify_uploader', '1'), filePart('a.txt', 'a')] })
    return bases(server)
  }
  t.strictSame(await share(EVIL), { alice: server.url, friend: server.url, other: server.url }, 'the address listened on')
  const alice = await browse(server, 'alice', 'alice.example')
  await alice('/my')
  const hers = 'http://alice.example'
  t.strictSame(await share(EVIL), { alice: hers, friend: hers, other: hers })
  await register(server, 'carol')
  await server.app.ports.sql.run("update users set is_admin = 1 where user_name = 'carol'")
  for (const own of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080']) {
    await (await browse(server, 'carol', own))('/admin')
    t.equal((await share(EVIL)).friend, hers, `${own} is of use to nobody else`)
  }
  await (await browse(server, 'carol', 'x', { 'x-forwarded-host': 'files.example.org', 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/share' }))('/admin')
  const site = 'https://files.example.org/share'
  t.strictSame(await share(EVIL), { alice: hers, friend: site, other: site })
  await ask(server, query('auth.register', { api_key: API_KEY, user_name: 'dave', full_name: 'Dave', email: 'dave@example.org' }))
  t.equal((await bases(server)).dave, site)
})

t.test('a public address beats what is remembered, and nothing is remembered then', async t => {
  const before = await startServer(t)
  await register(before)
  await (await browse(before, 'alice', 'alice.example'))('/my')
  await before.close()
  const server = await startServer(t, { settings: { publicUrl: 'https://files.example.org/share' }, storage: before.storage, seed: 'other ids' })
  const key = element(await logIn(server), 'session_key')
  await (await browse(server, 'alice', 'bad.example'))('/my')
  const file = await server.app.ports.sql.get("select visited_url from users where user_name = 'alice'")
  t.equal(file?.visited_url, 'http://alice.example')
  const ticket = new URL((await userTicket(server, key)).url)
  await ask(server, ticket.pathname + ticket.search, { parts: [fieldPart('recipient_email', 'other@example.org'), fieldPart('notify_uploader', '1'), filePart('a.txt', 'a')] })
  t.strictSame(await bases(server), { alice: 'https://files.example.org/share', other: 'https://files.example.org/share' })
})
