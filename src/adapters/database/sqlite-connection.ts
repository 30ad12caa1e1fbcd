import Database from 'better-sqlite3'
import type { SqlRow } from '../../ports.ts'
import type { KeptSpace } from '../storage/kept-space.ts'
import { openDatabase } from './open-database.ts'

/** SQLite's default, in pages of 4096 bytes. */
const LOG_PAGES = 1000
const PAGE_BYTES = 4096
const TIGHT_LOG_PAGES = 16

/** A connection to one SQLite file, or to a database in memory. */
export interface SqliteConnection {
  readonly db: ReturnType<typeof openDatabase>
  /** A statement, prepared once. */
  prepare (sql: string): Database.Statement<unknown[], SqlRow>
  /** Rolls back after a failure. Does not throw: the next read or write gets the error. */
  leaveTransaction (): void
  /** Runs the work, and retries it once if the disk was full and has space now: it must leave nothing behind when it fails. */
  withRoom<T> (work: () => T): T
  /** Before writes: the log may grow again once space is reserved again. */
  checkRoom (): void
}

/** `kept` is reserved space, released on a full disk. */
export function openConnection (path: string | Buffer, kept: KeptSpace | undefined, isReadOnly = false): SqliteConnection {
  const db = openDatabase(path)
  let isTight = kept !== undefined
  const prepared = new Map<string, Database.Statement<unknown[], SqlRow>>()
  try {
    db.exec('pragma busy_timeout = 5000')
    withRoom(() => db.exec('pragma journal_mode = WAL'))
    if (isReadOnly) db.exec('pragma query_only = ON')
    boundLog()
    // A log that grew during a long read is truncated to this size when it restarts.
    db.exec(`pragma journal_size_limit = ${LOG_PAGES * PAGE_BYTES}`)
    // FULL: an acknowledged upload survives a power cut.
    db.exec('pragma synchronous = FULL')
    db.exec('pragma foreign_keys = ON')
  } catch (error) {
    db.close()
    throw error
  }

  function prepare (sql: string): Database.Statement<unknown[], SqlRow> {
    let statement = prepared.get(sql)
    if (statement === undefined) {
      statement = db.prepare<unknown[], SqlRow>(sql)
      prepared.set(sql, statement)
    }
    return statement
  }

  function withRoom<T> (work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!isFull(error)) throw error
      const hasRoom = kept?.release() ?? false
      isTight = true
      boundLog()
      if (!emptyLog() && !hasRoom) throw error
      return work()
    }
  }

  /**
   * The size of the log, in pages, that triggers a checkpoint. The database must be able to grow by as much when the disk is full. Without
   * reserved space for that, the log must not take the remaining space.
   */
  function boundLog (): void {
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

  return {
    db,
    prepare,
    leaveTransaction () {
      try {
        // The transaction had no writes. A write that could not be rolled back must not be committed here.
        if (db.inTransaction) prepare('rollback').run()
      } catch {
        // The next statement gets the same error.
      }
    },
    withRoom,
    checkRoom () {
      if (!isTight || kept?.isKept() !== true) return
      isTight = false
      boundLog()
    }
  }
}

/** SQLite's errors for a full disk, a used-up quota, and files that cannot grow. */
export const isFull = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(?:FULL|IOERR_(?:WRITE|FSYNC|TRUNCATE|SHMSIZE|SHMOPEN|SHMMAP))$/.test(error.code)
