/** Errors of a database with a damaged page. */

/** Whether an error of SQLite or PostgreSQL means that a page of the database cannot be read. */
export const isDamage = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && /^(?:SQLITE_(?:CORRUPT|NOTADB)|XX00[12]$)/.test(String(error.code))
