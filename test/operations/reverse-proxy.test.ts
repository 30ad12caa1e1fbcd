/** The configurations of docs/reverse-proxy.md, run as they stand there; below a path every link is followed. */
// Runs on SQLite only.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { freePort } from '../support/free-port.ts'
import { skipWithout } from '../../scripts/bring-components.ts'
import { startCaddy } from '../support/caddy.ts'
import { API_KEY, anonymousTicket, attribute, call, element, errorCode, md5, openSession, progressOf, readTicket, register, upload, uploadFile } from '../support/client.ts'
import { downloadFrom } from '../support/client-program.ts'
import { beginUpload, fileIdOf } from '../support/paused-upload.ts'
import { startNginx } from '../support/nginx.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const page = await readFile(join(import.meta.dirname, '../../docs/reverse-proxy.md'), 'utf8')
// What balances is tried in balancers.test.ts.
const [ownHost = '', stored = '', kept = '', stripped = '', , ...more] = [...page.matchAll(/^```nginx\n([^]*?)^```$/gm)].map(([, text = '']) => text)

const behind = (directives: string, server: TestServer): string => directives.replace('http://127.0.0.1:8080', server.url)

t.test('a host of its own: links have the address that the client used', async t => {
  t.strictSame(more, [])
  const server = await startServer(t, { settings: { trustProxy: 'loopback' } })
  const port = await freePort()
  await startNginx(t, port, behind(ownHost, server))
  const url = `http://127.0.0.1:${port}`
  const ticket = await anonymousTicket({ url })
  t.match(ticket.url, `${url}/apiupload?`)
  const { body } = await upload(ticket, [{ name: 'a.txt', bytes: 'text' }])
  t.equal(String(await downloadFrom(element(body, 'download_url'))), 'text')
  t.notMatch(server.log(), 'are not trusted')
})

t.test('nginx sends downloads itself where it is told to: whole, in ranges, slowly, and counted', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback', accelRedirect: '/stored/' } })
  const port = await freePort()
  await startNginx(t, port, behind(ownHost, server) + stored.replace('STORAGE', server.storage))
  const url = `http://127.0.0.1:${port}`
  const session = await openSession({ url })
  const bytes = randomBytes(300_000)
  const id = await uploadFile({ url }, session, 'ä & b.bin', bytes)
  const info = () => call({ url }, 'files.getInfo', { session_key: session, file_id: id })
  const link = attribute(await info(), 'direct_download_url')
  const handed = await fetch(server.url + new URL(link).pathname)
  t.match(handed.headers.get('x-accel-redirect'), /^\/stored\/[0-9a-f]{2}\/[\w.-]+-0$/)
  t.equal(await handed.text(), '', 'not a byte comes from us')
  const whole = await fetch(link)
  t.equal(whole.status, 200)
  t.match(whole.headers.get('content-disposition'), /^attachment; filename=/)
  t.match(whole.headers.get('content-security-policy'), 'sandbox')
  t.strictSame([whole.headers.get('x-content-type-options'), whole.headers.get('x-robots-tag')], ['nosniff', 'noindex'])
  t.equal(whole.headers.get('x-accel-redirect'), null, 'nobody learns where files lie')
  t.ok(Buffer.from(await whole.arrayBuffer()).equals(bytes))
  const part = await fetch(link, { headers: { range: 'bytes=100-199' } })
  t.strictSame([part.status, part.headers.get('content-range')], [206, 'bytes 100-199/300000'])
  t.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200)))
  t.equal(attribute(await info(), 'downloads'), '2', 'the one handed over and the whole one; the range does not reach the end')
  t.equal((await fetch(`${url}/stored/`)).status, 404, 'the location is internal')
  await call({ url }, 'files.setInfo', { session_key: session, file_id: id, downloads_limit: 10 })
  const limited = await fetch(server.url + new URL(attribute(await info(), 'direct_download_url')).pathname)
  t.equal(limited.headers.get('x-accel-redirect'), null, 'one with a limit comes through us, who know when it was sent')
  t.ok(Buffer.from(await limited.arrayBuffer()).equals(bytes))
})

t.test('what an nginx may not read, or does not find, comes through us, counts once, and the log says so once', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback', accelRedirect: '/stored/' } })
  const session = await openSession(server)
  const bytes = randomBytes(300_000)
  const id = await uploadFile(server, session, 'ä & b.bin', bytes)
  const counted = async () => ({
    ...await server.app.ports.sql.get('select downloads from files'),
    ...await server.app.ports.sql.get('select coalesce(sum(bytes), 0) as bytes from traffic')
  })
  let expected = { downloads: 0, bytes: 0 }
  const count = async (downloads: number, length: number) => {
    expected = { downloads: expected.downloads + downloads, bytes: expected.bytes + length }
    await until('it counted', async () => JSON.stringify(await counted()) === JSON.stringify(expected))
  }
  for (const [folder, user] of [[server.storage, 'nobody nogroup'], [join(server.storage, 'nowhere'), 'root']] as const) {
    const port = await freePort()
    await startNginx(t, port, behind(ownHost, server) + stored.replace('STORAGE', folder), '', user)
    const url = `http://127.0.0.1:${port}`
    const link = attribute(await call({ url }, 'files.getInfo', { session_key: session, file_id: id }), 'direct_download_url')
    const whole = await fetch(link)
    t.equal(whole.status, 200)
    t.match(whole.headers.get('content-disposition'), /^attachment; filename=/)
    t.equal(whole.headers.get('x-hand-back'), null)
    t.ok(Buffer.from(await whole.arrayBuffer()).equals(bytes))
    await count(1, 300_000)
    const part = await fetch(link, { headers: { range: 'bytes=100-199' } })
    t.strictSame([part.status, part.headers.get('content-range')], [206, 'bytes 100-199/300000'])
    t.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200)))
    await count(0, 100)
  }
  t.equal(server.log().split('cannot read the files').length, 2)
  const link = attribute(await call(server, 'files.getInfo', { session_key: session, file_id: id }), 'direct_download_url')
  const handed = (await fetch(link)).headers.get('x-hand-back') ?? ''
  await count(1, 300_000)
  const back = (text: string) => fetch(`${server.url}/handed-back/${text}`)
  t.equal((await back('v1.AAAA')).status, 404)
  t.equal((await (await back(handed)).arrayBuffer()).byteLength, 300_000)
  await count(0, 0)
  for (const again of [handed, `${handed}=`, `${handed}%20`, `${handed.slice(0, 20)}.${handed.slice(20)}`]) t.equal((await back(again)).status, 404, 'once, however it is written')
  const late = (await fetch(link)).headers.get('x-hand-back') ?? ''
  await count(1, 300_000)
  server.clock.time += 60_000
  t.equal((await back(late)).status, 404)
  t.strictSame(await counted(), expected)
})

t.test('behind an nginx that sends downloads, who knows a state by its name or by ours gets what is asked for, and 304 counts nothing', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback', accelRedirect: '/stored/' } })
  const port = await freePort()
  await startNginx(t, port, behind(ownHost, server) + stored.replace('STORAGE', server.storage))
  const url = `http://127.0.0.1:${port}`
  const session = await openSession({ url })
  const id = await uploadFile({ url }, session, 'a.txt', 'The quick brown fox')
  const info = () => call({ url }, 'files.getInfo', { session_key: session, file_id: id })
  const link = attribute(await info(), 'direct_download_url')
  const namesOf = ({ headers }: Response) => ['etag', 'last-modified'].map(name => headers.get(name) ?? '')
  const ask = async (headers: Readonly<Record<string, string>>) => {
    const answer = await fetch(link, { headers })
    return [answer.status, await answer.text(), ...namesOf(answer)]
  }
  const whole = await fetch(link)
  t.equal(await whole.text(), 'The quick brown fox')
  const names = [namesOf(whole), namesOf(await fetch(link, { method: 'HEAD' }))]
  t.not(names[0]?.[0], names[1]?.[0], 'nginx has a name of its own')
  for (const [etag = '', changed = ''] of names) {
    t.strictSame(await ask({ 'if-none-match': etag }), [304, '', etag, changed])
    t.strictSame(await ask({ 'if-modified-since': changed }), [304, '', etag, changed])
    t.strictSame(await ask({ 'if-match': '"other"' }).then(([status]) => status), 412)
    t.equal(attribute(await info(), 'downloads'), '1')
    t.strictSame(await ask({ range: 'bytes=4-8', 'if-range': etag }), [206, 'quick', etag, changed])
    t.strictSame(await ask({ range: 'bytes=4-8', 'if-match': etag }), [206, 'quick', etag, changed])
    t.equal(attribute(await info(), 'downloads'), '1')
  }
  t.strictSame((await ask({ range: 'bytes=4-8', 'if-range': '"other"' })).slice(0, 2), [200, 'The quick brown fox'])
  await until('it counted', async () => attribute(await info(), 'downloads') === '2')
})

t.test('Caddy: HTTPS as clients used it, whole bodies and ranges, uploads as they come, and who came', { skip: skipWithout('caddy') }, async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback' } })
  const [, site = ''] = /^```\n(files\.example\.org \{\n[^]*?)^```$/m.exec(page) ?? []
  const sites = site.replace('127.0.0.1:8080', new URL(server.url).host)
  const caddy = await startCaddy(t, sites, /reverse_proxy .*/.exec(sites)?.[0] ?? '')
  const origin = `https://files.example.org:${caddy.port}`
  const folder = await temporaryFolder(t)
  const curl = async (...words: string[]) => (await promisify(execFile)('curl', [
    '-sS', '--fail', '-H', 'X-Forwarded-For: 203.0.113.9', '--cacert', caddy.authority, '--resolve', `files.example.org:${caddy.port}:127.0.0.1`, '--interface', '127.0.0.9', ...words
  ], { encoding: 'buffer', maxBuffer: 10_000_000 })).stdout
  const ask = async (method: string, params: Record<string, string>) => String(await curl(`${origin}/rest/?${new URLSearchParams({ method, ...params })}`))

  await register(caddy)
  const token = element(await ask('auth.createToken', { api_key: API_KEY, api_version: '1.0' }), 'token')
  const session = element(await ask('auth.login', { token, user_name: 'alice', tokened_password: md5(token + md5('secret1')) }), 'session_key')
  t.match(await server.app.ports.sql.all("select address from events where kind = 'program-login'"), [{ address: '127.0.0.9' }])
  const ticket = readTicket(await ask('upload.getInfo', { session_key: session }))
  t.match(ticket.url, `${origin}/apiupload?`)
  const bytes = randomBytes(3_000_000)
  await writeFile(join(folder, 'ä & b.bin'), bytes)
  const id = fileIdOf(String(await curl('-F', `userfile=@"${join(folder, 'ä & b.bin')}"`, ticket.url)))
  const link = attribute(await ask('files.getInfo', { session_key: session, file_id: id }), 'direct_download_url')
  t.ok(link.startsWith(`${origin}/dl/`), link)
  t.ok((await curl(link)).equals(bytes))
  t.ok((await curl('--range', '100-199', link)).equals(bytes.subarray(100, 200)))
  const headers = String(await curl('--head', link))
  for (const header of [/^content-disposition: attachment; filename=/m, /^content-length: 3000000\r$/m, /^content-security-policy: .*sandbox/m, /^x-robots-tag: noindex/m]) t.match(headers, header)

  const half = await beginUpload(caddy, session, 2_000_000)
  await until('the half is told while the other is still to come', async () => Number((await progressOf(half.ticket)).meter) >= 49)
  t.match(await half.finish(), 'upload_status=ok')
  t.notMatch(server.log(), 'are not trusted')
})

for (const [way, directives] of [['passes on', kept], ['takes off', stripped]] as const) {
  t.test(`below a path that the proxy ${way}, everything works and nothing leads out of it`, async t => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/share`
    const server = await startServer(t, { settings: { trustProxy: 'loopback', publicUrl: `${url}/` } })
    await startNginx(t, port, behind(directives, server))
    const mounted = { url }
    const text = async (address: string) => {
      const response = await fetch(address)
      t.equal(response.status, 200, address)
      return response.text()
    }

    // Answers of the API.
    const session = await openSession(mounted)
    const shared = attribute(await call(mounted, 'folders.create', { session_key: session, name: 'Summer', shared: 1 }), 'id')
    await call(mounted, 'folders.create', { session_key: session, name: 'Beach', shared: 1, parent_folder_id: shared })
    const id = await uploadFile(mounted, session, 'a.txt', 'text', { folder_id: shared })
    const locked = await uploadFile(mounted, session, 'b.txt', 'text', { folder_id: shared, password: 'seaside' })
    const info = await call(mounted, 'files.getInfo', { session_key: session, file_id: id })
    for (const link of ['download_page_url', 'direct_download_url']) t.ok(attribute(info, link).startsWith(`${url}/`), link)
    t.equal(await text(attribute(info, 'direct_download_url')), 'text')
    t.equal(String(await downloadFrom(attribute(info, 'download_page_url'))), 'text')
    t.equal(errorCode(await call(mounted, 'files.getInfo', { session_key: session, file_id: attribute(info, 'download_page_url') })), 0, 'our own link is an id')
    const download = await call(mounted, 'download.getInfo', { session_key: session, file_id: id })
    t.equal(await text(attribute(download, 'url')), 'text')
    const ticket = await anonymousTicket(mounted)
    t.ok(ticket.url.startsWith(`${url}/apiupload?`))
    const done = (await upload(ticket, [{ name: 'c.txt', bytes: 'text' }])).body
    t.match(await progressOf(ticket), { status: 'done' })
    const deletePage = element(done, 'delete_url')
    t.ok(deletePage.startsWith(`${url}/delete/`))

    // Redirects.
    for (const [file, target] of [[id, '/share/dl/'], [locked, `/share/file/${locked}`]] as const) {
      const { status, headers } = await fetch(`${url}/pro/dl/${file}`, { redirect: 'manual' })
      t.equal(status, 302)
      t.match(headers.get('location'), target)
    }
    t.match(await text(`${url}/pro/dl/${locked}`), 'filepassword')

    // Forms.
    const home = await text(`${url}/`)
    const form = /<form[^>]* action="([^"]*)"/.exec(home)?.[1] ?? ''
    const sent = await upload({ url: new URL(form, url).href }, [{ name: 'd.txt', bytes: 'text' }])
    t.equal(sent.status, 303, form)
    t.match(sent.location, /^\/share\/edit\//)
    const asked = /<form[^>]* action="([^"]*)"/.exec(await text(`${url}/file/${locked}`))?.[1] ?? ''
    const opened = await fetch(new URL(asked, url), { method: 'POST', body: new URLSearchParams({ filepassword: 'seaside' }) })
    t.match(await opened.text(), `id="download_button" class="download_page_button button1" href="${url}/dl/`)

    // The feed.
    const feed = await text(`${url}/folder/${shared}/rss`)
    const addresses = [...feed.matchAll(/(?:href="|url="|<link>|<guid[^>]*>)([^"<]+)/g)].map(([, address = '']) => address)
    t.ok(addresses.length >= 6)
    for (const address of addresses) t.ok(address.startsWith(`${url}/`), address)

    // Every link and file of every page leads to something below the path.
    const pages = [`${url}/`, `${url}/file/${id}`, `${url}/file/${locked}`, `${url}/folder/${shared}`, deletePage, `${url}/docs`, `${url}/dl/0/0/${id}/a.txt`, `${url}/nothing`]
    const seen = new Set<string>()
    for (const address of pages) {
      const html = (await (await fetch(address)).text()).replace(/<!--[^]*?-->|<pre>[^]*?<\/pre>/g, '')
      for (const [, link = ''] of html.matchAll(/\s(?:href|src|action)="([^"#]+)/g)) seen.add(new URL(link.replaceAll('&amp;', '&'), address).href)
    }
    t.ok(seen.size > 5)
    for (const link of seen) {
      t.ok(link === url || link.startsWith(`${url}/`), link)
      const { status, body } = await fetch(link)
      await body?.cancel()
      t.ok([200, 404].includes(status) && (status === 200 || /\/(?:upload|language)$/.test(link)), `${link} answers ${status}`)
    }
    t.equal((await fetch(deletePage, { method: 'POST' })).status, 200)
    t.equal((await fetch(`http://127.0.0.1:${port}/rest/`)).status, 404, 'nginx has nothing else')
    t.equal(errorCode(await call(mounted, 'auth.createToken', { api_key: API_KEY, api_version: '1.0' })), 0)
  })
}

t.test('paths that only begin like ours are not shortened, and the path itself is the start page', async t => {
  const server = await startServer(t, { settings: { publicUrl: 'https://example.org/share/' } })
  const statusOf = async (path: string) => (await fetch(server.url + path)).status
  t.equal(await statusOf('/share'), 200)
  t.equal(await statusOf('/share?x=1'), 200)
  t.equal(await statusOf('/share/healthz'), 200)
  t.equal(await statusOf('/healthz'), 200)
  t.equal(await statusOf('/sharehealthz'), 404)
  t.equal(await statusOf('/share/share/healthz'), 404)
})

t.test('a path that one of our own begins with is refused at the start', async t => {
  for (const path of ['file', 'rest/api', 'dl']) {
    await t.rejects(startServer(t, { settings: { publicUrl: `https://example.org/${path}/` } }), { message: /--public-url: .* begins like a path of Respace's own/ })
  }
})
