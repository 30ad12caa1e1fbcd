/** The index of names in PostgreSQL, of the extension pg_trgm: made, with the first search that asks for it, where the database's user may. */
import type { PoolClient } from 'pg'
import type { NameIndex } from '../../domain/files/name-index.ts'
import type { Sql } from '../../ports.ts'
import { toFoundFile } from '../../store/files/file-search.ts'
import { anywhere } from '../../store/sql.ts'
import { unlimited, type Connections } from './postgres-connections.ts'

const NAME = 'files_by_name_parts'

export interface PostgresNameIndex extends NameIndex {
  /** Ends the making of it, which the next process begins again. */
  close (): Promise<void>
}

/** `connect` opens connections without a time limit. */
export function createNameIndex (sql: Pick<Sql, 'get' | 'all'>, connect: () => Promise<Connections>): PostgresNameIndex {
  /** 'refused': the extension is missing, or this user may not; tried again after the next start. */
  let state: 'unknown' | 'making' | 'there' | 'refused' = 'unknown'
  let maker: Connections | undefined

  const isThere = async (): Promise<boolean> =>
    await sql.get(`select 1 as found from pg_index where indexrelid = to_regclass('${NAME}') and indisvalid`) !== undefined

  async function make (): Promise<void> {
    maker = await connect()
    try {
      await maker.use('script', makeOn)
    } finally {
      await maker.close()
      maker = undefined
    }
  }

  return {
    async find (ownerId, text, most) {
      if ([...text].length < 3) return undefined
      if (state === 'unknown' && await isThere()) state = 'there'
      if (state === 'unknown') {
        state = 'making'
        // Another server may still be making it.
        void make().then(() => { state = 'unknown' }, () => { state = 'refused' })
      }
      if (state !== 'there') return undefined
      const rows = await sql.all(`select id, name, size, uploaded_at from files
        where owner_id = $ownerId and lower(name) like $pattern escape '\\' limit $most`, { ownerId, pattern: anywhere(text), most })
      return rows.map(toFoundFile)
    },
    close: async () => maker?.close()
  }
}

/** `concurrently`: uploads do not wait. What an interrupted one has left is not valid, and is replaced. */
async function makeOn (client: PoolClient): Promise<void> {
  await client.query('create extension if not exists pg_trgm')
  const { rows } = await client.query('select 1 from pg_stat_progress_create_index where relid = to_regclass(\'files\')')
  if (rows.length > 0) return
  await client.query(`drop index if exists ${NAME}`)
  await client.query(unlimited(`create index concurrently if not exists ${NAME} on files using gin (lower(name) gin_trgm_ops)`))
}
