/** How many connections there may be, and that those on which nothing runs never keep others out. */
// Runs on SQLite only.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectSecurely, type TLSSocket } from 'node:tls'
import t from 'tap'
import { connectionLimits } from '../../src/domain/network/connection-limits.ts'
import { ROOT } from '../support/cli-process.ts'
import { allOf, request } from '../support/raw-http.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { startServer, temporaryFolder, type Teardown } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

interface Opened { readonly socket: Socket, readonly isClosed: () => boolean }

/** A connection from an address of this machine, once it is open; what happens to it later is for `closed` to say. */
async function open (t: Teardown, url: string, localAddress = '127.0.0.1'): Promise<Opened> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), localAddress })
  let isClosed = false
  socket.on('error', () => undefined).on('close', () => { isClosed = true })
  t.teardown(() => socket.destroy())
  await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  return { socket, isClosed: () => isClosed }
}

/** Sends a request on a connection of its own; the status of the answer, 0 when there is none. */
async function statusFrom (t: Teardown, url: string, localAddress?: string): Promise<number> {
  const { socket } = await open(t, url, localAddress)
  const answer = allOf(socket)
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await answer)?.[1] ?? 0)
}

/** An upload of which all but the end has been sent, so that its request runs. */
function beginUpload (socket: Socket, url: string) {
  const bytes = Buffer.concat(request(`${url}/upload`, { 'content-type': 'multipart/form-data; boundary=xyz' }, formBody('xyz', [filePart('a.txt', 'a'.repeat(1000))])))
  const answer = allOf(socket)
  socket.write(bytes.subarray(0, -20))
  return { answer, finish: () => socket.write(bytes.subarray(-20)) }
}

const runs = async (server: { app: { ports: { sql: { all (sql: string): Promise<readonly unknown[]> } } } }, count: number) =>
  until(`${count} uploads run`, async () => (await server.app.ports.sql.all('select upload_id from tickets where upload_id is not null and ended_at is null')).length === count)

/** The built program in a process that may have so many files open. */
async function serveWith (t: Teardown, files: number, ...words: string[]) {
  const storage = join(await temporaryFolder(t), 'storage')
  const child = spawn('bash', ['-c', `ulimit -n ${files}; unset NODE_OPTIONS RESPACE_TEST_DATABASE; exec "${process.execPath}" dist/main.js serve --port 0 --storage "${storage}" ${words.join(' ')}`], { cwd: ROOT })
  let said = ''
  child.stdout.on('data', (text: Buffer) => { said += text })
  child.stderr.on('data', (text: Buffer) => { said += text })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await until('the server is ready', () => {
    if (child.exitCode !== null) throw new Error(said)
    return said.includes('Try it:')
  })
  return { url: /Web pages +(\S+)\//.exec(said)?.[1] ?? '', pid: child.pid ?? 0, said: () => said, isRunning: () => child.exitCode === null }
}

t.test('silent connections far beyond the descriptors of a process keep nobody out', async t => {
  const server = await serveWith(t, 128)
  t.match(server.said(), '  Connections    32 at most, 16 from one address\n')
  const busy = await open(t, server.url)
  const upload = beginUpload(busy.socket, server.url)
  for (const addressOf of [() => '127.0.0.1', (i: number) => `127.0.1.${i % 100 + 1}`]) {
    const silent: Opened[] = []
    for (let i = 0; i < 200; i++) {
      silent.push(await open(t, server.url, addressOf(i)))
      if (i % 3 === 0) silent[i]?.socket.write('GET / HTTP/1.1\r\nX-Half: ')
      if (i % 20 === 0) t.equal(await statusFrom(t, server.url), 200, `with ${i} of them`)
    }
    await until('most were closed', () => silent.filter(({ isClosed }) => isClosed()).length >= 200 - 32)
    t.equal(await statusFrom(t, server.url, '127.0.0.3'), 200)
  }
  t.notOk(busy.isClosed(), 'one with a request is not closed')
  upload.finish()
  t.match(await upload.answer, /^HTTP\/1\.1 303 /)
  t.ok((await readdir(`/proc/${server.pid}/fd`)).length < 128)
  t.equal(server.said().match(/connections without a request are closed/g)?.length, 1, 'the log is not filled')
})

t.test('a process that has no descriptor left goes on once it has some', async t => {
  const server = await serveWith(t, 128, '--max-connections', '1000', '--connections-per-address', '1000')
  t.match(server.said(), '  Connections    64 at most, 64 from one address\n', 'what is set never exceeds what is possible')
  const uploads: Socket[] = []
  for (let i = 0; i < 64; i++) {
    const { socket } = await open(t, server.url)
    beginUpload(socket, server.url)
    uploads.push(socket)
  }
  await until('no descriptor is left', async () => (await readdir(`/proc/${server.pid}/fd`)).length >= 126)
  for (let i = 0; i < 20; i++) await open(t, server.url)
  for (const socket of uploads) socket.destroy()
  await until('it answers again', async () => await statusFrom(t, server.url) === 200)
  t.ok(server.isRunning())
})

t.test('where requests run on all connections a new one is closed, and accepted once one has ended', async t => {
  const server = await startServer(t, { settings: { maxConnections: '3', connectionsPerAddress: '3' } })
  const uploads = []
  for (let i = 0; i < 3; i++) {
    const { socket } = await open(t, server.url)
    uploads.push({ socket, ...beginUpload(socket, server.url) })
    await runs(server, i + 1)
  }
  t.equal(await statusFrom(t, server.url), 0)
  t.equal(await statusFrom(t, server.url), 0)
  t.equal(server.log().match(/connections are refused/g)?.length, 1)
  uploads[1]?.finish()
  t.match(await uploads[1]?.answer, /^HTTP\/1\.1 303 /)
  t.equal(await statusFrom(t, server.url), 200)
  for (const i of [0, 2]) {
    uploads[i]?.finish()
    t.match(await uploads[i]?.answer, /^HTTP\/1\.1 303 /)
  }
})

t.test('an address that has its share gives up its own connections and nobody else\'s', async t => {
  const server = await startServer(t, { settings: { maxConnections: '100', connectionsPerAddress: '2' } })
  const other = await open(t, server.url, '127.0.0.2')
  const first = await open(t, server.url)
  const second = await open(t, server.url)
  t.notOk(first.isClosed())
  const third = await open(t, server.url)
  await until('the oldest is closed', first.isClosed)
  t.strictSame([second, third, other].map(({ isClosed }) => isClosed()), [false, false, false])
  beginUpload(second.socket, server.url)
  beginUpload(third.socket, server.url)
  await runs(server, 2)
  t.equal(await statusFrom(t, server.url), 0, 'both have requests that run')
  t.equal(await statusFrom(t, server.url, '127.0.0.2'), 200)
})

t.test('a silent connection goes before one that is kept open after an answer', async t => {
  const server = await startServer(t, { settings: { maxConnections: '2' } })
  const kept = await open(t, server.url)
  kept.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(kept.socket, 'data')
  const silent = await open(t, server.url, '127.0.0.2')
  t.equal(await statusFrom(t, server.url, '127.0.0.3'), 200)
  await until('the silent one is closed', silent.isClosed)
  t.notOk(kept.isClosed())
  kept.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(String(await once(kept.socket, 'data')), '200 OK')
})

t.test('a trusted proxy carries many clients: only the limit in all holds for it', async t => {
  const server = await startServer(t, { settings: { trustProxy: '127.0.0.1', maxConnections: '10', connectionsPerAddress: '1' } })
  const many: Opened[] = []
  for (let i = 0; i < 10; i++) many.push(await open(t, server.url))
  const other = [await open(t, server.url, '127.0.0.2'), await open(t, server.url, '127.0.0.2')]
  await until('one gave way to its neighbour', () => other[0]?.isClosed() === true)
  await until('one gave way to another', () => many[0]?.isClosed() === true)
  t.equal(many.filter(({ isClosed }) => isClosed()).length, 1)
})

t.test('connections with TLS count, before and after the handshake', async t => {
  const server = await startServer(t, { settings: { tls: 'auto', listen: 'https://127.0.0.1:0', maxConnections: '4' } })
  const [secure = ''] = server.others
  const silent: Opened[] = []
  for (let i = 0; i < 20; i++) silent.push(await open(t, secure.replace('https', 'http')))
  await until('all but four are closed', () => silent.filter(({ isClosed }) => isClosed()).length >= 16)
  const ca = await readFile(join(server.storage, 'tls/ca.crt'), 'utf8')
  const secured: TLSSocket[] = []
  for (let i = 0; i < 6; i++) {
    const socket = connectSecurely({ host: '127.0.0.1', port: Number(new URL(secure).port), ca })
    t.teardown(() => socket.destroy())
    socket.on('error', () => undefined)
    await once(socket, 'secureConnect')
    secured.push(socket)
  }
  await until('those that say nothing give way', () => secured.filter(({ destroyed }) => destroyed).length >= 2)
  const last = secured.at(-1)
  last?.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  t.match(String(last && await once(last, 'data')), '200 OK')
})

t.test('limits follow from how many files a process may open', async t => {
  t.strictSame(connectionLimits(1024, undefined, undefined), { total: 480, perAddress: 240 })
  t.strictSame(connectionLimits(undefined, undefined, undefined), { total: 10_000, perAddress: 1000 })
  t.strictSame(connectionLimits(20_064, undefined, undefined), { total: 10_000, perAddress: 1000 })
  t.strictSame(connectionLimits(20_063, undefined, undefined), { total: 9999, perAddress: 1000 })
  t.strictSame(connectionLimits(10, undefined, undefined), { total: 1, perAddress: 1 })
  t.strictSame(connectionLimits(1024, 960, 5), { total: 960, perAddress: 5 })
  t.strictSame(connectionLimits(1024, 961, 1000), { total: 960, perAddress: 960 })
})
