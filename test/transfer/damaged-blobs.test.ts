/** Blobs that are not as long as their files say: no half answers, nothing counted, and the operator sees them. */
// Runs on SQLite only.
import { appendFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { pathOfBlob } from '../../src/adapters/blobs/blob-folder.ts'
import { openDiskBlobs } from '../../src/adapters/blobs/disk.ts'
import { DamagedBlob } from '../../src/ports.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { allOf } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServerOn } from '../support/s3-walkthrough.ts'
import { KEYS, startFakeS3 } from '../support/fake-s3.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

interface Stored {
  readonly id: string
  readonly blobId: string
  readonly path: string
  readonly link: string
}

const SIZE = 3_000_000

async function store (server: TestServer, key: string, params: Readonly<Record<string, string | number>> = {}, name = 'a.bin', size = SIZE): Promise<Stored> {
  const id = await uploadFile(server, key, name, Buffer.alloc(size, 'x'))
  if (Object.keys(params).length > 0) await call(server, 'files.setInfo', { session_key: key, file_id: id, ...params })
  const link = attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
  const blobId = String((await server.app.ports.sql.get('select blob_id from files where id = $id', { id }))?.blob_id)
  return { id, blobId, path: pathOfBlob(server.storage, blobId), link }
}

/** Everything that comes for a GET, until the server closes, which it does without being asked to. */
async function allFor (link: string, headers = ''): Promise<string> {
  const socket = await openSocket(link)
  const answer = allOf(socket)
  socket.write(`GET ${new URL(link).pathname} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`)
  return answer
}

async function isKnown (t: Test, server: TestServer, { blobId }: Stored, found: number | null): Promise<void> {
  t.match(server.log(), new RegExp(`"level":50,[^\\n]*"blob":"${blobId}","expected":${SIZE},"found":${found}`))
  t.match(await server.app.ports.sql.get('select expected_bytes, found_bytes from damaged_blobs where blob_id = $blobId', { blobId }), { expected_bytes: SIZE, found_bytes: found })
  t.match(await server.app.ports.sql.get('select sum(downloads) as n, sum(partial_bytes) as bytes from files'), { n: 0, bytes: 0 })
  await server.app.ports.counts.flush()
  t.equal((await server.app.ports.sql.get('select coalesce(sum(bytes), 0) as n from traffic'))?.n, 0)
}

const DAMAGES: Readonly<Record<string, { damage (path: string): Promise<void>, found: number | null }>> = {
  shorter: { damage: path => truncate(path, SIZE / 2), found: SIZE / 2 },
  empty: { damage: path => truncate(path, 0), found: 0 },
  longer: { damage: path => appendFile(path, 'more'), found: SIZE + 4 },
  gone: { damage: path => rm(path), found: null }
}

for (const [name, { damage, found }] of Object.entries(DAMAGES)) {
  t.test(`a blob that is ${name} sends no byte of it, at once, and counts nothing`, async t => {
    const server = await startServer(t)
    const key = await openSession(server)
    for (const params of [{}, { downloads_limit: 1 }]) {
      const file = await store(server, key, params)
      await damage(file.path)
      for (const headers of ['', 'range: bytes=0-9\r\n', `range: bytes=${SIZE - 1}-\r\n`]) {
        const answer = await allFor(file.link, headers)
        t.match(answer, /^HTTP\/1\.1 503 /)
        t.notMatch(answer, file.blobId)
        t.notMatch(answer, 'xxxx')
      }
      await isKnown(t, server, file, found)
    }
  })
}

t.test('bytes that go missing while they are sent cut the connection at once', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const file = await store(server, key, {}, 'large.bin', 40_000_000)
  const socket = await openSocket(server.url)
  let received = 0
  socket.on('error', () => undefined)
  const first = new Promise(resolve => { socket.once('data', resolve) })
  const closed = new Promise(resolve => { socket.once('close', resolve) })
  socket.write(`GET ${new URL(file.link).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await first
  socket.pause()
  await truncate(file.path, 1_000_000)
  socket.on('data', chunk => { received += chunk.length })
  socket.resume()
  await closed
  t.ok(received < 40_000_000, `${received} bytes`)
  await until('it is noted', async () => (await server.app.ports.sql.all('select * from damaged_blobs')).length === 1)
  t.match(server.log(), `"blob":"${file.blobId}","expected":40000000,"found":null`)
  t.equal((await server.app.ports.sql.get('select downloads from files'))?.downloads, 0)
})

t.test('a stream of the disk fails when fewer bytes come than were asked for, also without a size', async t => {
  const folder = await temporaryFolder(t)
  const blobs = await openDiskBlobs(folder)
  await writeFile(pathOfBlob(folder, 'a-0'), 'abc')
  const read = async (range: { start: number, end: number, size?: number }) => {
    const got: Buffer[] = []
    for await (const chunk of await blobs.open('a-0', range)) got.push(chunk as Buffer)
    return Buffer.concat(got).toString()
  }
  t.equal(await read({ start: 0, end: 2, size: 3 }), 'abc')
  t.equal(await read({ start: 1, end: 1 }), 'b')
  for (const range of [{ start: 0, end: 3 }, { start: 0, end: 0, size: 4 }, { start: 0, end: 0, size: 2 }, { start: 5, end: 6 }]) {
    await t.rejects(read(range), /^the blob a-0 is damaged: /)
  }
  t.ok(new DamagedBlob('a', 1, undefined) instanceof Error)
})

t.test('a preview and an archive of a damaged file break off, and say so in the log', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const picture = await store(server, key, {}, 'a.png')
  const view = / src="(\/view\/[^"]+)"/.exec(await (await fetch(`${server.url}/file/${picture.id}`)).text())?.[1] ?? ''
  await truncate(picture.path, 10)
  t.match(await allFor(server.url + view), /^HTTP\/1\.1 503 /)
  await isKnown(t, server, picture, 10)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f', shared: 1 }), 'id')
  const file = await store(server, key, { folder_id: folder, downloads_limit: 1 })
  await truncate(file.path, 100)
  const archive = await fetch(`${server.url}/folder/${folder}/zip`).then(async answer => answer.status === 200 && await answer.arrayBuffer(), () => undefined)
  t.notOk(archive, 'no whole archive')
  await until('nothing is held', async () => (await server.app.ports.sql.get('select sum(running_downloads) as n from files'))?.n === 0)
  t.match(server.log(), new RegExp(`"blob":"${file.blobId}","expected":${SIZE},"found":100`))
  t.equal((await server.app.ports.sql.get('select sum(downloads) as n from files'))?.n, 0)
})

t.test('neither an nginx nor a store is given a damaged blob to send', async t => {
  const behind = await startServer(t, { settings: { trustProxy: 'loopback', accelRedirect: '/stored/' } })
  const key = await openSession(behind)
  const file = await store(behind, key)
  t.match(await allFor(file.link, 'connection: close\r\n'), /^HTTP\/1\.1 200 [^]*x-accel-redirect/)
  await behind.app.ports.counts.flush()
  await behind.app.ports.sql.batch([{ sql: 'update files set downloads = 0' }, { sql: 'delete from traffic' }])
  await truncate(file.path, 7)
  t.match(await allFor(file.link), /^HTTP\/1\.1 503 /)
  await isKnown(t, behind, file, 7)

  const standIn = await startFakeS3(t)
  for (const blobDownloads of ['redirect', 'stream']) {
    const server = await startServerOn(t, { address: `s3://bucket/files?endpoint=${standIn.url}`, ...KEYS }, { blobDownloads })
    const session = await openSession(server)
    for (const [length, found] of [[5, 5], [SIZE + 1, SIZE + 1]] as const) {
      const stored = await store(server, session)
      standIn.objects.set(`files/${stored.blobId}`, Buffer.alloc(length))
      t.match(await allFor(stored.link), /^HTTP\/1\.1 503 /)
      await isKnown(t, server, stored, found)
    }
  }
})

t.test('administrators see damaged files, the metrics count them, and a file that is whole again leaves', async t => {
  const server = await startServer(t, { settings: { metricsListen: 'http://127.0.0.1:0' }, variables: { RESPACE_METRICS_TOKEN: 'a-token-that-is-long-enough' } })
  const key = await openSession(server)
  await server.app.ports.sql.run('update users set is_admin = 1')
  const [broken, gone] = [await store(server, key, {}, 'broken & bad.bin'), await store(server, key, {}, 'gone.bin')]
  await writeFile(`${broken.path}.kept`, await readFile(broken.path))
  await truncate(broken.path, 1000)
  await rm(gone.path)
  for (const { link } of [broken, gone]) await allFor(link)
  const login = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  for (const language of ['en', 'de', 'es', 'fr', 'ja', 'pt', 'zh']) {
    const page = await (await fetch(`${server.url}/admin`, { headers: { cookie, 'accept-language': language } })).text()
    t.match(page, 'broken &amp; bad.bin', language)
    t.match(page, 'gone.bin')
  }
  const metrics = async () => (await fetch(`${server.url}/metrics`, { headers: { authorization: 'Bearer a-token-that-is-long-enough' } })).text()
  t.match(await metrics(), /^respace_damaged_files 2$/m)
  await server.app.sweep()
  t.match(await metrics(), /^respace_damaged_files 2$/m, 'still')
  await rename(`${broken.path}.kept`, broken.path)
  await call(server, 'files.delete', { session_key: key, file_id: gone.id })
  t.match(await metrics(), /^respace_damaged_files 1$/m)
  await server.app.sweep()
  t.match(await metrics(), /^respace_damaged_files 0$/m)
  t.strictSame(await server.app.ports.sql.all('select * from damaged_blobs'), [])
  t.equal((await fetch(broken.link)).status, 200)
  const page = await (await fetch(`${server.url}/admin`, { headers: { cookie } })).text()
  t.notMatch(page, 'broken &amp; bad.bin')
})
