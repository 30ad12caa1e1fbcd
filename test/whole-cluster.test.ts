/** All parts together: three servers behind nginx, on PostgreSQL, Redis and a real store, and each part lost on the way. */
import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { skipWithout } from '../scripts/bring-components.ts'
import { CEPH_KEYS, startCephGateway } from '../scripts/ceph-gateway.ts'
import { openPostgres } from '../src/adapters/postgres.ts'
import { createS3 } from '../src/adapters/s3-request.ts'
import { readBlobStore } from '../src/domain/blob-store.ts'
import { runClient } from './support/client-program.ts'
import { call, openSession, progressOf, upload, uploadFile, userTicket } from './support/client.ts'
import { freePort, startCluster } from './support/cluster.ts'
import { beginUpload } from './support/halves.ts'
import { startNginx } from './support/nginx.ts'
import { run, serveProgram, type ServedProgram } from './support/program.ts'
import { startRedis } from './support/redis.ts'
import { temporaryFolder } from './support/server.ts'
import { until } from './support/until.ts'

const LANES = 4
const missing = skipWithout('postgresql') || skipWithout('redis') || skipWithout('ceph') || skipWithout('nginx')
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

t.test('three servers behind nginx are one', { skip: missing, timeout: 280_000 }, async t => {
  const ceph = await startCephGateway(await temporaryFolder(t))
  t.teardown(ceph.stop)
  const blobs = `s3://files?endpoint=${ceph.url}`
  await (await createS3(readBlobStore(blobs), CEPH_KEYS)).send({ method: 'PUT', key: '' }, text)
  const postgres = await startCluster()
  t.teardown(() => { postgres.remove() })
  const redis = await startRedis(t)
  const storage = await temporaryFolder(t)
  const env = {
    RESPACE_DATABASE: postgres.url('postgres'),
    RESPACE_REDIS: redis.url,
    RESPACE_BLOBS: blobs,
    RESPACE_S3_ACCESS_KEY: CEPH_KEYS.accessKey,
    RESPACE_S3_SECRET_KEY: CEPH_KEYS.secretKey,
    RESPACE_SECRET_KEY: 'ab'.repeat(32),
    RESPACE_TRUST_PROXY: 'loopback'
  }
  const ports = [await freePort(), await freePort(), await freePort()]
  const startOne = (port: number): Promise<ServedProgram> => serveProgram(t, ['--port', String(port), '--log-level', 'error'], { env, storage })
  const servers = await Promise.all(ports.map(startOne))
  const port = await freePort()
  const [configuration = ''] = /(?<=^```nginx\n)[^]*?(?=^```$)/m.exec(await readFile(join(import.meta.dirname, '../docs/reverse-proxy.md'), 'utf8')) ?? []
  await startNginx(t, port, configuration.replace('http://127.0.0.1:8080', 'http://respace'), `upstream respace { ${ports.map(each => `server 127.0.0.1:${each} max_fails=0;`).join(' ')} }`)
  const site = { url: `http://127.0.0.1:${port}` }
  const key = await openSession(site)
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

  await t.test('the last download and the last bytes go to one of those who race for them', async t => {
    const id = await uploadFile(site, key, 'last.bin', randomBytes(100_000), {})
    await call(site, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 2, limit_action: 1 })
    const statuses = await Promise.all(Array.from({ length: 9 }, async () => {
      const answer = await fetch(`${site.url}/pro/dl/${id}`)
      await answer.arrayBuffer()
      return answer.status
    }))
    t.equal(statuses.filter(status => status === 200).length, 2, statuses.join(' '))
    const used = 6_100_000
    await run(['user', 'set', 'alice', '--quota', String(used + 250_000), '--storage', storage], { env })
    const sent = await Promise.all(Array.from({ length: 6 }, async (_, i) => upload(await userTicket(site, key), [{ name: `q${i}`, bytes: Buffer.alloc(100_000) }])))
    t.equal(sent.filter(({ body }) => body.includes('upload_status=ok')).length, 2)
    await run(['user', 'set', 'alice', '--quota', 'unlimited', '--storage', storage], { env })
  })

  const acknowledged = new Map<string, string>()
  const refused: string[] = []
  const load = { isOn: true }
  async function lane (number: number): Promise<void> {
    for (let round = 0; load.isOn; round++) {
      const bytes = randomBytes(20_000 + round * 1000)
      try {
        const { body } = await upload(await userTicket(site, key), [{ name: `lane ${number} round ${round}.bin`, bytes }])
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

  await t.test('a rolling restart fails nobody', async t => {
    await underLoad(async () => {
      for (const [i, each] of ports.entries()) {
        await hasMore(5)
        servers[i]?.kill('SIGTERM')
        await servers[i]?.ended
        servers[i] = await startOne(each)
      }
      await hasMore(5)
    })
    t.strictSame(refused, [])
    t.ok(acknowledged.size >= 20, `${acknowledged.size} uploads`)
  })

  await t.test('a killed server, a crashed PostgreSQL and a lost Redis lose nothing that was acknowledged', async t => {
    await underLoad(async () => {
      await hasMore(5)
      servers[0]?.kill('SIGKILL')
      await servers[0]?.ended
      await hasMore(5)
      servers[0] = await startOne(ports[0] ?? 0)
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
    const sql = await openPostgres(postgres.url('postgres'), 1, 10_000)
    t.teardown(() => sql.close())
    t.strictSame(await sql.all('select id from users where bytes_stored <> (select coalesce(sum(size), 0) from files where owner_id = users.id)'), [], 'every quota is the sum of the files')
    const shown = await sql.all("select id, name, size from files where name like 'lane %'")
    for (const row of shown) {
      const round = Number(/round (\d+)/.exec(String(row.name))?.[1])
      t.equal(row.size, 20_000 + round * 1000, 'nothing incomplete is visible')
      if (!acknowledged.has(String(row.id))) t.equal((await fetch(`${site.url}/pro/dl/${row.id}`)).status, 200, 'one whose answer was lost is whole')
    }
    t.ok(shown.length >= acknowledged.size)
  })
})
