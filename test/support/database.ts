/**
 * Where the metadata of test servers is: a file in the storage folder, or, when RESPACE_TEST_DATABASE is the address of
 * a PostgreSQL server, a database of its own there for each folder.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Statement } from 'better-sqlite3'
import { Client } from 'pg'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { openPostgres } from '../../src/adapters/database/postgres.ts'
import { readMigrations } from '../../src/adapters/database/migration-files.ts'
import { migrate } from '../../src/store/operations/migrate.ts'
import type { SqlParams, SqlRow } from '../../src/ports.ts'
import { startCluster, type Cluster } from './cluster.ts'
import type { Teardown } from './server.ts'

/** Of the server on which databases are made; undefined for SQLite. */
const server = (): string | undefined => process.env.RESPACE_TEST_DATABASE || undefined
const TEMPLATE = 'respace_template'

/** Databases that this process made, by storage folder. */
const made = new Map<string, string>()

/** Where tests about the database in the storage folder have nothing to try. */
export const isOnPostgres = (): boolean => server() !== undefined

/** The address of the database of a storage folder, made at the first call; undefined where it is in the folder. */
export async function databaseOf (t: Teardown, storage: string): Promise<string | undefined> {
  if (server() === undefined || made.has(storage)) return made.get(storage)
  const name = `respace_${createHash('md5').update(storage).digest('hex')}`
  // Copied as files: through the log, which is the default, it takes half as long again.
  await administer(`create database ${name} template ${TEMPLATE} strategy file_copy`)
  t.teardown(() => administer(`drop database ${name} with (force)`))
  made.set(storage, addressOf(name))
  return made.get(storage)
}

/** Puts the databases of this process, and of those it starts, on a cluster; without one on a new one, unless they are on one already. */
export async function usePostgres (t: Teardown, cluster?: Cluster): Promise<void> {
  if (cluster === undefined && server() !== undefined) return
  const own = cluster ?? await startCluster()
  if (cluster === undefined) t.teardown(own.remove)
  process.env.RESPACE_TEST_DATABASE = await prepareCluster(own)
}

/** Makes the database on it that the others are copied from; returns what RESPACE_TEST_DATABASE is then. */
export async function prepareCluster (cluster: Cluster): Promise<string> {
  const address = cluster.url('postgres')
  await administer(`create database ${TEMPLATE}`, address)
  const sql = await openPostgres(addressOf(TEMPLATE, address), 1, 60_000)
  await migrate(sql, await readMigrations())
  await sql.close()
  return address
}

/** The address of the database that a test server on a storage folder has made for it. */
export const madeDatabase = (storage: string): string | undefined => made.get(storage)

/** Looks into a database beside the server that uses it. */
export interface Reader {
  all (text: string, params?: SqlParams): Promise<readonly SqlRow[]>
  close (): Promise<void>
}

export async function openReader (storage: string): Promise<Reader> {
  const url = made.get(storage)
  if (url !== undefined) return openPostgres(url, 1, 60_000)
  const db = openDatabase(join(storage, 'respace.sqlite'))
  const statements = new Map<string, Statement<[SqlParams], SqlRow>>()
  return {
    async all (text, params = {}) {
      const statement = statements.get(text) ?? db.prepare<[SqlParams], SqlRow>(text)
      statements.set(text, statement)
      if (statement.reader) return statement.all(params)
      statement.run(params)
      return []
    },
    async close () { db.close() }
  }
}

function addressOf (name: string, address = server()): string {
  const url = new URL(address ?? '')
  url.pathname = `/${name}`
  return url.href
}

async function administer (text: string, address = server()): Promise<void> {
  const client = new Client({ connectionString: address })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
