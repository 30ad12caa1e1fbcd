import type { PoolClient } from 'pg'
import type { Sql, SqlParams, SqlRow, Statement, Written } from '../../ports.ts'
import { isConnectionLost, LATENESS, openConnections, unlimited } from './postgres-connections.ts'
import { createNameIndex } from './postgres-name-index.ts'
import { createStatements } from './postgres-statements.ts'

/** Thrown inside a batch to undo it; never leaves this file. */
class Unmet extends Error {}

/** Must not be used by other programs on the same server. */
const MIGRATION_LOCK = 7_230_477_411

/** As in SQLite texts are compared and ordered by their bytes. Such indexes survive an upgrade of the system's locales. */
const COMPARE_BYTES = `
do $$
declare found record;
begin
  for found in select table_name, column_name from information_schema.columns
    where table_schema = current_schema() and data_type = 'text' and collation_name is distinct from 'C'
  loop
    execute format('alter table %I alter column %I type text collate "C"', found.table_name, found.column_name);
  end loop;
end $$`

/**
 * Metadata in PostgreSQL, or a compatible database. Each statement sees everything committed before it began; a batch
 * whose check depends on concurrent changes locks the user's row first.
 */
export async function openPostgres (url: string, connections: number, timeout: number): Promise<Sql> {
  const pool = await openConnections(url, connections, timeout)
  const { use, close } = pool
  const prepare = createStatements()

  /** `position` is that among statements that are sent together: each may take its time. */
  async function execute (client: PoolClient, sql: string, params: SqlParams, position = 1): Promise<Written> {
    const { name, text, values } = prepare(sql, params)
    const query = { ...pool.keepsStatements() && { name }, text, values: [...values], query_timeout: position * timeout + LATENESS }
    const { rows, rowCount } = await client.query<SqlRow>(query)
    return { rows, changes: rowCount ?? 0 }
  }

  const read = async (sql: string, params: SqlParams): Promise<readonly SqlRow[]> =>
    (await use('read', client => execute(client, sql, params))).rows

  const run = (sql: string, params: SqlParams): Promise<Written> => use('write', (client, progress) => {
    progress.asked = true
    return execute(client, sql, params)
  })

  const batch = (statements: readonly Statement[]): Promise<readonly Written[] | undefined> => use('write', async (client, progress) => {
    // Awaited: without it each of the others would be a transaction of its own.
    await client.query('begin')
    try {
      // All at once, in one round trip. The server refuses what follows a failed one; what follows an unmet one is undone.
      const outcomes = await Promise.allSettled(statements.map(({ sql, params = {} }, index) => execute(client, sql, params, index + 1)))
      const written = outcomes.map((outcome, index) => {
        if (outcome.status === 'rejected') throw outcome.reason
        if (statements[index]?.must === true && outcome.value.changes === 0) throw new Unmet()
        return outcome.value
      })
      progress.asked = true
      await client.query('commit')
      return written
    } catch (error) {
      // If the connection is gone, the server rolls back automatically.
      if (!progress.asked && !isConnectionLost(error)) await client.query('rollback').catch(() => undefined)
      if (error instanceof Unmet) return undefined
      throw error
    }
  })

  const reads: Pick<Sql, 'get' | 'all'> = {
    get: async (sql, params = {}) => (await read(sql, params))[0],
    all: (sql, params = {}) => read(sql, params)
  }

  const names = createNameIndex(reads, () => openConnections(url, 1, 0))

  return {
    ...reads,
    names,
    run: (sql, params = {}) => run(sql, params),
    async batch (statements) {
      const [only] = statements
      if (statements.length > 1 || only === undefined) return batch(statements)
      const written = await run(only.sql, only.params ?? {})
      return only.must === true && written.changes === 0 ? undefined : [written]
    },
    async fill (table, columns, rows) {
      const names = Object.keys(columns)
      // One statement per row would need one round trip per row.
      const arrays = names.map((name, i) => `$${i + 1}::${columns[name]}[]`)
      const text = `insert into ${table} (${names.join(', ')}) select * from unnest(${arrays.join(', ')})`
      const values = names.map(name => rows.map(row => row[name]))
      await use('write', async (client, progress) => {
        progress.asked = true
        await client.query(text, values)
      })
    },
    async script (text) {
      await use('script', async (client, progress) => {
        progress.asked = true
        // Processes that start together run this one after the other. There is no time limit, since a change of a large table takes long.
        await client.query(unlimited(`begin; set local statement_timeout = 0; select pg_advisory_xact_lock(${MIGRATION_LOCK})`))
        await client.query(unlimited(`${text}\n;${COMPARE_BYTES}; commit`)).catch(async (error: unknown) => {
          if (!isConnectionLost(error)) await client.query('rollback').catch(() => undefined)
          throw error
        })
      })
    },
    connections: pool.load,
    async close () {
      await names.close()
      await close()
    }
  }
}
