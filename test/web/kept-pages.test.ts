/** What is written once for all visitors is never shown to the wrong one, and never old. */
import { connect } from 'node:net'
import t from 'tap'
import { remembering } from '../../src/domain/remembering.ts'
import { setPause } from '../../src/store/operations/pauses.ts'
import { chooseBranding } from '../../src/store/operations/branding.ts'
import { openSession, uploadFile } from '../support/client.ts'
import { logInOnPages } from '../support/page-session.ts'
import { allOf } from '../support/raw-http.ts'
import { startServer } from '../support/server.ts'

t.test('the start page is that of its reader each time', async t => {
  const server = await startServer(t)
  await openSession(server)
  const { sql } = server.app.ports
  const read = async (headers: Readonly<Record<string, string>> = {}, path = '/') => (await fetch(`${server.url}${path}`, { headers })).text()
  const first = await read()
  t.equal(await read(), first)
  t.match(first, '<html lang="en">')
  t.match(await read({ 'accept-language': 'de' }), '<html lang="de">')
  t.match(await read({ 'accept-language': 'fr-CA' }), '<html lang="fr">')
  t.equal(await read({ 'accept-language': 'xx' }), first, 'nobody speaks it')
  t.equal(await read({ 'accept-language': `de;q=0, ${'en, '.repeat(200)}` }), first, 'longer than what is remembered')
  t.match(await read({}, '/?from=there'), 'value="/?from=there"', 'the menu of languages leads back to this very address')
  t.equal(await read(), first)

  const alice = await logInOnPages(server)
  t.match(await (await alice.visit('/')).text(), 'alice')
  t.equal(await read(), first, 'visitors see nothing of it')

  await setPause(sql, 'uploads', true, 0)
  t.match(await read(), 'class="drop closed"')
  await setPause(sql, 'uploads', false, 0)
  t.equal(await read(), first)

  await chooseBranding(sql, { name: 'Dropbay', note: 'Be kind.' })
  t.match(await read(), /Dropbay[^]*Be kind\./)
  t.match(await read({ 'accept-language': 'de' }), /lang="de"[^]*Be kind\./)
  await chooseBranding(sql, { name: 'Dropbay', note: 'Be quick.' })
  t.match(await read(), 'Be quick.', 'another look of the same name')
  await chooseBranding(sql, {})
  t.equal(await read(), first)
})

t.test('the start page names the address that its reader used', async t => {
  const server = await startServer(t)
  const { port } = new URL(server.url)
  const read = async (host: string) => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    return allOf(socket)
  }
  for (const host of ['files.example', 'other.example:8080', 'files.example']) t.match(await read(host), `<code>http://${host}/rest/</code>`)
  for (let i = 0; i < 1100; i++) await read(`host-${i}.example`)
  t.match(await read('files.example'), '<code>http://files.example/rest/</code>', 'after more hosts than are remembered')
  t.match(await read('a:99999'), /^HTTP\/1\.1 400 /)
  t.match(await read('a:99999'), /^HTTP\/1\.1 400 /, 'also the second time')
})

t.test('a kept page has one entity tag, and a browser that has it gets nothing', async t => {
  const server = await startServer(t)
  const first = await fetch(server.url)
  const tag = String(first.headers.get('etag'))
  const { byteLength } = await first.arrayBuffer()
  t.equal((await fetch(server.url, { headers: { 'if-none-match': tag } })).status, 304)
  const head = await fetch(server.url, { method: 'HEAD' })
  t.equal(head.headers.get('etag'), tag)
  t.equal(head.headers.get('content-length'), `${byteLength}`)
})

t.test('the page of a file shows its owner only where he says so', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'notes.pdf', 'hello')
  const read = async () => (await fetch(`${server.url}/file/${id}`)).text()
  t.notMatch(await read(), 'Shared by')
  await server.app.ports.sql.run("update users set is_name_shown = 1, full_name = 'Alice <b>'")
  t.match(await read(), 'Alice &lt;b&gt;')
  const [, button = ''] = /href="[^"]*\/dl\/([^"]*)"/.exec(await read()) ?? []
  t.match(await read(), `src="/view/${button}"`, 'the preview is at the link of the button')
})

t.test('no more results are remembered than there may be, and no long text', async t => {
  const asked: string[] = []
  const find = remembering(2, (text: string) => { asked.push(text); return text === 'none' ? undefined : text.length })
  for (const text of ['a', 'a', 'none', 'none']) find(text)
  t.strictSame(asked, ['a', 'none'], 'also that there is none')
  find('b')
  find('none')
  t.strictSame(asked, ['a', 'none', 'b'])
  find('a')
  t.strictSame(asked, ['a', 'none', 'b', 'a'], 'the oldest is forgotten')
  const [longest, longer] = ['x'.repeat(300), 'x'.repeat(301)]
  for (const text of [longest, longest, longer, longer]) t.equal(find(text), text.length)
  t.strictSame(asked.slice(4), [longest, longer, longer])
})
