// Runs on SQLite only.
import t from 'tap'
import { anonymousTicket, attribute, call, element, errorCode, openSession, upload, uploadFile } from '../support/client.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const TEXT = 'The quick brown fox jumps over the lazy dog'

const link = async (server: TestServer, key: string, id: string) =>
  attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')

const downloads = async (server: TestServer, id: string) =>
  (await server.app.ports.sql.get('select downloads from files where id = $id', { id }))?.downloads

t.test('a download page has what people and scrapers look for', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'R&D <1>.txt', Buffer.alloc(12_595), { description: 'a <b>bold</b> one' })
  const response = await fetch(`${server.url}/file/${id}`)
  const page = await response.text()
  t.equal(response.status, 200)
  t.match(response.headers.get('content-type'), 'text/html; charset=utf-8')
  t.match(response.headers.get('content-security-policy'), /default-src 'none'/)
  t.match(page, '<title>Download R&amp;D &lt;1&gt;.txt from ')
  t.match(page, '<h2 class="bgray"><b>R&amp;D &lt;1&gt;.txt</b></h2>')
  t.match(page, '<b>File Size:</b> 12.3KB')
  t.match(page, 'a &lt;b&gt;bold&lt;/b&gt; one')
  const comment = /<!-- <a id="download_button" href="([^"]+)">/.exec(page)
  const button = /<a id="download_button" class="download_page_button button1" href="([^"]+)">/.exec(page)
  t.ok(comment && button && comment.index < button.index, 'the comment stands above the button')
  t.equal(comment?.[1], button?.[1])
  t.match(button?.[1], /\/dl\/[0-9a-f]{32}\/[0-9a-f]{16}\/\w{6}\/R%26D%20%3C1%3E\.txt$/)
  const sent = await fetch(button?.[1] ?? '')
  t.equal((await sent.arrayBuffer()).byteLength, 12_595)
  t.match(sent.headers.get('content-disposition'), /^attachment; filename/)
})

t.test('a file that is not there is a 404 with the sentence that scrapers know', async t => {
  const server = await startServer(t)
  for (const path of ['/file/zzzzzz', '/file/ZZ', '/file/zzzzzz/', '/file/zzzzzz/a.txt', '/pro/dl/zzzzzz', '/pro/zzzzzz', '/delete/zzzzzz/00000000000000000000000000000000', `/dl/${'0'.repeat(32)}/${'0'.repeat(16)}/zzzzzz/a`]) {
    const response = await fetch(server.url + path)
    t.equal(response.status, 404, path)
    t.match(await response.text(), '<div class="msg error" style="cursor: default">Sorry, the file you requested is not available.</div>')
  }
  const nothing = await fetch(`${server.url}/nothing`)
  t.strictSame([nothing.status, /<h1>Page not found</.test(await nothing.text())], [404, true])
})

t.test('a password is asked for, and the right one opens the file', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', TEXT, { password: 'sésame' })
  const page = await (await fetch(`${server.url}/file/${id}`)).text()
  t.match(page, 'name="filepassword"')
  t.notMatch(page, 'download_button')
  const post = (filepassword: string) => fetch(`${server.url}/file/${id}`, { method: 'POST', body: new URLSearchParams({ filepassword }) })
  const wrong = await post('wrong')
  t.equal(wrong.status, 403)
  t.notMatch(await wrong.text(), 'download_button')
  const button = /download_page_button button1" href="([^"]+)"/.exec(await (await post('sésame')).text())
  t.equal(await (await fetch(button?.[1] ?? '')).text(), TEXT)
  const form = new FormData()
  form.set('filepassword', 'sésame')
  t.match(await (await fetch(`${server.url}/file/${id}`, { method: 'POST', body: form })).text(), 'download_button', 'by multipart as well')
  const pro = await fetch(`${server.url}/pro/dl/${id}`, { redirect: 'manual' })
  t.equal(pro.headers.get('location'), `/file/${id}`)
  t.equal(errorCode(await call(server, 'download.getInfo', { session_key: key, file_id: id })), 22)
  t.equal(errorCode(await call(server, 'download.getInfo', { session_key: key, file_id: id, password: 'wrong' })), 22)
  const url = attribute(await call(server, 'download.getInfo', { session_key: key, file_id: id, password: 'sésame' }), 'url')
  t.equal(await (await fetch(url)).text(), TEXT)
})

t.test('HEAD tells of a page what GET would', async t => {
  const server = await startServer(t)
  const id = await uploadFile(server, await openSession(server), 'a.txt', TEXT)
  for (const path of ['/', `/file/${id}`, '/healthz', '/readyz']) {
    const head = await fetch(server.url + path, { method: 'HEAD' })
    t.strictSame([head.status, await head.text()], [200, ''], path)
  }
  t.equal((await fetch(`${server.url}/file/zzzzzz`, { method: 'HEAD' })).status, 404)
})

t.test('pro links lead to the bytes', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', TEXT)
  t.equal(await (await fetch(`${server.url}/pro/dl/${id}`)).text(), TEXT)
})

t.test('ranges, validators and HEAD answer by the RFC', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const url = await link(server, key, await uploadFile(server, key, 'a.txt', TEXT))
  const whole = await fetch(url)
  t.equal(await whole.text(), TEXT)
  const etag = whole.headers.get('etag') ?? ''
  t.match(etag, /^"[^"]+"$/)
  t.equal(whole.headers.get('accept-ranges'), 'bytes')
  const get = async (headers: Record<string, string>, method = 'GET') => {
    const response = await fetch(url, { method, headers })
    return [response.status, response.headers.get('content-range'), await response.text()]
  }
  t.strictSame(await get({ range: 'bytes=4-8' }), [206, 'bytes 4-8/43', 'quick'])
  t.strictSame(await get({ range: 'bytes=40-' }), [206, 'bytes 40-42/43', 'dog'])
  t.strictSame(await get({ range: 'bytes=-3' }), [206, 'bytes 40-42/43', 'dog'])
  t.strictSame(await get({ range: 'bytes=40-99' }), [206, 'bytes 40-42/43', 'dog'])
  t.strictSame((await get({ range: 'bytes=43-' })).slice(0, 2), [416, 'bytes */43'])
  t.strictSame(await get({ range: 'bytes=4-8', 'if-range': etag }), [206, 'bytes 4-8/43', 'quick'])
  t.strictSame(await get({ range: 'bytes=4-8', 'if-range': '"other"' }), [200, null, TEXT])
  t.strictSame(await get({ range: 'lines=1-2' }), [200, null, TEXT])
  t.strictSame(await get({ range: 'bytes=0-1,4-5' }), [200, null, TEXT], 'several ranges: the whole')
  t.strictSame(await get({ 'if-none-match': etag }), [304, null, ''])
  const head = await fetch(url, { method: 'HEAD' })
  t.strictSame([head.status, head.headers.get('content-length')], [200, '43'])
  const empty = await link(server, key, await uploadFile(server, key, 'empty.txt', ''))
  t.strictSame([(await fetch(empty)).status, await (await fetch(empty)).text()], [200, ''])
  t.equal((await fetch(empty, { headers: { range: 'bytes=0-' } })).status, 200)
})

t.test('a download counts once, when its last byte was sent', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.bin', Buffer.alloc(20_000_000))
  const url = await link(server, key, id)
  await fetch(url, { method: 'HEAD' })
  await (await fetch(`${server.url}/file/${id}`)).text()
  await (await fetch(url, { headers: { range: 'bytes=0-9' } })).text()
  const socket = await openSocket(server.url)
  socket.write(`GET ${new URL(url).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise(resolve => { socket.once('data', resolve) })
  socket.destroy()
  await (await fetch(url, { headers: { range: 'bytes=0-9' } })).text()
  t.equal(await downloads(server, id), 0, 'HEAD, a page, a first piece and a broken-off GET do not count')
  await (await fetch(url)).arrayBuffer()
  await until('the download counted', async () => await downloads(server, id) === 1)
  await (await fetch(url, { headers: { range: 'bytes=19999999-' } })).arrayBuffer()
  await until('the download counted', async () => await downloads(server, id) === 2)
  t.equal(await downloads(server, id), 2)
})

t.test('bytes count on the session of download.getInfo, other downloads on the owner', async t => {
  const server = await startServer(t)
  const owner = await openSession(server, 'alice')
  const other = await openSession(server, 'bobby')
  const id = await uploadFile(server, owner, 'a.bin', Buffer.alloc(1000))
  const used = async (key: string) => 1024 ** 4 - Number(element(await call(server, 'auth.checkSession', { session_key: key }), 'bandwidth_left'))
  await (await fetch(await link(server, owner, id))).arrayBuffer()
  await until('the bytes counted', async () => await used(owner) === 1000)
  await (await fetch(attribute(await call(server, 'download.getInfo', { session_key: other, file_id: id }), 'url'))).arrayBuffer()
  await until('the bytes counted', async () => await used(other) === 1000)
  t.strictSame([await used(owner), await used(other)], [1000, 1000])
  server.clock.time += 31 * 24 * 60 * 60 * 1000
  t.equal(await used(await openSession(server, 'alice')), 0, 'after 30 days it is there again')
})

t.test('a forged, changed or expired link sends nothing', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', TEXT)
  const stable = await link(server, key, id)
  const granted = attribute(await call(server, 'download.getInfo', { session_key: key, file_id: id }), 'url')
  const [, signature = '', payload = ''] = /\/dl\/(\w+)\/(\w+)\//.exec(granted) ?? []
  t.equal((await fetch(granted)).status, 200)
  t.equal((await fetch(granted.replace(signature, signature.replace(/^./, c => c === '0' ? '1' : '0')))).status, 410)
  t.equal((await fetch(granted.replace(payload, 'f' + payload.slice(1)))).status, 410, 'a later end')
  t.equal((await fetch(granted.replace(payload, payload.slice(0, -1) + '2'))).status, 410, 'another user')
  t.equal((await fetch(granted.replace('a.txt', 'any-other-name'))).status, 200, 'the name is for the reader')
  server.clock.time += 8 * 60 * 60 * 1000 + 1000
  const late = await fetch(granted)
  t.equal(late.status, 410)
  t.match(await late.text(), `href="/file/${id}"`)
  t.equal((await fetch(stable)).status, 200, 'the owner\'s link stays')
  await server.app.ports.sql.run('update files set link_version = link_version + 1')
  t.equal((await fetch(stable)).status, 410, 'until the file changes')
})

t.test('deleting asks first; a GET never deletes unless a setting allows it', async t => {
  const server = await startServer(t)
  const { body } = await upload(await anonymousTicket(server), [{ name: '<x>.txt', bytes: TEXT }])
  const address = element(body, 'delete_url')
  const page = await fetch(address)
  t.equal(page.status, 200)
  t.match(await page.text(), /&lt;x&gt;\.txt[^]*<form method="post">/)
  await fetch(`${address}?action=1`)
  const id = element(body, 'file_id')
  t.equal((await fetch(`${server.url}/file/${id}`)).status, 200, 'still there')
  t.equal((await fetch(address.slice(0, -1) + 'x', { method: 'POST' })).status, 404, 'a wrong code')
  const gone = await fetch(address, { method: 'POST' })
  t.match(await gone.text(), 'is deleted')
  t.equal((await fetch(`${server.url}/file/${id}`)).status, 404)
  t.equal((await fetch(address, { method: 'POST' })).status, 404, 'twice')
  t.strictSame(await server.app.ports.sql.all('select * from files'), [])

  const lenient = await startServer(t, { settings: { deleteByGet: 'yes' } })
  const other = element((await upload(await anonymousTicket(lenient), [{ name: 'a', bytes: 'a' }])).body, 'delete_url')
  await fetch(other)
  t.equal((await lenient.app.ports.sql.all('select id from files')).length, 1)
  await fetch(`${other}?action=1`)
  t.equal((await lenient.app.ports.sql.all('select id from files')).length, 0)
})

t.test('deleting one\'s own file gives the space back', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const space = async () => element(await call(server, 'auth.checkSession', { session_key: key }), 'diskspace_left')
  const before = await space()
  const id = await uploadFile(server, key, 'a.txt', TEXT)
  t.equal(Number(before) - Number(await space()), TEXT.length)
  const row = await server.app.ports.sql.get('select delete_code from files where id = $id', { id })
  await fetch(`${server.url}/delete/${id}/${row?.delete_code}`, { method: 'POST' })
  t.equal(await space(), before)
})

t.test('bytes that are not there are a temporary error, not half an answer', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', TEXT)
  const url = await link(server, key, id)
  const row = await server.app.ports.sql.get('select blob_id from files where id = $id', { id })
  await server.app.ports.blobs.remove([String(row?.blob_id)])
  t.equal(errorCode(await call(server, 'download.getInfo', { session_key: key, file_id: id })), 12)
  const response = await fetch(url)
  t.equal(response.status, 503)
  t.notMatch(await response.text(), server.storage, 'no path is told')
  t.equal(await downloads(server, id), 0)
})

t.test('the form on the home page uploads without a script', async t => {
  const server = await startServer(t)
  const home = await (await fetch(server.url)).text()
  t.match(home, /<form [^>]*method="post" action="\/upload" enctype="multipart\/form-data"/)
  const done = await upload({ url: `${server.url}/upload` }, [{ name: 'a.txt', bytes: TEXT }], { password: '' })
  t.equal(done.status, 303)
  const card = await (await fetch(server.url + done.location)).text()
  const page = /value="([^"]*\/file\/\w+)"/.exec(card)?.[1] ?? ''
  t.match(await (await fetch(page)).text(), 'download_button')
  const two = await upload({ url: `${server.url}/upload` }, [{ name: 'a.txt', bytes: TEXT }, { name: 'b.txt', bytes: TEXT }])
  t.match(two.location, /^\/bundle\/\w{6}\/\w{32}$/)
  const none = await upload({ url: `${server.url}/upload` }, [])
  t.equal(none.status, 400)
})
