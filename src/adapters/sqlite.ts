import type Database from 'better-sqlite3'
import type { Sql, SqlParams, SqlRow, Statement, Written } from '../ports.ts'
import { isDamage } from './damage.ts'
import { openDatabase } from './open-database.ts'

interface Write {
  readonly statements: readonly Statement[]
  readonly resolve: (written: readonly Written[] | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Thrown inside a batch to undo it; never leaves this file. */
class Unmet extends Error {}

/**
 * Metadata in one SQLite file (or `:memory:`). Writes asked for in the same turn of the event loop share one
 * transaction and so one sync of the disk, each in a savepoint of its own: one that fails leaves the others alone.
 */
export function openSqlite (path: string): Sql {
  const db = openDatabase(path)
  db.exec('pragma busy_timeout = 5000')
  db.exec('pragma journal_mode = WAL')
  // FULL: an acknowledged upload survives a power cut.
  db.exec('pragma synchronous = FULL')
  db.exec('pragma foreign_keys = ON')
  const prepared = new Map<string, Database.Statement<unknown[], SqlRow>>()
  let waiting: Write[] = []
  let isReading = false

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
      // A full disk ends the whole transaction, not only the savepoint.
      if (!db.inTransaction) throw error
      prepare('rollback to one').run()
      prepare('release one').run()
      return () => error instanceof Unmet ? write.resolve(undefined) : write.reject(error)
    }
  }

  function flush (): void {
    endReading()
    const writes = waiting
    waiting = []
    if (writes.length > 0) commit(writes)
  }

  /**
   * All of them in one transaction. What ends it as a whole, such as a full disk or a damaged page, may be the affair of one write: then each gets
   * a transaction of its own. A damaged page that one of them met makes the commit fail, too; any other commit that failed is not tried again.
   */
  function commit (writes: readonly Write[]): void {
    let isCommitting = false
    try {
      leaveTransaction()
      prepare('begin immediate').run()
      const settle = writes.map(attempt)
      isCommitting = true
      prepare('commit').run()
      for (const tell of settle) tell()
    } catch (error) {
      leaveTransaction()
      if (writes.length > 1 && (!isCommitting || isDamage(error))) for (const write of writes) commit([write])
      else for (const write of writes) write.reject(error)
    }
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
      db.transaction(() => db.exec(text))()
    },
    async close () {
      flush()
      db.close()
    }
  }
}
