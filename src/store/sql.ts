/** Helpers for SQL in all stores. */
import { cutToBytes } from '../domain/text-limit.ts'
import type { SqlParams, SqlRow, SqlValue, Statement } from '../ports.ts'

/**
 * A list for `in (…)`: the SQL text and its parameters. It is padded to a power of two by repeating the last item, so
 * that a hundred lengths need only eight prepared statements. The list must not be empty.
 */
export function listOf (name: string, items: readonly SqlValue[]): { sql: string, params: SqlParams } {
  const length = 2 ** Math.ceil(Math.log2(items.length))
  const params: Record<string, SqlValue> = {}
  for (let i = 0; i < length; i++) params[`${name}${i}`] = items[Math.min(i, items.length - 1)] ?? null
  return { sql: '(' + Object.keys(params).map(key => `$${key}`).join(', ') + ')', params }
}

/**
 * First in every batch whose check depends on concurrent changes of the same user: space, sessions, folders, contacts.
 * SQLite serializes writes anyway. On PostgreSQL two statements could both pass their check; so the second one waits
 * here, and then checks the result of the first.
 */
export const lockUser = (userId: number): Statement =>
  ({ sql: 'update users set bytes_stored = bytes_stored where id = $userId', params: { userId }, must: true })

/** The same for batches that check or change the total size of files without an owner. */
export const lockAnonymous = (): Statement =>
  ({ sql: "insert into storage_totals (name, bytes) values ('anonymous', 0) on conflict (name) do update set bytes = storage_totals.bytes", must: true })

/** Total size of files without an owner. */
export const ANONYMOUS_BYTES = "(select coalesce(sum(bytes), 0) from storage_totals where name = 'anonymous')"

/** A text column. */
export function textOf (row: SqlRow, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`column ${column}: expected a text, got ${typeof value}`)
  return value
}

/** A number column. */
export function numberOf (row: SqlRow, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`column ${column}: expected a number, got ${typeof value}`)
  return value
}

/**
 * A column for display: texts stored before there was a limit are cut in the database, so that they do not
 * fill the memory. The result may still have more bytes than characters; `boundedTextOf` cuts the rest.
 */
export const cutColumn = (column: string, maxBytes: number): string => `substr(${column}, 1, ${maxBytes}) as ${column.split('.').at(-1)}`

/** The text of such a column. */
export const boundedTextOf = (row: SqlRow, column: string, maxBytes: number): string => cutToBytes(textOf(row, column), maxBytes)

export const textOrNull = (row: SqlRow, column: string): string | null => row[column] == null ? null : textOf(row, column)
export const numberOrNull = (row: SqlRow, column: string): number | null => row[column] == null ? null : numberOf(row, column)
export const flagOf = (row: SqlRow, column: string): boolean => numberOf(row, column) !== 0

/** A pattern for `like $pattern escape '\\'` that finds a text anywhere, ignoring case; special characters are escaped. */
export const anywhere = (text: string): string => `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
