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
  /** Space that is given up on a full disk. */
  readonly kept?: KeptSpace | undefined
  readonly isReadOnly?: boolean
}

/** SQLite's own, of pages of 4096 bytes. */
const LOG_PAGES = 1000
const PAGE_BYTES = 4096
const TIGHT_LOG_PAGES = 16

/** Thrown inside a batch to undo it; never leaves this file. */
class Unmet extends Error {}

/**
 * Metadata in one SQLite file (or `:memory:`). Writes asked for in the same turn of the event loop share one
 * transaction and so one sync of the disk, each in a savepoint of its own: one that fails leaves the others alone.
 */
export function openSqlite (path: string, { kept, isReadOnly = false }: SqliteOptions = {}): Sql {
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
    // A log that grew behind a long reader is cut back to this when it begins anew.
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
   * Reads of one turn of the event loop share a snapshot: taking one for each costs a third of a small read. Writes come
   * after it, in a turn of their own.
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
      // A damaged page has ended it already.
      if (db.inTransaction) prepare('commit').run()
    } catch {
      leaveTransaction()
    }
  }

  /** After something failed. Like all that runs between requests it does not throw: whoever reads or writes next is told what is wrong. */
  function leaveTransaction (): void {
    try {
      // Nothing was written in it: a write that could not be undone must not be kept by this.
      if (db.inTransaction) prepare('rollback').run()
    } catch {
      // Whoever comes next meets the same trouble.
    }
  }

  function execute ({ sql, params = {}, must = false }: Statement): Written {
    const statement = prepare(sql)
    const rows = statement.reader ? statement.all(params) : []
    const changes = statement.reader ? rows.length : statement.run(params).changes
    if (must && changes === 0) throw new Unmet()
    return { rows, changes }
  }

  /** Settles one write inside the shared transaction; what it returns is called once the transaction is durable. */
  function attempt (write: Write): () => void {
    prepare('savepoint one').run()
    try {
      const written = write.statements.map(execute)
      prepare('release one').run()
      return () => write.resolve(written)
    } catch (error) {
      // A full disk ends the whole transaction, not only the savepoint; where it did not, the others must not go on without room.
      if (!db.inTransaction || isFull(error)) throw error
      prepare('rollback to one').run()
      prepare('release one').run()
      return () => error instanceof Unmet ? write.resolve(undefined) : write.reject(error)
    }
  }

  /** Does it, and once more where the disk was full and there is room now: it must leave nothing behind when it fails. */
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
   * How many pages of the log make it go into the database. The database must be able to grow by as many when the disk is full, and
   * where nothing is kept back for that the log must not take what is left.
   */
  function boundLog (isTight: boolean): void {
    const most = Math.min(LOG_PAGES, Math.floor((kept?.size ?? Infinity) / PAGE_BYTES / 2))
    db.exec(`pragma wal_autocheckpoint = ${isTight ? TIGHT_LOG_PAGES : most}`)
  }

  /** What is in the log goes into the database, where most of it takes the place of what was there; false when not all of it can. */
  function emptyLog (): boolean {
    try {
      return prepare('pragma wal_checkpoint(TRUNCATE)').get()?.busy === 0
    } catch {
      return false
    }
  }

  /** All of them in one transaction; what it returns is called then. */
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
   * Carries writes out together. What ends them as a whole, such as a full disk or a damaged page, may be the affair of one: then each gets
   * a transaction of its own. A damaged page that one of them met makes the commit fail, too; any other commit that failed is not tried again.
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
    async close () {
      flush()
      db.close()
    }
  }
}

/** What SQLite says of a disk that is full, of a quota that is used up, and of its own files that cannot grow. */
export const isFull = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(?:FULL|IOERR_(?:WRITE|FSYNC|TRUNCATE|SHMSIZE|SHMOPEN|SHMMAP))$/.test(error.code)
