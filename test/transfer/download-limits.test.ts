/** What counts under a download limit: whole downloads, and pieces of it that add up to one. */
import t from 'tap'
import { leastBytes } from '../../src/http/wire/answer-end.ts'
import { forgetServer } from '../../src/store/operations/servers.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

interface Limited {
  readonly id: string
  readonly link: string
  /** Of a GET, of which all is read. */
  get (range?: string, headers?: Readonly<Record<string, string>>): Promise<number>
  row (): Promise<{ downloads: unknown, partial_bytes: unknown, running_downloads: unknown, running_bytes: unknown }>
  /** Whether no download of it runs. */
  isIdle (): Promise<boolean>
  /** Waits until nothing runs and this much is counted. */
  counted (downloads: number, partialBytes?: number): Promise<void>
}

const createFolder = async (server: TestServer, key: string, name: string): Promise<string> =>
  attribute(await call(server, 'folders.create', { session_key: key, name, shared: 1 }), 'id')

async function limit (server: TestServer, key: string, size: number, params: Readonly<Record<string, string | number>>): Promise<Limited> {
  const id = await uploadFile(server, key, 'limited.bin', Buffer.alloc(size, 'x'))
  await call(server, 'files.setInfo', { session_key: key, file_id: id, ...params })
  const link = attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
  const row: Limited['row'] = async () => {
    const found = await server.app.ports.sql.get('select downloads, partial_bytes, running_downloads, running_bytes from files where id = $id', { id })
    return { downloads: found?.downloads, partial_bytes: found?.partial_bytes, running_downloads: found?.running_downloads, running_bytes: found?.running_bytes }
  }
  return {
    id,
    link,
    async get (range, headers = {}) {
      const answer = await fetch(link, { headers: { ...headers, ...range !== undefined && { range: `bytes=${range}` } } })
      await answer.arrayBuffer()
      return answer.status
    },
    row,
    async isIdle () {
      const { running_bytes: bytes, running_downloads: places } = await row()
      return bytes === 0 && places === 0
    },
    async counted (downloads, partialBytes = 0) {
      const wanted = { downloads, partial_bytes: partialBytes, running_downloads: 0, running_bytes: 0 }
      await until(`${downloads} downloads and ${partialBytes} bytes count`, async () => JSON.stringify(await row()) === JSON.stringify(wanted))
    }
  }
}

/** No download ends before so many have begun: on a busy machine the last piece may be sent before the first one is asked for. */
function holdEnds ({ app: { ports: { sql } } }: TestServer, count: number): void {
  const batch = sql.batch.bind(sql)
  let begun = 0
  let release = (): void => undefined
  const allBegun = new Promise<void>(resolve => { release = resolve })
  sql.batch = async statements => {
    if (/^update held_places/.test(statements[0]?.sql ?? '')) await allBegun
    const written = await batch(statements)
    if (/^insert into held_places/.test(statements[0]?.sql ?? '') && ++begun === count) release()
    return written
  }
}

t.test('pieces of a file add up to downloads: all bytes but the last cannot be fetched again and again', async t => {
  const server = await startServer(t)
  const file = await limit(server, await openSession(server), 1000, { downloads_limit: 1 })
  t.equal(await file.get('0-998'), 206)
  await file.counted(0, 999)
  t.equal(await file.get('500-998'), 206)
  await file.counted(1, 498)
  t.equal(await file.get('0-0'), 403, 'the limit is reached')
  t.equal(await file.get(), 403)
})

t.test('pieces count when they reach the size, not before, and the rest stands for the next', async t => {
  const server = await startServer(t)
  const file = await limit(server, await openSession(server), 1000, { downloads_limit: 5 })
  await file.get('0-499')
  await file.get('0-498')
  await file.counted(0, 999)
  await file.get('7-7')
  await file.counted(1, 0)
  await file.get('0-998')
  await file.get('0-1')
  await file.counted(2, 1)
  t.equal(await file.get(), 200)
  await file.counted(3, 1)
  t.equal(await file.get('999-999'), 206)
  await file.counted(4, 1)
})

t.test('what sends no bytes adds none, and a file without a limit adds nothing', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const file = await limit(server, key, 1000, { downloads_limit: 1 })
  const whole = await fetch(file.link, { method: 'HEAD' })
  for (let i = 0; i < 3; i++) {
    t.equal((await fetch(file.link, { method: 'HEAD' })).status, 200)
    t.equal(await file.get(undefined, { 'if-none-match': whole.headers.get('etag') ?? '' }), 304)
    t.equal(await file.get('1000-'), 416)
    await (await fetch(`${server.url}/file/${file.id}`)).text()
  }
  await file.counted(0)
  const free = await limit(server, key, 1000, { downloads_limit: '' })
  for (let i = 0; i < 3; i++) await free.get('0-998')
  await free.counted(0)
  const empty = await limit(server, key, 0, { downloads_limit: 1 })
  t.equal(await empty.get(), 200)
  await empty.counted(1)
  t.equal(await empty.get(), 403)
})

t.test('what a browser fetches before anybody asks for it is no download; its bytes still add up to one where downloads are limited', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const free = await limit(server, key, 1000, {})
  const limited = await limit(server, key, 1000, { downloads_limit: 2 })
  for (const headers of [{ 'sec-purpose': 'prefetch' }, { 'sec-purpose': 'prefetch;anonymous-client-ip' }, { purpose: 'prefetch' }]) t.equal(await free.get(undefined, headers), 200)
  await free.counted(0)
  t.equal(await free.get(undefined, { 'sec-purpose': 'navigation' }), 200)
  await free.counted(1)
  t.equal(await limited.get(undefined, { 'sec-purpose': 'prefetch' }), 200)
  await limited.counted(1)
})

t.test('a download in four pieces at once counts once', async t => {
  const server = await startServer(t)
  const file = await limit(server, await openSession(server), 1000, { downloads_limit: 1 })
  holdEnds(server, 4)
  t.strictSame(await Promise.all(['0-249', '250-499', '500-749', '750-999'].map(range => file.get(range))), [206, 206, 206, 206])
  await file.counted(1, 750)
})

t.test('of many pieces that race no more than the limit and one more get out, and whoever wants the last place waits for them', async t => {
  const server = await startServer(t)
  const file = await limit(server, await openSession(server), 100_000, { downloads_limit: 2 })
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => file.get(i % 2 === 0 ? '0-99998' : '1-99998')))
  const sent = answers.filter(status => status === 206).length
  t.strictSame(new Set(answers), new Set([206, 403]))
  t.ok(sent >= 2 && sent <= 3, `${sent} were sent`)
  await until('nothing runs', async () => (await file.row()).running_bytes === 0)
  t.equal(await file.get(), 403)
})

t.test('of many that race for the last place one gets it, whatever pieces run beside it', async t => {
  const server = await startServer(t)
  for (let round = 0; round < 5; round++) {
    const file = await limit(server, await openSession(server), 50_000, { downloads_limit: 1 })
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => file.get(i % 3 === 0 ? '0-99' : undefined)))
    t.equal(answers.filter(status => status === 200).length, 1)
    await until('nothing runs', file.isIdle)
    t.equal((await file.row()).downloads, 1)
  }
})

t.test('a download that breaks off counts its bytes, never itself', async t => {
  const server = await startServer(t)
  const size = 30_000_000
  const file = await limit(server, await openSession(server), size, { downloads_limit: 1 })
  const cut = async (range: string) => {
    const socket = await openSocket(server.url)
    socket.on('error', () => undefined)
    socket.write(`GET ${new URL(file.link).pathname} HTTP/1.1\r\nhost: x\r\n${range}\r\n`)
    await new Promise(resolve => { socket.once('data', resolve) })
    socket.pause()
    const held = await file.row()
    socket.destroy()
    await until('nothing is held', file.isIdle)
    return held
  }
  t.match(await cut(''), { running_downloads: 1, running_bytes: 0 })
  const { downloads, partial_bytes: first } = await file.row()
  t.equal(downloads, 0)
  t.ok(Number(first) > 0 && Number(first) < size, `${String(first)} bytes`)
  t.match(await cut('range: bytes=0-19999999\r\n'), { running_downloads: 0, running_bytes: 20_000_000 })
  t.ok(Number((await file.row()).partial_bytes) > Number(first))
  await server.app.ports.sql.run('update files set partial_bytes = $bytes', { bytes: size - 1 })
  await cut('')
  t.equal((await file.row()).downloads, 1, 'many that break off are one')
})

t.test('who closes the connection with the last byte in his hand has downloaded it', async t => {
  for (const params of [{}, { downloads_limit: 1000 }]) {
    const server = await startServer(t)
    const size = 300_000
    const file = await limit(server, await openSession(server), size, params)
    for (let i = 0; i < 40; i++) {
      const socket = await openSocket(server.url)
      let received = 0
      let length = Infinity
      const closed = new Promise(resolve => { socket.once('close', resolve) })
      socket.on('data', chunk => {
        if (received === 0) length = chunk.indexOf('\r\n\r\n') + 4 + size
        received += chunk.length
        if (received === length) socket.destroy()
      })
      socket.write(`GET ${new URL(file.link).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
      await closed
    }
    await until('all are settled', async () => await file.isIdle() && server.log().split('"route":"/dl/').length > 40)
    await file.counted(40)
  }
})

t.test('an answer behind one that nobody reads does not begin and holds no place, and that of the first comes back', async t => {
  const server = await startServer(t)
  const file = await limit(server, await openSession(server), 30_000_000, { downloads_limit: 3 })
  const socket = await openSocket(server.url)
  socket.on('error', () => undefined)
  const line = `GET ${new URL(file.link).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`
  socket.write(line + line)
  socket.pause()
  await until('the first holds a place', async () => (await file.row()).running_downloads === 1)
  // Each of them is a turn, in which the second could begin.
  for (let i = 0; i < 100; i++) t.equal((await file.row()).running_downloads, 1)
  socket.destroy()
  await until('no place is held', async () => (await file.row()).running_downloads === 0)
  t.equal((await file.row()).downloads, 0)
})

t.test('a connection that is gone before the first byte holds no place', async t => {
  const server = await startServer(t)
  const file = await limit(server, await openSession(server), 100_000, { downloads_limit: 2 })
  for (let i = 0; i < 40; i++) {
    const socket = await openSocket(server.url)
    socket.on('error', () => undefined)
    socket.write(`GET ${new URL(file.link).pathname} HTTP/1.1\r\nhost: x\r\nrange: bytes=0-9\r\n\r\n`, () => { socket.resetAndDestroy() })
    await new Promise(resolve => { socket.once('close', resolve) })
  }
  await until('all have been answered', () => server.log().split('"route":"/dl/').length > 40)
  await until('nothing is held', file.isIdle)
})

t.test('the action of a limit that pieces reach is carried out at once', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Done')
  const gone = await limit(server, key, 1000, { downloads_limit: 1, limit_action: 2 })
  const moved = await limit(server, key, 1000, { downloads_limit: 1, limit_action: 3, limit_action_to_folder: folder })
  for (const file of [gone, moved]) for (const range of ['0-599', '0-599']) await file.get(range)
  await until('it is deleted', async () => (await gone.row()).downloads === undefined)
  await until('it is moved', async () => (await server.app.ports.sql.get('select folder_id from files where id = $id', { id: moved.id }))?.folder_id === folder)
  t.equal((await fetch(`${server.url}/file/${moved.id}`)).status, 200)
})

t.test('a reader that takes no byte gives its place back after the stall timeout, and its connection is cut', async t => {
  const server = await startServer(t, { settings: { stallTimeout: '2 s' } })
  const file = await limit(server, await openSession(server), 30_000_000, { downloads_limit: 1 })
  const socket = await openSocket(server.url)
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(`GET ${new URL(file.link).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await until('the place is held', async () => (await file.row()).running_downloads === 1)
  await until('it is free', async () => (await file.row()).running_downloads === 0)
  t.equal(await file.get(), 200)
  socket.destroy()
})

t.test('whoever holds a place takes at least as much as a modem, or half of what is allowed', t => {
  t.equal(leastBytes(0, 120_000), 120 * 1024)
  t.equal(leastBytes(1, 120_000), 60 * 1024)
  t.equal(leastBytes(100, 120_000), 120 * 1024)
  t.equal(leastBytes(0, 100), 102.4)
  t.end()
})

t.test('the bytes and places of a server that was killed are forgotten, by the next start or by another server', async t => {
  const first = await startServer(t)
  const { sql, server: { isAlone } } = first.app.ports
  const file = await limit(first, await openSession(first), 1000, { downloads_limit: 1 })
  await sql.batch([
    { sql: 'update files set running_bytes = 1998' },
    { sql: "insert into held_places (server_id, file_id, places, bytes) values ('dead', $id, 0, 1998)", params: { id: file.id } },
    { sql: "insert into servers (id, seen_at, since) values ('dead', 0, 0)" }
  ])
  t.equal(await file.get(), 403)
  if (isAlone) await first.close()
  else await forgetServer(sql, 'dead')
  const second = isAlone ? await startServer(t, { storage: first.storage }) : first
  t.equal((await fetch(`${second.url}/pro/dl/${file.id}`)).status, 200)
  await until('nothing is held', async () => (await second.app.ports.sql.all('select * from held_places')).length === 0)
})

t.test('an archive counts the limited files that left whole, also when it breaks off behind them', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Both')
  const first = await limit(server, key, 1000, { downloads_limit: 1, folder_id: folder })
  // Files lie in it in the order in which they came.
  server.clock.time += 1000
  const second = await uploadFile(server, key, 'second.bin', Buffer.alloc(30_000_000), { folder_id: folder })
  const socket = await openSocket(server.url)
  socket.on('error', () => undefined)
  socket.write(`GET /folder/${folder}/zip HTTP/1.1\r\nhost: x\r\n\r\n`)
  let received = 0
  socket.on('data', chunk => { received += chunk.length })
  await until('the first has come', () => received > 100_000)
  socket.destroy()
  await until('nothing is held', async () => (await first.row()).running_downloads === 0)
  t.equal((await first.row()).downloads, 1)
  t.equal((await server.app.ports.sql.get('select downloads from files where id = $id', { id: second }))?.downloads, 0)
})
