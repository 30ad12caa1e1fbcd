/** Uploads that break off and go on: the tus protocol, and the start page that speaks it. */
// Runs first.
import { createHash, randomBytes } from 'node:crypto'
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { openDiskBlobs } from '../../src/adapters/blobs/disk.ts'
import type { App, AppInternals } from '../../src/app.ts'
import { openBrowser } from '../support/browser.ts'
import { downloadFrom } from '../support/client-program.ts'
import { call, errorCode, openSession, uploadFile } from '../support/client.ts'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { spawnServer } from '../support/server-process.ts'
import { allOf, request } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { storageHolds } from '../support/storage-contents.ts'
import { append, base64, beginAt, BODY, endUpload, look, offsetOf, TUS } from '../support/tus.ts'
import { until } from '../support/wait-until.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

type At = Pick<TestServer, 'url'>

/** Uploads whose request is running now. */
const runningIn = ({ app }: TestServer): number => (app as App & AppInternals).live.size

/** Begins an upload; its address. */
async function begin (server: At, length: number, metadata?: string, headers?: Readonly<Record<string, string>>): Promise<string> {
  const answer = await beginAt(`${server.url}/tus/`, length, metadata, headers)
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
  return server.url + answer.headers.get('location')
}

/** The id behind the path that its sender gets. */
const fileOf = ({ headers }: Response): string => /\/edit\/(\w+)\//.exec(headers.get('respace-edit') ?? '')?.[1] ?? ''

async function cookieOf (server: At): Promise<string> {
  const login = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  return login.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function isTidy (t: Test, server: TestServer): Promise<void> {
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
}

t.test('a file comes in pieces, is nothing to anybody before the last, and is told to its sender again', async t => {
  const server = await startServer(t)
  const bytes = randomBytes(300_000)
  const url = await begin(server, bytes.length, `filename ${base64('été.bin')},description ${base64('in pieces')},password ${base64('pw')},is_empty`)
  t.match(url, /\/tus\/[a-z0-9]{24}$/)
  t.equal(await offsetOf(url), 0)
  for (const [from, to] of [[0, 100_000], [100_000, 100_000], [100_000, 299_999]] as const) {
    const answer = await append(url, from, bytes.subarray(from, to))
    t.strictSame([answer.status, answer.headers.get('upload-offset')], [204, String(to)])
    t.match(answer.headers.get('upload-expires'), /GMT$/)
    t.equal(fileOf(answer), '')
  }
  t.strictSame(await server.app.ports.sql.all('select * from files'), [])
  const last = await append(url, 299_999, bytes.subarray(299_999))
  const id = fileOf(last)
  t.equal(last.status, 204)
  t.match(await (await fetch(server.url + last.headers.get('respace-edit'))).text(), /été\.bin[^]*in pieces/)
  t.equal(fileOf(await look(url)), id)
  t.equal(fileOf(await append(url, 300_000, '')), id, 'the answer to the last piece may be lost')
  const row = await server.app.ports.sql.get('select * from files')
  t.strictSame([row?.id, row?.name, row?.size, row?.owner_id], [id, 'été.bin', 300_000, null])
  const page = await (await fetch(`${server.url}/file/${id}`, { method: 'POST', body: new URLSearchParams({ filepassword: 'pw' }) })).text()
  const link = /id="download_button" href="([^"]+)"/.exec(page)?.[1] ?? ''
  t.equal(sha256(Buffer.from(await (await fetch(link)).arrayBuffer())), sha256(bytes))
  t.notMatch(JSON.stringify(await server.app.ports.sql.all('select * from resumable_uploads')), 'pieces', 'what was said of it is sealed')
  t.notMatch(server.log(), url.slice(-24))
  await isTidy(t, server)
})

t.test('an empty file is there at once', async t => {
  const server = await startServer(t)
  const answer = await fetch(`${server.url}/tus`, { method: 'POST', headers: { ...TUS, 'upload-length': '0' } })
  t.equal(answer.status, 201)
  t.match(await (await fetch(`${server.url}/file/${fileOf(answer)}`)).text(), '<b>file</b>')
  await isTidy(t, server)
})

t.test('it tells what it can do, and refuses what it cannot, with a reason', async t => {
  const server = await startServer(t, { settings: { maxFileSize: '1 MiB' } })
  const options = await fetch(`${server.url}/tus/`, { method: 'OPTIONS' })
  t.strictSame([options.status, options.headers.get('tus-version'), options.headers.get('tus-extension'), options.headers.get('tus-max-size')], [204, '1.0.0', 'creation,expiration,termination', '1048576'])
  const creation = async (headers: Record<string, string>) => {
    const answer = await fetch(`${server.url}/tus/`, { method: 'POST', headers })
    return `${answer.status} ${await answer.text()}`
  }
  t.match(await creation({ 'upload-length': '5' }), '412 Tus-Resumable: expected 1.0.0')
  t.match(await creation(TUS), '400 Upload-Length')
  for (const length of ['-1', '1e3', 'x', '9'.repeat(20)]) t.match(await creation({ ...TUS, 'upload-length': length }), '400 Upload-Length')
  for (const metadata of ['filename !', 'a b c', ',', 'filename YQ==,,']) t.match(await creation({ ...TUS, 'upload-length': '5', 'upload-metadata': metadata }), '400 Upload-Metadata', metadata)
  t.match(await creation({ ...TUS, 'upload-length': '1048577' }), '413 The file is too large.')
  t.match(await creation({ ...TUS, 'upload-length': '1048577', 'accept-language': 'de' }), '413 Die Datei ist zu groß')
  const url = await begin(server, 10)
  t.equal((await append(url, 3, 'abc')).status, 409)
  t.equal((await fetch(url, { method: 'PATCH', headers: { ...TUS, 'upload-offset': '0', 'content-type': 'text/plain' }, body: 'x' })).status, 415)
  t.equal((await fetch(url, { method: 'PATCH', headers: BODY, body: 'x' })).status, 400)
  t.equal((await fetch(url, { method: 'POST', headers: { ...BODY, 'upload-offset': '0' }, body: 'x' })).status, 405)
  t.equal((await fetch(url, { method: 'POST', headers: { ...BODY, 'upload-offset': '0', 'x-http-method-override': 'PATCH' }, body: 'abc' })).status, 204)
  t.equal(await offsetOf(url), 3)
  for (const id of ['a'.repeat(24), '..%2f..%2fsecret.key', 'x']) {
    t.equal((await look(`${server.url}/tus/${id}`)).status, 404)
    t.equal((await append(`${server.url}/tus/${id}`, 0, 'x')).status, 404)
    t.equal((await fetch(`${server.url}/tus/${id}`, { method: 'DELETE', headers: TUS })).status, 404)
  }
  t.equal((await append(url, 3, 'more than ten')).status, 403)
  t.equal((await look(url)).status, 404, 'who sends more than he said gets nothing')
  await isTidy(t, server)
})

t.test('the server does what the tus protocol demands of one', async t => {
  const server = await startServer(t, { settings: { maxFileSize: '1 MiB' } })
  const metadata = `filename ${base64('été.bin')},is_confidential,folder_id ${base64('0')}`
  const send = async (method: string, path: string, headers: Readonly<Record<string, string>>, body?: string) =>
    fetch(path.startsWith('http') ? path : server.url + path, { method, headers, ...(body !== undefined && { body }) })
  const begun: string[] = []
  const fresh = async (sent = metadata): Promise<string> => {
    const url = await begin(server, 10, sent)
    begun.push(url)
    return url
  }
  const gone = async (): Promise<string> => {
    const url = await fresh()
    await send('DELETE', url, TUS)
    return url
  }
  const at = (offset: number) => ({ ...BODY, 'upload-offset': String(offset) })
  const lengthOf = { ...TUS, 'upload-length': '10' }
  /** Each row: the sentence, the request, and what of the answer it demands; null: the header must be absent. */
  const table: ReadonlyArray<readonly [must: string, answer: () => Promise<Response>, status: number, headers: Readonly<Record<string, string | RegExp | null>>]> = [
    ['HEAD always has Upload-Offset, also 0', async () => send('HEAD', await fresh(), TUS), 200, { 'upload-offset': '0' }],
    ['HEAD has Upload-Length when it is known', async () => send('HEAD', await fresh(), TUS), 200, { 'upload-length': '10' }],
    ['HEAD keeps caches away', async () => send('HEAD', await fresh(), TUS), 200, { 'cache-control': /no-store/ }],
    ['HEAD returns Upload-Metadata as the client gave it', async () => send('HEAD', await fresh(), TUS), 200, { 'upload-metadata': metadata }],
    ['HEAD without metadata has no such header', async () => send('HEAD', await fresh(''), TUS), 200, { 'upload-metadata': null }],
    ['HEAD of what is not there has no Upload-Offset', async () => send('HEAD', await gone(), TUS), 404, { 'upload-offset': null }],
    ['PATCH takes its own type only', async () => send('PATCH', await fresh(), { ...TUS, 'upload-offset': '0', 'content-type': 'application/octet-stream' }, 'abc'), 415, {}],
    ['PATCH answers 204 and the new offset', async () => send('PATCH', await fresh(), at(0), 'abc'), 204, { 'upload-offset': '3', 'upload-expires': /GMT$/ }],
    ['PATCH at another offset is a conflict', async () => send('PATCH', await fresh(), at(4), 'abc'), 409, {}],
    ['PATCH without an offset is refused', async () => send('PATCH', await fresh(), BODY, 'abc'), 400, {}],
    ['PATCH with a negative offset is refused', async () => send('PATCH', await fresh(), at(-1), 'abc'), 400, {}],
    ['PATCH of what is not there', async () => send('PATCH', await gone(), at(0), 'abc'), 404, {}],
    ['OPTIONS names the versions, extensions and the largest size', () => send('OPTIONS', '/tus/', {}), 204, { 'tus-version': '1.0.0', 'tus-extension': 'creation,expiration,termination', 'tus-max-size': '1048576' }],
    ['OPTIONS ignores Tus-Resumable', () => send('OPTIONS', '/tus/', { 'tus-resumable': '0.2.0' }), 204, { 'tus-version': '1.0.0' }],
    ['a version that is not spoken is refused, with those that are', () => send('POST', '/tus/', { ...lengthOf, 'tus-resumable': '0.2.0' }), 412, { 'tus-version': '1.0.0', location: null }],
    ['a request without a version is refused', () => send('POST', '/tus/', { 'upload-length': '10' }), 412, { 'tus-version': '1.0.0', location: null }],
    ['every answer names the version: 201', () => send('POST', '/tus/', lengthOf), 201, { 'tus-resumable': '1.0.0', location: /./, 'upload-expires': /GMT$/ }],
    ['every answer names the version: 404', async () => send('DELETE', await gone(), TUS), 404, { 'tus-resumable': '1.0.0' }],
    ['every answer names the version: 405', async () => send('GET', await fresh(), TUS), 405, { 'tus-resumable': '1.0.0', allow: 'HEAD, PATCH, DELETE, OPTIONS' }],
    ['every answer names the version: a verb of nobody', async () => send('PUT', await fresh(), TUS, 'abc'), 405, { 'tus-resumable': '1.0.0', allow: 'HEAD, PATCH, DELETE, OPTIONS' }],
    ['X-HTTP-Method-Override is the method: PATCH by PUT', async () => send('PUT', await fresh(), { ...at(0), 'x-http-method-override': 'PATCH' }, 'abc'), 204, { 'upload-offset': '3' }],
    ['POST without a length is refused', () => send('POST', '/tus/', TUS), 400, { location: null }],
    ['POST with a length that is none is refused', () => send('POST', '/tus/', { ...TUS, 'upload-length': '-1' }), 400, { location: null }],
    ['POST over the largest size is refused', () => send('POST', '/tus/', { ...TUS, 'upload-length': '1048577' }), 413, { location: null }],
    ['a length that comes later is an extension of its own', () => send('POST', '/tus/', { ...TUS, 'upload-defer-length': '1' }), 400, { location: null }],
    ['each metadata key stands once', () => send('POST', '/tus/', { ...lengthOf, 'upload-metadata': 'filename YQ==,filename Yg==' }), 400, { location: null }],
    ['a metadata key is not empty', () => send('POST', '/tus/', { ...lengthOf, 'upload-metadata': 'filename YQ==,' }), 400, { location: null }],
    ['a part of what is to be joined is refused at once', () => send('POST', '/tus/', { ...lengthOf, 'upload-concat': 'partial' }), 400, { location: null }],
    ['so is what joins parts', () => send('POST', '/tus/', { ...TUS, 'upload-concat': 'final;/tus/a /tus/b' }), 400, { location: null }],
    ['DELETE answers 204', async () => send('DELETE', await fresh(), TUS), 204, {}],
    ['X-HTTP-Method-Override is the method: PATCH', async () => send('POST', await fresh(), { ...at(0), 'x-http-method-override': 'PATCH' }, 'abc'), 204, { 'upload-offset': '3' }],
    ['X-HTTP-Method-Override is the method: DELETE', async () => send('POST', await fresh(), { ...TUS, 'x-http-method-override': 'DELETE' }), 204, {}],
    ['X-HTTP-Method-Override is the method: HEAD', async () => send('GET', await fresh(), { ...TUS, 'x-http-method-override': 'HEAD' }), 200, { 'upload-offset': '0', 'upload-metadata': metadata }],
    ['X-HTTP-Method-Override is the method: OPTIONS', () => send('POST', '/tus/', { 'x-http-method-override': 'OPTIONS' }), 204, { 'tus-version': '1.0.0', location: null }],
    ['the actual method is ignored then', async () => send('DELETE', await fresh(), { ...TUS, 'x-http-method-override': 'HEAD' }), 200, { 'upload-offset': '0' }],
    ['an override that fits no upload is refused', async () => send('POST', await fresh(), { ...TUS, 'x-http-method-override': 'PUT' }), 405, {}]
  ]
  for (const [must, answer, status, headers] of table) {
    const found = await answer()
    if (found.status === 201) begun.push(server.url + found.headers.get('location'))
    t.equal(found.status, status, must)
    for (const [name, value] of Object.entries(headers)) t[value instanceof RegExp ? 'match' : 'strictSame'](found.headers.get(name), value, `${must}: ${name}`)
  }
  const refused = await send('POST', '/tus/', { ...lengthOf, 'upload-concat': 'partial' })
  t.match(await refused.text(), /^Upload-Concat: concatenation is not supported; send the file as one upload/)
  for (const url of begun) await endUpload(url)
  await isTidy(t, server)
})

t.test('the space of an account is held from the first request on, and given back by an end', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await server.app.ports.sql.run('update users set disk_quota = 1000')
  const cookie = await cookieOf(server)
  const url = await begin(server, 800, undefined, { cookie })
  await t.rejects(begin(server, 201, undefined, { cookie }), /403 There is not enough disk space/)
  t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: key })), 0)
  await t.rejects(uploadFile(server, key, 'a', Buffer.alloc(300)), /fail/)
  t.equal((await append(url, 0, Buffer.alloc(500))).status, 204)
  t.equal((await fetch(url, { method: 'DELETE', headers: TUS })).status, 204)
  t.equal((await look(url)).status, 404)
  const whole = await begin(server, 1000, `filename ${base64('whole')},folder_id ${base64('0')}`, { cookie })
  t.equal((await append(whole, 0, Buffer.alloc(1000))).status, 204)
  t.strictSame({ ...await server.app.ports.sql.get('select bytes_stored from users') }, { bytes_stored: 1000 })
  t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: key })), 20)
  await isTidy(t, server)
})

t.test('a folder that is gone at the end, and an account that is switched off, end the upload', async t => {
  const server = await startServer(t)
  await openSession(server)
  const cookie = await cookieOf(server)
  const lost = await begin(server, 3, `filename YQ==,folder_id ${base64('zzzzzz')}`, { cookie })
  const refused = await append(lost, 0, 'abc')
  t.equal(refused.status, 403)
  t.match(await refused.text(), 'The folder no longer exists.')
  const off = await begin(server, 3, undefined, { cookie })
  await server.app.ports.sql.run('update users set is_disabled = 1')
  t.equal((await append(off, 0, 'abc')).status, 403)
  server.clock.time += 25 * 3600_000
  await isTidy(t, server)
  t.strictSame(await server.app.ports.sql.all('select id from files'), [])
})

t.test('what nobody goes on with is thrown away after a day, and its space given back', async t => {
  const server = await startServer(t)
  await openSession(server)
  const cookie = await cookieOf(server)
  const url = await begin(server, 1000, undefined, { cookie })
  await append(url, 0, Buffer.alloc(600))
  server.clock.time += 23 * 3600_000
  await server.app.sweep()
  t.equal((await append(url, 600, Buffer.alloc(100))).status, 204)
  server.clock.time += 23 * 3600_000
  await server.app.sweep()
  t.equal(await offsetOf(url), 700, 'it lives on from each piece')
  server.clock.time += 3600_000
  t.equal((await look(url)).status, 404)
  await isTidy(t, server)
})

/** Sends half of a piece and leaves the connection to the caller. */
async function sendHalf (url: string, offset: number, bytes: Buffer) {
  const [head = Buffer.alloc(0), body = Buffer.alloc(0)] = request(url, { ...BODY, 'upload-offset': String(offset) }, bytes, 'PATCH')
  const socket = await openSocket(url)
  socket.write(Buffer.concat([head, body.subarray(0, body.length / 2)]))
  return socket
}

t.test('a connection that breaks in a piece loses nothing of what came', async t => {
  const server = await startServer(t)
  const bytes = randomBytes(400_000)
  const url = await begin(server, bytes.length)
  const socket = await sendHalf(url, 0, bytes)
  await until('it runs', () => runningIn(server) > 0)
  socket.resetAndDestroy()
  await until('some of it has come', async () => await offsetOf(url) > 0)
  const offset = await offsetOf(url)
  t.ok(offset <= 200_000)
  const id = fileOf(await append(url, offset, bytes.subarray(offset)))
  t.equal(sha256(await downloadFrom(`${server.url}/file/${id}`)), sha256(bytes))
  await isTidy(t, server)
})

t.test('who comes again while an old request hangs takes over from it', async t => {
  const server = await startServer(t)
  const bytes = randomBytes(400_000)
  const url = await begin(server, bytes.length)
  const hanging = await sendHalf(url, 0, bytes)
  const ended = allOf(hanging)
  await until('it runs', () => runningIn(server) > 0)
  const answer = await append(url, 0, bytes)
  const offset = await offsetOf(url)
  const id = answer.status === 204 ? fileOf(answer) : fileOf(await append(url, offset, bytes.subarray(offset)))
  await ended
  t.equal(sha256(await downloadFrom(`${server.url}/file/${id}`)), sha256(bytes))
  t.equal((await server.app.ports.sql.all('select id from files')).length, 1)
  await isTidy(t, server)
})

t.test('many last pieces at once make one file', async t => {
  const server = await startServer(t)
  const url = await begin(server, 3)
  const answers = await Promise.all([...Array(8).keys()].map(() => append(url, 0, 'abc').catch(() => undefined)))
  t.ok(answers.some(answer => answer?.status === 204))
  const id = fileOf(await look(url))
  t.equal((await downloadFrom(`${server.url}/file/${id}`)).toString(), 'abc')
  t.equal((await server.app.ports.sql.all('select id from files')).length, 1)
  await isTidy(t, server)
})

t.test('killed in a piece, the server goes on from what it had acknowledged', async t => {
  const storage = await temporaryFolder(t)
  const bytes = randomBytes(3_000_000)
  let server = await spawnServer(t, { storage })
  let url = await begin(server, bytes.length)
  let acknowledged = 0
  for (let round = 0; round < 4; round++) {
    const next = acknowledged + 400_000
    t.equal((await append(url, acknowledged, bytes.subarray(acknowledged, next))).status, 204)
    acknowledged = next
    const socket = await sendHalf(url, acknowledged, bytes.subarray(acknowledged, acknowledged + 600_000))
    socket.on('error', () => undefined)
    await server.end('SIGKILL')
    socket.destroy()
    server = await spawnServer(t, { storage })
    url = url.replace(/^http:\/\/[^/]+/, server.url)
    t.equal(await offsetOf(url), acknowledged)
  }
  const last = await append(url, acknowledged, bytes.subarray(acknowledged))
  t.equal(sha256(await downloadFrom(`${server.url}/file/${fileOf(last)}`)), sha256(bytes))
  await server.end('SIGKILL')
  server = await spawnServer(t, { storage })
  t.equal(fileOf(await look(url.replace(/^http:\/\/[^/]+/, server.url))), fileOf(last))
  await server.end('SIGKILL')
  t.strictSame(await brokenInvariants(storage), [])
})

t.test('a server that stood still in a piece goes on with what its client sent again', async t => {
  const storage = await temporaryFolder(t)
  const bytes = randomBytes(3_000_000)
  const server = await spawnServer(t, { storage })
  const url = await begin(server, bytes.length)
  t.equal((await append(url, 0, bytes.subarray(0, 500_000))).status, 204)
  for (let round = 0; round < 3; round++) {
    const offset = await offsetOf(url)
    const hanging = await sendHalf(url, offset, bytes.subarray(offset, offset + 600_000))
    hanging.on('error', () => undefined)
    server.child.kill('SIGSTOP')
    const again = append(url, offset, bytes.subarray(offset, offset + 400_000))
    hanging.write(randomBytes(1000))
    server.child.kill('SIGCONT')
    // Its connection may break as well: a client then asks for the offset, as below.
    await again.catch(() => undefined)
    hanging.destroy()
  }
  await until('nobody writes', async () => {
    const offset = await offsetOf(url)
    const answer = await append(url, offset, '')
    return answer.status === 204
  })
  const offset = await offsetOf(url)
  const kept = await readFile(join(storage, 'incoming', `${url.slice(-24)}-0`))
  t.equal(kept.length, offset)
  t.ok(offset >= 500_000)
  t.notOk(kept.includes(Buffer.alloc(1000)), 'no zeros')
  await server.end('SIGKILL')
})

/** Ways in which bytes that were acknowledged are lost. */
const LOSSES: Readonly<Record<string, (path: string) => Promise<void>>> = {
  'a file that is shorter than what is noted': path => truncate(path, 99_999),
  'a file that is gone': path => rm(path)
}

for (const [loss, lose] of Object.entries(LOSSES)) {
  t.test(`${loss} ends its upload: 404, and its space is free again`, async t => {
    const server = await startServer(t)
    await openSession(server)
    const cookie = await cookieOf(server)
    for (const ask of [look, (url: string) => append(url, 100_000, Buffer.alloc(10)), (url: string) => append(url, 100_000, Buffer.alloc(100_000, 'y'))]) {
      const url = await begin(server, 200_000, undefined, { cookie })
      t.equal((await append(url, 0, Buffer.alloc(100_000, 'x'))).status, 204)
      await lose(join(server.storage, 'incoming', `${url.slice(-24)}-0`))
      const answer = await ask(url)
      t.equal(answer.status, 404)
      t.match(answer.headers.get('content-type') ?? 'text/plain', 'text/plain')
      t.equal((await look(url)).status, 404)
      await storageHolds(t, server.storage, { files: [], incoming: [], bytesReserved: 0, ticketsHeld: 0 })
    }
    t.match(server.log(), 'is not there any more')
    t.notMatch(server.log(), '"level":50')
    await isTidy(t, server)
  })
}

t.test('bytes that are other ones than came are no file, at whatever step they turned', async t => {
  const server = await startServer(t)
  const url = await begin(server, 200_000)
  await append(url, 0, Buffer.alloc(100_000, 'x'))
  await writeFile(join(server.storage, 'incoming', `${url.slice(-24)}-0`), Buffer.alloc(100_000))
  t.equal((await append(url, 100_000, Buffer.alloc(100_000, 'y'))).status, 404)
  t.equal((await look(url)).status, 404)
  // All has come, and the server died before the last step.
  const whole = await begin(server, 200_000)
  await append(whole, 0, Buffer.alloc(100_000, 'x'))
  await server.app.ports.sql.run('update resumable_uploads set received_bytes = 200000 where upload_id = $id', { id: whole.slice(-24) })
  t.equal((await look(whole)).status, 404)
  t.strictSame(await server.app.ports.sql.all('select id from files'), [])
  await isTidy(t, server)
})

t.test('a program gets short text and no page, whatever goes wrong', async t => {
  const server = await startServer(t)
  const url = await begin(server, 10)
  const tell = async (answer: Response) => [answer.status, answer.headers.get('content-type'), await answer.text()]
  t.strictSame(await tell(await fetch(url, { headers: { ...TUS, 'accept-language': 'de' } })), [405, 'text/plain; charset=utf-8', 'expected HEAD, PATCH, DELETE\n'])
  t.strictSame(await tell(await fetch(`${server.url}/tus/a/b`, { method: 'PATCH', headers: BODY, body: 'x' })), [404, 'text/plain; charset=utf-8', 'Page not found\n'])
  const { blobs } = server.app.ports
  const { resume } = blobs
  Object.assign(blobs, { resume: async () => { throw new Error('the disk is broken') } })
  t.strictSame(await tell(await append(url, 0, 'abc')), [503, 'text/plain; charset=utf-8', 'Something went wrong\n'])
  t.match(server.log(), 'the disk is broken')
  Object.assign(blobs, { resume })
  t.equal((await append(url, 0, 'abc')).status, 204)
  await server.app.ports.sql.run("insert into pauses (name, paused_at) values ('maintenance', 0)")
  const [status, type, text] = await tell(await append(url, 3, 'abc'))
  t.strictSame([status, type], [503, 'text/plain; charset=utf-8'])
  t.notMatch(text, '<')
})

t.test('a server that died before the last step finishes when its sender asks', async t => {
  const server = await startServer(t)
  const url = await begin(server, 3)
  await append(url, 0, 'ab')
  // As it stands when the last byte is durable and the row not yet written.
  const { blobs, sql } = server.app.ports
  const uploadId = url.slice(-24)
  const row = await sql.get('select crc32 from resumable_uploads')
  const writer = await blobs.resume(`${uploadId}-0`, { size: 2, crc32: Number(row?.crc32) })
  await writer.write(Buffer.from('c'))
  const { crc32 } = await writer.finish()
  await sql.run('update resumable_uploads set received_bytes = 3, crc32 = $crc32', { crc32 })
  t.equal((await downloadFrom(`${server.url}/file/${fileOf(await look(url))}`)).toString(), 'abc')
  await isTidy(t, server)
})

t.test('an upload that begins while the sweep runs is left alone', async t => {
  const storage = await temporaryFolder(t)
  const disk = await openDiskBlobs(storage)
  const begun: string[] = []
  let isSweeping = false
  const server: TestServer = await startServer(t, {
    storage,
    overrides: {
      blobs: {
        ...disk,
        async removeUnfinished (isLive) {
          if (isSweeping) begun.push(await begin(server, 3))
          return disk.removeUnfinished(isLive)
        }
      }
    }
  })
  isSweeping = true
  await server.app.sweep()
  isSweeping = false
  const beginning = [...Array(40).keys()].map(() => begin(server, 3))
  for (let i = 0; i < 40; i++) await server.app.sweep()
  begun.push(...await Promise.all(beginning))
  for (const url of begun) t.equal((await append(url, 0, 'abc')).status, 204)
  t.equal((await server.app.ports.sql.all('select id from files')).length, begun.length)
  await isTidy(t, server)
})

t.test('a piece that takes longer than an upload may wait still counts, and the sweep leaves it alone', async t => {
  const server = await startServer(t)
  const bytes = randomBytes(400_000)
  const url = await begin(server, bytes.length)
  const socket = await sendHalf(url, 0, bytes)
  const answer = allOf(socket)
  await until('it writes', async () => (await server.app.ports.sql.get('select writer from resumable_uploads'))?.writer != null)
  server.clock.time += 25 * 3600_000
  await server.app.sweep()
  socket.write(bytes.subarray(200_000))
  t.match((await answer), /^HTTP\/1\.1 204 [^]*respace-edit: /)
  t.equal((await server.app.ports.sql.all('select id from files')).length, 1)
  await isTidy(t, server)
})

t.test('what a sender says of a file holds no character that a database refuses', async t => {
  const server = await startServer(t)
  const url = await begin(server, 3, `filename ${base64('a\0.txt')},description ${base64('b\0c')},password ${base64('d\0')}`)
  t.equal((await append(url, 0, 'abc')).status, 204)
  t.strictSame({ ...await server.app.ports.sql.get('select name, description from files') }, { name: 'a.txt', description: 'b\ufffdc' })
})

t.test('300 MB in a browser outlive a connection that is cut in the middle, and the page is told', needsBrowser, async t => {
  const server = await startServer(t)
  const relay = await startCuttingProxy(t, server.url)
  const bytes = randomBytes(300_000_000)
  const path = join(await temporaryFolder(t), 'large.bin')
  await writeFile(path, bytes)
  const page = await openBrowser(t)
  await page.goto(relay.url)
  await page.locator('#userfile').setInputFiles(path)
  await until('a third has come', () => relay.bytes() > 100_000_000)
  relay.cut()
  await page.getByText('connection lost, trying again').waitFor()
  t.ok(await takeScreenshot(page, 'home-broken'), 'fits a phone')
  await until('what has come is noted', () => relay.isIdle() && runningIn(server) === 0)
  relay.restore()
  await page.locator('.share').waitFor({ timeout: 120_000 })
  t.ok(relay.bytes() < 320_000_000, `${relay.bytes()} bytes were sent: it went on, and did not begin again`)
  const id = await page.locator('.share').getAttribute('data-file')
  t.equal(sha256(await downloadFrom(`${server.url}/file/${id}`)), sha256(bytes))
  await isTidy(t, server)
})

t.test('a small file, too, goes on where its connection was cut: before its first byte, and in the middle', needsBrowser, async t => {
  const server = await startServer(t)
  const bytes = randomBytes(3_000_000)
  for (const cutAt of [500, 1_500_000]) {
    const relay = await startCuttingProxy(t, server.url)
    const page = await openBrowser(t)
    await page.goto(relay.url)
    relay.cutAt(relay.bytes() + cutAt)
    await page.locator('#userfile').setInputFiles({ name: 'small.bin', mimeType: 'application/octet-stream', buffer: bytes })
    await until('it is cut, and what has come is noted', () => relay.isCut() && relay.isIdle() && runningIn(server) === 0)
    relay.restore()
    await page.locator('.share').waitFor()
    t.ok(relay.bytes() < 3_400_000, `${relay.bytes()} bytes were sent: it went on, and did not begin again`)
    const id = await page.locator('.share').getAttribute('data-file')
    t.equal(sha256(await downloadFrom(`${server.url}/file/${id}`)), sha256(bytes))
  }
  t.equal((await server.app.ports.sql.all('select id from files')).length, 2, 'each came once')
  await isTidy(t, server)
})

t.test('a page that was closed goes on when the same file is chosen again, and a cancelled upload leaves nothing', needsBrowser, async t => {
  const server = await startServer(t)
  const relay = await startCuttingProxy(t, server.url)
  const bytes = randomBytes(160_000_000)
  const path = join(await temporaryFolder(t), 'large.bin')
  await writeFile(path, bytes)
  const page = await openBrowser(t)
  page.on('dialog', dialog => dialog.accept())
  await page.goto(relay.url)
  await page.locator('#userfile').setInputFiles(path)
  await until('a piece has come', async () => Number((await server.app.ports.sql.get('select received_bytes from resumable_uploads'))?.received_bytes ?? 0) > 0)
  await page.goto('about:blank')
  await page.goto(relay.url)
  await page.locator('#userfile').setInputFiles(path)
  await page.locator('.share').waitFor({ timeout: 120_000 })
  t.equal((await server.app.ports.sql.all('select upload_id from resumable_uploads')).length, 1, 'one upload, gone on with')
  const id = await page.locator('.share').getAttribute('data-file')
  t.equal(sha256(await downloadFrom(`${server.url}/file/${id}`)), sha256(bytes))
  // Slowly: it must not be there before it can be cancelled.
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1_000_000 })
  await page.locator('#userfile').setInputFiles({ name: 'other.bin', mimeType: 'application/octet-stream', buffer: bytes.subarray(0, 40_000_000) })
  await until('it has begun', async () => (await server.app.ports.sql.all('select * from resumable_uploads')).length === 2)
  await page.getByRole('button', { name: 'Cancel: other.bin' }).click()
  await until('it is ended', async () => (await server.app.ports.sql.all('select * from resumable_uploads')).length === 1)
  await isTidy(t, server)
})
