/** What a database says when the disk has given a page of it back wrong. */

/** A page of the database cannot be read any more: of SQLite, and as PostgreSQL says it. */
export const isDamage = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && /^(?:SQLITE_(?:CORRUPT|NOTADB)|XX00[12]$)/.test(String(error.code))
