/**
 * What clients see while a part fails, and how soon the service recovers: two servers on one PostgreSQL, one Redis and one store, four
 * clients that use the other server when one refuses them, like a load balancer. Prints a table; the exit code is 1 when a file was lost or changed.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { call, errorCode, openSession, upload, userTicket, attribute } from '../test/support/client.ts'
import { startCluster } from '../test/support/cluster.ts'
import { serveProgram, type ServedProgram } from '../test/support/cli-process.ts'
import { startRedis } from '../test/support/redis.ts'
import { KEYS, startFakeS3 } from '../test/support/fake-s3.ts'
import { temporaryFolder } from '../test/support/server.ts'
import { startBlackholeProxy } from '../test/support/blackhole-proxy.ts'

const LANES = 4
/** How long a part is unavailable, in milliseconds. */
const AWAY = Number(process.argv[2] ?? 8000)
const CALM = 3000
const KINDS = ['call', 'upload', 'download'] as const
type Kind = typeof KINDS[number]

const endings: Array<() => unknown> = []
const t = { teardown: (work: () => unknown) => { endings.unshift(work) } }
const sumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const cluster = await startCluster()
t.teardown(cluster.remove)
cluster.create('faults')
const redis = await startRedis(t)
const standIn = await startFakeS3(t)
const postgresRelay = await startBlackholeProxy(t, Number(new URL(cluster.url('x')).port))
const redisRelay = await startBlackholeProxy(t, Number(new URL(redis.url).port))
const storeRelay = await startBlackholeProxy(t, Number(new URL(standIn.url).port))
const env = {
  RESPACE_DATABASE: cluster.url('faults').replace(/:\d+\//, `:${postgresRelay.port}/`),
  RESPACE_REDIS: `redis://127.0.0.1:${redisRelay.port}`,
  RESPACE_BLOBS: `s3://bucket/files?endpoint=http://127.0.0.1:${storeRelay.port}`,
  RESPACE_S3_ACCESS_KEY: KEYS.accessKey,
  RESPACE_S3_SECRET_KEY: KEYS.secretKey,
  RESPACE_SECRET_KEY: 'ab'.repeat(32)
}
const storage = await temporaryFolder(t)
/** Only faults whose names contain this. */
const ONLY = process.argv[3] ?? ''
const startOne = (port = '0'): Promise<ServedProgram> => serveProgram(t, ['--log-level', 'fatal', '--drain-delay', '1s', '--grace-period', '5s', '--port', port], { env, storage, longest: 0 })
const servers = [await startOne(), await startOne()]
const key = await openSession(servers[0] ?? { url: '' })
const sums = new Map<string, string>()

/** Like a load balancer: unreachable servers are skipped, for requests that have not started. */
async function onOne<T> (lane: number, work: (server: ServedProgram) => Promise<T>): Promise<T> {
  const [first, second] = lane % 2 === 0 ? servers : [...servers].reverse()
  if (first === undefined || second === undefined) throw new Error('two servers were started')
  try {
    return await work(first)
  } catch (error) {
    if (!/ECONNREFUSED/.test(String(error instanceof Error ? error.cause : ''))) throw error
    return work(second)
  }
}

async function requireTrue (is: Promise<boolean>): Promise<void> {
  if (!await is) throw new Error('refused')
}

const WORK: Readonly<Record<Kind, (lane: number) => Promise<void>>> = {
  call: lane => requireTrue(onOne(lane, async server => errorCode(await call(server, 'folders.getAll', { session_key: key })) === 0)),
  async upload (lane) {
    const bytes = randomBytes(20_000)
    const { body } = await onOne(lane, async server => upload(await userTicket(server, key), [{ name: 'a.bin', bytes }]))
    const id = /^file_id=(\w+)/m.exec(body)?.[1]
    if (id === undefined) throw new Error('refused')
    sums.set(id, sumOf(bytes))
  },
  async download (lane) {
    const ids = [...sums.keys()]
    const id = ids[Math.floor(Math.random() * ids.length)]
    if (id === undefined) return
    const bytes = await onOne(lane, async server => new Uint8Array(await (await fetch(`${server.url}/pro/dl/${id}`)).arrayBuffer()))
    if (sumOf(bytes) !== sums.get(id)) throw new Error('refused')
  }
}

interface Seen { readonly kind: Kind, readonly at: number, readonly ms: number, readonly isGood: boolean }

async function watch (until: () => boolean): Promise<Seen[]> {
  const seen: Seen[] = []
  await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
    for (let i = lane; !until(); i++) {
      const kind = KINDS[i % KINDS.length] ?? 'call'
      const began = performance.now()
      const isGood = await WORK[kind](lane).then(() => true, () => false)
      seen.push({ kind, at: performance.now(), ms: performance.now() - began, isGood })
      await sleep(10)
    }
  }))
  return seen
}

/** Ends the fault after its duration. */
type Fault = () => Promise<void>

async function stopFirst (): Promise<void> {
  servers[0]?.kill('SIGSTOP')
  await sleep(AWAY)
  servers[0]?.kill('SIGCONT')
}

async function replaceFirst (signal: NodeJS.Signals): Promise<void> {
  const [first] = servers
  first?.kill(signal)
  await first?.ended
  servers[0] = await startOne(new URL(first?.url ?? '').port)
}

async function silenced (relay: { hush (): void, speak (): void }): Promise<void> {
  relay.hush()
  await sleep(AWAY)
  relay.speak()
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'nothing fails': () => sleep(AWAY),
  'PostgreSQL restarts': async () => { cluster.stop('fast'); cluster.start() },
  'PostgreSQL crashes': async () => { cluster.stop('immediate'); cluster.start() },
  'PostgreSQL is unavailable': async () => {
    cluster.stop('fast')
    await sleep(AWAY)
    cluster.start()
  },
  'PostgreSQL is cut off, packets are lost': () => silenced(postgresRelay),
  'Redis is killed': async () => {
    await redis.stop()
    await sleep(AWAY)
    await redis.start()
  },
  'Redis is cut off, packets are lost': () => silenced(redisRelay),
  'the store refuses': async () => {
    standIn.fault = () => 'busy'
    await sleep(AWAY)
    standIn.fault = () => undefined
  },
  'the store is cut off, packets are lost': () => silenced(storeRelay),
  'one server restarts (SIGTERM)': () => replaceFirst('SIGTERM'),
  'one server is killed (SIGKILL)': () => replaceFirst('SIGKILL'),
  'one server is suspended (SIGSTOP)': stopFirst
}

process.stdout.write(`| fault, ${AWAY / 1000} s where it lasts | calls failed | uploads failed | downloads failed | longest wait | well again after |\n|---|---|---|---|---|---|\n`)
for (const [name, fault] of Object.entries(FAULTS).filter(([name]) => name.includes(ONLY))) {
  let isOver = false
  const watching = watch(() => isOver)
  await sleep(CALM / 2)
  await fault()
  const faultEnded = performance.now()
  await sleep(CALM * 4)
  isOver = true
  const seen = await watching
  const failed = (kind: Kind): string => {
    const all = seen.filter(each => each.kind === kind)
    return `${all.filter(({ isGood }) => !isGood).length} of ${all.length}`
  }
  const lastFailure = Math.max(0, ...seen.filter(({ isGood }) => !isGood).map(({ at }) => at))
  const healed = lastFailure <= faultEnded ? 'at once' : `${((lastFailure - faultEnded) / 1000).toFixed(1)} s`
  process.stdout.write(`| ${name} | ${KINDS.map(failed).join(' | ')} | ${(Math.max(...seen.map(({ ms }) => ms)) / 1000).toFixed(1)} s | ${healed} |\n`)
}

let wrong = 0
for (const [id, sum] of sums) {
  const info = await call(servers[0] ?? { url: '' }, 'files.getInfo', { session_key: key, file_id: id })
  const bytes = new Uint8Array(await (await fetch(`${servers[0]?.url}/pro/dl/${id}`)).arrayBuffer())
  if (attribute(info, 'id') !== id || sumOf(bytes) !== sum) wrong++
}
process.stdout.write(`\n${sums.size} acknowledged files of ${sums.size * 20_000} bytes compared, ${wrong} lost or changed\n`)
for (const end of endings) await end()
process.exit(wrong > 0 ? 1 : 0)
