/** What holds for answers whatever they are to: hosts that are none, requests of other sites, types that are not guessed, verbs that are not known. */
// Runs on SQLite only.
import { METHODS as VERBS } from 'node:http'
import t from 'tap'
import { API_KEY, anonymousTicket, attribute, openSession, progressOf, upload, userTicket } from '../support/client.ts'
import { controlCall, startTestEmulator } from '../support/emulator.ts'
import { allOf, exchange, request } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer } from '../support/server.ts'
import { readStorage } from '../support/storage-contents.ts'

const IMPOSSIBLE = ['a:99999', '1.2.3.4.5', '1.2.3.256', '256.1.1.1', '0x100000000', 'xn--a', 'a.xn--a', '[:::1]', '[1::2::3]', '[1.2.3.4]', '127.0.0.1:65536']
const PATHS = ['/', '/rest/?method=x', '/login', '/file/aaaaaa', '/docs', '/nothing', '/apiupload', '/tus/', '/healthz', '/public/x/style.css']

t.test('a host that can be none is 400 with one line in the log, whoever names it', async t => {
  const server = await startServer(t)
  const behind = await startServer(t, { settings: { trustProxy: 'loopback' } })
  const ask = async ({ url }: { url: string }, path: string, headers: string) => exchange(url, `GET ${path} HTTP/1.1\r\n${headers}Cookie: respace_session=${'a'.repeat(24)}\r\nConnection: close\r\n\r\n`)
  const linesOf = (log: string) => log.split('\n').filter(line => line.includes('"level"') && !line.includes('"level":10') && !line.includes('"level":20'))
  for (const host of IMPOSSIBLE) {
    for (const path of PATHS) {
      const before = linesOf(server.log()).length
      t.match(await ask(server, path, `Host: ${host}\r\n`), /^HTTP\/1\.1 400 /, `${host} ${path}`)
      t.match(linesOf(server.log()).slice(before).map(line => JSON.parse(line) as unknown), [{ level: 30, status: 400, msg: 'answered' }])
      t.equal(linesOf(server.log()).length, before + 1)
    }
    t.match(await ask(behind, '/login', `Host: x\r\nX-Forwarded-Host: ${host}\r\n`), /^HTTP\/1\.1 400 /, `${host} behind a proxy`)
    t.match(await ask(server, '/login', `Host: x\r\nX-Forwarded-Host: ${host}\r\n`), /^HTTP\/1\.1 200 /, 'that is not believed')
    t.match(await exchange(server.url, ...request(`${server.url}/login`, { host, origin: `http://${host}` }, 'user_name=a')), /^HTTP\/1\.1 400 /, 'a form')
    t.match(await exchange(server.url, `GET http://${host}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 40[03] /, 'in absolute form')
  }
  for (const host of ['files.example', 'FILES.example:80', '127.0.0.1:1', '[::1]:8080', 'xn--bcher-kva.example', 'under_score', 'a:65535', '1.2.3.4']) {
    t.match(await ask(server, '/login', `Host: ${host}\r\n`), /^HTTP\/1\.1 200 /, host)
  }
  t.match(await exchange(server.url, 'GET /login HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /, 'without a host')
  t.match(await ask(behind, '/login', 'Host: x\r\nX-Forwarded-Port: 99999\r\n'), /^HTTP\/1\.1 200 /, 'a port that is none counts as absent')
  for (const log of [server.log(), behind.log()]) t.notMatch(log, /"level":50|"stack"/)
})

t.test('a POST /logout from another site does nothing', async t => {
  const server = await startServer(t)
  await openSession(server)
  const login = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  const logOut = (headers: Record<string, string>) => fetch(`${server.url}/logout`, { method: 'POST', redirect: 'manual', headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers } })
  for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'null' }]) {
    const answer = await logOut(headers)
    t.strictSame([answer.status, answer.headers.getSetCookie()], [403, []], JSON.stringify(headers))
  }
  t.match(await (await fetch(`${server.url}/account`, { headers: { cookie } })).text(), 'alice', 'the session lives on')
  const own = await fetch(`${server.url}/logout`, { method: 'POST', redirect: 'manual', headers: { origin: server.url } })
  t.strictSame([own.status, own.headers.getSetCookie().length], [303, 1], 'one of our own forgets a session that is over')
})

t.test('no answer leaves its type to be guessed', async t => {
  const server = await startServer(t, { variables: { RESPACE_METRICS_TOKEN: 'a'.repeat(32) } })
  const key = await openSession(server)
  await upload(await userTicket(server, key), [{ name: 'a.txt', bytes: 'hello' }])
  const [file] = (await readStorage(server.storage)).files
  await server.app.ports.sql.run('insert into folders (id, owner_id, parent_id, name, is_shared, created_at) values (\'fold01\', 1, \'0\', \'Shared\', 1, 0)')
  const ticket = await anonymousTicket(server)
  await progressOf(ticket)
  const link = (await fetch(`${server.url}/pro/dl/${file?.id}`, { redirect: 'manual' })).headers.get('location') ?? ''
  const gets = [...PATHS, '/robots.txt', '/readyz', '/metrics', '/docs/contract.json', '/folder/fold01', '/folder/fold01/rss', '/folder/fold01/zip', `/file/${file?.id}`, `/file/${file?.id}/qr.svg`,
    `/pro/dl/${file?.id}`, link.replace(server.url, ''), '/progressapiupload.html', '/account', '/admin', '/setup/x', '/request/x', '/%zz', '/.not-a-proxy']
  for (const path of gets) {
    for (const verb of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
      const answer = await exchange(server.url, `${verb} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      t.equal(answer.slice(0, answer.indexOf('\r\n\r\n')).match(/^x-content-type-options: nosniff\r?$/gim)?.length, 1, `${verb} ${path}: ${answer.slice(0, 20)}`)
    }
  }
  for (const [name, bytes] of Object.entries({
    'no HTTP': 'nonsense\r\n\r\n', 'a tunnel': 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 'another host': 'GET http://x.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'too long': `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`
  })) t.match(await exchange(server.url, bytes), /\r\nx-content-type-options: nosniff\r\n/i, name)
  const metrics = await startServer(t, { settings: { metricsListen: 'http://127.0.0.1:0' } })
  const measured = [...metrics.log().matchAll(/"url":"([^"]+)"/g)].map(([, url = '']) => url).filter(url => url !== metrics.url)
  t.equal(measured.length, 1)
  for (const path of ['/metrics', '/nothing']) t.equal((await fetch(`${measured[0]}${path}`)).headers.get('x-content-type-options'), 'nosniff', path)
  const emulator = await startTestEmulator(t)
  for (const path of ['/_emulator', '/_emulator/v1/health', '/_emulator/v1/nothing', '/_emulator/v1/openapi.json', '/_s/none/rest/']) {
    t.equal((await fetch(emulator.url + path)).headers.get('x-content-type-options'), 'nosniff', path)
  }
  t.equal((await fetch(`${emulator.controlUrl}/reset`, { method: 'POST' })).headers.get('x-content-type-options'), 'nosniff', 'an answer without a body')
})

t.test('the endpoint answers GET, HEAD, POST and OPTIONS, and any other verb with 405', async t => {
  const server = await startServer(t)
  for (const path of ['/rest', '/rest/', '/rest/?method=auth.createToken']) {
    for (const verb of [...VERBS.filter(verb => !['GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT'].includes(verb))]) {
      const answer = await exchange(server.url, `${verb} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      t.match(answer, /^HTTP\/1\.1 405 /, `${verb} ${path}`)
      t.match(answer, /\r\nallow: GET, HEAD, POST, OPTIONS\r\n/, verb)
    }
  }
  const query = `/rest/?method=auth.createToken&api_key=${API_KEY}&api_version=1.0`
  const [get, head] = await Promise.all(['GET', 'HEAD'].map(verb => fetch(server.url + query, { method: verb })))
  t.equal(head?.status, 200)
  for (const name of ['content-type', 'content-length', 'cache-control', 'access-control-allow-origin']) t.equal(head?.headers.get(name), get?.headers.get(name), name)
  const socket = await openSocket(server.url)
  const answer = allOf(socket)
  socket.write(`HEAD ${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  t.match(await answer, /\r\n\r\n$/, 'no body')
  t.match(await exchange(server.url, ...request(`${server.url}/rest/`, {}, 'x'.repeat(70_000), 'PUT')), /^HTTP\/1\.1 405 /, 'whatever it brings')
})

t.test('an upload that brings no file, or no form, is 4 and names userfile', async t => {
  const server = await startServer(t)
  for (const [type, body] of [['text/plain', 'hello'], ['application/x-www-form-urlencoded', 'a=b'], ['application/json', '{}'], ['multipart/form-data', 'hello'], ['', ''], ['', 'x'.repeat(2000)]] as const) {
    const { url } = await anonymousTicket(server)
    const answer = await exchange(url, ...request(url, type === '' ? {} : { 'content-type': type }, body))
    t.equal(attribute(answer, 'code'), '4', `${type} ${body.slice(0, 9)}`)
    t.equal(attribute(answer, 'info'), 'userfile')
  }
  const ticket = await anonymousTicket(server)
  const { body } = await upload(ticket, [], { description: 'no file' })
  t.strictSame([attribute(body, 'code'), attribute(body, 'info')], ['4', 'userfile'])
  const emulator = await startTestEmulator(t)
  t.equal((await controlCall(emulator, 'PATCH', '/system', { maintenance: 'x'.repeat(64 * 1024) })).status, 413, 'a control call is small, too')
})
