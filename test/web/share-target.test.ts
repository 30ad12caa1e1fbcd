/** What a phone shares into the installed site: the manifest, and the form that the browser sends by it. */
// Runs on SQLite only.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { logIn, openSession } from '../support/client.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'

interface Manifest {
  readonly start_url: string
  readonly icons: ReadonlyArray<{ readonly src: string, readonly sizes: string, readonly type: string }>
  readonly share_target: { readonly action: string, readonly method: string, readonly enctype: string, readonly params: { readonly title: string, readonly text: string, readonly url: string, readonly files: ReadonlyArray<{ readonly name: string, readonly accept: readonly string[] }> } }
}

const pngSize = (bytes: Buffer): string => `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`

t.test('the manifest leads to icons that are what it says, below a path too', async t => {
  for (const path of ['', '/box']) {
    const server = await startServer(t, path === '' ? {} : { settings: { publicUrl: `https://files.example.org${path}` } })
    const base = `${server.url}${path}`
    const page = await (await fetch(`${base}/`)).text()
    const address = /<link rel="manifest" href="([^"]+)">/.exec(page)?.[1] ?? ''
    t.equal(address, `${path}/manifest.webmanifest`)
    const answer = await fetch(server.url + address)
    t.match(answer.headers.get('content-type'), 'application/manifest+json')
    t.match((await fetch(`${base}/`)).headers.get('content-security-policy'), "manifest-src 'self'")
    const manifest = await answer.json() as Manifest
    t.equal(new URL(manifest.start_url, `${server.url}${address}`).pathname, `${path}/`)
    t.equal(new URL(manifest.share_target.action, `${server.url}${address}`).pathname, `${path}/share-target`)
    for (const { src, sizes, type } of manifest.icons) {
      const icon = await fetch(new URL(src, `${server.url}${address}`))
      t.strictSame([icon.status, icon.headers.get('content-type')], [200, type])
      if (type === 'image/png') t.equal(pngSize(Buffer.from(await icon.arrayBuffer())), sizes)
    }
    const [, touch = ''] = /<link rel="apple-touch-icon" href="([^"]+)">/.exec(page) ?? []
    t.equal(pngSize(Buffer.from(await (await fetch(server.url + touch)).arrayBuffer())), '180x180')
    const ico = Buffer.from(await (await fetch(`${base}/favicon.ico`)).arrayBuffer())
    t.strictSame([ico.readUInt16LE(0), ico.readUInt16LE(2), ico.readUInt16LE(4)], [0, 1, 3], 'an icon file with three pictures')
    t.equal((await fetch(`${base}/apple-touch-icon.png`)).status, 200, 'where browsers look for it')
    for (const name of ['icon-192.png', 'icon-512.png', 'favicon.ico']) t.ok(Buffer.from(await (await fetch(new URL(name, new URL(manifest.icons[0]?.src ?? '', `${server.url}${address}`)))).arrayBuffer()).length < 20_000, `${name} is small`)
  }
})

/** As a browser sends what was shared into it, without a page that it comes from. */
async function share (server: TestServer, fields: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}, headers: Readonly<Record<string, string>> = {}) {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.append(name, value)
  for (const [name, text] of Object.entries(files)) body.append('userfile', new Blob([text]), name)
  return fetch(`${server.url}/share-target`, { method: 'POST', body, redirect: 'manual', headers: { 'sec-fetch-site': 'none', origin: 'null', ...headers } })
}

const stored = async (server: TestServer) => (await server.app.ports.sql.all('select name, description, owner_id, size from files order by uploaded_at, name')).map(row => ({ ...row }))

t.test('a shared file is an upload like that of the form, and leads to its card', async t => {
  const server = await startServer(t)
  const answer = await share(server, { title: 'Holiday', text: 'The lake', url: '' }, { 'lake.jpg': 'pixels' })
  t.equal(answer.status, 303)
  t.match(await (await fetch(server.url + answer.headers.get('location'))).text(), /data-name="lake\.jpg"[^]*The lake/)
  t.strictSame(await stored(server), [{ name: 'lake.jpg', description: 'The lake', owner_id: null, size: 6 }])
})

t.test('without a file the text is one, named by its title, and nothing of it is lost', async t => {
  const server = await startServer(t)
  const bytesOf = async (answer: Response) => {
    const page = await (await fetch(server.url + answer.headers.get('location'))).text()
    const id = /data-file="(\w{6})"/.exec(page)?.[1] ?? ''
    const link = /id="download_button"[^>]* href="([^"]+)"/.exec(await (await fetch(`${server.url}/file/${id}`)).text())?.[1] ?? ''
    return (await fetch(link)).text()
  }
  const cases: ReadonlyArray<readonly [Readonly<Record<string, string>>, string, string]> = [
    [{ title: 'A/B "note"', text: 'one\ntwo', url: '' }, 'A-B "note".txt', 'one\ntwo\n'],
    [{ title: '', text: '', url: 'https://example.org/?a=1' }, 'Shared text.txt', 'https://example.org/?a=1\n'],
    [{ title: 'Page', text: 'look: https://example.org/', url: 'https://example.org/' }, 'Page.txt', 'look: https://example.org/\n'],
    [{ title: 'Page 2', text: 'look', url: 'https://example.org/' }, 'Page 2.txt', 'look\nhttps://example.org/\n'],
    [{ title: 'Only a title', text: '', url: '' }, 'Only a title.txt', 'Only a title\n'],
    [{ title: 'long', text: 'ü'.repeat(100_000), url: '' }, 'long.txt', `${'ü'.repeat(100_000)}\n`]
  ]
  for (const [fields, name, text] of cases) {
    const answer = await share(server, fields)
    t.equal(answer.status, 303, name)
    t.equal(await bytesOf(answer), text, name)
    t.equal((await stored(server)).filter(file => file.name === name).length, 1, name)
  }
  t.equal((await share(server, { title: ' ', text: '', url: '' })).status, 400, 'nothing at all')
  t.equal((await share(server, { text: 'x'.repeat(300_000) })).status, 400, 'more than a form may have is refused, not cut')
  t.equal((await stored(server)).length, cases.length)
})

t.test('it goes into the account when the browser itself sends it, and never when another site does', async t => {
  const server = await startServer(t)
  await openSession(server)
  const login = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  t.equal((await share(server, {}, { 'own.txt': 'x' }, { cookie })).status, 303)
  for (const headers of [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site', origin: 'https://other.example' }]) {
    await share(server, {}, { 'foreign.txt': 'x' }, { cookie, ...headers })
  }
  t.strictSame((await stored(server)).map(({ name, owner_id: owner }) => [name, owner]), [['foreign.txt', null], ['foreign.txt', null], ['own.txt', 1]].sort())
  t.match(await logIn(server), 'status="ok"')
})

t.test('where uploads need an account it says so, with the way to it, and stores nothing', async t => {
  const config = join(await temporaryFolder(t), 'respace.yaml')
  await writeFile(config, 'plans: { anonymous: { capabilities: none } }')
  const server = await startServer(t, { settings: { config } })
  const answer = await share(server, {}, { 'a.txt': 'x' })
  t.equal(answer.status, 403)
  t.match(await answer.text(), /Nothing was stored: uploads need an account here\. <a href="\/login">Log in<\/a>, then share it again\./)
  t.strictSame(await stored(server), [])
})
