/** All rows of a database, to be put back as they were. SQLite alone: no server for files that matter does this. */
import type { Sql, SqlRow, SqlValue, Statement } from '../../ports.ts'
import { migrate } from '../../store/operations/migrate.ts'
import { findMisfit } from './database-check.ts'
import { readMigrations } from './migration-files.ts'
import { openSqlite } from './sqlite.ts'
import { reasonOf } from '../../domain/as-error.ts'

/** Rows by table. */
export type TableRows = Readonly<Record<string, readonly SqlRow[]>>

/** What belongs to the database and not to what is in it. */
const FIXED = ['schema_migrations', 'key_check', 'moves']

/** As it is at one moment. */
export async function readTables (sql: Sql): Promise<TableRows> {
  const names = await tablesOf(sql)
  // Reads of one turn of the event loop see one state.
  const rows = await Promise.all(names.map(name => sql.all(`select * from ${name}`)))
  return Object.fromEntries(names.map((name, i) => [name, rows[i] ?? []]))
}

/** Puts these rows in the place of all that is there, at once. Throws for tables and columns that there are not. */
export async function writeTables (sql: Sql, tables: TableRows): Promise<void> {
  const names = await tablesOf(sql)
  const unknown = Object.keys(tables).find(name => !names.includes(name))
  if (unknown !== undefined) throw new Error(`there is no table ${unknown}`)
  await sql.batch([
    // Rows come in the order of their tables, before those that they name.
    { sql: 'pragma defer_foreign_keys = on' },
    ...names.map(name => ({ sql: `delete from ${name}` })),
    ...Object.entries(tables).flatMap(([name, rows]) => rows.map(row => insertion(name, row)))
  ])
}

/** Why these rows are no state of this version, as a sentence; undefined when they are. Tried on a database that nobody uses. */
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

async function tablesOf (sql: Sql): Promise<string[]> {
  const rows = await sql.all("select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by name")
  return rows.map(row => String(row.name)).filter(name => !FIXED.includes(name))
}

function insertion (table: string, row: SqlRow): Statement {
  const columns = Object.keys(row)
  const wrong = columns.find(column => !/^\w+$/.test(column))
  if (wrong !== undefined) throw new Error(`${table} has no column ${wrong}`)
  return { sql: `insert into ${table} (${columns.join(', ')}) values (${columns.map(column => `$${column}`).join(', ')})`, params: row as Readonly<Record<string, SqlValue>> }
}
