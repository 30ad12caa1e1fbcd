/** What is counted in memory: it is seen where it was seen before, and no limit is exceeded by it. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createDownloadCounts } from '../../src/transfer/download-counts.ts'
import { trafficOf } from '../../src/store/operations/traffic.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { attribute, call, errorCode, openSession, uploadFile } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const MiB = 1024 * 1024

async function store (server: TestServer, key: string, bytes: Buffer | string = 'abc', fields: Readonly<Record<string, string>> = {}) {
  const id = await uploadFile(server, key, 'a.bin', bytes, fields)
  const linkNow = async () => attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
  const link = await linkNow()
  const shown = async () => Number(attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'downloads'))
  const stored = async () => Number((await server.app.ports.sql.get('select downloads from files where id = $id', { id }))?.downloads)
  return { id, link, linkNow, shown, stored, get: async () => (await fetch(link)).arrayBuffer() }
}

/** Counts that are written when somebody asks for it, and then only. */
const stillCounts = (server: TestServer, tell: (error: unknown) => void = error => { throw error }) => {
  const counts = createDownloadCounts(server.app.ports.sql, true, async () => undefined, tell)
  counts.addTraffic(1, 0, server.clock.now())
  return counts
}

t.test('counts are one write for many downloads, and none is lost', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const [a, b] = [await store(server, key), await store(server, key)]
  const counts = stillCounts(server)
  await counts.flush()
  for (let i = 0; i < 1000; i++) counts.addDownload(i % 4 === 0 ? a.id : b.id)
  counts.addDownload('gone')
  t.same([await a.stored(), await b.stored()], [0, 0])
  await Promise.all([counts.flush(), counts.flush()])
  t.same([await a.stored(), await b.stored()], [250, 750])
  counts.addDownload(a.id)
  counts.tick()
  await counts.flush()
  t.equal(await a.stored(), 251)
  counts.tick()
  counts.addDownload(a.id)
  await until('the first one of a quiet time is written at once', async () => await a.stored() === 252)
})

t.test('many files more than are kept in memory are written without being asked for', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { id, stored } = await store(server, key)
  const counts = stillCounts(server)
  await counts.flush()
  counts.addDownload(id)
  for (let i = 0; i < 5000; i++) counts.addDownload(`other${i}`)
  await until('they are written', async () => await stored() === 1)
  await counts.flush()
})

t.test('owners see each download at once, by calls and on pages, and so does a server that ends', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { shown, get, stored } = await store(server, key)
  for (let i = 1; i <= 20; i++) {
    await get()
    await until(`it is shown ${i} times`, async () => await shown() === i)
  }
  await get()
  await until('the last one has ended', async () => (server.log().match(/"route":"\/dl\/[^\n]*"answered"/g) ?? []).length === 21)
  const { sql } = server.app.ports
  let seen = 0
  const close = sql.close.bind(sql)
  sql.close = async () => {
    seen = await stored()
    return close()
  }
  await server.close()
  t.equal(seen, 21)
})

t.test('a server that ends waits until what was sent is counted', async t => {
  for (const kind of ['file', 'archive'] as const) {
    const server = await startServer(t)
    const key = await openSession(server)
    const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Photos', shared: 1 }), 'id')
    const { id, linkNow } = await store(server, key, 'abc', { folder_id: folder })
    await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 5 })
    const link = kind === 'file' ? await linkNow() : `${server.url}/folder/${folder}/zip`
    const { sql } = server.app.ports
    const [batch, close] = [sql.batch.bind(sql), sql.close.bind(sql)]
    sql.batch = async statements => {
      await sleep(300)
      return batch(statements)
    }
    let seen: unknown
    sql.close = async () => {
      seen = await sql.get('select downloads, running_downloads + running_bytes as running from files where id = $id', { id })
      return close()
    }
    await (await fetch(link, { headers: { connection: 'close' } })).arrayBuffer()
    await server.close()
    t.match(seen, { downloads: 1, running: 0 }, kind)
  }
})

t.test('a limit that a file gets counts what was downloaded before it, and exactly as many as are left are given', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { id, linkNow, get, stored } = await store(server, key)
  for (let i = 0; i < 7; i++) await get()
  await until('all have ended', async () => (server.log().match(/"route":"\/dl\/[^\n]*"answered"/g) ?? []).length === 7)
  t.equal(errorCode(await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 10 })), 0)
  const link = await linkNow()
  const statuses = await Promise.all(Array.from({ length: 16 }, async () => {
    const answer = await fetch(link)
    await answer.arrayBuffer()
    return answer.status
  }))
  t.same(statuses.filter(status => status === 200), [200, 200, 200], statuses.join())
  await until('they counted', async () => await stored() === 10)
})

t.test('a limit that is set while a file is sent applies once that has ended', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { id, link, stored } = await store(server, key, Buffer.alloc(20 * MiB))
  const socket = await openSocket(server.url)
  socket.write(`GET ${new URL(link).pathname} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 1, limit_action: 2 })
  socket.resume()
  await once(socket, 'close')
  await until('it is deleted', async () => Number.isNaN(await stored()))
})

t.test('bandwidth is reserved ahead far from its limit, given back with the next count, and never exceeded', async t => {
  const server = await startServer(t)
  await openSession(server)
  const { sql } = server.app.ports
  const userId = Number((await sql.get('select id from users'))?.id)
  const now = server.clock.now()
  const used = () => trafficOf(sql, userId, now)
  const limit = 256 * 1000
  const [counts, others] = [stillCounts(server), stillCounts(server)]
  await Promise.all([counts.flush(), others.flush()])

  t.ok(await counts.takeTraffic(userId, 100, limit, now))
  t.equal(await used(), 1000, 'a block')
  for (let i = 0; i < 4; i++) t.ok(await counts.takeTraffic(userId, 100, limit, now))
  t.equal(await used(), 1000, 'no other write')
  await counts.flush()
  t.equal(await used(), 500, 'what was used')
  t.ok(await counts.takeTraffic(userId, 1001, limit, now))
  t.equal(await used(), 1501, 'much at once is taken alone')

  // Two processes that take as much as they can: together exactly the limit.
  let taken = 1501
  async function takeAll (some: typeof counts) {
    let isLeft = true
    for (let i = 1; isLeft; i++) {
      isLeft = await some.takeTraffic(userId, 100, limit, now)
      if (isLeft) taken += 100
      if (i % 50 === 0) await some.flush()
    }
  }
  await Promise.all([takeAll(counts), takeAll(others), takeAll(counts)])
  await Promise.all([counts.flush(), others.flush()])
  t.equal(await used(), taken)
  t.ok(taken <= limit && taken > limit - 100, `${taken} of ${limit}`)
})

t.test('what cannot be written is told, and what comes afterwards is counted', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { id, stored } = await store(server, key)
  const told: unknown[] = []
  const counts = stillCounts(server, error => { told.push(error) })
  counts.addTraffic(999_999, 10, server.clock.now())
  counts.addDownload(id)
  await counts.flush()
  t.ok(told.length >= 1, 'an account that is gone')
  t.equal(await stored(), 1)
})
