/** Several servers on one PostgreSQL: what holds for one holds for all together, and what one leaves behind others tidy up. */
// Runs on SQLite only.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { addContact } from '../../src/store/accounts/contacts.ts'
import { tryClaimJob } from '../../src/store/operations/servers.ts'
import { addTraffic, trafficOf } from '../../src/store/operations/traffic.ts'
import type { UserChange } from '../../src/domain/accounts/user.ts'
import { changeUser, findUser } from '../../src/store/accounts/users.ts'
import { API_KEY, attribute, call, element, errorCode, logIn, md5, newToken, openSession, progressOf, register, upload, uploadFile, userTicket } from '../support/client.ts'
import { databaseOf, openReader, usePostgres } from '../support/database.ts'
import { beginUpload, fileIdOf } from '../support/paused-upload.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { serveProgram } from '../support/cli-process.ts'
import { allOf, request } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startRedis } from '../support/redis.ts'
import { KEYS, startFakeS3 } from '../support/fake-s3.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { readStorage } from '../support/storage-contents.ts'
import { append, beginAt, BODY, offsetOf } from '../support/tus.ts'
import { until } from '../support/wait-until.ts'

const times = <T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, i) => work(i)))

/** Servers on one folder and one database. */
async function startPair (t: Test, settings: Readonly<Record<string, string>> = {}): Promise<[TestServer, TestServer]> {
  const storage = await temporaryFolder(t)
  return [await startServer(t, { storage, seed: `${storage} a`, settings }), await startServer(t, { storage, seed: `${storage} b`, settings })]
}

async function limit ({ app }: TestServer, change: UserChange): Promise<void> {
  const user = await findUser(app.ports.sql, 'alice')
  if (user === undefined) throw new Error('alice is not there')
  await changeUser(app.ports.sql, user, change)
}

async function isSound (t: Test, servers: readonly TestServer[]): Promise<void> {
  const [server] = servers
  if (server === undefined) return
  await until('no download runs', async () => (await server.app.ports.sql.get('select count(*) as n from files where running_downloads <> 0'))?.n === 0)
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
  for (const each of servers) t.notMatch(each.log(), /"level":50/, 'no bug on the way')
}

t.test('several servers', { skip: skipWithout('postgresql') || skipWithout('redis') }, async t => {
  await usePostgres(t)

  t.test('of downloads on two servers that race for the last one gets it', async t => {
    const pair = await startPair(t)
    const [a, b] = pair
    const key = await openSession(a)
    for (let round = 1; round <= 5; round++) {
      const id = await uploadFile(a, key, 'a.bin', Buffer.alloc(200_000))
      await call(b, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 2 })
      const statuses = await times(8, async i => {
        const response = await fetch(`${(i % 2 === 0 ? a : b).url}/pro/dl/${id}`)
        await response.arrayBuffer()
        return response.status
      })
      t.equal(statuses.filter(status => status === 200).length, 2, statuses.join(' '))
    }
    await isSound(t, pair)
  })

  t.test('of bandwidth two servers that both count ahead give exactly as much as there is', async t => {
    const pair = await startPair(t)
    const [a, b] = pair
    const key = await openSession(a)
    const most = 51_200
    await limit(b, { bandwidthLimit: most })
    const [small, large] = [await uploadFile(a, key, 'small.bin', Buffer.alloc(25)), await uploadFile(a, key, 'large.bin', Buffer.alloc(1000))]
    const { sql } = a.app.ports
    const userId = (await findUser(sql, 'alice'))?.id ?? 0
    const now = a.clock.now()
    // Up to half of the limit small downloads are counted ahead.
    let given = 23_000
    await addTraffic(sql, userId, given, now)
    const take = async (server: TestServer, id: string): Promise<boolean> => {
      const answer = await fetch(`${server.url}/pro/dl/${id}`)
      const { byteLength } = await answer.arrayBuffer()
      if (answer.status === 200) given += byteLength
      return answer.status === 200
    }
    await times(8, async lane => {
      const server = pair[lane % 2] ?? a
      for (let i = 1; await take(server, small); i++) if (i % 8 === 0) await take(server, large)
    })
    for (const { app } of pair) await app.ports.counts.flush()
    t.ok(given <= most && given > most - 25, `${given} of ${most}`)
    t.equal(await trafficOf(sql, userId, now), given)
    await isSound(t, pair)
  })

  t.test('the last byte of the space, the last session and the last contact are given once', async t => {
    const pair = await startPair(t)
    const [a, b] = pair
    const key = await openSession(a)
    await limit(b, { diskQuota: 350_000, sessionLimit: 4, contactLimit: 3 })
    const tickets = await times(8, i => userTicket(pair[i % 2] ?? a, key))
    const answers = await Promise.all(tickets.map(async ticket => (await upload(ticket, [{ name: 'a', bytes: Buffer.alloc(100_000) }])).body))
    const done = answers.filter(body => body.startsWith('upload_status=ok\n')).length
    t.ok(done >= 1 && done <= 3, `${done} of the three that fit`)
    t.equal(answers.filter(body => /error=20 /.test(body)).length, 8 - done)
    const logins = await times(8, i => logIn(pair[i % 2] ?? a).then(errorCode, () => 30))
    t.equal(logins.filter(code => code === 0).length, 3, logins.join(' '))
    const added = await times(8, i => call(pair[i % 2] ?? a, 'addressbook.add', { session_key: key, email: `c${i}@example.org` }))
    t.strictSame(added.map(errorCode).sort((x, y) => x - y), [0, 0, 0, 32, 32, 32, 32, 32])
    const user = await findUser(a.app.ports.sql, 'alice')
    const full = await addContact(b.app.ports.sql, user?.id ?? 0, { email: 'd@example.org', name: '', description: '', type: 0 }, 4, 0)
    t.equal(full, 'added', 'the fourth where four may be')
    await isSound(t, pair)
  })

  t.test('of moves on two servers that would close a circle together one loses', async t => {
    const pair = await startPair(t)
    const [a, b] = pair
    const key = await openSession(a)
    const create = async () => attribute(await call(a, 'folders.create', { session_key: key, name: 'f' }), 'id')
    for (let round = 0; round < 15; round++) {
      const [x, y] = [await create(), await create()]
      const move = (server: TestServer, id: string, parent: string) => call(server, 'folders.move', { session_key: key, folder_id: id, parent_folder_id: parent })
      t.strictSame((await Promise.all([move(a, x, y), move(b, y, x)])).map(errorCode).sort(), [0, 31])
    }
    await isSound(t, pair)
  })

  t.test('accounts that are opened at once are all there, and no name twice', async t => {
    const pair = await startPair(t)
    const open = (i: number, name: string) => call(pair[i % 2] ?? pair[0], 'auth.register',
      { api_key: API_KEY, user_name: name, full_name: 'Some Body', email: `${name}@example.org`, password: 'secret1' })
    t.strictSame((await times(10, i => open(i, `user${i}`))).map(errorCode), Array.from({ length: 10 }, () => 0))
    t.strictSame((await times(6, i => open(i, 'twice'))).map(errorCode).sort((x, y) => x - y), [0, 27, 27, 27, 27, 27])
    await isSound(t, pair)
  })

  t.test('passwords that were tried on one server are counted on the other', async t => {
    const pair = await startPair(t)
    await register(pair[0])
    const attempt = async (i: number, password: string) => {
      const { url } = pair[i % 2] ?? pair[0]
      const form = { user_name: 'alice', password }
      return (await fetch(`${url}/login`, { method: 'POST', redirect: 'manual', headers: { origin: url }, body: new URLSearchParams(form) })).status
    }
    for (let i = 0; i < 10; i++) t.equal(await attempt(i, 'wrong'), 403)
    for (let i = 0; i < 2; i++) t.equal(await attempt(i, 'secret1'), 429)
  })

  t.test('of guesses on two servers at once no more are checked than of guesses on one, and right ones all are', async t => {
    const pair = await startPair(t)
    await register(pair[0])
    await limit(pair[0], { sessionLimit: -1 })
    const token = await newToken(pair[0])
    const attempt = (i: number, password: string) => call(pair[i % 2] ?? pair[0], 'auth.login', { token, user_name: 'alice', tokened_password: md5(token + md5(password)) })
    t.strictSame(new Set((await times(40, i => attempt(i, 'secret1'))).map(errorCode)), new Set([0]))
    const answers = await times(100, i => attempt(i, `wrong${i}`))
    t.equal(answers.filter(xml => errorCode(xml) === 8 && !xml.includes('too many attempts')).length, 10)
    t.strictSame(await pair[0].app.ports.sql.all('select * from login_attempts where pending > 0'), [])
  })

  t.test('what is done for all is done by one server at a time, and by another when that one is gone', async t => {
    const [a, b] = await startPair(t)
    const { sql } = a.app.ports
    const expired = async () => (await sql.get('select count(*) as n from tokens'))?.n
    const minute = 60_000
    const duties = []
    for (const [now, before] of [[1000, 0], [1000, 999], [1001, 1000], [1002, 1000]] as const) duties.push(await tryClaimJob(sql, 'test', before, now))
    t.strictSame(duties, [true, false, true, false])
    t.strictSame((await times(8, i => tryClaimJob((i % 2 === 0 ? a : b).app.ports.sql, 'race', 0, 1))).filter(Boolean).length, 1)
    await sql.run("insert into tokens (token, api_key, api_version, app_version, created_at, expires_at) values ('old', '', '1.0', '', 0, 1)")
    const start = () => startServer(t, { storage: a.storage, seed: 'c' })
    const third = await start()
    t.equal(await expired(), 1, 'the first has just done it')
    await third.close()
    await sql.run('update duties set done_at = done_at - $minute where name = $name', { minute, name: 'sweep' })
    await start()
    t.equal(await expired(), 0, 'it has not been done for a minute')
  })

  t.test('a server that is killed is tidied up after by another, one that lives is left alone', { timeout: 120_000 }, async t => {
    const b = await startServer(t)
    b.clock.time = Date.now()
    const { storage, app } = b
    const a = await serveProgram(t, [], { storage })
    const key = await openSession(a)
    const id = await uploadFile(a, key, 'big.bin', Buffer.alloc(30_000_000))
    await call(a, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 1 })
    const first = await beginUpload(a, key, 1_000_000)
    const second = await beginUpload(a, key, 1_000_000)
    const download = await openSocket(a.url)
    t.teardown(() => download.destroy())
    download.on('error', () => undefined)
    const link = attribute(await call(a, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
    download.write(`GET ${new URL(link).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
    await new Promise(resolve => { download.once('data', resolve) })
    download.pause()
    const state = async () => ({
      held: (await readStorage(storage)).ticketsHeld,
      incoming: (await readStorage(storage)).incoming.length,
      places: (await app.ports.sql.get('select sum(running_downloads + running_bytes) as n from files'))?.n
    })
    await until('both have come to the disk', async () => (await state()).incoming === 2)

    await app.sweep()
    t.strictSame(await state(), { held: 2, incoming: 2, places: 1 })
    t.match(await first.finish(), 'upload_status=ok')
    t.match(await progressOf({ progressUrl: second.ticket.progressUrl.replace(a.url, b.url) }), { status: 'ok', meter: '0' }, 'it runs, says the other')
    a.kill('SIGKILL')
    await a.ended

    b.clock.time += 10 * 60_000
    await app.sweep()
    t.strictSame(await state(), { held: 1, incoming: 1, places: 1 }, 'who has not heard anybody for long judges nobody')
    for (let i = 0; i < 4; i++) {
      b.clock.time += 40_000
      await app.sweep()
    }
    t.strictSame(await state(), { held: 0, incoming: 0, places: 0 })
    t.match(await app.ports.sql.all('select id from servers'), [{ id: app.ports.server.id }])
    const freed = await fetch(`${b.url}/pro/dl/${id}`)
    t.equal(freed.status, 200, 'the place is free')
    await freed.arrayBuffer()
    t.match(await progressOf({ progressUrl: second.ticket.progressUrl.replace(a.url, b.url) }), { status: 'fail' })
    await isSound(t, [b])
  })

  for (const where of ['in a folder', 'in a bucket'] as const) {
    t.test(`a server that stood still while its upload went on elsewhere changes none of its bytes ${where}`, { timeout: 120_000 }, async t => {
      const standIn = await startFakeS3(t)
      const bucket = where === 'in a bucket' ? { RESPACE_BLOBS: `s3://bucket/files?endpoint=${standIn.url}`, RESPACE_S3_ACCESS_KEY: KEYS.accessKey, RESPACE_S3_SECRET_KEY: KEYS.secretKey } : {}
      const storage = await temporaryFolder(t)
      await databaseOf(t, storage)
      const [a, b] = [await serveProgram(t, [], { storage, env: bucket }), await serveProgram(t, [], { storage, env: bucket })]
      const reader = await openReader(storage)
      t.teardown(() => reader.close())
      const bytes = randomBytes(12_000_000)
      for (const acknowledged of [0, 4_000_000]) {
        for (const rest of ['the same', 'others'] as const) {
          const begun = await beginAt(`${a.url}/tus/`, bytes.length)
          const path = begun.headers.get('location') ?? ''
          const uploadId = path.slice(-24)
          if (acknowledged > 0) t.equal((await append(a.url + path, 0, bytes.subarray(0, acknowledged))).status, 204)
          // It has begun to write, and stands still.
          const sent = rest === 'the same' ? bytes.subarray(acknowledged) : Buffer.alloc(bytes.length - acknowledged)
          const [head = Buffer.alloc(0), body = Buffer.alloc(0)] = request(a.url + path, { ...BODY, 'upload-offset': String(acknowledged) }, sent, 'PATCH')
          const hanging = await openSocket(a.url)
          const answer = allOf(hanging)
          hanging.write(head)
          hanging.write(body.subarray(0, 2_500_000))
          await until('it writes', async () => (await reader.all('select writer from resumable_uploads where upload_id = $uploadId', { uploadId }))[0]?.writer != null)
          a.kill('SIGSTOP')
          hanging.write(body.subarray(2_500_000, 5_000_000))
          for (const [from, to] of [[acknowledged, 6_000_000], [6_000_000, 6_000_100], [6_000_100, 9_000_000]] as const) {
            t.equal((await append(b.url + path, from, bytes.subarray(from, to))).status, 204)
          }
          a.kill('SIGCONT')
          // What it still has to write it writes, and is told that it stands elsewhere.
          hanging.end(body.subarray(5_000_000))
          t.match(await answer, /^(?:HTTP\/1\.1 409 |$)/, a.stdout().split('\n').filter(line => line.includes('"level":50')).join('\n') || 'stale')
          t.equal(await offsetOf(a.url + path), 9_000_000)
          const last = await append(a.url + path, 9_000_000, bytes.subarray(9_000_000))
          t.equal(last.status, 204)
          const id = /\/edit\/(\w+)\//.exec(last.headers.get('respace-edit') ?? '')?.[1] ?? ''
          t.ok(Buffer.from(await (await fetch(`${b.url}/pro/dl/${id}`)).arrayBuffer()).equals(bytes), `${rest} bytes, after ${acknowledged}`)
        }
      }
      t.match((await readStorage(storage)).ticketsHeld, 0)
      const left = async () => (await readStorage(storage)).incoming.length + [...standIn.objects.keys()].filter(key => key.includes('/tails/')).length + standIn.unfinished.size
      for (const each of [a, b]) each.kill('SIGTERM')
      await Promise.all([a.ended, b.ended])
      const settings = where === 'in a bucket' ? { blobs: `s3://bucket/files?endpoint=${standIn.url}` } : undefined
      const third = await startServer(t, { storage, ...settings && { settings }, variables: { RESPACE_S3_ACCESS_KEY: KEYS.accessKey, RESPACE_S3_SECRET_KEY: KEYS.secretKey } })
      await third.app.sweep()
      t.equal(await left(), 0, 'nothing half is left')
    })
  }

  t.test('how far an upload is, is told by every server; without Redis truly, if less', { timeout: 120_000 }, async t => {
    const redis = await startRedis(t)
    const pair = await startPair(t, { redis: redis.url })
    const [a, b] = pair
    const key = await openSession(a)
    const seen = async (upload: { ticket: { progressUrl: string } }) => {
      const { status, uploaded_bytes: bytes, total_size: total, meter } = await progressOf({ progressUrl: upload.ticket.progressUrl.replace(a.url, b.url) })
      return { status, bytes: Number(bytes), total: Number(total), meter: Number(meter) }
    }
    const size = 4_000_000
    const one = await beginUpload(a, key, size)
    await until('the other knows the half', async () => (await seen(one)).meter >= 49)
    t.match(await seen(one), { status: 'ok' })
    await redis.stop()
    await until('both know that Redis is gone', () => pair.every(({ log }) => log().includes('Redis is unavailable')))
    t.match(await seen(one), { status: 'ok', meter: 49 }, 'what it knew stays true')
    const two = await beginUpload(a, key, size)
    await until('the other says that it runs', async () => (await seen(two)).status === 'ok' && (await seen(two)).total > size)
    t.match(await seen(two), { bytes: 0, meter: 0 }, 'more it does not know')
    t.ok(fileIdOf(await one.finish()), 'uploads need no Redis')
    t.match(await seen(one), { status: 'done', meter: 100 }, 'how it ended is known')
    const broken = await beginUpload(a, key, size)
    await until('it runs', async () => (await seen(broken)).total > size)
    broken.breakOff()
    await until('it has failed', async () => (await seen(broken)).status === 'fail')

    await redis.start()
    await until('both know that it is back', () => pair.every(({ log }) => log().includes('Redis is back')))
    await until('what ran meanwhile is known', async () => (await seen(two)).meter >= 49)
    t.ok(fileIdOf(await two.finish()))
    t.match(await seen(two), { status: 'done', meter: 100 })
    t.match(await seen(one), { status: 'done', meter: 100 })
    await isSound(t, pair)
  })

  t.test('a ticket that is used again on another server shows the later upload', async t => {
    const redis = await startRedis(t)
    const [a, b] = await startPair(t, { redis: redis.url })
    const key = await openSession(a)
    const ticket = await userTicket(a, key)
    const sent = [{ name: 'a', bytes: Buffer.alloc(1000) }]
    await upload(ticket, sent)
    a.clock.time += 1000
    b.clock.time += 1000
    const done = await progressOf(ticket)
    await upload({ ...ticket, url: ticket.url.replace(a.url, b.url) }, [{ name: 'b', bytes: Buffer.alloc(50_000) }])
    for (const server of [a, b]) {
      const after = await progressOf({ progressUrl: ticket.progressUrl.replace(a.url, server.url) })
      t.equal(after.status, 'done')
      t.ok(Number(after.total_size) > Number(done.total_size), 'of the later one')
    }
    t.equal(element(await call(b, 'auth.checkSession', { session_key: key }), 'session'), 'ok')
  })

  t.test('a server starts while Redis is away', async t => {
    const redis = await startRedis(t)
    await redis.stop()
    const server = await startServer(t, { settings: { redis: redis.url } })
    const key = await openSession(server)
    t.match(await uploadFile(server, key, 'a', 'a'), /^\w{6}$/)
    await until('it says so', () => server.log().includes('Redis is unavailable'))
  })
})
