/** All parts together: three servers behind nginx, on PostgreSQL, Redis and a real store, and each part lost on the way. */
// Runs first.
import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { startCephGateway } from '../../scripts/ceph-gateway.ts'
import { openPostgres } from '../../src/adapters/database/postgres.ts'
import { listKeys, listUnfinished } from '../../src/adapters/blobs/s3-progress.ts'
import { createS3 } from '../../src/adapters/blobs/s3-request.ts'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { readBlobStore } from '../../src/domain/files/blob-store.ts'
import { SERVER_LEASE, serverOf } from '../../src/domain/server.ts'
import { runClient } from '../support/client-program.ts'
import { attribute, call, errorCode, logIn, openSession, progressOf, upload, uploadFile, userTicket } from '../support/client.ts'
import { startCluster } from '../support/cluster.ts'
import { freePort } from '../support/free-port.ts'
import { readCompose } from '../support/compose-file.ts'
import { beginUpload } from '../support/paused-upload.ts'
import { startNameServer } from '../support/dns-server.ts'
import { startNginx } from '../support/nginx.ts'
import { run, serveProgram, type ServedProgram } from '../support/cli-process.ts'
import { startRedis } from '../support/redis.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const LANES = 4
const missing = skipWithout('postgresql') || skipWithout('redis') || skipWithout('ceph') || skipWithout('nginx')
const MISCOUNTED = 'select id from users where bytes_stored <> (select coalesce(sum(size), 0) from files where owner_id = users.id)'
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

t.test('three servers behind nginx are one, set up as docker-compose.scale.yml says', { skip: missing, timeout: 280_000 }, async t => {
  const compose = await readCompose('docker-compose.scale.yml', { RESPACE_SECRET_KEY: 'ab'.repeat(32) })
  const written = compose.services.respace?.environment ?? {}
  const keys = { accessKey: written.RESPACE_S3_ACCESS_KEY ?? '', secretKey: written.RESPACE_S3_SECRET_KEY ?? '' }
  const ceph = await startCephGateway(await temporaryFolder(t), keys)
  t.teardown(ceph.stop)
  const postgres = await startCluster()
  t.teardown(() => { postgres.remove() })
  postgres.create('respace')
  const redis = await startRedis(t)
  // Where the other containers are; all else is as it stands there.
  const places = new Map([['postgres', postgres.url('respace')], ['redis', redis.url], ['minio:9000', ceph.url]])
  const placed = (text: string) => text.replace(/(?<=[/@])(?:postgres|redis|minio:9000)(?=[/?]|$)/, name => new URL(places.get(name) ?? '').host)
  const env = Object.fromEntries(Object.entries(written).map(([name, value]) => [name, placed(value)]))
  const blobs = env.RESPACE_BLOBS ?? ''
  const s3 = await createS3(readBlobStore(blobs), keys)
  await s3.send({ method: 'PUT', key: '' }, text)
  const [port, metricsPort] = [await freePort(), await freePort()]
  // Containers have an address each, and all the same port.
  const hosts = ['127.0.0.2', '127.0.0.3', '127.0.0.4']
  const storages = await Promise.all(hosts.map(() => temporaryFolder(t)))
  const startOne = (i: number): Promise<ServedProgram> => serveProgram(t, ['--host', hosts[i] ?? '', '--port', String(port), '--log-level', 'error'], {
    env: { ...env, RESPACE_METRICS_LISTEN: `http://${hosts[i]}:${metricsPort}` }, storage: storages[i] ?? ''
  })
  const servers = await Promise.all(hosts.map((_, i) => startOne(i)))
  const names = await startNameServer(t, hosts)
  const sitePort = await freePort()
  const nginx = /(?<=^server \{\n)[^]*(?=^\}$)/m.exec(compose.configs.nginx?.content ?? '')?.[0] ?? ''
  await startNginx(t, sitePort, nginx.replace(/listen \d+;/, '').replace('resolver 127.0.0.11 ', `resolver 127.0.0.1:${names} `).replace('http://respace:8080', `http://respace:${port}`))
  const site = { url: `http://127.0.0.1:${sitePort}` }
  const sql = await openPostgres(env.RESPACE_DATABASE ?? '', 1, 10_000)
  t.teardown(() => sql.close())
  const key = await openSession(site)
  const storage = storages[0] ?? ''
  const setAlice = (option: string, value: string | number) => run(['user', 'set', 'alice', option, String(value), '--storage', storage], { env })
  const whole = async (id: string) => sha256(Buffer.from(await (await fetch(`${site.url}/pro/dl/${id}`)).arrayBuffer()))

  await t.test('clients of the field go through it', async t => {
    const folder = await temporaryFolder(t)
    const names = ['one.txt', 'two & more.txt', 'three (3).txt']
    for (const name of names) await writeFile(join(folder, name), `content of ${name}`)
    const shell = await runClient('shell.sh', [site.url, join(folder, 'two & more.txt')])
    t.equal(shell.status, 'ok')
    const node = await runClient('node.mjs', [site.url, 'zoe.example@mail.example', 'secret1', ...names.map(name => join(folder, name))])
    t.equal(node.file_name_2, 'two & more.txt')
  })

  await t.test('every server tells how far an upload on one of them is', async t => {
    const half = await beginUpload(site, key, 6_000_000)
    for (const { url } of servers) {
      const progressUrl = half.ticket.progressUrl.replace(site.url, url)
      await until('the bytes are told', async () => Number((await progressOf({ progressUrl })).uploaded_bytes) > 1_000_000)
    }
    t.match(await half.finish(), 'upload_status=ok')
    for (const { url } of servers) t.match(await progressOf({ progressUrl: half.ticket.progressUrl.replace(site.url, url) }), { status: 'done' })
  })

  await t.test('the last download, the last bytes and the last session go to one of those who race for them', async t => {
    const id = await uploadFile(site, key, 'last.bin', randomBytes(100_000), {})
    await call(site, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 2, limit_action: 1 })
    const statuses = await Promise.all(Array.from({ length: 9 }, async () => {
      const answer = await fetch(`${site.url}/pro/dl/${id}`)
      await answer.arrayBuffer()
      return answer.status
    }))
    t.equal(statuses.filter(status => status === 200).length, 2, statuses.join(' '))
    const used = 6_100_000
    await setAlice('--quota', used + 250_000)
    const sent = await Promise.all(Array.from({ length: 6 }, async (_, i) => upload(await userTicket(site, key), [{ name: `q${i}`, bytes: Buffer.alloc(100_000) }])))
    t.equal(sent.filter(({ body }) => body.includes('upload_status=ok')).length, 2)
    await setAlice('--quota', 'unlimited')
    const open = await sql.get("select count(*) as n from sessions join users on users.id = user_id where user_name = 'alice'")
    await setAlice('--sessions', Number(open?.n) + 2)
    const logins = await Promise.all(Array.from({ length: 8 }, () => logIn(site).then(errorCode)))
    t.strictSame(logins.sort((a, b) => a - b), [0, 0, ...Array.from({ length: 6 }, () => 30)])
    await setAlice('--sessions', 'plan')
  })

  const acknowledged = new Map<string, string>()
  const refused: string[] = []
  /** Names of uploads that were sent again after a 502. */
  const sentAgain: string[] = []
  const load = { isOn: true }
  /** Sends a 502 again, once: nginx gives it for a POST that waits to be accepted while the server closes. */
  async function send (name: string, bytes: Buffer): Promise<string> {
    const sendOnce = async () => (await upload(await userTicket(site, key), [{ name, bytes }])).body
    const body = await sendOnce()
    if (!body.includes('502 Bad Gateway')) return body
    sentAgain.push(name)
    return sendOnce()
  }
  async function lane (number: number): Promise<void> {
    for (let round = 0; load.isOn; round++) {
      const bytes = randomBytes(20_000 + round * 1000)
      try {
        const body = await send(`lane ${number} round ${round}.bin`, bytes)
        const id = /^file_id=(\w+)$/m.exec(body)?.[1]
        if (id === undefined) throw new Error(body)
        acknowledged.set(id, sha256(bytes))
        if (await whole(id) !== sha256(bytes)) throw new Error(`${id} came back otherwise`)
      } catch (error) {
        refused.push(String(error))
      }
    }
  }
  async function underLoad (work: () => Promise<void>): Promise<void> {
    load.isOn = true
    refused.length = 0
    const lanes = Array.from({ length: LANES }, (_, number) => lane(number))
    await work()
    load.isOn = false
    await Promise.all(lanes)
  }
  const hasMore = async (count: number): Promise<void> => {
    const before = acknowledged.size
    await until('the load goes on', () => acknowledged.size >= before + count)
  }

  await t.test('a rolling restart fails nobody; an upload that nginx could not hand over is not stored, and is when it is sent again', async t => {
    await underLoad(async () => {
      for (const i of hosts.keys()) {
        await hasMore(5)
        servers[i]?.kill('SIGTERM')
        await servers[i]?.ended
        servers[i] = await startOne(i)
      }
      await hasMore(5)
    })
    t.strictSame(refused, [])
    for (const name of sentAgain) t.equal(Number((await sql.get('select count(*) as n from files where name = $name', { name }))?.n), 1, name)
    t.ok(acknowledged.size >= 20, `${acknowledged.size} uploads`)
  })

  await t.test('a killed server, a crashed PostgreSQL and a lost Redis lose nothing that was acknowledged', async t => {
    await underLoad(async () => {
      await hasMore(5)
      servers[0]?.kill('SIGKILL')
      await servers[0]?.ended
      await hasMore(5)
      servers[0] = await startOne(0)
      postgres.stop('immediate')
      postgres.start()
      await hasMore(5)
      await redis.stop()
      await hasMore(5)
      await redis.start()
      await hasMore(5)
    })
    t.comment(`${acknowledged.size} acknowledged, ${refused.length} refused while a part was away`)
    for (const [id, sum] of acknowledged) if (await whole(id) !== sum) t.fail(`${id} is not what was sent`)
    t.strictSame(await sql.all(MISCOUNTED), [], 'every quota is the sum of the files')
    const shown = await sql.all("select id, name, size from files where name like 'lane %'")
    for (const row of shown) {
      const round = Number(/round (\d+)/.exec(String(row.name))?.[1])
      t.equal(row.size, 20_000 + round * 1000, 'nothing incomplete is visible')
      if (!acknowledged.has(String(row.id))) t.equal((await fetch(`${site.url}/pro/dl/${row.id}`)).status, 200, 'one whose answer was lost is whole')
    }
    t.ok(shown.length >= acknowledged.size)
  })

  await t.test('what a killed server held is given back by another: space, a ticket, the last download, parts in the store', async t => {
    const [victim = site] = servers
    const size = 20_000_000
    const id = await uploadFile(site, key, 'held.bin', randomBytes(size))
    await call(site, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 1 })
    const stored = Number((await sql.get("select bytes_stored as n from users where user_name = 'alice'"))?.n)
    await setAlice('--quota', stored + size + 100_000)
    const half = await beginUpload(victim, key, size)
    const link = attribute(await call(site, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')
    const broken = await fetch(link.replace(site.url, victim.url))
    t.teardown(() => broken.body?.cancel().catch(() => undefined))
    const parts = async () => (await listUnfinished(s3, '')).length
    await until('parts of it are in the store', async () => await parts() > 0)
    const more = async () => (await upload(await userTicket(site, key), [{ name: 'more', bytes: Buffer.alloc(200_000) }])).body
    t.match(await more(), 'error=20 ')
    const last = async () => {
      const answer = await fetch(link)
      await answer.arrayBuffer()
      return answer.status
    }
    t.equal(await last(), 403)
    servers[0]?.kill('SIGKILL')
    await servers[0]?.ended

    // One more process comes, and the time passes after which a silent one is dead: for those who hold something, and no others.
    const config = await loadConfig({ storage: await temporaryFolder(t), logLevel: 'silent' }, { ...env, RESPACE_METRICS_LISTEN: '' })
    const other = await createApp(config)
    t.teardown(() => other.close())
    await other.sweep()
    t.ok(await parts() > 0, 'nobody is judged at once')
    const owners = (await sql.all('select upload_id from tickets where upload_id is not null')).map(row => serverOf(String(row.upload_id)))
    const holders = (await sql.all('select server_id from held_places')).map(row => String(row.server_id))
    for (const holder of new Set([...owners, ...holders])) await sql.run('update servers set seen_at = seen_at - $lease where id = $holder', { lease: SERVER_LEASE, holder })
    await sql.run('update servers set since = since - $lease where id = $id', { lease: SERVER_LEASE, id: other.ports.server.id })
    await other.sweep()
    t.equal(await parts(), 0)
    t.match(await sql.get('select count(*) as held from tickets where upload_id is not null or reserved_bytes <> 0'), { held: 0 })
    t.match(await sql.get('select count(*) as held from files where running_downloads <> 0'), { held: 0 })
    t.match(await progressOf({ progressUrl: half.ticket.progressUrl.replace(victim.url, site.url) }), { status: 'fail' })
    t.strictSame(await sql.all(MISCOUNTED), [], 'every quota is the sum of the files')
    t.match(await more(), 'upload_status=ok', 'its space is free')
    t.equal(await last(), 200, 'its place is free')
    const named = (await sql.all('select blob_id from files')).map(row => String(row.blob_id))
    const kept = await listKeys(s3, '')
    t.strictSame(named.filter(blob => !kept.includes(blob)), [], 'no file is without its bytes')
    t.strictSame(kept.filter(blob => !named.includes(blob)), [], 'no bytes are without a file')
  })
})
