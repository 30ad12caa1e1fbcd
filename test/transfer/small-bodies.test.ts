/** Bodies that bring no file: however they are written, they are read to 64 KiB, for a limited time, and no field of them costs more than its bytes. */
// Runs on SQLite only.
import { createServer, IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { bufferBody } from '../../src/emulator/traffic/buffered-body.ts'
import { gatherSmallChunks } from '../../src/http/request/small-chunks.ts'
import { createCollector } from '../../src/transfer/collect.ts'
import { createForm } from '../../src/transfer/form.ts'
import { createGrowingBuffer } from '../../src/transfer/growing-buffer.ts'
import { errorCode, openSession, progressOf, userTicket } from '../support/client.ts'
import { growthOf } from '../support/time-growth.ts'
import { allOf, exchange, request } from '../support/raw-http.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const KiB = 1024
const LIMIT = 64 * KiB
const BOUNDARY = 'small'
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`

const headOf = (target: string, type: string, framing: string) => `${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`
const asChunk = (bytes: Buffer | string): Buffer => Buffer.concat([Buffer.from(`${Buffer.byteLength(bytes).toString(16)}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')])
const fieldHead = (name: string): string => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`

/** A body of so many bytes in all, by its type. */
const BODIES: Readonly<Record<string, (size: number) => string>> = {
  'application/x-www-form-urlencoded': size => `user_name=${'a'.repeat(size - 10)}`,
  [MULTIPART]: size => `${fieldHead('user_name')}${'a'.repeat(size - fieldHead('user_name').length - BOUNDARY.length - 8)}\r\n--${BOUNDARY}--\r\n`,
  'application/json': size => `"${'a'.repeat(size - 2)}"`,
  nonsense: size => 'a'.repeat(size)
}

t.test('a body of any type is read to 64 KiB and no further, whether its length is said or not', async t => {
  const server = await startServer(t)
  for (const path of ['/rest/', '/progressapiupload.html', '/login', '/register', '/language', '/my', '/admin/accounts', '/edit/aaaaaa/b', '/setup/c', '/file/aaaaaa']) {
    for (const [type, write] of Object.entries(BODIES)) {
      for (const size of [LIMIT - 1, LIMIT, LIMIT + 1]) {
        const body = write(size)
        t.equal(body.length, size)
        const isRefused = (answer: string) => answer.startsWith('HTTP/1.1 413 ')
        // For strangers there are no pages of administration, so their bodies are not read at all.
        const isExpected = path !== '/admin/accounts' && size > LIMIT
        t.equal(isRefused(await exchange(server.url, headOf(`POST ${path}`, type, `Content-Length: ${size}`), body)), isExpected, `${size} bytes of ${type} to ${path}`)
        t.equal(isRefused(await exchange(server.url, headOf(`POST ${path}`, type, 'Transfer-Encoding: chunked'), asChunk(body), '0\r\n\r\n')), isExpected, 'in chunks')
      }
    }
  }
  t.notMatch(server.log(), /"level":50/)
})

t.test('of a form with a thousand fields of 1 MiB little is taken before it is refused', async t => {
  const server = await startServer(t)
  for (const path of ['/login', '/rest/']) {
    const socket = await openSocket(server.url)
    const answer = allOf(socket)
    socket.write(headOf(`POST ${path}`, MULTIPART, 'Transfer-Encoding: chunked'))
    let sent = 0
    for (let i = 0; i < 1000 && !socket.destroyed; i++) {
      const piece = asChunk(`${fieldHead(`f${i}`)}${'a'.repeat(KiB * KiB)}\r\n`)
      sent += piece.length
      if (!socket.write(piece)) await Promise.race([new Promise(resolve => socket.once('drain', resolve)), answer])
    }
    t.match(await answer, /^HTTP\/1\.1 413 |^$/)
    t.ok(sent < 64 * KiB * KiB, `${sent} bytes`)
  }
})

t.test('a thousand fields of a form are read, one more is not', async t => {
  const server = await startServer(t)
  const code = async (before: number) => {
    const fields = [...Array.from({ length: before }, (_, i) => `f${i}`), 'method'].map(name => `${fieldHead(name)}x\r\n`).join('').replaceAll('Content-Disposition: form-data', 'content-disposition:a')
    const answer = await exchange(server.url, ...request(`${server.url}/rest/`, { 'content-type': MULTIPART }, `${fields}--${BOUNDARY}--\r\n`))
    return errorCode(answer.slice(answer.indexOf('<result')))
  }
  t.equal(await code(998), 2)
  t.equal(await code(999), 2)
  t.equal(await code(1000), 1)
})

t.test('a form in chunks of one byte is read as any other', async t => {
  const server = await startServer(t)
  for (const [type, body] of [[MULTIPART, `${fieldHead('METHOD')}nothing.here\r\n--${BOUNDARY}--\r\n`], ['application/x-www-form-urlencoded', 'METHOD=nothing.here']] as const) {
    const chunks = [...body].map(asChunk)
    t.match(await exchange(server.url, headOf('POST /rest/', type, 'Transfer-Encoding: chunked'), Buffer.concat(chunks), '0\r\n\r\n'), 'method="nothing.here"')
  }
})

t.test('an upload of single bytes arrives whole while its reader is held up by a speed limit, and keeps little meanwhile', async t => {
  const server = await startServer(t)
  const listened = createServer()
  gatherSmallChunks(listened)
  let waiting: IncomingMessage | undefined
  listened.on('request', (incoming: IncomingMessage) => { waiting = incoming })
  const incoming = new IncomingMessage(new Socket())
  incoming.headers['transfer-encoding'] = 'chunked'
  listened.emit('request', incoming)
  t.equal(waiting, incoming)
  for (let i = 0; i < 10_000; i++) incoming.push(Buffer.from('a'))
  incoming.push(null)
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  t.equal(Buffer.concat(chunks).toString(), 'a'.repeat(10_000))
  t.ok(chunks.length < 10, `${chunks.length} chunks`)

  const ticket = await userTicket(server, await openSession(server), { speed_limit: 1 })
  const body = formBody(BOUNDARY, [filePart('a.bin', 'a'.repeat(3000)), ['Content-Disposition: form-data; name="description"', 'b'.repeat(3000)]])
  const { pathname, search } = new URL(ticket.url)
  const answer = await exchange(server.url, headOf(`POST ${pathname}${search}`, MULTIPART, 'Transfer-Encoding: chunked'), Buffer.concat([...body].map(byte => asChunk(Buffer.of(byte)))), '0\r\n\r\n')
  t.match(answer, /upload_status=ok/)
  t.match(await server.app.ports.sql.get('select size, description from files'), { size: 3000, description: 'b'.repeat(3000) })
})

/** A request whose body never ends, by what it is for. */
const ENDLESS: Readonly<Record<string, string>> = {
  'an API call': headOf('POST /rest/', 'application/x-www-form-urlencoded', 'Content-Length: 60000'),
  'an API call as a form in chunks': headOf('POST /rest/', MULTIPART, 'Transfer-Encoding: chunked'),
  'a verb that the API does not have': headOf('PUT /rest/', MULTIPART, 'Transfer-Encoding: chunked'),
  'an API call by GET': headOf('GET /rest/', 'text/plain', 'Content-Length: 60000').replace('close', 'keep-alive'),
  'a login': headOf('POST /login', 'application/x-www-form-urlencoded', 'Content-Length: 60000'),
  'a login as a form': headOf('POST /login', MULTIPART, 'Content-Length: 60000'),
  'a poll of progress': headOf('POST /progressapiupload.html', 'application/x-www-form-urlencoded', 'Transfer-Encoding: chunked'),
  'a page that is not there': headOf('POST /nothing', 'application/json', 'Content-Length: 60000'),
  'a preflight': headOf('OPTIONS /rest/', 'text/plain', 'Content-Length: 60000').replace('close', 'keep-alive'),
  'the creation of an upload in pieces': headOf('POST /tus/', 'application/offset+octet-stream', 'Content-Length: 60000\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 10').replace('close', 'keep-alive'),
  'the end of a visit': headOf('POST /request/x/done', 'text/plain', 'Content-Length: 60000').replace('close', 'keep-alive')
}

/** Sends a byte now and then until the connection is closed. */
async function trickle (url: string, head: string): Promise<string> {
  const socket = await openSocket(url)
  const answer = allOf(socket)
  const byte = head.includes('chunked') ? '1\r\na\r\n' : 'a'
  socket.write(head)
  const writing = setInterval(() => { socket.write(byte) }, 20)
  return answer.finally(() => { clearInterval(writing) })
}

t.test('a body that comes byte by byte is cut after the deadline, whatever it is for', async t => {
  const server = await startServer(t, { settings: { bodyTimeout: '200 ms', stallTimeout: '1 hour' } })
  for (const [name, head] of Object.entries(ENDLESS)) t.notMatch(await trickle(server.url, head), 'status="ok"', name)
  t.equal((await Promise.all(Array.from({ length: 100 }, () => trickle(server.url, ENDLESS['a login as a form'] ?? '')))).length, 100, 'many at once')
  t.notMatch(server.log(), /"level":50/)
})

t.test('the deadline is none for uploads', async t => {
  const server = await startServer(t, { settings: { bodyTimeout: '100 ms' } })
  const ticket = await userTicket(server, await openSession(server))
  const body = formBody(BOUNDARY, [filePart('slow.bin', 'a'.repeat(10_000))])
  const socket = await openSocket(server.url)
  const answer = allOf(socket)
  socket.write(Buffer.concat(request(ticket.url, { 'content-type': MULTIPART }, body)).subarray(0, -9000))
  await until('the upload runs', async () => (await progressOf(ticket)).uploaded_bytes !== '0')
  const other = trickle(server.url, ENDLESS['a login'] ?? '')
  await other
  socket.write(body.subarray(-9000))
  t.match(await answer, /upload_status=ok/, 'another request that began later was cut meanwhile')
})

/** Twice as much takes at most three times as long. */
function isLinear (t: Test, name: string, work: (size: number) => void): void {
  const growth = growthOf(size => () => { work(size) })
  t.ok(growth < 3, `${name}: ${growth.toFixed(1)} times as long for twice as many`)
}

t.test('bytes that come one by one are gathered in a time that grows with their number', async t => {
  const byte = Buffer.from('a')
  isLinear(t, 'a buffer', size => {
    for (let round = 0; round < 20; round++) {
      const buffer = createGrowingBuffer()
      for (let i = 0; i < size; i++) buffer.append(byte)
    }
  })
  for (const [name, byte] of [['a line', Buffer.from('a')], ['empty lines', Buffer.from('\n')]] as const) {
    isLinear(t, `a held body of ${name}`, size => {
      for (let round = 0; round < 5; round++) {
        const incoming = new IncomingMessage(new Socket())
        const body = bufferBody(incoming)
        void body.peek(Infinity, bytes => bytes.includes('never'))
        for (let i = 0; i < size; i++) incoming.push(byte)
      }
    })
  }
})

t.test('what was gathered is what came', async t => {
  const buffer = createGrowingBuffer()
  t.equal(buffer.bytes().length, 0)
  const chunks = [0, 1, 255, 256, 257, 1, 5000].map((size, i) => Buffer.alloc(size, i))
  for (const chunk of chunks) buffer.append(chunk)
  t.ok(buffer.bytes().equals(Buffer.concat(chunks)))
  t.equal(buffer.length, Buffer.concat(chunks).length)
})

t.test('a field of an upload costs its bytes, in chunks of one byte too', async t => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const never = async () => { throw new Error('no file comes') }
  const form = createForm(new Map())
  const collector = createCollector(form, { create: never } as never, never, never)
  await collector.take([{ type: 'part', headers: Buffer.from('Content-Disposition: form-data; name="description"') }])
  collectGarbage()
  const before = process.memoryUsage()
  for (let i = 0; i < 1000; i++) await collector.take(Array.from({ length: 1000 }, () => ({ type: 'data', bytes: Buffer.from('a') })))
  collectGarbage()
  const after = process.memoryUsage()
  const kept = after.heapUsed + after.external - before.heapUsed - before.external
  t.ok(kept < 4 * KiB * KiB, `a million bytes keep ${kept}`)
  await collector.take([{ type: 'part end' }])
  t.equal(form.get('description'), 'a'.repeat(4 * KiB), 'a description is cut to its limit')
})

t.test('the names of fields count towards their limit', async t => {
  const server = await startServer(t)
  const ticket = await userTicket(server, await openSession(server))
  const fields = Array.from({ length: 22 }, (_, i): [string, string] => [`Content-Disposition: form-data; name="${'n'.repeat(12_000)}${i}"`, 'x'])
  t.match(await exchange(server.url, ...request(ticket.url, { 'content-type': MULTIPART }, formBody(BOUNDARY, [...fields, filePart('a.bin', 'a')]))), /error=21 /)
  t.match(await exchange(server.url, ...request(ticket.url, { 'content-type': MULTIPART }, formBody(BOUNDARY, [...fields.slice(0, 21), filePart('a.bin', 'a')]))), /upload_status=ok/)
})

t.test('fields for files that were left empty count like any others', async t => {
  const server = await startServer(t)
  const ticket = await userTicket(server, await openSession(server))
  const empty = (count: number) => Array.from({ length: count }, (_, i) => i % 2 === 0 ? filePart('', '') : ['Content-Type: application/octet-stream', ''] as const)
  const send = (count: number) => exchange(server.url, ...request(ticket.url, { 'content-type': MULTIPART }, formBody(BOUNDARY, [...empty(count), filePart('a.bin', 'a')])))
  t.match(await send(1001), /error=21 /)
  t.match(await send(1000), /upload_status=ok/)
})
