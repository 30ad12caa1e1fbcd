/** Metrics of a server's parts: database, disk, blobs, mails and periodic jobs. None of them waits for these parts. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Policy } from '../../domain/policy.ts'
import type { Ports } from '../../ports.ts'
import { readCommit, readVersion } from '../../config.ts'
import { countEverything } from '../../store/operations/overview.ts'
import { BACKUP_JOB, findJob } from '../../store/operations/servers.ts'
import { PARTS, type Readiness } from './readiness.ts'
import { within } from '../within.ts'

/** The measured parts. `live` are the upload ids that run in this process. */
export interface MetricsSource {
  readonly ports: Ports
  readonly policy: Policy
  readonly live: ReadonlySet<string>
  readonly readiness: Readiness
}

export interface PartMetrics {
  /** The same ports, with the errors of database and blobs counted. */
  watchErrors (ports: Ports): Ports
  /** Records a successful sweep, and its duration in milliseconds. */
  noteSweep (milliseconds: number): void
  /** Records how many accounts have reached which percentage of their quota. */
  noteQuotas (accounts: ReadonlyMap<number, number>): void
}

/** How long an answer waits for the database. */
export const PATIENCE = 500

export function addPartMetrics (register: Registry, { ports, live, readiness }: Omit<MetricsSource, 'policy'>): PartMetrics {
  const { sql, room } = ports
  const registers = [register]
  /** An unknown value is omitted, so that nobody takes it for 0. */
  function gauge (name: string, help: string, read: () => Promise<number | undefined>): void {
    register.registerMetric(new Gauge({
      registers: [],
      name,
      help,
      async collect () {
        const value = await read().catch(() => undefined)
        if (value === undefined) this.remove()
        else this.set(value)
      }
    }))
  }

  gauge('respace_uploads_running', 'Uploads of this process that run now.', async () => live.size)
  const totals = lastKnown(() => countEverything(sql))
  const sums = [
    ['respace_accounts', 'Accounts.', 'users'],
    ['respace_files', 'Files that are stored.', 'files'],
    ['respace_stored_bytes', 'Bytes of all files.', 'bytes'],
    ['respace_mails_waiting', 'Mails that are not delivered yet.', 'waiting'],
    ['respace_mails_given_up', 'Mails of the last days that nobody tries to deliver any more.', 'givenUp'],
    ['respace_damaged_files', 'Files whose bytes were found to be missing or too many; the log has their blobs.', 'damaged']
  ] as const
  for (const [name, help, key] of sums) gauge(name, help, async () => (await totals())?.[key])

  gauge('respace_disk_left_bytes', 'Bytes that uploads may still bring before the reserve of the disk begins.', async () => finite(await room.left()))
  gauge('respace_disk_bytes', 'Size of the disk on which files lie.', async () => finite(await room.total()))

  gauge('respace_backup_timestamp_seconds', 'When the last `respace backup` ended well.', lastKnown(async () => {
    const doneAt = await findJob(sql, BACKUP_JOB)
    return doneAt && doneAt / 1000
  }))

  const up = new Gauge({
    registers,
    name: 'respace_up',
    help: 'Whether a part can be used: what /readyz says.',
    labelNames: ['part'],
    async collect () {
      const problems = await readiness.problems()
      for (const part of PARTS) up.set({ part }, problems.has(part) ? 0 : 1)
    }
  })

  if (sql.connections !== undefined) {
    const { connections } = sql
    const open = new Gauge({
      registers,
      name: 'respace_database_connections',
      help: 'Connections to PostgreSQL by state; `waiting` counts those who wait for one.',
      labelNames: ['state'],
      collect () {
        for (const [state, count] of Object.entries(connections())) open.set({ state }, count)
      }
    })
  }

  const swept = new Gauge({ registers, name: 'respace_sweep_timestamp_seconds', help: 'When the last sweep of this process ended well; it runs every minute.' })
  const sweepSeconds = new Gauge({ registers, name: 'respace_sweep_seconds', help: 'How long that took.' })
  swept.set(Date.now() / 1000)
  const nearQuota = new Gauge({ registers, name: 'respace_accounts_near_quota', help: 'Accounts that have used so many percent of their quota and not yet the next of --storage-alerts; counted every ten minutes.', labelNames: ['percent'] })
  const errors = new Counter({ registers, name: 'respace_errors_total', help: 'Failed calls by part.', labelNames: ['part'] })
  for (const part of ['database', 'blobs']) errors.inc({ part }, 0)
  new Gauge({ registers, name: 'respace_build_info', help: 'Always 1.', labelNames: ['version', 'commit', 'node'] })
    .set({ version: readVersion(), commit: readCommit(), node: process.version }, 1)

  return {
    watchErrors: ports => ({
      ...ports,
      sql: observe(ports.sql, () => { errors.inc({ part: 'database' }) }),
      blobs: observe(ports.blobs, error => { if (!isAbsence(error)) errors.inc({ part: 'blobs' }) })
    }),
    noteSweep (milliseconds) {
      swept.set(Date.now() / 1000)
      sweepSeconds.set(milliseconds / 1000)
    },
    noteQuotas (accounts) {
      for (const [percent, count] of accounts) nearQuota.set({ percent }, count)
    }
  }
}

/** The result of a short read, which all gauges of one answer share, or the last one while the database is unavailable. */
function lastKnown<T> (read: () => Promise<T | undefined>): () => Promise<T | undefined> {
  let last: T | undefined
  let reading: Promise<T | undefined> | undefined
  return async () => {
    reading ??= read().catch(() => undefined).finally(() => { reading = undefined })
    last = await within(reading, PATIENCE) ?? last
    return last
  }
}

/** The same object; `tell` is called with its errors. */
function observe<T extends object> (target: T, tell: (error: unknown) => void): T {
  return new Proxy(target, {
    get (object, name, receiver) {
      const value: unknown = Reflect.get(object, name, receiver)
      if (typeof value !== 'function') return value
      return (...words: unknown[]) => {
        const outcome: unknown = Reflect.apply(value, object, words)
        if (outcome instanceof Promise) outcome.catch(tell)
        return outcome
      }
    }
  })
}

/** A request for a missing blob is not a failure. */
const isAbsence = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const finite = (value: number): number | undefined => Number.isFinite(value) ? value : undefined
