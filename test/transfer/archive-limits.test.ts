/** Download limits of files in an archive: whole files, pieces of them, and archives that go on where they broke off. */
import { once } from 'node:events'
import t from 'tap'
import { createFolder, getArchive, unpack, uploadFilms } from '../support/archives.ts'
import { call, openSession, uploadFile } from '../support/client.ts'
import { plantTree } from '../support/file-tree.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type Teardown, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const SIZE = 1000

interface Counted {
  readonly downloads: number
  readonly partial: number
  readonly running: number
}

async function countedOf ({ app: { ports: { sql } } }: TestServer, name: string): Promise<Counted> {
  const row = await sql.get('select downloads, partial_bytes, running_downloads + running_bytes as running from files where name = $name', { name })
  return { downloads: Number(row?.downloads), partial: Number(row?.partial_bytes), running: Number(row?.running) }
}

async function counted (server: TestServer, name: string, downloads: number, partial = 0): Promise<void> {
  const wanted = JSON.stringify({ downloads, partial, running: 0 })
  let found = ''
  await until(`${wanted} of ${name}`, async () => (found = JSON.stringify(await countedOf(server, name))) === wanted).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${found}`)
  })
}

/** A folder with a file, one that may be downloaded `limit` times, and another file. */
async function startLimited (t: Teardown, limit: number, fields: Readonly<Record<string, string | number>> = {}) {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Photos')
  for (const [name, size] of [['before', 100], ['limited', SIZE], ['behind', 100]] as const) {
    const id = await uploadFile(server, key, name, Buffer.alloc(size, name), { folder_id: folder })
    if (name === 'limited') await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: limit, ...fields })
    server.clock.time += 1000
  }
  const start = 2 * 30 + 2 * 9 + 'before'.length + 'limited'.length + 100
  return { server, key, folder, start, end: start + SIZE }
}

/** The entity tag of the whole archive, which does not count as a download of it. */
async function tagOf (server: TestServer, folder: string): Promise<string> {
  return (await fetch(`${server.url}/folder/${folder}/zip`, { method: 'HEAD' })).headers.get('etag') ?? ''
}

t.test('an archive that goes on behind a file takes no second place, even when the first was the last', async t => {
  const { server, folder, end } = await startLimited(t, 1)
  const whole = await getArchive(server, folder)
  t.match(whole.etag, /^"[0-9a-f]{32}-1"$/)
  await counted(server, 'limited', 1)
  for (const from of [end, end + 1, whole.bytes.length - 1]) {
    const rest = await getArchive(server, folder, { range: `${from}-`, of: whole.etag })
    t.equal(rest.status, 206)
    t.ok(rest.bytes.equals(whole.bytes.subarray(from)), 'the same archive, with the file that nobody can have any more')
  }
  const again = await getArchive(server, folder, { range: `${end - 1}-`, of: whole.etag })
  t.equal(again.status, 200, 'its last byte is not to be had')
  t.strictSame(Object.keys(await unpack(t, again.bytes)), ['before', 'behind'])
  t.equal((await getArchive(server, folder, { range: `${end - 2}-${end - 2}`, of: whole.etag })).status, 200, 'nor any other byte')
  await counted(server, 'limited', 1)
})

t.test('what breaks off inside a file adds bytes, and the rest of it is one download', async t => {
  const { server, folder, start, end } = await startLimited(t, 2)
  const of = await tagOf(server, folder)
  for (const [range, downloads, partial] of [
    [`0-${start - 1}`, 0, 0], [`0-${start}`, 0, 1], [`${start}-${end - 2}`, 1, 0], [`${end - 1}-${end - 1}`, 2, 0]
  ] as const) {
    t.equal((await getArchive(server, folder, { range, of })).status, 206, range)
    await counted(server, 'limited', downloads, partial)
  }
  t.equal((await getArchive(server, folder, { range: `${start}-${start}`, of })).status, 200, 'the limit is reached')
  await counted(server, 'limited', 2)
})

t.test('all bytes but the last cannot be had for nothing', async t => {
  const { server, folder, start, end } = await startLimited(t, 1)
  const of = await tagOf(server, folder)
  const get = async () => (await getArchive(server, folder, { range: `${start}-${end - 2}`, of })).status
  t.equal(await get(), 206)
  await counted(server, 'limited', 0, SIZE - 1)
  t.equal(await get(), 206)
  await counted(server, 'limited', 1, SIZE - 2)
  t.equal(await get(), 200, 'without the file')
})

t.test('of many that go on with the same file at once no more get it than may', async t => {
  const { server, folder, start } = await startLimited(t, 3)
  const of = await tagOf(server, folder)
  const got = await Promise.all(Array.from({ length: 12 }, (_, i) => getArchive(server, folder, i % 2 === 0 ? { range: `${start + i}-`, of } : {})))
  const withIt = got.filter(({ bytes, status }) => status === 206 || bytes.includes('limitedlimited')).length
  t.equal(withIt, 3)
  await counted(server, 'limited', 3)
  for (const { status, bytes } of got) if (status === 200) await unpack(t, bytes)
})

t.test('who does not say which archive it has a part of gets all of one where downloads are limited', async t => {
  const { server, folder } = await startLimited(t, 5)
  t.equal((await getArchive(server, folder, { range: '50-' })).status, 200)
  t.equal((await getArchive(server, folder, { range: '50-', of: `"${'0'.repeat(32)}-1"` })).status, 200)
  t.equal((await getArchive(server, folder, { range: '50-', of: `"${'0'.repeat(32)}-111111"` })).status, 200)
  await counted(server, 'limited', 3)
})

t.test('a file that its last download deletes is no longer in an archive, and the rest is another one', async t => {
  const { server, folder, end } = await startLimited(t, 1, { limit_action: 2 })
  const whole = await getArchive(server, folder)
  await until('it is deleted', async () => await server.app.ports.sql.get("select 1 from files where name = 'limited'") === undefined)
  const next = await getArchive(server, folder, { range: `${end}-`, of: whole.etag })
  t.equal(next.status, 200)
  t.strictSame(Object.keys(await unpack(t, next.bytes)), ['before', 'behind'])
})

t.test('an empty file with a limit counts with its header, once', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Photos')
  for (const name of ['empty', 'behind']) {
    const id = await uploadFile(server, key, name, name === 'empty' ? '' : 'text', { folder_id: folder })
    if (name === 'empty') await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 3 })
    server.clock.time += 1000
  }
  const of = await tagOf(server, folder)
  const end = 30 + 9 + 'empty'.length
  for (const [range, downloads] of [[`0-${end - 2}`, 0], [`0-${end - 1}`, 1], [`${end - 1}-`, 2], [`${end}-`, 2]] as const) {
    t.equal((await getArchive(server, folder, { range, of })).status, 206, range)
    await counted(server, 'empty', downloads)
  }
})

t.test('where no file is left under its limits a page says so, and no empty archive is sent', async t => {
  const { server, key, folder } = await startLimited(t, 1)
  await server.app.ports.sql.run("delete from files where name <> 'limited'")
  t.equal((await getArchive(server, folder)).status, 200)
  await counted(server, 'limited', 1)
  const answer = await fetch(`${server.url}/folder/${folder}/zip`, { headers: { 'accept-language': 'en' } })
  t.equal(answer.status, 403)
  t.match(await answer.text(), /Download limit reached/)
  t.equal((await fetch(`${server.url}/folder/${folder}/zip`, { method: 'HEAD' })).status, 403)
  await createFolder(server, key, 'empty', folder)
  t.equal((await getArchive(server, folder)).status, 403, 'an empty folder is no file')
  await uploadFile(server, key, 'more', 'x', { folder_id: folder })
  t.strictSame(Object.keys(await unpack(t, (await getArchive(server, folder)).bytes)).sort(), ['empty/', 'more'])
  await server.app.ports.sql.run("update files set expires_at = 1 where name = 'more'")
  t.equal((await getArchive(server, folder)).status, 403, 'their time is over')
})

t.test('the bandwidth for a range is that of its bytes', async t => {
  const { server, folder, end } = await startLimited(t, 9)
  const of = await tagOf(server, folder)
  const { sql } = server.app.ports
  const used = async () => Number((await sql.get('select coalesce(sum(bytes), 0) as bytes from traffic'))?.bytes)
  await sql.run('update users set bandwidth_limit = 1199')
  t.equal((await getArchive(server, folder)).status, 503)
  await counted(server, 'limited', 0)
  t.equal((await getArchive(server, folder, { range: `${end - 500}-`, of })).status, 206)
  await counted(server, 'limited', 1)
  await until('600 bytes', async () => await used() === 600)
  t.equal((await getArchive(server, folder, { range: `0-${end - 501}`, of })).status, 503)
  await counted(server, 'limited', 1)
  await sql.run('update users set bandwidth_limit = 1900')
  t.equal((await getArchive(server, folder, { range: `0-${end - 501}`, of })).status, 206)
  await counted(server, 'limited', 1, 500)
  await until('1200 bytes', async () => await used() === 1200)
})

t.test('an archive that breaks off inside a range gives back what it held', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Films')
  await uploadFilms(server, key, folder)
  const of = await tagOf(server, folder)
  const socket = await openSocket(server.url)
  socket.write(`GET /folder/${folder}/zip HTTP/1.1\r\nhost: x\r\nrange: bytes=30000000-49999999\r\nif-range: ${of}\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  const running = async (name: string) => (await countedOf(server, name)).running
  t.strictSame([await running('one.bin'), await running('two.bin')], [0, 1])
  t.ok(Math.abs(await running('three.bin') - 10_000_000) < 1000, 'bytes of a part')
  socket.destroy()
  await counted(server, 'three.bin', 0)
  await until('nothing runs', async () => await running('two.bin') === 0)
  const { downloads, partial } = await countedOf(server, 'two.bin')
  t.equal(downloads, 0)
  t.ok(partial > 0 && partial < 10_000_000)
})

t.test('a client that comes back before its first connection is seen to be dead waits, and loses nothing', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Films')
  const id = await uploadFile(server, key, 'one.bin', Buffer.alloc(20_000_000), { folder_id: folder })
  await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 1 })
  const of = await tagOf(server, folder)
  const socket = await openSocket(server.url)
  socket.write(`GET /folder/${folder}/zip HTTP/1.1\r\nhost: x\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  const resume = async () => getArchive(server, folder, { range: '10000000-', of })
  const early = await fetch(`${server.url}/folder/${folder}/zip`, { headers: { range: 'bytes=10000000-', 'if-range': of } })
  t.strictSame([early.status, early.headers.get('retry-after'), early.headers.get('etag')], [503, '60', null])
  socket.destroy()
  await until('nothing runs', async () => (await countedOf(server, 'one.bin')).running === 0)
  t.equal((await resume()).status, 206)
  await until('counted', async () => (await countedOf(server, 'one.bin')).downloads === 1)
  t.equal((await getArchive(server, folder, { range: '20000046-', of })).status, 206, 'its end is no download')
})

t.test('as many files with a limit as an archive can plan, and one more', async t => {
  const server = await startServer(t)
  await openSession(server)
  const { id } = await plantTree(server, 1, { files: Array.from({ length: 501 }, (_, i) => `f${i}`), folders: [] })
  const { sql } = server.app.ports
  await sql.run("update files set download_limit = 1 where name <> 'f500'")
  const planned = await getArchive(server, id)
  t.equal(planned.length, planned.bytes.length)
  t.equal(Object.keys(await unpack(t, planned.bytes)).length, 501)
  t.equal((await getArchive(server, id, { range: `${planned.bytes.length - 1}-`, of: planned.etag })).status, 206)
  const sum = async () => (await sql.get('select sum(downloads) as downloads, sum(running_downloads) as running from files'))
  await until('all counted', async () => Number((await sum())?.downloads) === 501)
  await sql.run('update files set download_limit = 2')
  const unplanned = await getArchive(server, id, { range: '5-', of: planned.etag })
  t.strictSame([unplanned.status, unplanned.length, unplanned.etag], [200, undefined, ''])
  t.equal(Object.keys(await unpack(t, unplanned.bytes)).length, 501)
  await until('all counted', async () => Number((await sum())?.downloads) === 1002)
  t.equal(Number((await sum())?.running), 0)
  t.equal((await fetch(`${server.url}/folder/${id}/zip`, { method: 'HEAD' })).headers.get('content-length'), null)
})
