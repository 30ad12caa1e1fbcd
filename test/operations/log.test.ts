/** A whole story at the chattiest level: what it must tell, and what it must never tell. */
// Runs on SQLite only.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { anonymousTicket, API_KEY, attribute, call, element, md5, newToken, readTicket, upload, userTicket } from '../support/client.ts'
import { exchange, request } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

interface Line { readonly level: number, readonly msg: string, readonly reqId?: string, readonly [name: string]: unknown }

const linesOf = (server: TestServer): Line[] => server.log().trim().split('\n').filter(line => line !== '').map(line => JSON.parse(line) as Line)

/** Texts that must not be found in a log, by what they are. */
type Secrets = Map<string, string>

t.test('a log at trace level holds no secret, and a line for each answer', async t => {
  const server = await startServer(t, { settings: { logLevel: 'trace', deleteByGet: 'yes' } })
  const secrets: Secrets = new Map()
  const keep = (what: string, text: string): string => {
    if (text.length < 6) throw new Error(`${what} is too short to be looked for`)
    secrets.set(what, text)
    return text
  }
  let asked = 0
  const ask = async (path: string, init?: RequestInit): Promise<string> => {
    asked++
    return (await fetch(server.url + path, { redirect: 'manual', ...init })).text()
  }
  const rest = (params: Record<string, string>): Promise<string> => ask(`/rest/?${new URLSearchParams(params)}`)
  keep('the secret key', readFileSync(join(server.storage, 'secret.key'), 'utf8').trim())

  // Accounts and sessions, in every way that parameters travel.
  const password = keep('a password', 'hunter2hunter2')
  keep('md5 of a password', md5(password))
  const account = { api_key: API_KEY, user_name: 'alice', full_name: 'Alice Example', email: 'alice@example.org', password }
  await rest({ method: 'auth.register', ...account })
  await rest({ method: 'auth.register', ...account, user_name: keep('a password typed as a user name', 'hunter2hunter3') })
  await rest({ method: 'auth.register', api_key: API_KEY, user_name: 'bobby', full_name: 'Bob Example', email: 'bob@example.org' })
  const [mail] = await server.app.ports.sql.all('select sealed_text from mails')
  keep('a mailed password', /Password: (\S+)/.exec(server.app.ports.vault.open(String(mail?.sealed_text), 'mail'))?.[1] ?? '')
  const token = keep('a token', element(await rest({ method: 'auth.createToken', api_key: API_KEY, api_version: '1.2' }), 'token'))
  const tokened = keep('a tokened password', md5(token + md5(password)))
  const body = new URLSearchParams({ method: 'auth.login', token, user_name: 'alice', tokened_password: tokened })
  const key = keep('a session key', element(await ask('/rest/', { method: 'POST', body }), 'session_key'))
  await rest({ method: 'auth.login', token, user_name: 'alice', tokened_password: keep('a wrong tokened password', md5(token + 'x')) })
  const form = new FormData()
  for (const [name, value] of body) form.set(name, value)
  keep('a session key of a form', element(await ask('/rest/', { method: 'POST', body: form }), 'session_key'))

  // Wrong calls that repeat secrets where no secret belongs.
  await rest({ method: key, session_key: key })
  await rest({ method: 'files.getInfo', session_key: key, file_id: `http://${password}.example/${token}` })
  await rest({ method: 'upload.getInfo', session_key: key, speed_limit: password })
  await rest({ method: 'auth.checkSession', session_key: token })
  await rest({ method: 'auth.createToken', api_key: token, api_version: password })
  await ask(`/rest/${key}?session_key=${key}`)
  await ask(`/${password}/${key}`, { method: 'PUT', body: token, headers: { 'x-password': password, cookie: `session=${key}`, authorization: `Bearer ${token}` } })
  await ask('/rest/', { method: 'POST', body: `--${key}\r\nnot a form ${password}`, headers: { 'content-type': `multipart/form-data; boundary=${key}` } })
  await ask('/rest/', { method: 'POST', body: password.repeat(10_000) })
  await ask('/rest/', { method: 'POST', body: password, headers: { 'content-type': `application/${key}` } })

  // Uploads, good ones and failures.
  const learn = (xml: string) => {
    const ticket = readTicket(xml)
    keep(`an upload identifier ${secrets.size}`, ticket.id)
    keep(`an extra_info ${secrets.size}`, ticket.proof)
    return ticket
  }
  const filePassword = keep('a file password', 'open sesame!')
  const pathOf = (url: string): string => url.replace(server.url, '')
  const send = (url: string, fields: Record<string, string>, name = 'secret plan.txt'): Promise<string> => {
    const sent = new FormData()
    for (const [field, value] of Object.entries(fields)) sent.set(field, value)
    sent.append('userfile', new Blob(['some bytes']), name)
    return ask(pathOf(url), { method: 'POST', body: sent })
  }
  const mine = learn(await rest({ method: 'upload.getInfo', session_key: key }))
  const id = /file_id=(\w+)/.exec(await send(mine.url, { UPLOAD_IDENTIFIER: mine.id, extra_info: mine.proof, password: filePassword }))?.[1] ?? ''
  await send(mine.url, { extra_info: keep('a wrong extra_info', 'wrong' + mine.proof) })
  await send(`${mine.url}&extra_info=${mine.proof}&password=${filePassword}`, { redirect_url: `http://127.0.0.1:9/?key=${key}` })
  await send(mine.url, { folder_id: key })
  await ask(pathOf(mine.progressUrl))
  await ask(pathOf(mine.progressUrl), { method: 'POST' })
  await ask(pathOf(mine.url), { method: 'POST', body: password, headers: { 'content-type': `multipart/form-data; boundary=${key}` } })
  const anonymous = learn(await rest({ method: 'anonymous.uploadGetInfo', api_key: API_KEY, api_version: '1.2' }))
  const done = await send(anonymous.url, {})
  const deletePath = pathOf(element(done, 'delete_url'))
  keep('a delete code', /[0-9a-f]{32}$/.exec(deletePath)?.[0] ?? '')
  await ask('/upload', { method: 'POST', body: (() => { const f = new FormData(); f.append('file', new Blob(['x']), 'x'); return f })() })

  // Links.
  const info = await rest({ method: 'download.getInfo', session_key: key, file_id: id, password: filePassword })
  const direct = pathOf(attribute(info, 'url'))
  keep('the signature of a link', direct.split('/')[2] ?? '')
  keep('the signature of an owner link', pathOf(attribute(await rest({ method: 'files.getInfo', session_key: key, file_id: id }), 'direct_download_url')).split('/')[2] ?? '')
  await ask(direct)
  await ask(direct, { headers: { range: 'bytes=2-' } })
  await ask(direct, { method: 'HEAD' })
  await ask(direct.replace('/dl/', '/dl/0'))
  await ask(`/file/${id}`)
  for (const attempt of [filePassword, keep('a wrong file password', 'open barley!')]) {
    await ask(`/file/${id}`, { method: 'POST', body: new URLSearchParams({ filepassword: attempt }) })
  }
  await ask(`/pro/dl/${id}`)
  await ask(deletePath)
  await ask(deletePath.slice(0, -1) + 'z')
  await ask(`${deletePath}?action=1`)
  await rest({ method: 'auth.logout', session_key: key })
  for (const path of ['/', '/nowhere']) await ask(path)
  // Probes come every few seconds, and are not logged while all is well.
  for (const path of ['/healthz', '/readyz']) await fetch(server.url + path)

  await until('all answers are logged', () => linesOf(server).filter(line => line.msg === 'answered').length >= asked)
  const answered = linesOf(server).filter(line => line.msg === 'answered')
  t.equal(answered.length, asked)
  for (const line of answered) {
    t.match(line, { level: 30, reqId: /^[0-9a-f]{10}-[0-9a-z]+$/, verb: /^[A-Z]+$/, route: /^\/|^none$/, status: Number, ms: Number, address: '127.0.0.1', bytesIn: Number, bytesOut: Number })
  }
  t.equal(new Set(answered.map(line => line.reqId)).size, asked, 'each request has an id of its own')
  const routes = new Set(answered.map(line => line.route))
  for (const route of ['/rest/', '/apiupload', '/progressapiupload.html', '/file/:id', '/dl/:signature/:payload/:id/*', '/pro/dl/:id', '/delete/:id/:code', '/upload', 'none']) {
    t.ok(routes.has(route), route)
  }
  t.ok(answered.some(line => line.method === 'auth.login' && line.code === 8), 'a failed login is seen by method and code')
  t.ok(answered.some(line => line.method === 'upload' && line.code === 16))

  const log = server.log()
  for (const [what, text] of secrets) {
    for (const form of new Set([text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), Buffer.from(text).toString('base64'), text.toUpperCase()])) {
      t.notOk(log.includes(form), what)
    }
  }
  t.ok(secrets.size >= 20, `${secrets.size} secrets were looked for`)
})

t.test('what no proper client sends is not logged either', async t => {
  const server = await startServer(t, { settings: { headersTimeout: '500 ms' } })
  const secret = 'hunter2hunter2'
  const ticket = await anonymousTicket(server)
  await exchange(server.url, `GET /rest/?password=${secret} HTTP/9.9\r\n\r\n`)
  await exchange(server.url, `GET /rest/?password=${secret}\0 HTTP/1.1\r\nhost: x\r\n\r\n`)
  await exchange(server.url, `POST /rest/ HTTP/1.1\r\nhost: ${secret} ${secret}\r\ncontent-length: ${secret}\r\n\r\n`)
  await exchange(server.url, `GET http://elsewhere.example/${secret} HTTP/1.1\r\nhost: elsewhere.example\r\nconnection: close\r\n\r\n`)
  await exchange(server.url, `GET /rest/?password=${secret} HTTP/1.1\r\nhost: x\r\nx-slow: `)
  await exchange(ticket.url, ...request(ticket.url, { 'content-type': `multipart/form-data; boundary=${secret}` }, `--${secret}\r\n${secret}: ${secret}\r\n\r\n${secret}`))
  const socket = await openSocket(ticket.url)
  socket.write(Buffer.concat(request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b', 'content-length': '1000' },
    `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${secret}\r\n--b\r\nContent-Disposition: form-data; name="userfile"; filename="${secret}"\r\n\r\n`)))
  await until('the upload runs', async () => (await server.app.ports.progress.read(ticket.id))?.status === 'receiving')
  socket.destroy()
  await once(socket, 'close')
  await until('the upload has failed', async () => (await server.app.ports.progress.read(ticket.id))?.status === 'fail')
  t.notMatch(server.log(), secret)
  t.notMatch(server.log(), ticket.id)
  t.notMatch(server.log(), ticket.proof)
})

t.test('a bug is logged once with its request id and not told to the client', async t => {
  const server = await startServer(t)
  const token = await newToken(server)
  const ticket = await anonymousTicket(server)
  await server.app.ports.sql.script('alter table tokens rename to lost_tokens; alter table files rename to lost_files')
  const xml = await call(server, 'auth.login', { token, user_name: 'alice', tokened_password: md5(token) })
  t.notMatch(xml, /sqlite|table|tokens/i)
  const page = await fetch(`${server.url}/file/aaaaaa`)
  t.equal(page.status, 503)
  t.notMatch(await page.text(), /sqlite|no such|lost_/i)
  const { body } = await upload(ticket, [{ name: 'a.txt', bytes: 'x' }])
  t.match(body, '<status>fail</status>')
  t.notMatch(body, /sqlite|table/i)
  const errors = () => linesOf(server).filter(line => line.level >= 50)
  t.strictSame(errors().map(line => line.msg), ['an API call failed', 'a request failed', 'an upload failed'])
  await until('the answers are logged', () => linesOf(server).filter(line => line.msg === 'answered').length === 5)
  for (const { reqId } of errors()) {
    t.equal(linesOf(server).filter(line => line.reqId === reqId && line.msg === 'answered').length, 1, 'the id leads to its answer')
  }
  t.notMatch(server.log(), token)
  t.notMatch(server.log(), ticket.id)
})

t.test('the level is a setting', async t => {
  const server = await startServer(t, { settings: { logLevel: 'warn' } })
  await userTicket(server, 'x').catch(() => undefined)
  await call(server, 'auth.createToken', { api_key: API_KEY, api_version: '1.0' })
  t.equal(server.log(), '')
})
