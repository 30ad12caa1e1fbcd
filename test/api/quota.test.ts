/** What an account has left is right after every operation, also when many race for the last bytes. */
import t from 'tap'
import type { UserChange } from '../../src/domain/accounts/user.ts'
import { changeUser, findUser } from '../../src/store/accounts/users.ts'
import { attribute, call, element, errorCode, openSession, upload, uploadFile, userTicket, type Params } from '../support/client.ts'
import { exchange, request } from '../support/raw-http.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

async function limit (server: TestServer, change: UserChange, name = 'alice'): Promise<void> {
  const user = await findUser(server.app.ports.sql, name)
  if (user === undefined) throw new Error(`${name} is not there`)
  await changeUser(server.app.ports.sql, user, change)
}

const left = async (server: TestServer, key: string, what: 'diskspace_left' | 'bandwidth_left') =>
  Number(element(await call(server, 'auth.checkSession', { session_key: key }), what))

const isOk = (body: string) => /^upload_status=ok\n/.test(body)

/** Without Content-Length: the server learns the size only as the bytes come. */
async function sendChunked (url: string, bytes: number): Promise<string> {
  const body = formBody('b', [filePart('a.bin', Buffer.alloc(bytes))])
  const { host, pathname, search } = new URL(url)
  return exchange(url, `POST ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\n` +
    `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n')
}

t.test('an upload of the last byte fits, one byte more does not, whether its length was told or not', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const quota = 300_000
  await limit(server, { diskQuota: quota })
  const ways: Array<[string, (url: string, bytes: number) => Promise<string>]> = [
    ['with a length', async (url, bytes) => (await upload({ url }, [{ name: 'a', bytes: Buffer.alloc(bytes) }])).body],
    ['in two files', async (url, bytes) => (await upload({ url }, [{ name: 'a', bytes: Buffer.alloc(bytes - 1000) }, { name: 'b', bytes: Buffer.alloc(1000) }])).body],
    ['without a length', async (url, bytes) => (await sendChunked(url, bytes)).replace(/^[^]*?\r\n\r\n[0-9a-f]*\r?\n?/, '')]
  ]
  for (const [way, send] of ways) {
    for (const [bytes, fits] of [[quota - 1, true], [quota, true], [quota + 1, false]] as const) {
      const { url } = await userTicket(server, key)
      const body = await send(url, bytes)
      t.equal(/upload_status=ok/.test(body), fits, `${bytes} bytes ${way}`)
      if (fits) t.match(body, `diskspace_left=${quota - bytes}`)
      else t.match(body, /error=20 /)
      t.equal(await left(server, key, 'diskspace_left'), fits ? quota - bytes : quota)
      const ids = [...body.matchAll(/file_id=(\w+)/g)].map(([, id]) => id).join(',')
      if (fits) await call(server, 'files.delete', { session_key: key, file_id: ids })
      t.equal(await left(server, key, 'diskspace_left'), quota, 'deleted, and the space is back')
    }
  }
})

for (const [how, send] of [
  ['whose lengths are told', async (url: string) => (await upload({ url }, [{ name: 'a', bytes: Buffer.alloc(100_000) }])).body],
  ['of unknown length', (url: string) => sendChunked(url, 100_000)]
] as Array<[string, (url: string) => Promise<string>]>) {
  t.test(`of ten uploads ${how} that race for the last bytes as many succeed as fit`, async t => {
    const server = await startServer(t)
    const key = await openSession(server)
    await limit(server, { diskQuota: 350_000 })
    const tickets = await Promise.all(Array.from({ length: 10 }, () => userTicket(server, key)))
    const bodies = await Promise.all(tickets.map(({ url }) => send(url)))
    const done = bodies.filter(body => /upload_status=ok/.test(body)).length
    t.ok(done >= 1 && done <= 3, `${done} of the three that fit`)
    t.equal(bodies.filter(body => /error=20 /.test(body)).length, 10 - done)
    const rows = (await server.app.ports.sql.all('select size from files')).length
    t.equal(rows, done)
    t.equal(await left(server, key, 'diskspace_left'), 350_000 - done * 100_000)
    // Those that came while others held the space may have been refused: it is free for them now.
    for (let i = done; i < 3; i++) await uploadFile(server, key, 'more', Buffer.alloc(100_000))
    await t.rejects(uploadFile(server, key, 'one too many', Buffer.alloc(100_000)), { message: /error=20 / })
    t.match(await server.app.ports.sql.get('select sum(reserved_bytes) as held from tickets'), { held: 0 })
  })
}

t.test('space that a broken-off upload held is given back', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await limit(server, { diskQuota: 1_000_000 })
  const { url } = await userTicket(server, key)
  const [head, body] = request(url, { 'content-type': 'multipart/form-data; boundary=b' }, formBody('b', [filePart('a', Buffer.alloc(900_000))]))
  const socket = await openSocket(url)
  socket.write(head ?? '')
  socket.write((body ?? Buffer.alloc(0)).subarray(0, 500_000))
  const held = async () => Number((await server.app.ports.sql.get('select sum(reserved_bytes) as held from tickets'))?.held)
  await until('the space is held', async () => await held() > 0)
  await t.rejects(uploadFile(server, key, 'b', Buffer.alloc(200_000)), { message: /error=20 / }, 'others cannot have it meanwhile')
  socket.destroy()
  await until('the space is back', async () => await held() === 0)
  await uploadFile(server, key, 'b', Buffer.alloc(1_000_000))
  t.equal(await left(server, key, 'diskspace_left'), 0)
})

t.test('every way in which a file goes gives its space back once, and moving it changes nothing', async t => {
  const server = await startServer(t)
  const key = await openSession(server, 'alice', '1.2')
  await limit(server, { diskQuota: 1000 })
  const space = () => left(server, key, 'diskspace_left')
  const ask = (method: string, params: Params) => call(server, method, { session_key: key, ...params })
  const put = (fields: Record<string, string> = {}) => uploadFile(server, key, 'a', Buffer.alloc(100), fields)
  const folder = attribute(await ask('folders.create', { name: 'f' }), 'id')

  const moved = await put()
  await ask('files.moveToFolder', { file_id: moved, folder_id: folder })
  t.equal(await space(), 900)
  t.equal(errorCode(await ask('folders.delete', { folder_id: folder })), 0)
  t.equal(await space(), 1000, 'with its folder')

  const twice = await put()
  await Promise.all([ask('files.delete', { file_id: twice }), ask('files.delete', { file_id: twice })])
  t.equal(await space(), 1000, 'deleted by two at once')

  const byPage = await put()
  const row = await server.app.ports.sql.get('select delete_code from files')
  await fetch(`${server.url}/delete/${byPage}/${row?.delete_code}`, { method: 'POST' })
  t.equal(await space(), 1000, 'by the page')

  const counted = await put()
  await ask('files.setInfo', { file_id: counted, downloads_limit: 1, limit_action: 2 })
  await (await fetch(attribute(await ask('files.getInfo', { file_id: counted }), 'direct_download_url'))).text()
  await until('it is gone after its last download', async () => await space() === 1000)

  for (const [name, look] of [
    ['a request for its page', async (id: string) => { await fetch(`${server.url}/file/${id}`) }],
    ['files.getInfo', async (id: string) => { await ask('files.getInfo', { file_id: id }) }],
    ['the sweep', () => server.app.sweep()]
  ] as Array<[string, (id: string) => Promise<void>]>) {
    const id = await put()
    await ask('files.setInfo', { file_id: id, time_limit: 60, limit_action: 2 })
    server.clock.time += 59_999
    await look(id)
    t.equal(await space(), 900, `not a moment before, by ${name}`)
    server.clock.time += 1
    await look(id)
    t.equal(await space(), 1000, name)
  }

  const stays = await put()
  await ask('files.setInfo', { file_id: stays, time_limit: 60, limit_action: 1 })
  server.clock.time += 60_000
  await server.app.sweep()
  t.equal(await space(), 900, 'a blocked file is still stored')
  await server.app.sweep()
  t.equal((await server.app.ports.sql.all('select blob_id from doomed_blobs')).length, 0)
})

t.test('an owner who lifts the limit in time keeps the file', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a', 'a')
  await call(server, 'files.setInfo', { session_key: key, file_id: id, time_limit: 60, limit_action: 2 })
  server.clock.time += 59_999
  await call(server, 'files.setInfo', { session_key: key, file_id: id, time_limit: 0 })
  server.clock.time += 1
  await server.app.sweep()
  t.equal((await fetch(`${server.url}/file/${id}`)).status, 200)
})

t.test('the sweep carries out any number of limits at once', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await uploadFile(server, key, 'a', 'a')
  await server.app.ports.sql.run(`
    insert into files (id, owner_id, name, size, crc32, blob_id, delete_code, uploaded_at, expires_at, limit_action)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 1200)
    select 'f' || i, 1, 'x', 0, 0, 'b' || i, '', 0, 1, 2 from n`)
  await server.app.sweep()
  t.match(await server.app.ports.sql.get('select count(*) as files from files'), { files: 1 })
})

t.test('downloads that race for the last bandwidth never exceed it, and none is cut', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.bin', Buffer.alloc(100_000))
  await limit(server, { bandwidthLimit: 350_000 })
  const link = attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
  const answers = await Promise.all(Array.from({ length: 20 }, async () => {
    const response = await fetch(link)
    return { status: response.status, length: (await response.arrayBuffer()).byteLength }
  }))
  t.equal(answers.filter(({ status, length }) => status === 200 && length === 100_000).length, 3)
  t.equal(answers.filter(({ status }) => status === 503).length, 17)
  t.equal(await left(server, key, 'bandwidth_left'), 50_000)
  t.match(await (await fetch(link)).text(), 'The bandwidth for this download is used up')
  t.equal((await fetch(link, { method: 'HEAD' })).status, 200, 'HEAD sends nothing')
  for (const [range, status] of [['0-50000', 503], ['0-49999', 206], ['0-0', 503]] as const) {
    const response = await fetch(link, { headers: { range: `bytes=${range}` } })
    t.equal(response.status, status, range)
    await response.arrayBuffer()
  }
  t.equal(await left(server, key, 'bandwidth_left'), 0)
  t.equal((await fetch(`${server.url}/file/${id}`)).status, 200, 'the page itself may be seen')
})

t.test('a download that breaks off gives back the bandwidth of what was not sent, and its place', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const size = 30_000_000
  const id = await uploadFile(server, key, 'a.bin', Buffer.alloc(size))
  await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 1 })
  await limit(server, { bandwidthLimit: size })
  const link = attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
  const socket = await openSocket(server.url)
  socket.write(`GET ${new URL(link).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise(resolve => { socket.once('data', resolve) })
  socket.pause()
  t.equal(await left(server, key, 'bandwidth_left'), 0, 'it is spoken for')
  socket.destroy()
  await until('the rest is back', async () => await left(server, key, 'bandwidth_left') > 0)
  t.ok(await left(server, key, 'bandwidth_left') < size, 'what was sent counts')
  await until('the place is free', async () => (await server.app.ports.sql.get('select running_downloads from files'))?.running_downloads === 0)
  await limit(server, { bandwidthLimit: null })
  const row = async () => server.app.ports.sql.get('select downloads, running_downloads from files')
  await limit(server, { bandwidthLimit: 1 })
  t.equal((await fetch(link)).status, 503)
  t.match(await row(), { downloads: 0, running_downloads: 0 }, 'a refused download holds no place')
  await limit(server, { bandwidthLimit: -1 })
  await (await fetch(link)).arrayBuffer()
  await until('it counted', async () => (await row())?.downloads === 1)
})

t.test('who downloads by download.getInfo spends his own bandwidth, whatever the owner has left', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const other = await openSession(server, 'bobby')
  const id = await uploadFile(server, key, 'a', '0123456789')
  await limit(server, { bandwidthLimit: 0 })
  await limit(server, { bandwidthLimit: 10 }, 'bobby')
  t.equal((await fetch(`${server.url}/pro/dl/${id}`)).status, 503, 'the owner has none left')
  const url = attribute(await call(server, 'download.getInfo', { session_key: other, file_id: id }), 'url')
  t.equal(await (await fetch(url)).text(), '0123456789')
  t.equal((await fetch(url)).status, 503, 'and now he has none either')
  t.ok(isOk((await upload(await userTicket(server, key), [{ name: 'b', bytes: 'b' }])).body), 'uploads need no bandwidth')
})
