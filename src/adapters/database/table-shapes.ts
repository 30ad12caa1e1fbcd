/** The tables of the schema, read from the database: a new table of a migration is moved without extra code. */
import { textOf } from '../../store/sql.ts'
import { migrate } from '../../store/operations/migrate.ts'
import type { ColumnType, Sql } from '../../ports.ts'
import { readMigrations } from './migration-files.ts'
import { openSqlite } from './sqlite.ts'

export interface TableShape {
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnType>>
  /** The columns of its primary key. */
  readonly key: readonly string[]
}

/** All tables, each after those that its rows reference. */
export async function readShapes (): Promise<TableShape[]> {
  const sql = openSqlite(':memory:')
  try {
    await migrate(sql, await readMigrations())
    const rows = await sql.all("select name from sqlite_master where type = 'table' order by name")
    const waiting = await Promise.all(rows.map(row => readShape(sql, textOf(row, 'name'))))
    const shapes: TableShape[] = []
    while (waiting.length > 0) {
      const next = waiting.findIndex(({ names }) => !names.some(name => waiting.some(({ shape }) => shape.name === name)))
      const [found] = waiting.splice(next, 1)
      if (found === undefined) break
      shapes.push(found.shape)
    }
    return shapes
  } finally {
    await sql.close()
  }
}

async function readShape (sql: Sql, name: string): Promise<{ shape: TableShape, names: readonly string[] }> {
  const columns = await sql.all(`pragma table_info(${name})`)
  const references = await sql.all(`pragma foreign_key_list(${name})`)
  const key = columns.filter(({ pk }) => Number(pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk)).map(column => textOf(column, 'name'))
  return {
    shape: { name, key, columns: Object.fromEntries(columns.map(column => [textOf(column, 'name'), typeOf(column.type)])) },
    names: references.map(reference => textOf(reference, 'table')).filter(other => other !== name)
  }
}

function typeOf (type: unknown): ColumnType {
  // SQLite writes some of the names in capitals.
  const name = String(type).toLowerCase()
  if (name === 'bigint' || name === 'text') return name
  throw new TypeError(`a column of the schema is ${String(type)}: expected bigint or text`)
}
