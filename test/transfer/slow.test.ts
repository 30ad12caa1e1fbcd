/** Slow and silent clients: they cost the others nothing, and only what stands still is ended. */
// Runs on SQLite only.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { systemClock } from '../../src/adapters/system.ts'
import { call, element, errorCode, openSession, progressOf, upload, uploadFile, userTicket, type TicketFields } from '../support/client.ts'
import { spawnServer } from '../support/server-process.ts'
import { allOf, request } from '../support/raw-http.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { START, startServer, temporaryFolder } from '../support/server.ts'
import { readStorage, storageHolds } from '../support/storage-contents.ts'
import { until } from '../support/wait-until.ts'

const KiB = 1024
const BOUNDARY = 'slow-boundary'
const OK = /\r\n\r\nupload_status=ok\nfile_id=\w{6}\n/

/** A whole upload request in one piece. */
const uploadOf = (ticket: TicketFields, content: Buffer | string): Buffer => Buffer.concat(
  request(ticket.url, { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, formBody(BOUNDARY, [filePart('slow.bin', content)])))

/** An upload of which only the first bytes have come. */
async function begin (ticket: TicketFields, bytes: Buffer, first: number) {
  const socket = await openSocket(ticket.url)
  const answer = allOf(socket)
  socket.write(bytes.subarray(0, first))
  await until('the upload runs', async () => (await progressOf(ticket)).uploaded_bytes !== '0')
  return { socket, answer, finish: () => socket.write(bytes.subarray(first)) }
}

t.test('200 idle connections and a sender of single bytes do not block the others', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const idle = await Promise.all(Array.from({ length: 200 }, () => openSocket(server.url)))
  const ticket = await userTicket(server, key)
  const bytes = uploadOf(ticket, 'one byte at a time')
  const socket = await openSocket(ticket.url)
  const answer = allOf(socket)
  socket.setNoDelay(true)
  for (const [i, byte] of bytes.entries()) {
    socket.write(Uint8Array.of(byte))
    if (i % 25 === 0) await uploadFile(server, key, `${i}.txt`, `upload ${i}`)
    else if (i % 5 === 0) t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: key })), 0)
  }
  t.match(await answer, OK)
  t.match((await readStorage(server.storage)).files.find(({ name }) => name === 'slow.bin'), { size: 18 })
  for (const socket of idle) socket.destroy()
})

t.test('a connection that never finishes its headers is closed, and one that never begins them', async t => {
  const server = await startServer(t, { settings: { headersTimeout: '300 ms' } })
  const silent = allOf(await openSocket(server.url))
  const socket = await openSocket(server.url)
  const answer = allOf(socket)
  socket.write('GET / HTTP/1.1\r\nHost: example.org\r\nX-Never: ')
  t.match(await answer, /^(?:HTTP\/1\.1 408 |$)/)
  t.match(await silent, /^(?:HTTP\/1\.1 408 |$)/)
})

t.test('a body that stands still is closed; its ticket and its space come back', async t => {
  const server = await startServer(t, { settings: { stallTimeout: '1 s' } })
  const ticket = await userTicket(server, await openSession(server))
  const { answer } = await begin(ticket, uploadOf(ticket, randomBytes(500 * KiB)), 200 * KiB)
  await answer
  await until('the upload has ended', async () => (await progressOf(ticket)).status === 'fail')
  await until('the ticket is free', async () => (await readStorage(server.storage)).ticketsHeld === 0)
  await storageHolds(t, server.storage, { incoming: [], blobs: [], files: [], bytesReserved: 0 })
  t.match((await upload(ticket, [{ name: 'again.txt', bytes: 'again' }])).body, /^upload_status=ok\n/)
})

t.test('a small form that stands still is closed as well', async t => {
  const server = await startServer(t, { settings: { stallTimeout: '200 ms' } })
  for (const type of ['application/x-www-form-urlencoded', `multipart/form-data; boundary=${BOUNDARY}`]) {
    const socket = await openSocket(server.url)
    socket.write(Buffer.concat(request(`${server.url}/rest/`, { 'content-type': type, 'content-length': '1000' }, 'method=auth.')))
    t.notMatch(await allOf(socket), /status="ok"/)
  }
})

t.test('a download that nobody reads is closed', async t => {
  const server = await startServer(t, { settings: { stallTimeout: '1 s' } })
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'large.bin', Buffer.alloc(30 * KiB * KiB))
  const { headers } = await fetch(`${server.url}/pro/dl/${id}`, { redirect: 'manual' })
  const socket = await openSocket(server.url)
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(`GET ${headers.get('location')} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  await until('the server gave up', () => server.log().includes('"route":"/dl/'))
  socket.destroy()
  t.match(await server.app.ports.sql.get('select downloads from files'), { downloads: 0 })
})

t.test('an upload that still moves lives on, however slow it is', async t => {
  const stall = 1000
  const server = await startServer(t, { settings: { stallTimeout: `${stall} ms` } })
  const ticket = await userTicket(server, await openSession(server))
  const bytes = uploadOf(ticket, randomBytes(100 * KiB))
  const { socket, answer } = await begin(ticket, bytes, 1000)
  const began = performance.now()
  let sent = 1000
  while (performance.now() - began < 2 * stall) {
    socket.write(bytes.subarray(sent, ++sent))
    await progressOf(ticket)
  }
  socket.write(bytes.subarray(sent))
  t.match(await answer, OK)
})

t.test('a speed limit is kept to', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await upload(await userTicket(server, key), [{ name: 'a.bin', bytes: Buffer.alloc(1024 * KiB) }])
  t.equal(server.clock.time, START, 'without one no time is spent')
  const ticket = await userTicket(server, key, { speed_limit: 64 })
  t.match((await upload(ticket, [{ name: 'b.bin', bytes: Buffer.alloc(1024 * KiB) }])).body, /^upload_status=ok\n/)
  const seconds = (server.clock.time - START) / 1000
  t.ok(seconds >= 16 && seconds < 17, `1 MiB at 64 KB/s takes ${seconds} s`)
  t.equal((await progressOf(ticket)).speed, '524', 'kilobits per second')
})

t.test('the pauses of a speed limit are no stall', async t => {
  const server = await startServer(t, { settings: { stallTimeout: '100 ms' }, overrides: { clock: systemClock } })
  const ticket = await userTicket(server, await openSession(server), { speed_limit: 256 })
  const began = performance.now()
  t.match((await upload(ticket, [{ name: 'a.bin', bytes: Buffer.alloc(320 * KiB) }])).body, /^upload_status=ok\n/)
  t.ok(performance.now() - began >= 1240)
})

t.test('SIGTERM lets a running upload finish; connections on which nothing runs do not hold it up', async t => {
  const server = await spawnServer(t, { storage: await temporaryFolder(t) })
  const key = await openSession(server)
  const ticket = await userTicket(server, key)
  const content = randomBytes(500 * KiB)
  const idle = await openSocket(server.url)
  const { answer, finish } = await begin(ticket, uploadOf(ticket, content), 200 * KiB)
  const ended = server.end('SIGTERM')
  await until('nobody else is let in', () => fetch(`${server.url}/healthz`).then(() => false, () => true))
  finish()
  t.match(await answer, OK)
  const began = performance.now()
  t.equal(await ended, 0)
  t.ok(performance.now() - began < 10_000, 'the grace period is not waited for')
  idle.destroy()
  await storageHolds(t, server.storage, { incoming: [], ticketsHeld: 0 })
  t.strictSame((await readStorage(server.storage)).files.map(({ name, size }) => ({ name, size })), [{ name: 'slow.bin', size: content.length }])
})

t.test('what has not finished within the grace period is cut and tidied up', async t => {
  const server = await spawnServer(t, { storage: await temporaryFolder(t), settings: ['--grace-period', '300 ms'] })
  const ticket = await userTicket(server, await openSession(server))
  await begin(ticket, uploadOf(ticket, randomBytes(500 * KiB)), 200 * KiB)
  t.equal(await server.end('SIGTERM'), 0)
  await storageHolds(t, server.storage, { incoming: [], blobs: [], files: [], ticketsHeld: 0, bytesReserved: 0 })
})

t.test('a second signal ends the server at once, with nothing half visible afterwards', async t => {
  const storage = await temporaryFolder(t)
  const server = await spawnServer(t, { storage })
  const key = await openSession(server)
  const ticket = await userTicket(server, key)
  await begin(ticket, uploadOf(ticket, randomBytes(500 * KiB)), 200 * KiB)
  const ended = server.end('SIGTERM')
  await until('it is closing', () => fetch(`${server.url}/healthz`).then(() => false, () => true))
  t.equal(await server.end('SIGTERM'), 1)
  t.equal(await ended, 1)
  const again = await spawnServer(t, { storage })
  await storageHolds(t, storage, { incoming: [], blobs: [], files: [], ticketsHeld: 0, bytesReserved: 0 })
  t.equal(element(await call(again, 'auth.checkSession', { session_key: key }), 'session'), 'ok')
  t.equal(await again.end('SIGTERM'), 0)
})
