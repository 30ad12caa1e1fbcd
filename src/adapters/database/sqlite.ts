import type { Sql, SqlParams, Statement, Written } from '../../ports.ts'
import type { KeptSpace } from '../storage/kept-space.ts'
import { openConnection } from './sqlite-connection.ts'
import { createNameIndex } from './sqlite-name-index.ts'
import { openWriter } from './sqlite-writer.ts'
import { writeTogether, type Outcome } from './sqlite-writes.ts'

interface Write {
  readonly statements: readonly Statement[]
  readonly resolve: (written: readonly Written[] | undefined) => void
  readonly reject: (error: unknown) => void
}

export interface SqliteOptions {
  /** Reserved space, released on a full disk. */
  readonly kept?: KeptSpace | undefined
  readonly isReadOnly?: boolean
  /** Whether writes are made in a thread of their own: then nothing but they wait for the disk. Only for files. */
  readonly hasThread?: boolean
}

/** Metadata in SQLite. */
export interface SqliteSql extends Sql {
  /** The whole database; without a thread. */
  serialize (): Buffer
}

/**
 * Metadata in one SQLite file, in memory (`:memory:`), or in memory with the content of a serialized database. Writes in the same turn of the event loop, and those
 * that came while the thread was writing, share one transaction and so one sync of the disk. After a write has resolved, reads see it.
 */
export function openSqlite (path: string | Buffer, { kept, isReadOnly = false, hasThread = false }: SqliteOptions = {}): SqliteSql {
  const connection = openConnection(path, kept, isReadOnly)
  const { db, prepare, leaveTransaction, withRoom, checkRoom } = connection
  const writer = hasThread && typeof path === 'string' ? openWriter(path, kept?.folder) : undefined
  let waiting: Write[] = []
  let isReading = false
  let isClosed = false
  /** What the thread does now. */
  let writing: Promise<void> | undefined

  /**
   * Reads in one turn of the event loop share a snapshot: separate ones would take a third of a small read. Writes follow
   * in a separate turn.
   */
  function beginReading (): void {
    if (isReading) return
    leaveTransaction()
    prepare('begin').run()
    isReading = true
    setImmediate(endReading)
  }

  function endReading (): void {
    if (!isReading) return
    isReading = false
    try {
      // A damaged page has already ended it.
      if (db.inTransaction) prepare('commit').run()
    } catch {
      leaveTransaction()
    }
  }

  function settle (writes: readonly Write[], outcomes: readonly Outcome[]): void {
    // A snapshot from before would not have them.
    endReading()
    for (const [index, { resolve, reject }] of writes.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined || 'error' in outcome) reject(outcome?.error)
      else resolve(outcome.written)
    }
  }

  function flush (): void {
    endReading()
    if (writing !== undefined || waiting.length === 0) return
    const writes = waiting
    waiting = []
    const statements = writes.map(({ statements }) => statements)
    if (writer === undefined) {
      checkRoom()
      settle(writes, writeTogether(connection, statements))
      return
    }
    writing = writer.write(statements).then(outcomes => {
      writing = undefined
      settle(writes, outcomes)
      if (waiting.length > 0) setImmediate(flush)
    })
  }

  /** Until everything is written. */
  async function drain (): Promise<void> {
    for (flush(); writing !== undefined; flush()) await writing
  }

  function write (statements: readonly Statement[]): Promise<readonly Written[] | undefined> {
    return new Promise((resolve, reject) => {
      // The thread would open the file again.
      if (isClosed) throw new Error('the database is closed')
      if (waiting.length === 0 && writing === undefined) setImmediate(flush)
      waiting.push({ statements, resolve, reject })
    })
  }

  const sqlite: SqliteSql = {
    async get (sql, params = {}) {
      beginReading()
      return prepare(sql).get(params)
    },
    async all (sql, params = {}) {
      beginReading()
      return prepare(sql).all(params)
    },
    async run (sql: string, params: SqlParams = {}) {
      const [written] = await write([{ sql, params }]) ?? []
      return written ?? { rows: [], changes: 0 }
    },
    batch: write,
    async fill (table, columns, rows) {
      const names = Object.keys(columns)
      const sql = `insert into ${table} (${names.join(', ')}) values (${names.map(name => `$${name}`).join(', ')})`
      await write(rows.map(params => ({ sql, params })))
    },
    async script (text) {
      await drain()
      withRoom(() => db.transaction(() => db.exec(text))())
    },
    serialize () {
      flush()
      return db.serialize()
    },
    async close () {
      isClosed = true
      await drain()
      await writer?.close()
      db.close()
    }
  }
  // What is in memory is small.
  return writer === undefined ? sqlite : { ...sqlite, names: createNameIndex(sqlite) }
}
