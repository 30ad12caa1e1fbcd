/** A PostgreSQL server of our own: a cluster in a temporary folder, on a free port of this machine. */
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

export interface Cluster {
  /** Of a database on it. */
  url (database: string): string
  /** Makes a database. */
  create (database: string): void
  /** As an operator would: `fast` ends transactions, `immediate` is a crash. */
  stop (mode: 'fast' | 'immediate'): void
  start (): void
  /** Stops it and removes its folder. */
  remove (): void
}

/**
 * Takes about two seconds. Nothing in it outlives the machine, so it need not wait for the disk, unless it is to be
 * measured: then it is made in the folder `durableIn`, and as it is without settings.
 */
export async function startCluster (durableIn?: string): Promise<Cluster> {
  const folder = mkdtempSync(join(durableIn ?? tmpdir(), 'respace-postgres-'))
  const data = join(folder, 'data')
  const port = await freePort()
  const owner = ownerOfServers()
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)

  function command (name: string, ...words: readonly string[]): void {
    // Its output goes nowhere: the server keeps it open for as long as it lives.
    const { status } = spawnSync(join(newestBinaries(), name), words, { ...owner, cwd: folder, stdio: 'ignore', timeout: 60_000 })
    if (status !== 0) throw new Error(`${name} ended with ${status}`)
  }

  const start = (): void => {
    command('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), 'start', '-o',
      `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1${durableIn === undefined ? ' -c fsync=off -c full_page_writes=off -c autovacuum=off' : ''} -c max_connections=400 -c shared_buffers=64MB`)
  }
  const stop = (mode: 'fast' | 'immediate'): void => { command('pg_ctl', '-D', data, '-w', '-m', mode, 'stop') }

  command('initdb', '-D', data, '-A', 'trust', '-U', 'respace', '--locale=C.UTF-8', '--no-sync')
  start()
  return {
    url: database => `postgres://respace@127.0.0.1:${port}/${database}`,
    create: database => { command('createdb', '-h', '127.0.0.1', '-p', String(port), '-U', 'respace', database) },
    stop,
    start,
    remove () {
      if (existsSync(join(data, 'postmaster.pid'))) stop('immediate')
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Root may not run it. */
export function ownerOfServers (): { uid: number, gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (option: string) => Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout)
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** Where Debian puts them. */
const BINARIES = '/usr/lib/postgresql'

function newestBinaries (): string {
  const [newest = ''] = readdirSync(BINARIES).sort((a, b) => Number(b) - Number(a))
  return join(BINARIES, newest, 'bin')
}
