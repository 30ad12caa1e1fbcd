/** Copies all rows from one database into another, of any engine, and compares them. */
import type { Sql, SqlRow, SqlValue } from '../../ports.ts'
import { numberOf, textOf } from '../../store/sql.ts'
import { readShapes, type TableShape } from '../database/table-shapes.ts'

/** Tables that belong to a database, not to its content, and processes, none of which runs while rows are moved. */
const STAYS: ReadonlySet<string> = new Set(['schema_migrations', 'key_check', 'moves', 'servers', 'duties'])

/** Rows in memory at a time, and in one transaction. */
const PAGE = 2000

export const readMovedShapes = async (): Promise<TableShape[]> => (await readShapes()).filter(({ name }) => !STAYS.has(name))

export async function countRows (sql: Sql, shapes: readonly TableShape[]): Promise<number> {
  let rows = 0
  for (const { name } of shapes) rows += numberOf(await sql.get(`select count(*) as n from ${name}`) ?? {}, 'n')
  return rows
}

/** All tables of a database, ours or not. */
export async function listTables (sql: Sql, isPostgres: boolean): Promise<string[]> {
  const rows = await sql.all(isPostgres
    ? 'select table_name as name from information_schema.tables where table_schema = current_schema() order by table_name'
    : "select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by name")
  return rows.map(row => textOf(row, 'name'))
}

/** The names of those tables that have rows. */
export async function findFilled (sql: Sql, shapes: readonly TableShape[]): Promise<string[]> {
  const filled: string[] = []
  for (const { name } of shapes) if (await sql.get(`select 1 as one from ${name} limit 1`) !== undefined) filled.push(name)
  return filled
}

/** Replaces all rows of a database with those of another. `tell` gets the number of rows copied so far. */
export async function moveRows (from: Sql, to: Sql, shapes: readonly TableShape[], tell: (rows: number) => void): Promise<void> {
  await to.script(shapes.toReversed().map(({ name }) => `delete from ${name};`).join('\n'))
  for (const shape of shapes) {
    for await (const rows of listRows(from, shape)) {
      if (rows.length > 0) await to.fill(shape.name, shape.columns, rows)
      tell(rows.length)
    }
  }
}

/** Reads all rows of both again: the first difference as a sentence, undefined when there is none. `tell` gets the number of rows compared so far. */
export async function findDifference (from: Sql, to: Sql, shapes: readonly TableShape[], tell: (rows: number) => void): Promise<string | undefined> {
  for (const shape of shapes) {
    const others = listRows(to, shape)
    // Pages of both must begin and end with the same keys.
    for await (const rows of listRows(from, shape)) {
      const { value = [] } = await others.next()
      const at = rows.findIndex((row, i) => !isSame(shape, row, value[i]))
      if (at >= 0 || rows.length !== value.length) return `${shape.name} does not have the same rows${at >= 0 ? `, the first that differs is number ${at + 1} of a page` : ''}`
      tell(rows.length)
    }
    if (!(await others.next()).done) return `${shape.name} has too many rows`
  }
}

const isSame = ({ columns }: TableShape, row: SqlRow, other: SqlRow | undefined): boolean =>
  other !== undefined && Object.keys(columns).every(name => row[name] === other[name])

/** In the order of the primary key, one page at a time. */
async function * listRows (sql: Sql, { name, columns, key }: TableShape): AsyncGenerator<readonly SqlRow[], undefined> {
  const select = `select ${Object.keys(columns).join(', ')} from ${name}`
  const end = `order by ${key.join(', ')} limit ${PAGE}`
  const after = `where (${key.join(', ')}) > (${key.map(column => `$${column}`).join(', ')})`
  let last: SqlRow | undefined
  while (true) {
    const rows: readonly SqlRow[] = last === undefined ? await sql.all(`${select} ${end}`) : await sql.all(`${select} ${after} ${end}`, keyOf(last, key))
    yield rows.map(storable)
    last = rows.at(-1)
    if (rows.length < PAGE) return
  }
}

const keyOf = (row: SqlRow, key: readonly string[]): Record<string, SqlValue> => Object.fromEntries(key.map(column => [column, row[column] ?? null]))

/** Texts in PostgreSQL cannot contain a NUL, and neither can answers. */
const storable = (row: SqlRow): SqlRow => Object.values(row).some(value => typeof value === 'string' && value.includes('\0'))
  ? Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value]))
  : row
