/** One, two and three processes on one PostgreSQL and one Redis behind nginx with round robin. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { startCluster } from '../../test/support/cluster.ts'
import { freePort } from '../../test/support/free-port.ts'
import { startNginx } from '../../test/support/nginx.ts'
import { startRedis } from '../../test/support/redis.ts'
import { FEW } from './calls.ts'
import type { Figure } from './figure.ts'
import { callsOf, serveFilled } from './filled-storage.ts'
import { answersPerSecond } from './load.ts'
import { mixedLoadOn } from './mixed-load.ts'
import { serve } from './respace.ts'
import { measureByTurns, median } from './rounds.ts'
import { withServices } from './services.ts'

const ROUNDS = 5
const SECONDS = 2
const COUNTS = [1, 2, 3]

/** All three run all the time: idle ones need almost no resources. */
export function measureProcesses (folder: string): Promise<Figure[]> {
  return withServices(async services => {
    const cluster = await startCluster(dirname(folder))
    services.teardown(cluster.remove)
    cluster.create('respace')
    const redis = await startRedis(services)
    const storage = join(folder, 'storage-of-processes')
    const variables = {
      RESPACE_DATABASE: cluster.url('respace'),
      RESPACE_REDIS: redis.url,
      RESPACE_SECRET_KEY: randomBytes(32).toString('hex'),
      RESPACE_TRUST_PROXY: 'loopback'
    }
    await (await serveFilled(storage, FEW, 1, variables)).stop()
    const servers = []
    for (let i = 0; i < COUNTS.length; i++) servers.push(await serve(storage, variables))
    const sites = await startProxies(services, servers.map(({ url }) => new URL(url).host))

    const calls = await Promise.all(sites.map(site => callsOf(site, FEW, FEW)))
    const asking = calls.map(urls => () => answersPerSecond(folder, urls, SECONDS))
    await measureByTurns(1, asking)
    const asked = await measureByTurns(ROUNDS, asking)
    const mixing = await Promise.all(sites.map(mixedLoadOn))
    await measureByTurns(1, mixing)
    const mixed = await measureByTurns(ROUNDS, mixing)
    for (const server of servers) await server.stop()
    return [...figuresOf('files.getInfo', asked), ...figuresOf('all methods mixed, with uploads', mixed)]
  })
}

/** The first n of the servers for each n, with the configuration of docs/reverse-proxy.md. */
async function startProxies (services: Parameters<typeof startNginx>[0], hosts: readonly string[]): Promise<Array<{ url: string }>> {
  const page = await readFile(join(import.meta.dirname, '../../docs/reverse-proxy.md'), 'utf8')
  const documented = /(?<=^```nginx\n)[^]*?(?=^```$)/m.exec(page)?.[0] ?? ''
  const directives = (count: number): string => documented.replace('http://127.0.0.1:8080', `http://first${count}`)
  const [port = 0, ...others] = await Promise.all(COUNTS.map(freePort))
  await startNginx(services, port, directives(1), [
    ...COUNTS.map(count => `upstream first${count} { ${hosts.slice(0, count).map(host => `server ${host};`).join(' ')} keepalive 32; }`),
    ...others.map((other, i) => `server { listen 127.0.0.1:${other}; ${directives(i + 2)} }`)
  ].join('\n'))
  return [port, ...others].map(each => ({ url: `http://127.0.0.1:${each}` }))
}

function figuresOf (work: string, rounds: readonly number[][]): Figure[] {
  const one = median(rounds.map(([first = NaN]) => first))
  return COUNTS.slice(1).map(count => ({
    work: `${work}, ${count} processes ÷ 1`,
    ours: `${median(rounds.map(round => round[count - 1] ?? NaN)).toFixed(0)}/s`,
    theirs: `${one.toFixed(0)}/s`,
    value: median(rounds.map(round => (round[count - 1] ?? NaN) / (round[0] ?? NaN)))
  }))
}
