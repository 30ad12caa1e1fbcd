/** Connections to PostgreSQL, and what may be done again when one breaks off. */
import { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { OutcomeUnknown } from '../../ports.ts'

/** How long a statement waits for a server that restarts. */
const PATIENCE = 10_000
const PAUSE = 100
/** Milliseconds in which a server that is there lets somebody in. */
const CONNECT_TIMEOUT = 5000
/** Milliseconds by which a server that is there may be late to say that it gave a statement up. */
const LATENESS = 1000
/** How long the server has to take leave when all is closed. */
const FAREWELL = 1000
const KEEP_ALIVE_AFTER = 5000
/** Longer than any migration; the largest number that a timer takes. */
const UNLIMITED = 2 ** 31 - 1

/** What SQLite does by letting one writer wait for the other: they check, both write, and one is told so. */
const RACED: ReadonlySet<string> = new Set(['40001', '40P01', '23505'])
/** Each time at least one of those that race is done. */
const MAX_ROUNDS = 30

/** The server says that it ends this connection, and that nothing was done. */
const SENT_AWAY: ReadonlySet<string> = new Set(['57P01', '57P02', '57P05', '25P03'])

/**
 * A prepared statement is missing or there already: a pooler gives our statements to other connections of the server than the
 * one they were prepared on (PgBouncer in transaction mode, before 1.21 or with max_prepared_statements = 0). Nothing was done.
 */
const MIXED_UP: ReadonlySet<string> = new Set(['26000', '42P05'])

/** A read may be done again whatever happened, a write when nothing was changed or when it raced; a script when nothing was changed. */
export type Kind = 'read' | 'write' | 'script'

/** `asked` is true once a change may have been made. */
export interface Progress {
  asked: boolean
}

export interface Connections {
  /** Does work on a connection, again when that is safe. Rejects with OutcomeUnknown when nobody knows whether it was done. */
  use<T> (kind: Kind, work: (client: PoolClient, progress: Progress) => Promise<T>): Promise<T>
  /** False from the moment on in which a pooler was found that mixes connections: statements are then prepared for one use each. */
  keepsStatements (): boolean
  load (): { readonly busy: number, readonly idle: number, readonly waiting: number }
  close (): Promise<void>
}

/** `timeout` milliseconds is the longest a statement may run. */
export async function openConnections (url: string, most: number, timeout: number): Promise<Connections> {
  const { Pool } = await import('pg')
  const sockets = new Set<Socket>()
  const openedAt = new WeakMap<PoolClient, number>()
  let silentAt = -Infinity
  const pool = new Pool({
    connectionString: url,
    max: most,
    application_name: 'respace',
    // Also how long a connection is waited for that others use, each time.
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    // A process that was stopped in the middle must not hold what others wait for.
    ...Object.fromEntries(CONNECTION_SETTINGS.map(name => [name, timeout])),
    // Where packets get lost nobody hears of the server's own limit.
    query_timeout: timeout + LATENESS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER,
    stream: openSocket,
    types: { getTypeParser }
  })
  // Of connections that nobody uses; the pool makes new ones.
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
        // What was opened before is as silent, in all likelihood.
        if (isSilence(error)) silentAt = performance.now()
        if (isLost) drop(client)
        else client.release()
        if (isLost) {
          const isUndone = !progress.asked || SENT_AWAY.has(codeOf(error)) || wasNeverSent(error)
          if (!isUndone && kind !== 'read') throw new OutcomeUnknown(error)
          // Once more whatever the clock says: this process may have stood still itself, which is why the server ended the connection.
          if (round > 1 && !isPatient()) throw error
        } else if (wasNamed && MIXED_UP.has(codeOf(error))) {
          keepsStatements = false
        } else if (kind !== 'write' || !RACED.has(codeOf(error)) || round === MAX_ROUNDS) throw error
      }
    }
  }

  /** Waits for a server that is just not there. */
  async function connect (isPatient: () => boolean): Promise<PoolClient> {
    while (true) {
      try {
        const client = await pool.connect()
        // Of a connection that breaks between two statements; the next one tells.
        if (client.listenerCount('error') === 0) client.on('error', () => undefined)
        if ((openedAt.get(client) ?? 0) >= silentAt) return client
        drop(client)
      } catch (error) {
        if (!isAway(error) || isRefusedSetting(error) || !isPatient()) throw error
        await sleep(PAUSE)
      }
    }
  }

  /** Without leave, for which a silent server would be waited for. */
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

/** A statement that may take as long as it takes. */
export const unlimited = (text: string): { readonly text: string, readonly query_timeout: number } => ({ text, query_timeout: UNLIMITED })

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** What the server is asked to hold a connection to. A pooler between may not know them. */
export const CONNECTION_SETTINGS = ['statement_timeout', 'idle_in_transaction_session_timeout'] as const

/** Whether a pooler refused the connection because of one of those. */
export const isRefusedSetting = (error: unknown): boolean => error instanceof Error && error.message.startsWith('unsupported startup parameter')

/** Not there yet, starting, ending, or with all its connections taken. */
const isAway = (error: unknown): boolean =>
  isConnectionLost(error) || /^(?:ECONNREFUSED|ENOENT|EAI_AGAIN|57P03|53300)$/.test(codeOf(error)) ||
  (error instanceof Error && error.message.startsWith('timeout exceeded when trying to connect'))

export const isConnectionLost = (error: unknown): boolean => {
  const code = codeOf(error)
  if (SENT_AWAY.has(code) || /^(?:08...|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return true
  return isSilence(error) || wasNeverSent(error) || (error instanceof Error && error.message.includes('Connection terminated'))
}

/** Neither a result nor an error came within the time in which the server gives a statement up. */
const isSilence = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout'

/** The connection was found broken before the statement was sent. */
const wasNeverSent = (error: unknown): boolean => error instanceof Error && error.message.includes('not queryable')

/** Numbers of 64 bits and sums come as text: here all are numbers that JavaScript holds exactly. */
function getTypeParser (oid: number): (text: string) => string | number {
  return NUMBERS.has(oid) ? Number : String
}

const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 700, 701, 1700])
