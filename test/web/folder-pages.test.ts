import { convert } from 'xmlbuilder2'
import t from 'tap'
import { attribute, call, openSession, uploadFile, type Params } from '../support/client.ts'
import { copyFile } from '../support/insert-files.ts'
import { startServer, type TestServer } from '../support/server.ts'

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

t.test('a feed has the newest files that can be had, each with the type of its name', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await createFolder(server, key, { name: 'Podcast', shared: 1 })
  const file = await uploadFile(server, key, 'first.mp3', 'a', { folder_id: id })
  await copyFile(server, file, 1300, i => `episode ${i}.${['mp3', 'M4A', 'mp4', 'pdf', 'zip', 'unknown', 'mp3.'][i % 7]}`)
  const { sql } = server.app.ports
  await sql.run("update files set expires_at = 1 where name like 'episode 12%'")
  const get = async () => (await fetch(`${server.url}/folder/${id}/rss`)).text()
  const namesOf = (xml: string) => [...xml.matchAll(/<title>((?:episode|first)[^<]*)</g)].map(([, name = '']) => name)
  const names = namesOf(await get())
  t.equal(names.length, 200)
  t.match(names[0], /^episode 1199\./, 'past a whole page of what is over')
  t.match(names[199], /^episode 1000\./)
  await sql.run("update files set expires_at = 1 where name <> 'first.mp3' and name not like 'episode 8%'")
  t.equal(namesOf(await get()).at(-1), 'first.mp3', 'found where it is the last of all')
  const typeOf = async (name: string) => {
    await sql.run('update files set name = $name where id = $file', { name, file })
    return [...(await get()).matchAll(/type="([^"]*)"\/>\n {4}<\/item>/g)].at(-1)?.[1]
  }
  for (const [name, type] of [['a.mp3', 'audio/mpeg'], ['A.MP3', 'audio/mpeg'], ['a.m4a', 'audio/mp4'], ['a.mp4', 'video/mp4'], ['a.pdf', 'application/pdf'], ['a.epub', 'application/epub+zip'],
    ['a.jpg', 'image/jpeg'], ['mp3', 'application/octet-stream'], ['.mp3', 'application/octet-stream'], ['a.', 'application/octet-stream'], ['a.toString', 'application/octet-stream']] as const) {
    t.equal(await typeOf(name), type, name)
  }
  const [, link = ''] = [...(await get()).matchAll(/<enclosure url="([^"]*)"/g)].at(-1) ?? []
  t.equal((await fetch(link)).headers.get('content-type'), 'application/octet-stream', 'it is delivered as ever')
})

t.test('a feed and a page that are known are not sent again', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await createFolder(server, key, { name: 'Photos', shared: 1 })
  const file = await uploadFile(server, key, 'a.txt', 'hello', { folder_id: id })
  for (const path of [`/folder/${id}/rss`, `/folder/${id}`, `/file/${file}`, '/', '/docs']) {
    const ask = async (tags?: string, method = 'GET') => fetch(server.url + path, { method, headers: { ...tags !== undefined && { 'if-none-match': tags } } })
    const first = await ask()
    const tag = first.headers.get('etag') ?? ''
    t.match(tag, /^W\/"[\w-]{22}"$/, path)
    t.equal(first.headers.get('cache-control'), 'private, no-cache', path)
    for (const tags of [tag, tag.slice(2), `"other", ${tag}`, `W/"a,b" ,${tag}`, '*', ' * ']) {
      const again = await ask(tags)
      t.strictSame([again.status, await again.text(), again.headers.get('etag'), again.headers.get('cache-control')], [304, '', tag, 'private, no-cache'], `${path} ${tags}`)
    }
    t.equal((await ask(tag, 'HEAD')).status, 304)
    for (const tags of ['"other"', tag.slice(3, -1), '', 'W/"']) t.equal((await ask(tags)).status, 200, `${path} ${tags}`)
  }
  const tagOf = async (path: string, headers: Record<string, string> = {}) => (await fetch(server.url + path, { headers })).headers.get('etag')
  for (const path of [`/folder/${id}/rss`, `/folder/${id}`]) {
    const before = await tagOf(path)
    await call(server, 'files.setInfo', { session_key: key, file_id: file, description: `new for ${path}` })
    t.not(await tagOf(path), before)
  }
  t.not(await tagOf(`/folder/${id}`, { 'accept-language': 'de' }), await tagOf(`/folder/${id}`), 'another language is another page')
  const gone = await fetch(`${server.url}/folder/zzzzzz`, { headers: { 'if-none-match': '*' } })
  t.strictSame([gone.status, gone.headers.get('etag'), gone.headers.get('cache-control')], [404, null, 'no-store'])
})

t.test('many folders in a folder are shown page by page', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await createFolder(server, key, { name: 'Many', shared: 1 })
  const { sql } = server.app.ports
  const add = async (from: number, to: number) => sql.batch(Array.from({ length: to - from }, (_, i) => ({
    sql: 'insert into folders (id, owner_id, parent_id, name, is_shared, created_at) values ($child, 1, $id, $name, 1, 0)',
    params: { child: `c${String(from + i).padStart(5, '0')}`, id, name: `F ${String(99_999 - from - i)}` }
  })))
  const namesOf = (page: string) => [...page.matchAll(/<li><span class="entry">.*?<a href="\/folder\/\w+">([^<]*)</g)].map(([, name]) => name)
  const get = async (query = '') => (await fetch(`${server.url}/folder/${id}${query}`)).text()
  await add(0, 200)
  t.notMatch(await get(), 'Page 1')
  await add(200, 201)
  t.match(await get(), 'Page 1 of 2')
  t.strictSame(namesOf(await get()).slice(0, 2), ['F 99799', 'F 99800'])
  t.strictSame(namesOf(await get('?page=2')), ['F 99999'])
  t.strictSame(namesOf(await get('?page=9')), ['F 99999'], 'beyond the end')
  t.match(await get('?page=2'), '/zip')
  await uploadFile(server, key, 'a.txt', 'x', { folder_id: id })
  t.match(await get(), />a\.txt</)
  t.notMatch(await get('?page=2'), />a\.txt</, 'files are on their own pages')
  await add(201, 1201)
  t.strictSame(namesOf(await get()).slice(0, 2), ['F 98799', 'F 98800'], 'sorted by the database')
  t.strictSame(namesOf(await get('?page=7')), ['F 99999'])
})

t.test('of a long description a page with many shows the beginning, that of its file all', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await createFolder(server, key, { name: 'Described', shared: 1 })
  const [short, long] = ['s'.repeat(400), `${'l'.repeat(398)}😀${'l'.repeat(600)}`]
  await uploadFile(server, key, 'a.txt', 'a', { folder_id: id, description: short })
  const file = await uploadFile(server, key, 'b.txt', 'b', { folder_id: id, description: long })
  const get = async (path: string) => (await fetch(server.url + path)).text()
  t.match(await get(`/folder/${id}`), `<small>${short}</small>`)
  t.match(await get(`/folder/${id}`), `<small>${'l'.repeat(398)}…</small>`)
  t.match(await get(`/file/${file}`), long)
})
