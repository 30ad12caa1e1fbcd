/** Whether a database from outside was written by Respace. SQLite only: PostgreSQL is never restored from files. */
import { reasonOf } from '../../domain/as-error.ts'
import { isBlobId } from '../../domain/identifiers.ts'
import type { Sql } from '../../ports.ts'
import { listAllBytes } from '../../store/uploads/stored-bytes.ts'
import { textOf } from '../../store/sql.ts'
import { readShapes, type TableShape } from './table-shapes.ts'

/** Columns that are never negative: sizes of files and uploads. fsck recalculates the sums of accounts. */
const SIZES: ReadonlySet<string> = new Set(['size', 'length', 'received_bytes'])

/** The first damaged pages, in the words of SQLite; empty when there is no damage. Reads the whole database. */
export async function findDamage (sql: Sql): Promise<string[]> {
  try {
    const rows = await sql.all('pragma integrity_check(10)')
    return rows.map(row => String(row.integrity_check)).filter(text => text !== 'ok')
  } catch (error) {
    return [reasonOf(error)]
  }
}

/** Triggers, views and virtual tables, which no migration creates: they would run with our statements. Called before anything is written to the database. */
export async function findForeignSchema (sql: Sql): Promise<string | undefined> {
  const row = await sql.get("select type, name from sqlite_master where type not in ('table', 'index') or sql like 'create virtual%' limit 1")
  return row && `it has the ${textOf(row, 'type')} ${JSON.stringify(row.name)}, which is not of Respace`
}

/** Rows that Respace cannot have written, as a sentence; undefined when all are valid. The schema must be the newest. */
export async function findMisfit (sql: Sql): Promise<string | undefined> {
  const shapes = await readShapes()
  const misshaped = await findMisshaped(sql, shapes)
  if (misshaped !== undefined) return misshaped
  const [loose] = await sql.all('pragma foreign_key_check')
  if (loose !== undefined) return `a row of ${String(loose.table)} refers to a missing row of ${String(loose.parent)}`
  for (const shape of shapes) {
    const wrong = await findWrongValue(sql, shape)
    if (wrong !== undefined) return wrong
  }
  for await (const files of listAllBytes(sql)) {
    const forged = files.find(({ blobId }) => !isBlobId(blobId))
    if (forged !== undefined) return `files.blob_id of ${JSON.stringify(forged.id)} is not the id of a blob`
  }
  return undefined
}

async function findMisshaped (sql: Sql, shapes: readonly TableShape[]): Promise<string | undefined> {
  const rows = await sql.all("select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'")
  const names = new Set(rows.map(row => textOf(row, 'name')))
  const unknown = [...names].find(name => !shapes.some(shape => shape.name === name))
  if (unknown !== undefined) return `there is no table ${JSON.stringify(unknown)} in this version of Respace`
  for (const { name, columns } of shapes) {
    if (!names.has(name)) return `the table ${name} is missing`
    const found = new Map((await sql.all(`pragma table_info(${name})`)).map(column => [column.name, String(column.type).toLowerCase()]))
    const other = Object.entries(columns).find(([column, type]) => found.get(column) !== type)?.[0]
    if (other !== undefined || found.size !== Object.keys(columns).length) return `the columns of ${name} differ from those of this version of Respace`
  }
  return undefined
}

/** One scan of each table. */
async function findWrongValue (sql: Sql, { name, columns }: TableShape): Promise<string | undefined> {
  const tests = Object.entries(columns).map(([column, type]) => type === 'text'
    ? `typeof(${column}) not in ('text', 'null')`
    : `typeof(${column}) not in ('integer', 'null')${SIZES.has(column) ? ` or ${column} < 0` : ''}`)
  const columnTests = tests.map((test, i) => `when ${test} then ${i}`).join(' ')
  const row = await sql.get(`select case ${columnTests} end as place from ${name} where ${tests.join(' or ')} limit 1`)
  return row && `${name}.${Object.keys(columns)[Number(row.place)] ?? ''} has an invalid value`
}
