/** Two servers behind the balancers of docs/reverse-proxy.md, run as they stand there: a restart fails nobody, a stuck server loses its share. */
// Runs alone, on SQLite only.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { openPostgres } from '../../src/adapters/database/postgres.ts'
import { openSession, uploadFile } from '../support/client.ts'
import { startCluster } from '../support/cluster.ts'
import { freePort } from '../support/free-port.ts'
import { startHaproxy } from '../support/haproxy.ts'
import { startNginx } from '../support/nginx.ts'
import { ROOT, serveProgram, type ServedProgram } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { startLoad, type Exchange } from '../support/steady-load.ts'
import { until } from '../support/wait-until.ts'

const SIZE = 300_000
/** Milliseconds for which a server is stuck: two more than it may keep its share. */
const STUCK = 12_000
const SHARE_MAY_STAY = 10_000
/** More than nginx waits for a stuck server is no slow answer of one that works. */
const WAITED = 5500

const page = await readFile(join(ROOT, 'docs/reverse-proxy.md'), 'utf8')
const [, chapter = ''] = page.split('## Several servers behind a balancer')
const block = (language: string): string => new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(chapter)?.[1] ?? ''
const [, drainDelay = ''] = /--drain-delay (\w+)/.exec(chapter) ?? []
const missing = skipWithout('postgresql') || skipWithout('haproxy') || skipWithout('nginx')

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1)
const failuresOf = (exchanges: readonly Exchange[]): string[] => exchanges.flatMap(({ failure }) => failure ?? [])
const identityOf = async ({ url }: { readonly url: string }): Promise<string> => (await fetch(`${url}/healthz`)).headers.get('x-request-id')?.split('-')[0] ?? ''

t.test('two servers behind HAProxy, and behind nginx', { skip: missing, timeout: 200_000 }, async t => {
  const postgres = await startCluster()
  t.teardown(() => { postgres.remove() })
  postgres.create('respace')
  const env = { RESPACE_DATABASE: postgres.url('respace') }
  const storage = await temporaryFolder(t)
  const ports = [await freePort(), await freePort()]
  const startOne = (i: number): Promise<ServedProgram> =>
    serveProgram(t, ['--port', String(ports[i]), '--log-level', 'error', '--trust-proxy', 'loopback', '--drain-delay', drainDelay], { env, storage })
  const servers = [await startOne(0), await startOne(1)]
  const placed = (text: string): string => ports.reduce((placed, port, i) => placed.replace(`10.0.0.1${i + 1}:8080`, `127.0.0.1:${port}`), text)

  const haproxyPort = await freePort()
  const haproxy = { url: `http://127.0.0.1:${haproxyPort}` }
  const haproxyLog = await startHaproxy(t, haproxy.url, placed(block('haproxy')).replace('bind :80', `bind 127.0.0.1:${haproxyPort}`))
  const nginxPort = await freePort()
  const nginx = { url: `http://127.0.0.1:${nginxPort}` }
  const [, upstream = '', directives = ''] = /^(upstream [^]*?^\}\n)([^]*)$/m.exec(placed(block('nginx'))) ?? []
  await startNginx(t, nginxPort, directives, upstream)

  const key = await openSession(haproxy)
  const file = { id: await uploadFile(haproxy, key, 'file.bin', randomBytes(SIZE)), size: SIZE }
  const sql = await openPostgres(env.RESPACE_DATABASE, 1, 10_000)
  t.teardown(() => sql.close())
  const uploads = async () => Number((await sql.get("select count(*) as n from files where name = 'steady.bin'"))?.n)

  await t.test('both are restarted, one after the other', async t => {
    const sites = [['HAProxy', startLoad(haproxy, key, file)], ['nginx', startLoad(nginx, key, file)]] as const
    for (const i of ports.keys()) {
      servers[i]?.kill('SIGTERM')
      await servers[i]?.ended
      const server = servers[i] = await startOne(i)
      const identity = await identityOf(server)
      await until('it has its share again', () => sites.every(([, { exchanges }]) => exchanges.some(({ server }) => server === identity)))
    }
    let sent = 0
    for (const [name, load] of sites) {
      await load.end()
      const failures = failuresOf(load.exchanges)
      t.strictSame(failures, [], `${name}: ${load.exchanges.length} requests, ${failures.length} failed`)
      t.equal(new Set(load.exchanges.map(({ server }) => server).filter(Boolean)).size, 4, 'each process had a share')
      sent += load.exchanges.filter(({ kind }) => kind === 'upload').length
    }
    t.equal(await uploads(), sent, `${sent} uploads are all there, each once`)
  })

  await t.test('one is stuck', async t => {
    const sites = [['HAProxy', startLoad(haproxy, key, file)], ['nginx', startLoad(nginx, key, file)]] as const
    const [server] = servers
    if (server === undefined) return
    const identity = await identityOf(server)
    await until('it has its share', () => sites.every(([, { exchanges }]) => exchanges.some(({ server }) => server === identity)))
    server.kill('SIGSTOP')
    const stopped = performance.now()
    await until('HAProxy has found out', () => /Server respace\/one is DOWN, reason: Layer7 timeout/.test(haproxyLog()))
    const found = performance.now() - stopped
    t.ok(found < SHARE_MAY_STAY, `HAProxy has found out after ${seconds(found)} s`)
    await sleep(STUCK - found)
    server.kill('SIGCONT')
    const goes = performance.now()
    const isBack = (exchanges: readonly Exchange[]) => exchanges.find(({ server, began }) => server === identity && began > goes)
    await until('it has its share again', () => sites.every(([, { exchanges }]) => isBack(exchanges) !== undefined))
    for (const [name, load] of sites) {
      await load.end()
      const meanwhile = load.exchanges.filter(({ began }) => began > stopped && began < goes)
      const sentThere = meanwhile.filter(({ server, took = 0 }) => server === identity || took > WAITED)
      const lost = Math.max(0, ...sentThere.map(({ began }) => began - stopped))
      t.ok(sentThere.length > 0 && lost < SHARE_MAY_STAY, `${name}: it lost its share within ${seconds(lost)} s; ${sentThere.length} of ${meanwhile.length} requests were sent there`)
      const back = (isBack(load.exchanges)?.began ?? Infinity) - goes
      t.ok(back < SHARE_MAY_STAY, `${name}: it had its share again after ${seconds(back)} s`)
    }
    t.strictSame(failuresOf(sites[0][1].exchanges), [], 'HAProxy: who was sent there waited, and did not fail')
    // An upload begins with a call.
    const failures = failuresOf(sites[1][1].exchanges)
    t.strictSame(failures.filter(failure => !/^(?:call|upload)\b.*504/.test(failure)), [], `nginx: of what only reads nothing failed, and ${failures.length} calls that were sent there`)
  })
})
