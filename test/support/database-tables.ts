/** All tables of a storage folder's database at once, read and put back beside the server that runs on it. */
import type { SqlRow } from '../../src/ports.ts'
import { textOf } from '../../src/store/sql.ts'
import { openReader } from './database.ts'
import type { Teardown } from './server.ts'

/** Rows by the name of their table. */
export type Tables = Readonly<Record<string, readonly SqlRow[]>>

export interface TableKeeper {
  /** What is in them now; the same object as long as nothing has changed, where the engine tells. */
  read (): Promise<Tables>
  /** Makes every table hold these rows and no others. */
  restore (tables: Tables): Promise<void>
}

export async function openTables (t: Teardown, storage: string): Promise<TableKeeper> {
  const reader = await openReader(storage)
  t.teardown(() => reader.close())
  const isSqlite = await reader.all('pragma foreign_keys = OFF').then(() => true, () => false)
  await reader.all(isSqlite ? 'pragma synchronous = OFF' : 'set session_replication_role = replica')
  const tables = await reader.all(isSqlite
    ? "select name from sqlite_master where type = 'table' order by name"
    : "select table_name as name from information_schema.tables where table_schema = 'public' order by table_name")
  const names = tables.map(row => textOf(row, 'name'))
  /** Counts, on SQLite, what other connections committed; what this one did is not counted. */
  const version = async () => isSqlite ? (await reader.all('pragma data_version'))[0]?.data_version : undefined
  let last: { readonly version: unknown, readonly tables: Tables } | undefined
  return {
    async read () {
      const now = await version()
      if (last !== undefined && now !== undefined && now === last.version) return last.tables
      const rows: Array<[string, readonly SqlRow[]]> = []
      for (const name of names) rows.push([name, sorted(await reader.all(`select * from ${name}`))])
      last = { version: now, tables: Object.fromEntries(rows) }
      return last.tables
    },
    async restore (tables) {
      last = undefined
      await reader.all(isSqlite ? 'begin immediate' : 'begin')
      for (const [name, rows] of Object.entries(tables)) {
        await reader.all(`delete from ${name}`)
        for (const row of rows) {
          const columns = Object.keys(row)
          await reader.all(`insert into ${name} (${columns.join(', ')}) values (${columns.map(column => `$${column}`).join(', ')})`, row)
        }
      }
      await reader.all('commit')
    }
  }
}

/** Each engine has an order of its own, and another one after a change. */
const sorted = (rows: readonly SqlRow[]): SqlRow[] =>
  rows.map(row => [JSON.stringify(row), row] as const).sort(([a], [b]) => a < b ? -1 : 1).map(([, row]) => row)

/** The rows that belong to a user: those of the tables that name an owner, and his own. */
export function rowsOf (tables: Tables, userId: number): Tables {
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) =>
    [name, rows.filter(row => (name === 'users' ? row.id : row.owner_id ?? row.user_id) === userId)]))
}
