/** A whole folder as one ZIP, read back by a program that is not ours. */
// Runs on SQLite only.
import t from 'tap'
import { distinctPaths } from '../../src/domain/files/archive-name.ts'
import { skipWithout } from '../../scripts/bring-components.ts'
import { createFolder, unpack, uploadFilms } from '../support/archives.ts'
import { navigate, openBrowser } from '../support/browser.ts'
import { call, openSession, uploadFile } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const downloadsOf = async (server: TestServer, name: string) =>
  (await server.app.ports.sql.get('select downloads, running_downloads from files where name = $name', { name }))

t.test('an archive holds what the folder offers, under names that every system takes', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const outer = await createFolder(server, key, 'Ümläut: <1>')
  const inner = await createFolder(server, key, '../up', outer)
  const secret = await createFolder(server, key, 'private', outer, 0)
  await uploadFile(server, key, 'a.txt', 'first', { folder_id: outer })
  server.clock.time += 1000
  await uploadFile(server, key, 'A.txt', 'second', { folder_id: outer })
  await uploadFile(server, key, 'con.txt', 'device', { folder_id: outer })
  await uploadFile(server, key, 'what?: é😀.', 'odd', { folder_id: outer })
  await uploadFile(server, key, 'empty', '', { folder_id: outer })
  await uploadFile(server, key, 'deep.txt', 'deep', { folder_id: inner })
  await uploadFile(server, key, 'locked.txt', 'no', { folder_id: outer, password: 'pw' })
  await uploadFile(server, key, 'hidden.txt', 'no', { folder_id: secret })
  const response = await fetch(`${server.url}/folder/${outer}/zip`)
  t.equal(response.headers.get('content-type'), 'application/zip')
  t.match(response.headers.get('content-disposition'), /^attachment; filename/)
  t.strictSame(await unpack(t, await response.arrayBuffer()), {
    'a.txt': 'first', 'A (2).txt': 'second', '_con.txt': 'device', 'what__ é😀_': 'odd', empty: '', '.._up/deep.txt': 'deep'
  })
  for (const path of [`${secret}/zip`, '0/zip', 'zzzzzz/zip']) t.equal((await fetch(`${server.url}/folder/${path}`)).status, 404, path)
})

t.test('each file in an archive is a download; one without a place is left out', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Photos')
  await uploadFile(server, key, 'a.txt', 'aaa', { folder_id: folder })
  const limited = await uploadFile(server, key, 'b.txt', 'bb', { folder_id: folder })
  await call(server, 'files.setInfo', { session_key: key, file_id: limited, downloads_limit: 1 })
  const get = async () => Object.keys(await unpack(t, await (await fetch(`${server.url}/folder/${folder}/zip`)).arrayBuffer())).sort()
  t.strictSame(await get(), ['a.txt', 'b.txt'])
  await until('both counted', async () => (await downloadsOf(server, 'a.txt'))?.downloads === 1 && (await downloadsOf(server, 'b.txt'))?.downloads === 1)
  t.equal((await server.app.ports.sql.get('select bytes from traffic'))?.bytes, 5)
  t.strictSame(await get(), ['a.txt'])
})

t.test('files count while an archive is sent, each once its last byte has left', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Films')
  await uploadFilms(server, key, folder)
  const socket = await openSocket(server.url)
  let received = 0
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > 25_000_000) socket.pause()
  })
  socket.write(`GET /folder/${folder}/zip HTTP/1.1\r\nhost: x\r\n\r\n`)
  await until('the first one counted', async () => (await downloadsOf(server, 'one.bin'))?.downloads === 1)
  t.strictSame({ ...await downloadsOf(server, 'one.bin') }, { downloads: 1, running_downloads: 0 }, 'its place is free')
  t.strictSame({ ...await downloadsOf(server, 'three.bin') }, { downloads: 0, running_downloads: 1 })
  socket.destroy()
  await until('the places are free', async () => (await server.app.ports.sql.get('select sum(running_downloads) as held from files'))?.held === 0)
  t.strictSame({ ...await downloadsOf(server, 'one.bin') }, { downloads: 1, running_downloads: 0 })
  t.strictSame({ ...await downloadsOf(server, 'two.bin') }, { downloads: 0, running_downloads: 0 })
})

t.test('without bandwidth for all of it nothing is sent, and what is not sent is given back', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Films')
  for (const [name, size] of [['a.bin', 600], ['b.bin', 400]] as const) await uploadFile(server, key, name, Buffer.alloc(size), { folder_id: folder })
  const { sql } = server.app.ports
  const used = async () => Number((await sql.get('select coalesce(sum(bytes), 0) as bytes from traffic'))?.bytes)
  const get = async () => fetch(`${server.url}/folder/${folder}/zip`)
  await sql.run('update users set bandwidth_limit = 999')
  t.equal((await get()).status, 503)
  t.equal(await used(), 0)
  await sql.run('update users set bandwidth_limit = 1000')
  t.equal(Object.keys(await unpack(t, await (await get()).arrayBuffer())).length, 2)
  await until('all counted', async () => Number((await downloadsOf(server, 'b.bin'))?.downloads) === 1)
  t.equal(await used(), 1000)
  t.equal((await get()).status, 503)
})

t.test('a file that is deleted while an archive is sent breaks it off, and the next one has the rest', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Films')
  await uploadFile(server, key, 'a.bin', Buffer.alloc(30_000_000), { folder_id: folder })
  server.clock.time += 1000
  const gone = await uploadFile(server, key, 'gone.txt', 'x', { folder_id: folder })
  server.clock.time += 1000
  await uploadFile(server, key, 'b.txt', 'still here', { folder_id: folder })
  const row = await server.app.ports.sql.get('select blob_id from files where id = $gone', { gone })
  const get = async (headers = {}) => fetch(`${server.url}/folder/${folder}/zip`, { headers })
  const response = await get()
  await call(server, 'files.delete', { session_key: key, file_id: gone })
  await server.app.ports.blobs.remove([String(row?.blob_id)])
  await t.rejects(async () => response.arrayBuffer(), { message: 'terminated' })
  const next = await get({ range: 'bytes=1000-', 'if-range': response.headers.get('etag') ?? '' })
  t.equal(next.status, 200, 'not the end of another archive')
  t.strictSame(Object.keys(await unpack(t, await next.arrayBuffer())), ['a.bin', 'b.txt'])
})

t.test('an archive that breaks off counts nothing but its bytes, and holds no place', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Films')
  for (const name of ['one.bin', 'two.bin']) {
    const id = await uploadFile(server, key, name, Buffer.alloc(20_000_000), { folder_id: folder })
    await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 2 })
  }
  const socket = await openSocket(server.url)
  socket.write(`GET /folder/${folder}/zip HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise(resolve => { socket.once('data', resolve) })
  socket.pause()
  t.equal((await downloadsOf(server, 'two.bin'))?.running_downloads, 1)
  socket.destroy()
  // One after the other, in the order in which they lie in the archive.
  await until('the places are free', async () => (await server.app.ports.sql.get('select sum(running_downloads) as held from files'))?.held === 0)
  t.equal((await server.app.ports.sql.get('select sum(downloads) as counted from files'))?.counted, 0)
  const bytes = Number((await server.app.ports.sql.get('select coalesce(sum(bytes), 0) as bytes from traffic'))?.bytes)
  t.ok(bytes < 40_000_000)
})

t.test('bytes that cannot be reached are an error page, or break the archive off: half of one is none', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Photos')
  const lost = await uploadFile(server, key, 'lost.txt', 'x', { folder_id: folder })
  const row = await server.app.ports.sql.get('select blob_id from files where id = $lost', { lost })
  await server.app.ports.blobs.remove([String(row?.blob_id)])
  const get = async () => fetch(`${server.url}/folder/${folder}/zip`)
  const refused = await get()
  t.strictSame([refused.status, refused.headers.get('content-disposition')], [503, null], 'nothing has left')
  server.clock.time -= 1000
  const first = await uploadFile(server, key, 'first.bin', Buffer.alloc(20_000_000), { folder_id: folder })
  await call(server, 'files.setInfo', { session_key: key, file_id: first, downloads_limit: 2 })
  await t.rejects(async () => (await get()).arrayBuffer(), { message: 'terminated' })
  await until('the place is free', async () => (await downloadsOf(server, 'first.bin'))?.running_downloads === 0)
  t.equal((await downloadsOf(server, 'lost.txt'))?.downloads, 0)
})

t.test('names that differ in case alone are told apart', async t => {
  t.strictSame(distinctPaths(['a', 'A', 'a', 'a (2)', 'x/b.tar.gz', 'x/b.tar.gz']), ['a', 'A (2)', 'a (3)', 'a (2) (2)', 'x/b.tar.gz', 'x/b.tar (2).gz'])
})

t.test('a folder is sorted by what one clicks', { skip: skipWithout('chromium') }, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Photos')
  await createFolder(server, key, '2026', folder)
  for (const [name, size, fields] of [['img10.jpg', 3, {}], ['img2.jpg', 5_000_000, { description: 'The best one' }], ['a long name that goes on and on until the line is full.pdf', 1, { password: 'pw' }]] as const) {
    server.clock.time += 1000
    await uploadFile(server, key, name, Buffer.alloc(size), { folder_id: folder, ...fields })
  }
  const page = await openBrowser(t)
  await page.goto(`${server.url}/folder/${folder}`)
  t.ok(await takeScreenshot(page, 'folder'), 'fits 320 pixels')
  const names = async () => (await page.locator('tbody .entry a').allTextContents()).map(name => name.slice(0, 5))
  t.strictSame(await names(), ['a lon', 'img2.', 'img10'], 'numbers as numbers')
  await navigate(page, () => page.getByRole('link', { name: 'Size' }).click())
  t.strictSame(await names(), ['a lon', 'img10', 'img2.'])
  await navigate(page, () => page.getByRole('link', { name: 'Size' }).click())
  t.strictSame(await names(), ['img2.', 'img10', 'a lon'])
  t.equal(await page.locator('[aria-sort]').getAttribute('aria-sort'), 'descending')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download all' }).click()])
  t.equal(download.suggestedFilename(), 'Photos.zip')
})
