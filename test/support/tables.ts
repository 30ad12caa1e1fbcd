/** All tables of a storage folder at once, read and put back beside the server that runs on it. */
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/open-database.ts'
import type { Teardown } from './server.ts'

type Row = Readonly<Record<string, string | number | null>>

/** Rows by the name of their table. */
export type Tables = Readonly<Record<string, readonly Row[]>>

export interface TableKeeper {
  read (): Tables
  /** Makes every table hold these rows and no others. */
  restore (tables: Tables): void
}

export function openTables (t: Teardown, storage: string): TableKeeper {
  const db = openDatabase(join(storage, 'respace.sqlite'))
  t.teardown(() => db.close())
  db.exec('pragma foreign_keys = OFF')
  db.exec('pragma synchronous = OFF')
  const names = db.prepare<[], string>("select name from sqlite_master where type = 'table' order by name").pluck().all()
  const readAll = names.map(name => [name, db.prepare<[], Row>(`select * from ${name}`)] as const)
  return {
    read: () => Object.fromEntries(readAll.map(([name, statement]) => [name, statement.all()])),
    restore (tables) {
      db.transaction(() => {
        for (const [name, rows] of Object.entries(tables)) {
          db.prepare(`delete from ${name}`).run()
          for (const row of rows) {
            const columns = Object.keys(row)
            db.prepare(`insert into ${name} (${columns.join(', ')}) values (${columns.map(column => `$${column}`).join(', ')})`).run(row)
          }
        }
      }).immediate()
    }
  }
}

/** The rows that belong to a user: those of the tables that name an owner, and his own. */
export function rowsOf (tables: Tables, userId: number): Tables {
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) =>
    [name, rows.filter(row => (name === 'users' ? row.id : row.owner_id ?? row.user_id) === userId)]))
}
