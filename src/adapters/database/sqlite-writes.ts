import type { Statement, Written } from '../../ports.ts'
import { isDamage } from './damage.ts'
import { isFull, type SqliteConnection } from './sqlite-connection.ts'

/** What became of one write: its result, undefined when a `must` step changed no row, or its error. */
export type Outcome = { readonly written: readonly Written[] | undefined } | { readonly error: unknown }

/** Thrown inside a batch to undo it; never leaves this file. */
class Unmet extends Error {}

/**
 * Runs writes in one transaction, and so with one sync of the disk. Each has its own savepoint, so a failing one does not affect the others. When
 * this returns, they are durable.
 */
export function writeTogether (connection: SqliteConnection, writes: ReadonlyArray<readonly Statement[]>): readonly Outcome[] {
  const { db, prepare, leaveTransaction, withRoom } = connection

  function execute ({ sql, params = {}, must = false }: Statement): Written {
    const statement = prepare(sql)
    const rows = statement.reader ? statement.all(params) : []
    const changes = statement.reader ? rows.length : statement.run(params).changes
    if (must && changes === 0) throw new Unmet()
    return { rows, changes }
  }

  /** Runs one write inside the shared transaction. */
  function attempt (statements: readonly Statement[]): Outcome {
    prepare('savepoint one').run()
    try {
      const written = statements.map(execute)
      prepare('release one').run()
      return { written }
    } catch (error) {
      // A full disk ends the whole transaction, not only the savepoint; if it did not, end it here, since there is no space for the others.
      if (!db.inTransaction || isFull(error)) throw error
      prepare('rollback to one').run()
      prepare('release one').run()
      return error instanceof Unmet ? { written: undefined } : { error }
    }
  }

  function commit (progress: { isCommitting: boolean }): readonly Outcome[] {
    try {
      leaveTransaction()
      prepare('begin immediate').run()
      const outcomes = writes.map(attempt)
      progress.isCommitting = true
      prepare('commit').run()
      return outcomes
    } catch (error) {
      leaveTransaction()
      throw error
    }
  }

  const progress = { isCommitting: false }
  try {
    return withRoom(() => commit(progress))
  } catch (error) {
    // If the whole transaction fails, for example on a full disk or a damaged page, one write may be the cause: then each is retried in its own
    // transaction. A damaged page also makes the commit fail; a commit that failed for any other reason is not retried.
    if (writes.length > 1 && (!progress.isCommitting || isDamage(error))) return writes.flatMap(statements => writeTogether(connection, [statements]))
    return writes.map(() => ({ error }))
  }
}
