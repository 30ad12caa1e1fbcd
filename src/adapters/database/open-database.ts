import Database from 'better-sqlite3'

/**
 * From Node 24.19 on, the process ends with SIGABRT when a database or statement of better-sqlite3 12 is collected as
 * garbage while no script runs. So none ever is garbage: what a closed one leaves is a few hundred bytes. Version 13 is
 * free of it, and does without Node 20.
 */
const kept: unknown[] = []

/** Opens a file of SQLite, or `:memory:`. Its `pragma` would leave garbage: `exec` sets the same. */
export function openDatabase (path: string, options?: Database.Options): Omit<Database.Database, 'pragma'> {
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
