import Database from 'better-sqlite3'
import type { Sql, SqlParams, SqlRow, Statement, Written } from '../../ports.ts'
import { isDamage } from './damage.ts'
import type { KeptSpace } from '../storage/kept-space.ts'
import { openDatabase } from './open-database.ts'

interface Write {
  readonly statements: readonly Statement[]
  readonly resolve: (written: readonly Written[] | undefined) => void
  readonly reject: (error: unknown) => void
}

export interface SqliteOptions {
  /** Reserved space, released on a full disk. */
  readonly kept?: KeptSpace | undefined
  readonly isReadOnly?: boolean
}

/** Metadata in SQLite. */
export interface SqliteSql extends Sql {
  /** The whole database. */
  serialize (): Buffer
}

/** SQLite's default, in pages of 4096 bytes. */
const LOG_PAGES = 1000
const PAGE_BYTES = 4096
const TIGHT_LOG_PAGES = 16

/** Thrown inside a batch to undo it; never leaves this file. */
class Unmet extends Error {}

/**
 * Metadata in one SQLite file, in memory (`:memory:`), or in memory with the content of a serialized database. Writes in the same turn of the event loop share one
 * transaction and so one sync of the disk. Each has its own savepoint, so a failing one does not affect the others.
 */
export function openSqlite (path: string | Buffer, { kept, isReadOnly = false }: SqliteOptions = {}): SqliteSql {
  const db = openDatabase(path)
  let isTight = kept !== undefined
  const prepared = new Map<string, Database.Statement<unknown[], SqlRow>>()
  let waiting: Write[] = []
  let isReading = false
  try {
    db.exec('pragma busy_timeout = 5000')
    withRoom(() => db.exec('pragma journal_mode = WAL'))
    if (isReadOnly) db.exec('pragma query_only = ON')
    boundLog(isTight)
    // A log that grew during a long read is truncated to this size when it restarts.
    db.exec(`pragma journal_size_limit = ${LOG_PAGES * PAGE_BYTES}`)
    // FULL: an acknowledged upload survives a power cut.
    db.exec('pragma synchronous = FULL')
    db.exec('pragma foreign_keys = ON')
  } catch (error) {
    db.close()
    throw error
  }

  function prepare (sql: string) {
    let statement = prepared.get(sql)
    if (statement === undefined) {
      statement = db.prepare<unknown[], SqlRow>(sql)
      prepared.set(sql, statement)
    }
    return statement
  }

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

  /** Rolls back after a failure. Does not throw, since it runs between requests: the next read or write gets the error. */
  function leaveTransaction (): void {
    try {
      // The transaction had no writes. A write that could not be rolled back must not be committed here.
      if (db.inTransaction) prepare('rollback').run()
    } catch {
      // The next statement gets the same error.
    }
  }

  function execute ({ sql, params = {}, must = false }: Statement): Written {
    const statement = prepare(sql)
    const rows = statement.reader ? statement.all(params) : []
    const changes = statement.reader ? rows.length : statement.run(params).changes
    if (must && changes === 0) throw new Unmet()
    return { rows, changes }
  }

  /** Runs one write inside the shared transaction; the returned function is called once the transaction is durable. */
  function attempt (write: Write): () => void {
    prepare('savepoint one').run()
    try {
      const written = write.statements.map(execute)
      prepare('release one').run()
      return () => write.resolve(written)
    } catch (error) {
      // A full disk ends the whole transaction, not only the savepoint; if it did not, end it here, since there is no space for the others.
      if (!db.inTransaction || isFull(error)) throw error
      prepare('rollback to one').run()
      prepare('release one').run()
      return () => error instanceof Unmet ? write.resolve(undefined) : write.reject(error)
    }
  }

  /** Runs the work, and retries it once if the disk was full and has space now: it must leave nothing behind when it fails. */
  function withRoom<T> (work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!isFull(error)) throw error
      const hasRoom = kept?.release() ?? false
      isTight = true
      boundLog(isTight)
      if (!emptyLog() && !hasRoom) throw error
      return work()
    }
  }

  /**
   * The size of the log, in pages, that triggers a checkpoint. The database must be able to grow by as much when the disk is full. Without
   * reserved space for that, the log must not take the remaining space.
   */
  function boundLog (isTight: boolean): void {
    const most = Math.min(LOG_PAGES, Math.floor((kept?.size ?? Infinity) / PAGE_BYTES / 2))
    db.exec(`pragma wal_autocheckpoint = ${isTight ? TIGHT_LOG_PAGES : most}`)
  }

  /** Runs a checkpoint: moves the log into the database, where most of it replaces old pages; false when some of it does not fit. */
  function emptyLog (): boolean {
    try {
      return prepare('pragma wal_checkpoint(TRUNCATE)').get()?.busy === 0
    } catch {
      return false
    }
  }

  /** Runs all writes in one transaction; the returned functions are called afterwards. */
  function commit (writes: readonly Write[], progress: { isCommitting: boolean }): Array<() => void> {
    try {
      leaveTransaction()
      prepare('begin immediate').run()
      const settle = writes.map(attempt)
      progress.isCommitting = true
      prepare('commit').run()
      return settle
    } catch (error) {
      leaveTransaction()
      throw error
    }
  }

  /**
   * Runs writes together. If the whole transaction fails, for example on a full disk or a damaged page, one write may be the cause: then each is
   * retried in its own transaction. A damaged page also makes the commit fail; a commit that failed for any other reason is not retried.
   */
  function carryOut (writes: readonly Write[]): void {
    const progress = { isCommitting: false }
    try {
      for (const tell of withRoom(() => commit(writes, progress))) tell()
    } catch (error) {
      if (writes.length > 1 && (!progress.isCommitting || isDamage(error))) for (const write of writes) carryOut([write])
      else for (const write of writes) write.reject(error)
    }
  }

  function flush (): void {
    endReading()
    const writes = waiting
    waiting = []
    if (writes.length === 0) return
    if (isTight && kept?.isKept()) {
      isTight = false
      boundLog(isTight)
    }
    carryOut(writes)
  }

  function write (statements: readonly Statement[]): Promise<readonly Written[] | undefined> {
    return new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ statements, resolve, reject })
    })
  }

  return {
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
      flush()
      withRoom(() => db.transaction(() => db.exec(text))())
    },
    serialize () {
      flush()
      return db.serialize()
    },
    async close () {
      flush()
      db.close()
    }
  }
}

/** SQLite's errors for a full disk, a used-up quota, and files that cannot grow. */
export const isFull = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(?:FULL|IOERR_(?:WRITE|FSYNC|TRUNCATE|SHMSIZE|SHMOPEN|SHMMAP))$/.test(error.code)
