/** Connections to PostgreSQL, and safe retries when one breaks. */
import { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { OutcomeUnknown } from '../../ports.ts'

/** How long a statement waits for a server that restarts. */
const PATIENCE = 10_000
const PAUSE = 100
/** The time in which a running server accepts a connection, in milliseconds. */
const CONNECT_TIMEOUT = 5000
/** How late a running server may report a cancelled statement, in milliseconds. */
export const LATENESS = 1000
/** How long closing a connection may take. */
const FAREWELL = 1000
const KEEP_ALIVE_AFTER = 5000
/** Longer than any migration; the largest number that a timer takes. */
const UNLIMITED = 2 ** 31 - 1

/** Serialization failures: in SQLite one writer waits for the other; here both write, and one gets an error. */
const RACED: ReadonlySet<string> = new Set(['40001', '40P01', '23505'])
/** Each time at least one of the competing statements succeeds. */
const MAX_ROUNDS = 30

/** The server ends this connection, and nothing was done. */
const SENT_AWAY: ReadonlySet<string> = new Set(['57P01', '57P02', '57P05', '25P03'])

/**
 * A prepared statement is missing or already exists: a pooler runs our statements on other server connections than the
 * one they were prepared on (PgBouncer in transaction mode, before 1.21 or with max_prepared_statements = 0). Nothing was done.
 */
const MIXED_UP: ReadonlySet<string> = new Set(['26000', '42P05'])

/** A read can always be retried, a write when nothing was changed or on a serialization failure, a script when nothing was changed. */
export type Kind = 'read' | 'write' | 'script'

/** `asked` is true once a change may have been made. */
export interface Progress {
  asked: boolean
}

export interface Connections {
  /** Runs work on a connection, and retries it when that is safe. Rejects with OutcomeUnknown when the outcome is unknown. */
  use<T> (kind: Kind, work: (client: PoolClient, progress: Progress) => Promise<T>): Promise<T>
  /** False once a pooler that mixes connections was detected: statements are then prepared for each use. */
  keepsStatements (): boolean
  load (): { readonly busy: number, readonly idle: number, readonly waiting: number }
  close (): Promise<void>
}

/** `timeout` is the longest time for a statement, in milliseconds. */
export async function openConnections (url: string, most: number, timeout: number): Promise<Connections> {
  const { Pool } = await import('pg')
  const sockets = new Set<Socket>()
  const openedAt = new WeakMap<PoolClient, number>()
  let silentAt = -Infinity
  const pool = new Pool({
    connectionString: url,
    pipeline: true,
    max: most,
    application_name: 'respace',
    // Also the time limit of each wait for a free connection.
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    // A suspended process must not hold locks that others wait for.
    ...Object.fromEntries(CONNECTION_SETTINGS.map(name => [name, timeout])),
    // If packets are lost, the server's own limit does not reach us.
    query_timeout: timeout + LATENESS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER,
    stream: openSocket,
    types: { getTypeParser }
  })
  // Errors of idle connections; the pool replaces them.
  pool.on('error', () => undefined)
  pool.on('connect', client => { openedAt.set(client, performance.now()) })

  function openSocket (): Socket {
    const socket = new Socket()
    sockets.add(socket)
    socket.once('close', () => { sockets.delete(socket) })
    return socket
  }

  let keepsStatements = true

  async function use<T> (kind: Kind, work: (client: PoolClient, progress: Progress) => Promise<T>): Promise<T> {
    const began = performance.now()
    const isPatient = () => performance.now() - began < PATIENCE
    for (let round = 1; ; round++) {
      const client = await connect(isPatient)
      const progress: Progress = { asked: false }
      const wasNamed = keepsStatements
      try {
        const result = await work(client, progress)
        client.release()
        return result
      } catch (error) {
        const isLost = isConnectionLost(error)
        // Other connections opened earlier are probably dead as well.
        if (isSilence(error)) silentAt = performance.now()
        if (isLost) drop(client)
        else client.release()
        if (isLost) {
          const isUndone = !progress.asked || SENT_AWAY.has(codeOf(error)) || wasNeverSent(error)
          if (!isUndone && kind !== 'read') throw new OutcomeUnknown(error)
          // Retry once regardless of the time: this process may have been suspended itself, so that the server closed the connection.
          if (round > 1 && !isPatient()) throw error
        } else if (wasNamed && MIXED_UP.has(codeOf(error))) {
          keepsStatements = false
        } else if (kind !== 'write' || !RACED.has(codeOf(error)) || round === MAX_ROUNDS) throw error
      }
    }
  }

  /** Waits for an unavailable server. */
  async function connect (isPatient: () => boolean): Promise<PoolClient> {
    while (true) {
      try {
        const client = await pool.connect()
        // The connection broke between two statements; the next one fails.
        if (client.listenerCount('error') === 0) client.on('error', () => undefined)
        if ((openedAt.get(client) ?? 0) >= silentAt) return client
        drop(client)
      } catch (error) {
        if (!isAway(error) || isRefusedSetting(error) || !isPatient()) throw error
        await sleep(PAUSE)
      }
    }
  }

  /** Closes the socket without a goodbye message, since a silent server would delay it. */
  function drop (client: PoolClient): void {
    client.connection.stream.destroy()
    client.release(true)
  }

  async function close (): Promise<void> {
    const cutting = setTimeout(() => { for (const socket of sockets) socket.destroy() }, FAREWELL)
    await pool.end()
    clearTimeout(cutting)
  }

  const load = () => ({ busy: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount })

  return { use, keepsStatements: () => keepsStatements, load, close }
}

/** A statement without a time limit. */
export const unlimited = (text: string): { readonly text: string, readonly query_timeout: number } => ({ text, query_timeout: UNLIMITED })

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Limits that the server is asked to enforce on a connection. A pooler in between may not know them. */
export const CONNECTION_SETTINGS = ['statement_timeout', 'idle_in_transaction_session_timeout'] as const

/** Whether a pooler refused the connection because of one of them. */
export const isRefusedSetting = (error: unknown): boolean => error instanceof Error && error.message.startsWith('unsupported startup parameter')

/** The server is down, starting, stopping, or has no free connections. */
const isAway = (error: unknown): boolean =>
  isConnectionLost(error) || /^(?:ECONNREFUSED|ENOENT|EAI_AGAIN|57P03|53300)$/.test(codeOf(error)) ||
  (error instanceof Error && error.message.startsWith('timeout exceeded when trying to connect'))

export const isConnectionLost = (error: unknown): boolean => {
  const code = codeOf(error)
  if (SENT_AWAY.has(code) || /^(?:08...|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return true
  return isSilence(error) || wasNeverSent(error) || (error instanceof Error && error.message.includes('Connection terminated'))
}

/** Neither a result nor an error arrived within the time limit of a statement. */
const isSilence = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout'

/** The connection was found broken before the statement was sent. */
const wasNeverSent = (error: unknown): boolean => error instanceof Error && error.message.includes('not queryable')

/** 64-bit numbers and sums arrive as text; ours are all small enough for exact JavaScript numbers. */
function getTypeParser (oid: number): (text: string) => string | number {
  return NUMBERS.has(oid) ? Number : String
}

const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 700, 701, 1700])
