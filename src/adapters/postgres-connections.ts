/** Connections to PostgreSQL, and what may be done again when one breaks off. */
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { OutcomeUnknown } from '../ports.ts'

/** How long a statement waits for a server that restarts. */
const PATIENCE = 10_000
const PAUSE = 100

/** What SQLite does by letting one writer wait for the other: they check, both write, and one is told so. */
const RACED: ReadonlySet<string> = new Set(['40001', '40P01', '23505'])
/** Each time at least one of those that race is done. */
const MOST_ROUNDS = 30

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
  close (): Promise<void>
}

/** `timeout` milliseconds is the longest a statement may run. */
export async function openConnections (url: string, most: number, timeout: number): Promise<Connections> {
  const { Pool } = await import('pg')
  const pool = new Pool({
    connectionString: url,
    max: most,
    application_name: 'respace',
    // Also the longest wait for a connection that others use.
    connectionTimeoutMillis: Math.max(PATIENCE, timeout),
    // A process that was stopped in the middle must not hold what others wait for.
    ...Object.fromEntries(CONNECTION_SETTINGS.map(name => [name, timeout])),
    keepAlive: true,
    types: { getTypeParser }
  })
  // Of connections that nobody uses; the pool makes new ones.
  pool.on('error', () => undefined)

  let keepsStatements = true

  async function use<T> (kind: Kind, work: (client: PoolClient, progress: Progress) => Promise<T>): Promise<T> {
    const began = performance.now()
    const isPatient = () => performance.now() - began < PATIENCE
    for (let round = 1; ; round++) {
      const client = await connect(pool, isPatient)
      const progress: Progress = { asked: false }
      const wasNamed = keepsStatements
      try {
        const result = await work(client, progress)
        client.release()
        return result
      } catch (error) {
        const isLost = isConnectionLost(error)
        client.release(isLost)
        if (isLost) {
          const isUndone = !progress.asked || SENT_AWAY.has(codeOf(error))
          if (!isUndone && kind !== 'read') throw new OutcomeUnknown(error)
          if (!isPatient()) throw error
        } else if (wasNamed && MIXED_UP.has(codeOf(error))) {
          keepsStatements = false
        } else if (kind !== 'write' || !RACED.has(codeOf(error)) || round === MOST_ROUNDS) throw error
      }
    }
  }

  return { use, keepsStatements: () => keepsStatements, close: () => pool.end() }
}

/** Waits for a server that is just not there. */
async function connect (pool: Pool, isPatient: () => boolean): Promise<PoolClient> {
  while (true) {
    try {
      const client = await pool.connect()
      // Of a connection that breaks between two statements; the next one tells.
      if (client.listenerCount('error') === 0) client.on('error', () => undefined)
      return client
    } catch (error) {
      if (!isAway(error) || isRefusedSetting(error) || !isPatient()) throw error
      await sleep(PAUSE)
    }
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** What the server is asked to hold a connection to. A pooler between may not know them. */
export const CONNECTION_SETTINGS = ['statement_timeout', 'idle_in_transaction_session_timeout'] as const

/** Whether a pooler refused the connection because of one of those. */
export const isRefusedSetting = (error: unknown): boolean => error instanceof Error && error.message.startsWith('unsupported startup parameter')

/** Not there yet, starting, ending, or with all its connections taken. */
const isAway = (error: unknown): boolean =>
  isConnectionLost(error) || /^(?:ECONNREFUSED|ENOENT|EAI_AGAIN|57P03|53300)$/.test(codeOf(error))

const isConnectionLost = (error: unknown): boolean => {
  const code = codeOf(error)
  if (SENT_AWAY.has(code) || /^(?:08...|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return true
  return error instanceof Error && /Connection terminated|not queryable|Client has encountered a connection error/.test(error.message)
}

/** Numbers of 64 bits and sums come as text: here all are numbers that JavaScript holds exactly. */
function getTypeParser (oid: number): (text: string) => string | number {
  return NUMBERS.has(oid) ? Number : String
}

const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 700, 701, 1700])
