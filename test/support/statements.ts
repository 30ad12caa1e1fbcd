/** The statements that a server runs, and which tables each engine reads from one end to the other for them. */
import { Client } from 'pg'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { createStatements } from '../../src/adapters/database/postgres-statements.ts'
import type { Sql, SqlParams } from '../../src/ports.ts'

/** One statement: lists of any length count as one. */
export interface Ran {
  readonly text: string
  readonly params: SqlParams
}

/** Statements that come from now on, by their text without the lengths of lists. */
export function recordStatements (sql: Sql): ReadonlyMap<string, Ran> {
  const ran = new Map<string, Ran>()
  const { get, all, run, batch } = sql
  const note = (text: string, params: SqlParams = {}): void => {
    const known = text.replace(/\s+/g, ' ').replace(/\(\$[a-z]+\d+(?:, \$[a-z]+\d+)*\)/gi, '(list)').trim()
    if (!ran.has(known)) ran.set(known, { text, params })
  }
  sql.get = (text, params) => { note(text, params); return get(text, params) }
  sql.all = (text, params) => { note(text, params); return all(text, params) }
  sql.run = (text, params) => { note(text, params); return run(text, params) }
  sql.batch = statements => {
    for (const { sql: text, params } of statements) note(text, params)
    return batch(statements)
  }
  return ran
}

/** How an engine finds the rows of a statement. */
export interface Plan {
  readonly lines: readonly string[]
  /** Tables of which it reads all rows, or all of an index. */
  readonly scanned: readonly string[]
}

export interface Explainer {
  explain (ran: Ran): Promise<Plan>
  close (): Promise<void>
}

/** Of a database in SQLite. */
export async function explainInSqlite (file: string): Promise<Explainer> {
  const db = openDatabase(file)
  const tables = new Set(db.prepare<[], { name: string }>("select name from sqlite_master where type = 'table'").all().map(({ name }) => name))
  return {
    async explain ({ text, params }) {
      const lines = db.prepare<[SqlParams], { detail: string }>(`explain query plan ${text}`).all(params).map(({ detail }) => detail)
      const scanned = lines.flatMap(line => {
        const [, named = ''] = /^SCAN (\w+)/.exec(line) ?? []
        const table = new RegExp(`(\\w+) as ${named}\\b`).exec(text)?.[1] ?? named
        return named !== '' && tables.has(table) ? [table] : []
      })
      return { lines, scanned }
    },
    async close () { db.close() }
  }
}

interface Node {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Node[]
}

/**
 * Of a database in PostgreSQL. With few rows it would read whole tables anyway; as long as that costs more than anything else, it looks for rows by an index
 * wherever there is one, as it does with many rows.
 */
export async function explainInPostgres (url: string): Promise<Explainer> {
  const client = new Client({ connectionString: url })
  await client.connect()
  for (const way of ['seqscan', 'mergejoin', 'hashjoin', 'material']) await client.query(`set enable_${way} = off`)
  const prepare = createStatements()
  return {
    async explain (ran) {
      const { text, values } = prepare(ran.text, ran.params)
      const { rows: [row] } = await client.query<{ 'QUERY PLAN': ReadonlyArray<{ Plan: Node }> }>(`explain (format json) ${text}`, [...values])
      const nodes = row?.['QUERY PLAN'].flatMap(({ Plan }) => below(Plan)) ?? []
      return {
        lines: nodes.map(node => [node['Node Type'], node['Relation Name'], node['Index Name'], node['Index Cond']].filter(Boolean).join(' ')),
        scanned: nodes.flatMap(node => isScan(node) ? [node['Relation Name'] ?? ''] : [])
      }
    },
    close: () => client.end()
  }
}

/** A node with those below it; the scan of an index for a bitmap gets the table of the node above it. */
const below = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(child => below({ ...node['Relation Name'] !== undefined && { 'Relation Name': node['Relation Name'] }, ...child }))]

const isScan = (node: Node): boolean =>
  node['Node Type'] === 'Seq Scan' || (/^(?:Index|Index Only|Bitmap Index) Scan$/.test(node['Node Type']) && node['Index Cond'] === undefined)
