/** Clients that break off, lie, or send what no client should: a clear failure or the right file, and nothing left behind. */
// Runs on SQLite only.
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { attribute, call, openSession, progressOf, upload, userTicket, type TicketFields } from '../support/client.ts'
import { allOf, exchange, request } from '../support/raw-http.ts'
import { fieldPart, filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { readStorage, storageHolds } from '../support/storage-contents.ts'
import { until } from '../support/wait-until.ts'

const BOUNDARY = 'x7MA4YWxk'
const MULTIPART = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
const KiB = 1024
const form = (...parts: ReadonlyArray<readonly [string, Buffer | string]>): Buffer => formBody(BOUNDARY, parts)
const body = (size = 300 * KiB): Buffer => form(filePart('a.bin', Buffer.alloc(size, 'a')))

/** An answer with its status line and headers, all that the server sends until it closes. */
const send = (ticket: TicketFields, bytes: Buffer | string, headers: Readonly<Record<string, string>> = {}): Promise<string> =>
  exchange(ticket.url, ...request(ticket.url, { ...MULTIPART, ...headers }, bytes))

/** Sends the head and so much of a body as is given, then leaves. */
async function breakOff (ticket: TicketFields, head: Buffer, part: Buffer, leave: (socket: Socket) => void): Promise<string> {
  const socket = await openSocket(ticket.url)
  const answer = allOf(socket)
  socket.write(Buffer.concat([head, part]))
  await until('the upload runs', async () => (await progressOf(ticket)).uploaded_bytes !== '0')
  leave(socket)
  return answer
}

/** The head of a request that announces so many bytes, or chunks. */
function headOf (ticket: TicketFields, length: number | 'chunked'): Buffer {
  const [head = ''] = request(ticket.url, { ...MULTIPART, 'content-length': String(length) }, '')
  return Buffer.from(String(head).replace('content-length: chunked', 'transfer-encoding: chunked'))
}

const asChunk = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

async function setQuota (server: TestServer, bytes: number): Promise<void> {
  await server.app.ports.sql.run('update users set disk_quota = $bytes', { bytes })
}

/** Nothing is left of what failed, and its ticket takes the next upload. */
async function isUnharmed (t: Test, server: TestServer, ticket: TicketFields): Promise<void> {
  await until('the upload has ended', async () => (await readStorage(server.storage)).ticketsHeld === 0)
  t.match(await readStorage(server.storage),
    { incoming: [], blobs: [], files: [], bytesStored: 0, bytesReserved: 0, ticketsHeld: 0 }, 'nothing is left')
  const again = await upload(ticket, [{ name: 'again.txt', bytes: 'again' }])
  t.match(again.body, /^upload_status=ok\nfile_id=/, 'the ticket can be used again')
  t.equal((await progressOf(ticket)).status, 'done')
  await removeAll(server)
}

async function removeAll (server: TestServer): Promise<void> {
  for (const { id, deleteCode } of (await readStorage(server.storage)).files) {
    await fetch(`${server.url}/delete/${id}/${deleteCode}`, { method: 'POST' })
  }
}

const failure = (code: number): RegExp => new RegExp(`^HTTP/1.1 200 OK\\r\\n[^]*\\r\\n\\r\\nupload_status=fail\\nerror=${code} [^\\n]+\\n$`)
const BAD_REQUEST = /^HTTP\/1\.1 400 /
/** The connection may be gone before the answer is written. */
const ANY_FAILURE = /^$|^HTTP\/1\.1 400 |upload_status=fail/

interface Attack {
  readonly sends: (ticket: TicketFields) => Promise<string>
  readonly answer: RegExp
  /** A request that cannot be read as one is no upload: its ticket waits as before. */
  readonly progress: 'fail' | 'ok'
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  'a client that is gone after 30 % of its body': {
    sends: ticket => breakOff(ticket, headOf(ticket, body().length), body().subarray(0, body().length * 0.3), socket => socket.destroy()),
    answer: /^$/,
    progress: 'fail'
  },
  'a client that is reset after 30 % of its body': {
    sends: ticket => breakOff(ticket, headOf(ticket, body().length), body().subarray(0, body().length * 0.3), socket => socket.resetAndDestroy()),
    answer: /^$/,
    progress: 'fail'
  },
  'a Content-Length that promises more than comes': {
    sends: ticket => breakOff(ticket, headOf(ticket, body().length + 1), body(), socket => socket.end()),
    answer: ANY_FAILURE,
    progress: 'fail'
  },
  'a Content-Length that cuts the body short': {
    sends: ticket => send(ticket, body(), { 'content-length': String(body().length - 20) }),
    // What follows the cut is no request: that answer may come first.
    answer: /^HTTP\/1\.1 400 |upload_status=fail\nerror=13 /,
    progress: 'fail'
  },
  'a Content-Length of 1e30': {
    sends: ticket => send(ticket, body(), { 'content-length': '1e30' }),
    answer: BAD_REQUEST,
    progress: 'ok'
  },
  'a negative Content-Length': {
    sends: ticket => send(ticket, body(), { 'content-length': '-5' }),
    answer: BAD_REQUEST,
    progress: 'ok'
  },
  'a Content-Length of 2^64': {
    sends: ticket => send(ticket, body(), { 'content-length': '18446744073709551616' }),
    answer: BAD_REQUEST,
    progress: 'ok'
  },
  'a Content-Length of 2^63': {
    sends: ticket => send(ticket, body(), { 'content-length': '9223372036854775808' }),
    answer: failure(20),
    progress: 'fail'
  },
  'a Content-Length no double can hold': {
    sends: ticket => send(ticket, body(), { 'content-length': '9007199254740993' }),
    answer: failure(20),
    progress: 'fail'
  },
  'two Content-Lengths': {
    sends: ticket => send(ticket, body(), { 'Content-length': '17' }),
    answer: BAD_REQUEST,
    progress: 'ok'
  },
  'a Content-Length beside chunks': {
    sends: ticket => send(ticket, body(), { 'transfer-encoding': 'chunked' }),
    answer: BAD_REQUEST,
    progress: 'ok'
  },
  '10,000 fields': {
    sends: ticket => send(ticket, form(...Array.from({ length: 10_000 }, (_, i) => fieldPart(`field${i}`, 'x')), filePart('a.bin', 'a'))),
    answer: failure(21),
    progress: 'fail'
  },
  'fields of more than 1 MiB': {
    sends: ticket => send(ticket, form(fieldPart('description', 'x'.repeat(KiB * KiB + 1)), filePart('a.bin', 'a'))),
    answer: failure(21),
    progress: 'fail'
  },
  'a header of 1 MiB in the request': {
    sends: ticket => send(ticket, body(), { 'x-long': 'x'.repeat(KiB * KiB) }),
    answer: /^HTTP\/1\.1 431 |^$/,
    progress: 'ok'
  },
  'a header of 1 MiB in a part': {
    sends: ticket => send(ticket, form([`X-Long: ${'x'.repeat(KiB * KiB)}\r\n${filePart('a.bin', '')[0]}`, 'a'])),
    answer: failure(13),
    progress: 'fail'
  },
  'a body without a boundary': {
    sends: ticket => send(ticket, 'name=a.bin&data=a', { 'content-type': 'multipart/form-data' }),
    answer: failure(4),
    progress: 'fail'
  },
  'a boundary that never comes': {
    sends: ticket => send(ticket, body(), { 'content-type': 'multipart/form-data; boundary=other' }),
    answer: failure(13),
    progress: 'fail'
  },
  'an unterminated part': {
    sends: ticket => send(ticket, body().subarray(0, -(BOUNDARY.length + 8))),
    answer: failure(13),
    progress: 'fail'
  },
  'part headers that never end': {
    sends: ticket => send(ticket, `--${BOUNDARY}\r\nContent-Disposition: form-data; name="userfile"; filename="a.bin"\r\n`),
    answer: failure(13),
    progress: 'fail'
  },
  'an empty body': {
    sends: ticket => send(ticket, ''),
    answer: failure(13),
    progress: 'fail'
  },
  'a form without a file': {
    sends: ticket => send(ticket, form(fieldPart('description', 'no file'))),
    answer: failure(4),
    progress: 'fail'
  },
  'a file field that was left empty': {
    sends: ticket => send(ticket, form(filePart('', ''))),
    answer: failure(4),
    progress: 'fail'
  },
  'an unknown folder': {
    sends: ticket => send(ticket, form(filePart('a.bin', 'a'), fieldPart('folder_id', 'nofold'))),
    answer: failure(10),
    progress: 'fail'
  },
  'a wrong extra_info before the file': {
    sends: ticket => send(ticket, form(fieldPart('extra_info', 'wrong'), filePart('a.bin', 'a'))),
    answer: /<status>fail<\/status>\n\t<error code="16" /,
    progress: 'fail'
  },
  'a wrong extra_info after the file': {
    sends: ticket => send(ticket, form(filePart('a.bin', 'a'), fieldPart('extra_info', 'wrong'))),
    answer: /<status>fail<\/status>\n\t<error code="16" /,
    progress: 'fail'
  },
  'chunks that are none in their middle': {
    sends: ticket => breakOff(ticket, headOf(ticket, 'chunked'), asChunk(body().subarray(0, KiB)),
      socket => socket.write(Buffer.concat([Buffer.from('no number\r\n'), body().subarray(KiB)]))),
    answer: ANY_FAILURE,
    progress: 'fail'
  },
  'chunks without the last one': {
    sends: ticket => breakOff(ticket, headOf(ticket, 'chunked'), asChunk(body()), socket => socket.end()),
    answer: ANY_FAILURE,
    progress: 'fail'
  }
}

t.test('what no client should send', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  for (const [name, { sends, answer, progress }] of Object.entries(ATTACKS)) {
    await t.test(`${name}: a clear failure, nothing is left, the ticket works again`, async t => {
      const ticket = await userTicket(server, key)
      t.match(await sends(ticket), answer)
      await until('the upload has ended', async () => (await progressOf(ticket)).status === progress)
      t.equal((await progressOf(ticket)).status, progress, 'progress')
      await isUnharmed(t, server, ticket)
    })
  }
  t.notMatch(server.log(), /"level":50/, 'none of it is a bug')
})

/** Sent in a part, raw; stored and told as. */
const NAMES: ReadonlyArray<readonly [string, string]> = [
  ['../../etc/passwd', 'passwd'],
  ['C:\\x\\y.txt', 'y.txt'],
  ['..', 'file'],
  ['/', 'file'],
  ['a'.repeat(4996) + '.txt', 'a'.repeat(251) + '.txt'],
  ['é'.repeat(2500), 'é'.repeat(127)],
  ['nul\0.txt', 'nul.txt'],
  ['cr%0D%0Alf.txt', 'crlf.txt'],
  ['quote%22.txt', 'quote".txt'],
  ['R&amp;D.txt', 'R&amp;D.txt'],
  ['gnp\u202etxt.exe', 'gnp\u202etxt.exe'],
  ['🦊🧑‍🚀.txt', '🦊🧑‍🚀.txt'],
  [' ', ' '],
  ['<script>.txt', '<script>.txt']
]

t.test('a hostile file name becomes a harmless one, told and downloaded as stored', async t => {
  const server = await startServer(t)
  const key = await openSession(server, 'alice', '1.2')
  for (const [sent, stored] of NAMES) {
    const answer = await send(await userTicket(server, key), form(filePart(sent, 'content')))
    const shown = JSON.stringify(sent.slice(0, 40))
    const id = /^file_id=(\w{6})$/m.exec(answer)?.[1] ?? ''
    t.equal(/^file_name=(.*)$/m.exec(answer)?.[1], stored, shown)
    const xml = await call(server, 'files.getInfo', { session_key: key, file_id: id })
    t.equal(attribute(xml, 'name'), stored, shown)
    const download = await fetch(`${server.url}/pro/dl/${id}`)
    t.equal(await download.text(), 'content', shown)
    t.match(download.headers.get('content-disposition'), /^attachment; filename/, shown)
  }
  const { incoming, blobs, files } = await readStorage(server.storage)
  t.strictSame(incoming, [])
  t.strictSame([...blobs].sort(), files.map(({ blobId }) => blobId).sort(), 'no name of a client is a path')
})

t.test('a raw line break in a file name ends its header: a clear failure or a harmless name', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  for (const name of ['a\r\nX-Evil: 1.txt', 'a\nb.txt', 'a\rb.txt', 'a\r\n\r\nb.txt']) {
    const ticket = await userTicket(server, key)
    const answer = await send(ticket, form(filePart(name, 'content')))
    t.match(answer, /upload_status=(?:ok\nfile_id=\w{6}\n|fail\nerror=\d+ )/, JSON.stringify(name))
    t.notMatch(answer, /x-evil/i)
  }
  const { incoming, blobs, files } = await readStorage(server.storage)
  t.strictSame(incoming, [])
  t.equal(blobs.length, files.length)
  for (const { name } of files) t.notMatch(name, /[\r\n]/)
  t.notMatch(server.log(), /"level":50/)
})

t.test('an empty file is a file', async t => {
  const server = await startServer(t)
  const ticket = await userTicket(server, await openSession(server))
  const id = /^file_id=(\w{6})$/m.exec(await send(ticket, form(filePart('empty.txt', ''))))?.[1] ?? ''
  t.match((await readStorage(server.storage)).files, [{ id, name: 'empty.txt', size: 0 }])
  const download = await fetch(`${server.url}/pro/dl/${id}`)
  t.equal(download.headers.get('content-length'), '0')
  t.equal(await download.text(), '')
})

t.test('a file may be as large as max_file_size and no byte larger', async t => {
  const limit = 100_000
  const server = await startServer(t, { settings: { maxFileSize: String(limit) } })
  const key = await openSession(server)
  for (const size of [limit - 1, limit]) {
    t.match(await send(await userTicket(server, key), body(size)), /upload_status=ok\nfile_id=/, `${size} bytes`)
  }
  await removeAll(server)
  for (const size of [limit + 1, limit * 20]) {
    const ticket = await userTicket(server, key)
    t.match(await send(ticket, body(size)), failure(21), `${size} bytes`)
    t.equal((await progressOf(ticket)).status, 'fail')
    await isUnharmed(t, server, ticket)
  }
  const ticket = await userTicket(server, key)
  t.match(await send(ticket, form(filePart('a', Buffer.alloc(limit)), filePart('b', Buffer.alloc(limit)))), /upload_status=ok\n/, 'the limit is for each file')
  await removeAll(server)
  t.match(await send(ticket, form(filePart('a', 'fine'), filePart('b', Buffer.alloc(limit + 1)))), failure(21))
  await isUnharmed(t, server, ticket)
})

t.test('a quota is filled to its last byte and not beyond, whether the request says its length or not', async t => {
  const quota = 1_000_000
  const server = await startServer(t)
  const key = await openSession(server)
  await setQuota(server, quota)
  const sendChunked = (ticket: TicketFields, bytes: Buffer): Promise<string> =>
    exchange(ticket.url, headOf(ticket, 'chunked'), asChunk(bytes.subarray(0, 500_000)), asChunk(bytes.subarray(500_000)), '0\r\n\r\n')
  for (const sends of [send, sendChunked]) {
    for (const size of [quota - 1, quota]) {
      t.match(await sends(await userTicket(server, key), body(size)), /upload_status=ok\nfile_id=/, `${size} bytes by ${sends.name}`)
      t.equal((await readStorage(server.storage)).bytesStored, size)
      await removeAll(server)
    }
    for (const size of [quota + 1, quota + 100_000, quota * 3]) {
      const ticket = await userTicket(server, key)
      t.match(await sends(ticket, body(size)), failure(20), `${size} bytes by ${sends.name}`)
      t.equal((await progressOf(ticket)).status, 'fail')
      await isUnharmed(t, server, ticket)
    }
  }
  const ticket = await userTicket(server, key)
  t.match(await send(ticket, form(filePart('a', Buffer.alloc(quota / 2)), filePart('b', Buffer.alloc(quota / 2 + 1)))), failure(20), 'several files count together')
  await isUnharmed(t, server, ticket)
})

t.test('of uploads that race for the last bytes of a quota exactly those succeed that fit', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  // Small ones are weighed when they end, large ones when they begin as well.
  for (const [size, racers, room] of [[1000, 24, 7], [300 * KiB, 12, 5]] as const) {
    await setQuota(server, size * room + size - 1)
    const tickets = await Promise.all(Array.from({ length: racers }, () => userTicket(server, key)))
    const answers = await Promise.all(tickets.map(ticket => send(ticket, body(size))))
    t.equal(answers.filter(answer => answer.includes('upload_status=ok')).length, room, `${racers} of ${size} bytes`)
    t.equal(answers.filter(answer => failure(20).test(answer)).length, racers - room)
    const { bytesStored, bytesReserved, miscounted, blobs } = await readStorage(server.storage)
    t.strictSame({ bytesStored, bytesReserved, miscounted, blobs: blobs.length }, { bytesStored: size * room, bytesReserved: 0, miscounted: 0, blobs: room })
    await removeAll(server)
  }
})

t.test('of two that do not fit together and end at once one succeeds', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await setQuota(server, 1024 * KiB)
  for (let round = 0; round < 5; round++) {
    const bodies = [body(700 * KiB), body(400 * KiB)]
    const tickets = [await userTicket(server, key), await userTicket(server, key)] as const
    const sockets = await Promise.all(tickets.map(({ url }) => openSocket(url)))
    const answers = sockets.map(allOf)
    tickets.forEach((ticket, i) => sockets[i]?.write(Buffer.concat([headOf(ticket, bodies[i]?.length ?? 0), bodies[i]?.subarray(0, -1) ?? Buffer.alloc(0)])))
    for (const [i, ticket] of tickets.entries()) {
      await until('all but the last byte has come', async () => (await progressOf(ticket)).uploaded_bytes === String((bodies[i]?.length ?? 0) - 1))
    }
    sockets.forEach((socket, i) => socket.write(bodies[i]?.subarray(-1) ?? ''))
    t.equal((await Promise.all(answers)).filter(answer => answer.includes('upload_status=ok')).length, 1)
    await removeAll(server)
  }
})

t.test('fifty files fit into an upload, a fifty-first fails it', async t => {
  const server = await startServer(t)
  const ticket = await userTicket(server, await openSession(server))
  const files = (count: number) => form(...Array.from({ length: count }, (_, i) => filePart(`${i}.txt`, `file ${i}`)))
  t.equal((await send(ticket, files(50))).match(/^file_id=\w{6}$/mg)?.length, 50)
  t.equal((await readStorage(server.storage)).blobs.length, 50)
  await removeAll(server)
  t.match(await send(ticket, files(51)), failure(21))
  t.equal((await progressOf(ticket)).status, 'fail')
  await isUnharmed(t, server, ticket)
})

t.test('a second upload on a ticket in use fails and leaves the first alone', async t => {
  const server = await startServer(t)
  const ticket = await userTicket(server, await openSession(server))
  const bytes = body()
  const first = await openSocket(ticket.url)
  const answer = allOf(first)
  first.write(Buffer.concat([headOf(ticket, bytes.length), bytes.subarray(0, 50 * KiB)]))
  await until('the first runs', async () => (await progressOf(ticket)).uploaded_bytes === String(50 * KiB))
  /** Its speed changes while nothing comes. */
  const progress = async () => ({ ...await progressOf(ticket), speed: '', eta: '' })
  const before = await progress()
  t.match(await send(ticket, body(10)), failure(13))
  t.match(await send(ticket, body(10 * KiB), { 'content-length': '9007199254740993' }), failure(13), 'nor one that would be too large')
  t.strictSame(await progress(), before)
  t.equal((await readStorage(server.storage)).ticketsHeld, 1)
  first.write(bytes.subarray(50 * KiB))
  t.match(await answer, /upload_status=ok\nfile_id=/)
  t.equal((await progressOf(ticket)).status, 'done')
  t.match(await readStorage(server.storage), { files: [{ size: 300 * KiB }], ticketsHeld: 0 })
})

t.test('an unknown ticket takes nothing', async t => {
  const server = await startServer(t)
  const ticket = await userTicket(server, await openSession(server))
  const unknown = { ...ticket, url: ticket.url.replace(ticket.id, '1.1767323045.ABCDEF01.1.0') }
  t.match(await send(unknown, body()), /<status>fail<\/status>\n\t<error code="16" /)
  await storageHolds(t, server.storage, { incoming: [], blobs: [], files: [], ticketsHeld: 0 })
})

t.test('garbage after a request harms neither the upload nor the server', async t => {
  const server = await startServer(t)
  const ticket = await userTicket(server, await openSession(server))
  const [head = '', bytes = ''] = request(ticket.url, { ...MULTIPART, connection: 'keep-alive' }, body(1000))
  const answer = await exchange(ticket.url, Buffer.concat([Buffer.from(head), Buffer.from(bytes), randomBytes(1000), Buffer.from('\r\n\r\n')]))
  await until('the upload has ended', async () => (await readStorage(server.storage)).ticketsHeld === 0)
  const { files, blobs, incoming } = await readStorage(server.storage)
  t.equal(answer.includes('upload_status=ok') ? files.length : files.length % 2, files.length, 'whole or not at all')
  t.equal(blobs.length, files.length)
  t.strictSame(incoming, [])
  t.equal((await fetch(`${server.url}/healthz`)).status, 200)
})

t.test('a file that is deleted while it is downloaded arrives whole, and its space is free at once', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const bytes = randomBytes(20 * KiB * KiB)
  await upload(await userTicket(server, key), [{ name: 'a.bin', bytes }])
  const [file] = (await readStorage(server.storage)).files
  const response = await fetch(`${server.url}/pro/dl/${file?.id}`)
  await removeAll(server)
  await storageHolds(t, server.storage, { blobs: [], files: [], bytesStored: 0 })
  t.ok(bytes.equals(Buffer.from(await response.arrayBuffer())))
  t.equal((await fetch(`${server.url}/pro/dl/${file?.id}`)).status, 404)
})

t.test('two deletions of one file at once give its space back once', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await upload(await userTicket(server, key), [{ name: 'a.bin', bytes: 'a'.repeat(1000) }])
  await upload(await userTicket(server, key), [{ name: 'b.bin', bytes: 'b'.repeat(100) }])
  const first = (await readStorage(server.storage)).files.find(({ name }) => name === 'a.bin')
  await Promise.all([1, 2, 3].map(() => fetch(`${server.url}/delete/${first?.id}/${first?.deleteCode}`, { method: 'POST' })))
  t.match(await readStorage(server.storage), { bytesStored: 100, miscounted: 0, files: [{ name: 'b.bin' }] })
})

t.test('a server that was attacked for a while holds nothing open', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const openFiles = async (): Promise<number> => (await readdir('/dev/fd')).length
  const attack = async () => {
    const ticket = await userTicket(server, key)
    await breakOff(ticket, headOf(ticket, body().length), body().subarray(0, 100 * KiB), socket => socket.destroy())
    await upload(ticket, [{ name: 'a.bin', bytes: Buffer.alloc(3 * KiB * KiB) }])
    const [file] = (await readStorage(server.storage)).files
    const downloading = new AbortController()
    await fetch(`${server.url}/pro/dl/${file?.id}`, { signal: downloading.signal })
    downloading.abort()
    await removeAll(server)
  }
  await attack()
  await until('all is closed', async () => (await readStorage(server.storage)).ticketsHeld === 0)
  const before = await openFiles()
  for (let i = 0; i < 15; i++) await attack()
  await until('no more descriptors are open than before', async () => await openFiles() <= before + 3)
  await storageHolds(t, server.storage, { incoming: [], blobs: [], ticketsHeld: 0 })
})
