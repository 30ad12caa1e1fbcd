/** A PgBouncer of our own in front of a cluster, on a free port of this machine. */
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownerOfServers, type Cluster } from './cluster.ts'
import { freePort } from './free-port.ts'
import type { Teardown } from './server.ts'
import { until } from './wait-until.ts'

export type PoolMode = 'transaction' | 'session'

/** The address of a database of the cluster, through a pooler with `size` connections to the server. `settings` are lines of its file. */
export async function startPgBouncer (t: Teardown, cluster: Cluster, mode: PoolMode, size: number, settings: readonly string[] = []): Promise<(database: string) => string> {
  const folder = mkdtempSync(join(tmpdir(), 'respace-pgbouncer-'))
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  const log = join(folder, 'log')
  writeFileSync(file, [
    '[databases]', `* = host=127.0.0.1 port=${new URL(cluster.url('postgres')).port} user=respace`,
    '[pgbouncer]', 'listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir =', 'auth_type = any', `logfile = ${log}`,
    `pool_mode = ${mode}`, `default_pool_size = ${size}`, 'max_client_conn = 200',
    ...settings, ''
  ].join('\n'))
  const owner = ownerOfServers()
  if (owner !== undefined) for (const path of [folder, file]) chownSync(path, owner.uid, owner.gid)
  // As the cluster it may not run as root.
  const program = spawn('pgbouncer', ['-q', file], { ...owner, stdio: 'ignore' })
  t.teardown(async () => {
    if (program.exitCode === null) {
      program.kill('SIGKILL')
      await new Promise(resolve => { program.once('exit', resolve) })
    }
    rmSync(folder, { recursive: true, force: true })
  })
  await until('PgBouncer is up', () => existsSync(log) && readFileSync(log, 'utf8').includes('process up'))
  return database => `postgres://respace@127.0.0.1:${port}/${database}`
}

/** Whether this one keeps prepared statements apart in transaction mode, as PgBouncer does since 1.21. */
export function keepsPreparedStatements (): boolean {
  const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(spawnSync('pgbouncer', ['--version'], { encoding: 'utf8' }).stdout) ?? []
  return Number(major) > 1 || Number(minor) >= 21
}
