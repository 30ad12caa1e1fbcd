import Database from 'better-sqlite3'

/**
 * Since Node 24.19, the process aborts with SIGABRT when a database or statement of better-sqlite3 12 is garbage-collected
 * while no script runs. So we keep references to all of them; a closed one takes a few hundred bytes. Version 13 does not
 * have this bug, but does not support Node 20.
 */
const kept: unknown[] = []

/** Opens a file of SQLite, `:memory:`, or in memory a database that was serialized. Its `pragma` would leave garbage: `exec` sets the same. */
export function openDatabase (path: string | Buffer, options?: Database.Options): Omit<Database.Database, 'pragma'> {
  const db = new Database(path, options)
  const prepare = db.prepare.bind(db)
  db.prepare = ((sql: string) => {
    const statement = prepare(sql)
    kept.push(statement)
    return statement
  }) as typeof db.prepare
  kept.push(db)
  return db
}
