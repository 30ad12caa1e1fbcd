/** All rows of a database, for snapshots. SQLite only: just the emulator uses this. */
import type { Sql, SqlRow, SqlValue, Statement } from '../../ports.ts'
import { migrate } from '../../store/operations/migrate.ts'
import { findMisfit } from './database-check.ts'
import { readMigrations } from './migration-files.ts'
import { openSqlite } from './sqlite.ts'
import { reasonOf } from '../../domain/as-error.ts'

/** Rows by table. */
export type TableRows = Readonly<Record<string, readonly SqlRow[]>>

/** Tables that belong to the database, not to its content. */
const FIXED = ['schema_migrations', 'key_check', 'moves']

/** A consistent snapshot. */
export async function readTables (sql: Sql): Promise<TableRows> {
  const names = await tablesOf(sql)
  // Reads in one turn of the event loop see the same state.
  const rows = await Promise.all(names.map(name => sql.all(`select * from ${name}`)))
  return Object.fromEntries(names.map((name, i) => [name, rows[i] ?? []]))
}

/** All blobs that rows name, of files and of those that wait to be removed. */
export async function listBlobs (sql: Sql): Promise<string[]> {
  return (await sql.all('select blob_id from files union all select blob_id from doomed_blobs')).map(row => String(row.blob_id))
}

/** Replaces all rows with these, in one transaction. Throws for unknown tables and columns. */
export async function writeTables (sql: Sql, tables: TableRows): Promise<void> {
  const names = await tablesOf(sql)
  const unknown = Object.keys(tables).find(name => !names.includes(name))
  if (unknown !== undefined) throw new Error(`there is no table ${unknown}`)
  await sql.batch([
    // Rows are inserted table by table, perhaps before the rows that they reference.
    { sql: 'pragma defer_foreign_keys = on' },
    ...names.map(name => ({ sql: `delete from ${name}` })),
    ...Object.entries(tables).flatMap(([name, rows]) => rows.map(row => insertion(name, row)))
  ])
}

/** Why these rows are not valid in this version, as a sentence; undefined when they are. Tested on a temporary database. */
export async function findMisfitRows (tables: TableRows): Promise<string | undefined> {
  const sql = openSqlite(':memory:')
  try {
    await migrate(sql, await readMigrations())
    await writeTables(sql, tables)
    return await findMisfit(sql)
  } catch (error) {
    return reasonOf(error)
  } finally {
    await sql.close()
  }
}

/** The names of all tables that belong to the content. */
export async function tablesOf (sql: Sql): Promise<string[]> {
  const rows = await sql.all("select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by name")
  return rows.map(row => String(row.name)).filter(name => !FIXED.includes(name))
}

function insertion (table: string, row: SqlRow): Statement {
  const columns = Object.keys(row)
  const wrong = columns.find(column => !/^\w+$/.test(column))
  if (wrong !== undefined) throw new Error(`${table} has no column ${wrong}`)
  return { sql: `insert into ${table} (${columns.join(', ')}) values (${columns.map(column => `$${column}`).join(', ')})`, params: row as Readonly<Record<string, SqlValue>> }
}
