/** What the settings choose: everything in one storage folder, or metadata in PostgreSQL; or, for what is thrown away afterwards, in memory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlobStore } from '../domain/blob-store.ts'
import { createVault } from '../domain/vault.ts'
import type { Blobs, Clock, Ids, Ports, Sql } from '../ports.ts'
import { checkKey } from '../store/key-check.ts'
import { migrate } from '../store/migrate.ts'
import { openDiskBlobs } from './disk.ts'
import { createMemoryProgress } from './memory-progress.ts'
import { readMigrations } from './migration-files.ts'
import { openSqlite } from './sqlite.ts'
import { demandMark, type Maker } from './storage-mark.ts'
import { newServerId } from './system.ts'
import { loadSecretKey, prepareStorage, sayUnusable, StorageProblem } from './storage-folder.ts'

/** Of emulators, known to everybody, so that what one saved another can read: nothing in them matters. */
const EMULATOR_KEY = Buffer.alloc(32, 'respace emulator')

/** Where everything is kept. */
export interface Places {
  /** The folder. */
  readonly storage: string
  readonly secretKey: string | undefined
  /** The address of PostgreSQL, where metadata is there and not in the folder. */
  readonly database: string | undefined
  readonly databaseConnections: number
  /** Milliseconds. */
  readonly databaseTimeout: number
  /** The bucket, where bytes are there and not in the folder, and its keys. */
  readonly blobs: BlobStore | undefined
  readonly s3AccessKey: string | undefined
  readonly s3SecretKey: string | undefined
}

/** Opens what is stored, making what is not there. Throws StorageProblem, NewerSchema and WrongKey. */
export async function openStored (places: Places, clock: Clock, ids: Ids, maker: Maker = 'server'): Promise<Omit<Ports, 'mailer'>> {
  const { storage, secretKey, database } = places
  await prepareStorage(storage)
  const file = join(storage, 'respace.sqlite')
  const vault = createVault(await loadSecretKey(storage, secretKey, file, maker === 'emulator' ? EMULATOR_KEY.toString('hex') : undefined), () => ids.bytes(12))
  const sql = await (database === undefined ? openFile(file, storage, maker) : connect(database, places))
  try {
    await migrate(sql, await readMigrations())
    await checkKey(sql, vault)
    const blobs = await openBlobs(places)
    return { sql, blobs, vault, clock, ids, progress: createMemoryProgress(clock), server: { id: newServerId(), isAlone: database === undefined } }
  } catch (error) {
    await sql.close()
    throw sayUnusable(file, error)
  }
}

async function openBlobs ({ storage, blobs, s3AccessKey = '', s3SecretKey = '' }: Places): Promise<Blobs> {
  if (blobs === undefined) return openDiskBlobs(storage)
  // Loaded only here, as is PostgreSQL.
  const { openS3Blobs } = await import('./s3.ts')
  return openS3Blobs(blobs, { accessKey: s3AccessKey, secretKey: s3SecretKey })
}

async function openFile (file: string, storage: string, maker: Maker): Promise<Sql> {
  let sql: Sql | undefined
  try {
    sql = openSqlite(file)
    await demandMark(sql, maker, storage)
    return sql
  } catch (error) {
    await sql?.close()
    throw sayUnusable(file, error)
  }
}

/** Loaded only here: the embedded default starts without it. */
async function connect (url: string, { databaseConnections, databaseTimeout }: Places): Promise<Sql> {
  const { openPostgres } = await import('./postgres.ts')
  const sql = await openPostgres(url, databaseConnections, databaseTimeout)
  try {
    await sql.get('select 1')
    return sql
  } catch (error) {
    await sql.close()
    // Not the address: it may hold a password.
    throw new StorageProblem(`the database ${new URL(url).host}${new URL(url).pathname} cannot be used: ${reasonOf(error)}`)
  }
}

/** Where a name has several addresses Node says nothing but a code. */
function reasonOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || ('code' in error ? String(error.code) : error.name)
}

/** Blobs in a temporary folder that `remove` takes away once all is closed. */
export async function openTemporaryBlobs (): Promise<{ folder: string, blobs: Blobs, remove (): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'respace-dev-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    // Several servers share it, and none is the heir of an earlier process.
    const blobs: Blobs = { ...await openDiskBlobs(folder, false), removeUnfinished: async () => undefined }
    return { folder, blobs, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Metadata in memory. */
export async function openTransient (blobs: Blobs, clock: Clock, ids: Ids): Promise<Omit<Ports, 'mailer'>> {
  const sql = openSqlite(':memory:')
  await migrate(sql, await readMigrations())
  const vault = createVault(EMULATOR_KEY, () => ids.bytes(12))
  return { sql, blobs, vault, clock, ids, progress: createMemoryProgress(clock), server: { id: newServerId(), isAlone: true } }
}
