/** Request lines with raw bytes beyond ASCII, and headers that end with a bare LF: read as they were meant, however they come, and nothing else is. */
// Runs on SQLite only.
import { connect as connectSecurely } from 'node:tls'
import t from 'tap'
import { createRequestHead } from '../../src/http/request/request-head.ts'
import { API_KEY, attribute, openSession, userTicket } from '../support/client.ts'
import { allOf, exchange, request } from '../support/raw-http.ts'
import { fieldPart, filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { readStorage } from '../support/storage-contents.ts'
import { until } from '../support/wait-until.ts'

const NAME = 'Ünïcödé €🦊'
const RAW = Buffer.from(NAME.replace(' ', '+'))
const join = (...parts: ReadonlyArray<Buffer | string>): Buffer => Buffer.concat(parts.map(part => Buffer.from(part)))
const call = (method: Buffer | string, headers = 'Host: x\r\n', end = '\r\n'): Buffer => join('GET /rest/?method=', method, ` HTTP/1.1\r\n${headers}`, end)
const LAST = 'Host: x\r\nConnection: close\r\n'
/** The methods that the answers on a connection name. */
const methodsIn = (answers: string): string[] => [...answers.matchAll(/<result method="([^"]*)"/g)].map(([, method = '']) => method)

/** Sends piece by piece; each has been written before the next. */
async function sendPieces (url: string, pieces: readonly Buffer[]): Promise<string> {
  const socket = await openSocket(url)
  socket.setNoDelay(true)
  const answer = allOf(socket)
  for (const piece of pieces) {
    await new Promise(resolve => socket.write(piece, resolve))
    await new Promise(resolve => { setImmediate(resolve) })
  }
  return answer
}

t.test('raw bytes in a request line are read as if they were percent-encoded', async t => {
  const server = await startServer(t)
  t.strictSame(methodsIn(await exchange(server.url, call(RAW, LAST))), [NAME])
  t.strictSame(methodsIn(await exchange(server.url, call(Buffer.from([0x80, 0xff, 0xe9]), LAST))), ['\ufffd\ufffd\ufffd'], 'no UTF-8')
  t.strictSame(methodsIn(await exchange(server.url, join('GET http://127.0.0.1:', new URL(server.url).port, '/rest/?method=', RAW, ` HTTP/1.1\r\n${LAST}\r\n`))), [NAME], 'in absolute form')
  t.match(await exchange(server.url, join('GET /', RAW.subarray(0, 5), ` HTTP/1.1\r\n${LAST}\r\n`)), /^HTTP\/1\.1 404 /, 'in a path')
  t.notMatch(server.log(), 'cannot be read')
})

t.test('such a line may come cut anywhere, on a connection on which others came before', async t => {
  const server = await startServer(t)
  const bytes = call(RAW, LAST)
  for (let cut = 1; cut < bytes.length; cut++) {
    t.strictSame(methodsIn(await sendPieces(server.url, [bytes.subarray(0, cut), bytes.subarray(cut)])), [NAME], `cut at ${cut}`)
  }
  t.strictSame(methodsIn(await sendPieces(server.url, Array.from(bytes, byte => Buffer.of(byte)))), [NAME], 'byte by byte')
  const all = join(call('first'), call(RAW), join('POST /rest/?method=', RAW, ' HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n'), bytes)
  t.strictSame(methodsIn(await exchange(server.url, all)), ['first', NAME, NAME, NAME], 'all in one piece')
  t.strictSame(methodsIn(await sendPieces(server.url, Array.from(all, byte => Buffer.of(byte)))), ['first', NAME, NAME, NAME], 'all byte by byte')
})

t.test('the body that follows is what was sent, and the next request after it is read', async t => {
  const server = await startServer(t)
  const content = Buffer.from([...Buffer.from('GET /\u00e9 HTTP/1.1\r\n\n'), 0x80, 0xff, 10, 13, 10, 10])
  const ticket = await userTicket(server, await openSession(server))
  const body = formBody('B', [filePart('a.bin', content), fieldPart('description', NAME)])
  const { pathname, search } = new URL(ticket.url)
  for (const [framing, sent] of [[`Content-Length: ${body.length}`, body], ['Transfer-Encoding: chunked', join(`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n')]] as const) {
    const socket = await openSocket(server.url)
    const answer = allOf(socket)
    socket.write(join(`POST ${pathname}${search}&note=`, RAW, ` HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\n${framing}\r\n\r\n`, sent.subarray(0, 40)))
    socket.write(sent.subarray(40))
    await until('it is stored', async () => (await readStorage(server.storage)).files.length === 1)
    socket.write(call(RAW, LAST))
    const answers = await answer
    t.match(answers, /upload_status=ok/)
    t.strictSame(methodsIn(answers), [NAME])
    const [file] = (await readStorage(server.storage)).files
    const download = await fetch(`${server.url}/pro/dl/${file?.id}`)
    t.ok(content.equals(Buffer.from(await download.arrayBuffer())), framing)
    await fetch(`${server.url}/delete/${file?.id}/${file?.deleteCode}`, { method: 'POST' })
  }
})

t.test('headers may end with a bare LF, with a body behind them, cut anywhere', async t => {
  const server = await startServer(t)
  const post = join('POST /rest/ HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\nHost: x\r\n\nmethod=a')
  const all = join(post, call('b', LAST, '\n'))
  t.strictSame(methodsIn(await exchange(server.url, call('b', LAST, '\n'))), ['b'])
  t.strictSame(methodsIn(await sendPieces(server.url, [post, call('b', LAST, '\n')])), ['a', 'b'])
  t.strictSame(methodsIn(await sendPieces(server.url, Array.from(all, byte => Buffer.of(byte)))), ['a', 'b'], 'byte by byte')
  t.strictSame(methodsIn(await exchange(server.url, all)), ['a', 'b'], 'in one piece')
})

t.test('over TLS it is the same', async t => {
  const server = await startServer(t, { settings: { tls: 'auto', listen: 'https://127.0.0.1:0' } })
  const { port } = new URL(server.others[0] ?? '')
  const socket = connectSecurely({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
  const answer = allOf(socket)
  const bytes = join(call(RAW), call(RAW, LAST, '\n'))
  for (const byte of bytes) socket.write(Buffer.of(byte))
  t.strictSame(methodsIn(await answer), [NAME, NAME])
})

/** What is no request and stays none. */
const UNREADABLE: Readonly<Record<string, Buffer>> = {
  'raw bytes in a verb': join('G\u00c9T / HTTP/1.1\r\nHost: x\r\n\r\n'),
  'a verb that there is not': join('FETCH /\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n'),
  'raw bytes in the version': join('GET / HTTP/\u00e9\r\nHost: x\r\n\r\n'),
  'a space in the target': join('GET /a \u00e9 HTTP/1.1\r\nHost: x\r\n\r\n'),
  'raw bytes in a header\'s name': join('GET / HTTP/1.1\r\nHost: x\r\nX-\u00c9: a\r\n\r\n'),
  'lines that all end with a bare LF': join('GET / HTTP/1.1\nHost: x\n\n'),
  'a header that ends with a bare LF': join('GET / HTTP/1.1\r\nA: b\nHost: x\r\n\r\n'),
  'a bare CR': join('GET / HTTP/1.1\r\nHost: x\r\n\rA: b\r\n\r\n'),
  'a length beside chunks': join('POST /rest/?a=\u00e9 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
  'a length beside chunks, and a bare LF': join('POST /rest/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\n0\r\n\r\n'),
  'chunks that end lines with a bare LF': join('POST /rest/?a=\u00e9 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n'),
  garbage: Buffer.from([0, 1, 2, 128, 255, 13, 10, 13, 10])
}

t.test('what cannot be mended is 400, with one line in the log that repeats nothing of it', async t => {
  const server = await startServer(t)
  const linesOf = (server: TestServer) => server.log().split('\n').filter(line => line.includes('cannot be read'))
  let lines = 0
  for (const [name, bytes] of Object.entries(UNREADABLE)) {
    t.match(await exchange(server.url, bytes), /^HTTP\/1\.1 400 /, name)
    const all = linesOf(server)
    t.equal(all.length, ++lines, name)
    t.match(JSON.parse(all.at(-1) ?? ''), { level: 30, code: /^HPE_/, reason: /./, address: /127\.0\.0\.1/ })
  }
  t.notMatch(server.log(), /"stack"/)
  t.match(await exchange(server.url, call('x'.repeat(30_000), LAST)), /^HTTP\/1\.1 431 /)
  t.match(await exchange(server.url, call(Buffer.alloc(15_000, 0xe9), LAST)), /^HTTP\/1\.1 431 /, 'too long once it is encoded')
})

t.test('what looks like a request within a body is none', async t => {
  const server = await startServer(t)
  const inner = join('GET /rest/?method=inner\u00e9 HTTP/1.1\r\nHost: x\r\n\n')
  const head = (length: number) => join('POST /rest/?method=', RAW, ` HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n`)
  for (const pieces of [[join(head(inner.length), inner)], [head(inner.length), inner], [head(inner.length), inner.subarray(0, 9), inner.subarray(9)]]) {
    t.strictSame(methodsIn(await sendPieces(server.url, [...pieces, call('after', LAST)])), [NAME, 'after'])
  }
})

t.test('a head is changed in its target and its end only', async t => {
  const mend = (text: string, size = Infinity) => {
    const head = createRequestHead()
    const bytes = Buffer.from(text, 'latin1')
    const pieces: Buffer[] = []
    let read = 0
    for (let at = 0; at < bytes.length && !head.isOver; at += size) {
      const result = head.read(bytes.subarray(at, at + size))
      pieces.push(result.mended)
      read += result.size
    }
    return [Buffer.concat(pieces).toString('latin1'), read, head.isOver]
  }
  const cases: ReadonlyArray<readonly [string, string, number, boolean]> = [
    ['GET /a HTTP/1.1\r\nA: \xe9\r\n\r\nrest\xe9', 'GET /a HTTP/1.1\r\nA: \xe9\r\n\r\n', 25, true],
    ['\r\n\nGET /\xe9\xff HTTP/1.1\r\nA: b\r\n\nrest', '\r\n\nGET /%E9%FF HTTP/1.1\r\nA: b\r\n\r\n', 28, true],
    ['GET /\xe9\r\n\n', 'GET /%E9\r\n\r\n', 9, true],
    ['get /\xe9 HTTP/1.1\r\n', 'get /\xe9 HTTP/1.1\r\n', 17, false],
    ['GET /a\n\nb\n', 'GET /a\n\nb\n', 10, false],
    ['GET /a HTTP/1.1\r\nA: b\n\n', 'GET /a HTTP/1.1\r\nA: b\n\n', 23, false]
  ]
  for (const [sent, mended, size, isOver] of cases) {
    for (const piece of [Infinity, 1, 2, 3, 7]) t.strictSame(mend(sent, piece), [mended, size, isOver], `${JSON.stringify(sent)} by ${piece}`)
  }
})

t.test('an API call with a raw name is answered as one that encodes it', async t => {
  const server = await startServer(t)
  const [raw, encoded] = await Promise.all([Buffer.from(`é&api_key=${API_KEY}`), `%C3%A9&api_key=${API_KEY}`].map(query => exchange(server.url, call(query, LAST))))
  t.equal(attribute(raw ?? '', 'method'), 'é')
  t.equal(raw?.slice(raw.indexOf('<?xml')), encoded?.slice(encoded.indexOf('<?xml')))
  t.match(await exchange(server.url, ...request(`${server.url}/rest/`, {}, '')), /<error code="1"/)
})
