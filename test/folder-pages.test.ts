import { convert } from 'xmlbuilder2'
import t from 'tap'
import { attribute, call, openSession, uploadFile, type Params } from './support/client.ts'
import { copyFile } from './support/many-files.ts'
import { startServer, type TestServer } from './support/server.ts'

const createFolder = async (server: TestServer, key: string, params: Params) =>
  attribute(await call(server, 'folders.create', { session_key: key, ...params }), 'id')

const NASTY = 'R&amp;D <b> "x" &copy; ]]> é😀.txt'

t.test('a public folder has a page with what is public in it', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const outer = await createFolder(server, key, { name: 'Outer & <co>', shared: 1 })
  const inner = await createFolder(server, key, { name: 'Inner', shared: 1, parent_folder_id: outer })
  const secret = await createFolder(server, key, { name: 'Secret', parent_folder_id: outer })
  const deep = await createFolder(server, key, { name: 'Deep', shared: 1, parent_folder_id: secret })
  const file = await uploadFile(server, key, NASTY, 'hello', { folder_id: inner, description: '<i>d</i>' })
  const get = async (id: string) => (await fetch(`${server.url}/folder/${id}`)).text()
  t.match(await get(outer), '<h1>Outer &amp; &lt;co&gt;</h1>')
  t.match(await get(outer), `<a href="/folder/${inner}">Inner</a>`)
  t.notMatch(await get(outer), 'Secret')
  t.match(await get(inner), `<a href="/folder/${outer}">Outer &amp; &lt;co&gt;</a> / Inner</nav>`)
  t.match(await get(inner), `<a href="/file/${file}">R&amp;amp;D &lt;b&gt; &quot;x&quot; &amp;copy; ]]&gt; é😀.txt</a>`)
  t.match(await get(inner), `<link rel="alternate" type="application/rss+xml" title="Inner" href="/folder/${inner}/rss">`)
  t.notMatch(await get(deep), 'Breadcrumb', 'a private folder above is not told')
  for (const path of [secret, `${secret}/rss`, '0', '0/rss', 'zzzzzz', 'zzzzzz/rss']) t.equal((await fetch(`${server.url}/folder/${path}`)).status, 404, path)
})

t.test('a long folder is shown page by page, without what cannot be had', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await createFolder(server, key, { name: 'Long', shared: 1 })
  await createFolder(server, key, { name: 'Inner', shared: 1, parent_folder_id: id })
  const file = await uploadFile(server, key, 'N 10.txt', 'a', { folder_id: id })
  await copyFile(server, file, 201, i => `N ${i + 11}.txt`)
  const { sql } = server.app.ports
  await sql.run("update files set expires_at = 1 where name = 'N 11.txt'")
  const get = async (query = '') => (await fetch(`${server.url}/folder/${id}${query}`)).text()
  const namesOf = (page: string) => [...page.matchAll(/>(N \d+\.txt)</g)].map(([, name]) => name)
  const first = await get()
  t.strictSame(namesOf(first).slice(0, 3), ['N 10.txt', 'N 12.txt', 'N 13.txt'])
  t.match(first, /Inner[^]*Page 1 of 2<?.*<a href="\?page=2">Next/)
  const second = await get('?page=2')
  t.strictSame(namesOf(second), ['N 211.txt'])
  t.notMatch(second, 'Inner')
  t.match(await get('?sort=-size&page=2'), '<a href="?sort=-size&amp;page=1">Previous')
  await sql.run("update files set download_limit = 1, downloads = 1 where name = 'N 211.txt'")
  t.notMatch(await get(), 'Page 1')
  await sql.run('delete from folders where parent_id = $id', { id })
  await sql.run("update files set sealed_password = 'x'")
  t.notMatch(await get(), '/zip')
  await sql.run("update files set sealed_password = null where name = 'N 210.txt'")
  t.match(await get(), '/zip')
})

t.test('the feed is RSS 2.0 whatever the names are, and its enclosures are the files', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await createFolder(server, key, { name: NASTY, shared: 1 })
  await uploadFile(server, key, NASTY, 'hello', { folder_id: id, description: 'one & two' })
  server.clock.time += 60_000
  await uploadFile(server, key, 'locked.txt', 'secret', { folder_id: id, password: 'pw' })
  const gone = await uploadFile(server, key, 'gone.txt', 'x', { folder_id: id })
  await call(server, 'files.setInfo', { session_key: key, file_id: gone, time_limit: 1 })
  server.clock.time += 1000
  const response = await fetch(`${server.url}/folder/${id}/rss`)
  t.equal(response.headers.get('content-type'), 'application/rss+xml; charset=utf-8')
  const xml = await response.text()
  t.match(xml, /^<\?xml version="1.0" encoding="UTF-8"\?>\n<rss version="2.0"/)
  interface Item { title: string, link: string, description: string | object, pubDate: string, enclosure?: { '@url': string, '@length': string } }
  const { rss } = convert(xml, { format: 'object' }) as object as { rss: { channel: { title: string, link: string, item: Item[] } } }
  t.equal(rss.channel.link, `${server.url}/folder/${id}`)
  t.match(xml, '<title>R&amp;amp;D &lt;b&gt; "x" &amp;copy; ]]&gt; é😀.txt</title>')
  t.equal(rss.channel.item.length, 2, 'a file whose time is over is not offered')
  const [locked, open] = rss.channel.item
  t.equal(locked?.enclosure, undefined, 'bytes with a password are behind the page')
  t.equal(locked?.pubDate, 'Fri, 02 Jan 2026 03:05:05 GMT')
  t.equal(open?.enclosure?.['@length'], '5')
  t.equal(await (await fetch(open?.enclosure?.['@url'] ?? '')).text(), 'hello')
  t.match(await (await fetch(open?.link ?? '')).text(), 'download_button')
})
