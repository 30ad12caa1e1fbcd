/** Requests in absolute form and CONNECT: what a program sends when `http_proxy` points here. */
// Runs on SQLite only.
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from '../support/client-program.ts'
import { attribute, call, errorCode, openSession, uploadFile } from '../support/client.ts'
import { allOf, exchange } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

const QUERY = '/rest/?method=auth.createToken&api_key=RESPACE001&api_version=1.0'

const ask = (url: string, target: string, host: string): Promise<string> =>
  exchange(url, `GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)

for (const proxyMode of ['yes', 'no']) {
  t.test(`with proxy mode ${proxyMode} any other host is refused, our own is not`, async t => {
    const server = await startServer(t, { settings: { proxyMode, publicUrl: 'http://files.example' } })
    const { port } = new URL(server.url)
    for (const host of ['127.0.0.1', 'localhost', '[::1]', hostname(), 'LOCALHOST']) {
      t.match(await ask(server.url, `http://${host}:${port}${QUERY}`, 'other.example'), /^HTTP\/1.1 200 [^]*status="ok"/, host)
    }
    for (const target of [`http://files.example${QUERY}`, `http://files.example:80${QUERY}`, `HTTP://files.example${QUERY}`]) {
      t.match(await ask(server.url, target, 'files.example'), /^HTTP\/1.1 200 [^]*status="ok"/, target)
    }
    for (const target of [`http://example.org${QUERY}`, `https://example.org${QUERY}`, `http://api.sendspace.com.example.org${QUERY}`,
      `http://api.sendspace.com@example.org${QUERY}`, `http://files.example:81${QUERY}`, 'http://', 'http://[::', `http://127.0.0.1:1${QUERY}`, 'http://169.254.169.254/']) {
      t.match(await ask(server.url, target, `127.0.0.1:${port}`), /^HTTP\/1.1 403 /, `${target}, whatever Host says`)
    }
  })

  t.test(`with proxy mode ${proxyMode} there is no tunnel, and the connection ends cleanly`, async t => {
    const server = await startServer(t, { settings: { proxyMode } })
    const { host } = new URL(server.url)
    for (const target of ['api.sendspace.com:443', 'example.org:443', host]) {
      const socket = await openSocket(server.url)
      const errors: Error[] = []
      socket.on('error', error => errors.push(error))
      const answer = allOf(socket)
      socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\nGET ${QUERY} HTTP/1.1\r\nhost: x\r\n\r\n`)
      t.match(await answer, /^HTTP\/1.1 403 Forbidden\r\n[^]*\r\n\r\nThis server is not a proxy\.\n$/, `${target}, and nothing after it`)
      t.strictSame(errors, [], 'no reset')
    }
  })
}

t.test('the hosts of sendspace are answered in proxy mode only', async t => {
  const on = await startServer(t, { settings: { proxyMode: 'yes' } })
  const off = await startServer(t)
  for (const host of ['api.sendspace.com', 'www.sendspace.com', 'sendspace.com', 'API.Sendspace.com', 'api.sendspace.com:80']) {
    t.match(await ask(on.url, `http://${host}${QUERY}`, host), /^HTTP\/1.1 200 [^]*status="ok"/, host)
    t.match(await ask(off.url, `http://${host}${QUERY}`, host), /^HTTP\/1.1 403 [^]*is not a proxy/, host)
  }
})

t.test('links have the host of the target, not that of the Host header', async t => {
  const server = await startServer(t, { settings: { proxyMode: 'yes' } })
  const ticket = '/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0'
  t.match(await ask(server.url, `http://api.sendspace.com${ticket}`, 'other.example'), ' url="http://api.sendspace.com/apiupload?')
})

t.test('called as api.sendspace.com the links to pages are on www.sendspace.com, scheme and port kept', async t => {
  const server = await startServer(t, { settings: { proxyMode: 'yes', trustProxy: 'loopback' } })
  const key = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'shared', shared: '1' }), 'id')
  const id = await uploadFile(server, key, 'a.txt', 'x', { folder_id: folder })
  /** Each host as it is called, and the one in links. */
  const hosts = [
    ['http', 'api.sendspace.com', 'www.sendspace.com'], ['http', 'API.sendspace.com', 'www.sendspace.com'], ['https', 'api.sendspace.com:8443', 'www.sendspace.com:8443'],
    ['http', 'www.sendspace.com', 'www.sendspace.com'], ['http', 'sendspace.com', 'sendspace.com'],
    ['http', 'api.sendspace.com.example.org', 'api.sendspace.com.example.org'], ['http', 'myapi.sendspace.com', 'myapi.sendspace.com'], ['http', 'files.example:8080', 'files.example:8080']
  ] as const
  for (const [scheme, host, linked] of hosts) {
    const send = (path: string, body = '', headers = '') => exchange(server.url,
      `${body === '' ? 'GET' : 'POST'} ${path} HTTP/1.1\r\nhost: ${host}\r\nx-forwarded-proto: ${scheme}\r\nconnection: close\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    const ask = (method: string, params: string) => send(`/rest/?method=${method}&session_key=${key}&${params}`)
    const called = `${scheme}://${host}`.replace('API.', 'api.')
    const pages = `${scheme}://${linked}`
    const file = await ask('files.getInfo', `file_id=${id}`)
    t.match(file, `download_page_url="${pages}/file/${id}"`, host)
    t.match(file.toLowerCase(), `direct_download_url="${called}/dl/`, `${host}: a direct link is no page`)
    const all = await ask('folders.getAll', '')
    t.match(all, `public_url="${pages}/folder/${folder}" rss_url="${pages}/folder/${folder}/rss"`, host)
    const feed = await send(`/folder/${folder}/rss`)
    t.match(feed, `<link>${pages}/folder/${folder}</link>`, host)
    t.match(feed, `<link>${pages}/file/${id}</link>`, host)
    const ticket = await send('/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.2')
    t.match(ticket.toLowerCase(), ` url="${called}/apiupload?`, `${host}: tickets keep the host that was called`)
    t.match(ticket.toLowerCase(), `progress_url="${called}/progressapiupload.html?`, host)
    const path = attribute(ticket, 'url').replace(/^https?:\/\/[^/]+/, '')
    const done = await send(path, '--b\r\nContent-Disposition: form-data; name="userfile"; filename="b.txt"\r\n\r\nhello\r\n--b--\r\n', 'content-type: multipart/form-data; boundary=b\r\n')
    t.match(done, new RegExp(`<download_url>${pages}/file/\\w{6}</download_url>\\n\\s*<delete_url>${pages}/delete/\\w{6}/\\w{32}</delete_url>`), host)
    t.equal(errorCode(await ask('files.getInfo', `file_id=${encodeURIComponent(`${pages}/file/${id}`)}`)), 0, `${host}: its own links come back`)
  }
})

t.test('programs work through http_proxy as they are', async t => {
  const server = await startServer(t, { settings: { proxyMode: 'yes' } })
  const file = join(await temporaryFolder(t), 'photo.txt')
  await writeFile(file, 'a photo')
  for (const [command, client] of [['sh', 'proxy.sh'], ['python3', 'proxy.py'], [process.execPath, 'proxy.mjs']] as const) {
    const printed = await runProgram('/usr/bin/env', [`http_proxy=${server.url}`, command, join(import.meta.dirname, '../clients', client), file])
    t.match(printed, /^page=http:\/\/(?:api|www)\.sendspace\.com\/file\/\w{6}\ntitle=Download photo\.txt from .*\ntunnel=403\nother=403\n$/, client)
  }
})
