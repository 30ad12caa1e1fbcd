/** What the settings choose: everything in one storage folder, or metadata in PostgreSQL; or, for what is thrown away afterwards, in memory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placeOfBlobs, STORAGE_FOLDER, type BlobStore } from '../domain/blob-store.ts'
import { createVault } from '../domain/vault.ts'
import type { Blobs, Clock, Ids, Ports, Sql } from '../ports.ts'
import { checkKey } from '../store/key-check.ts'
import { migrate } from '../store/migrate.ts'
import { demandInPlace } from '../store/moves.ts'
import { openDiskBlobs } from './disk.ts'
import { requireComplete } from './incomplete-mark.ts'
import { createMemoryProgress } from './memory-progress.ts'
import { readMigrations } from './migration-files.ts'
import { openSqlite } from './sqlite.ts'
import { demandMark, type Maker } from './storage-mark.ts'
import { newServerId } from './system.ts'
import { loadSecretKey, prepareStorage, sayUnusable, StorageProblem } from './storage-folder.ts'

/** Of emulators, known to everybody, so that what one saved another can read: nothing in them matters. */
const EMULATOR_KEY = Buffer.alloc(32, 'respace emulator')

/** The database in a storage folder. */
export const DATABASE = 'respace.sqlite'

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

/** Opens what is stored, making what is not there. Throws StorageProblem, NewerSchema, WrongKey and NotInPlace. */
export async function openStored (places: Places, clock: Clock, ids: Ids, maker: Maker = 'server'): Promise<Omit<Ports, 'mailer'>> {
  requireComplete(places.storage)
  const ports = await openMoving(places, clock, ids, maker)
  try {
    await demandInPlace(ports.sql, placeOfBlobs(places.blobs))
    return ports
  } catch (error) {
    await ports.sql.close()
    throw sayUnusable(join(places.storage, DATABASE), error)
  }
}

/** The same for whoever moves it, wherever it is on its way. */
export async function openMoving (places: Places, clock: Clock, ids: Ids, maker: Maker = 'server'): Promise<Omit<Ports, 'mailer'>> {
  const { storage, secretKey, database } = places
  await prepareStorage(storage)
  const file = join(storage, DATABASE)
  const vault = createVault(await loadSecretKey(storage, secretKey, file, maker === 'emulator' ? EMULATOR_KEY.toString('hex') : undefined), () => ids.bytes(12))
  const sql = await openSql(places, maker)
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

/** As it is, whatever its schema. */
export async function openSql (places: Pick<Places, 'storage' | 'database' | 'databaseConnections' | 'databaseTimeout'>, maker: Maker = 'server'): Promise<Sql> {
  const { storage, database } = places
  return database === undefined ? openFile(join(storage, DATABASE), storage, maker) : connect(database, places)
}

export async function openBlobs ({ storage, blobs, s3AccessKey = '', s3SecretKey = '' }: Places): Promise<Blobs> {
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
async function connect (url: string, { databaseConnections, databaseTimeout }: Pick<Places, 'databaseConnections' | 'databaseTimeout'>): Promise<Sql> {
  const { openPostgres } = await import('./postgres.ts')
  const sql = await openPostgres(url, databaseConnections, databaseTimeout)
  try {
    await sql.get('select 1')
    return sql
  } catch (error) {
    await sql.close()
    throw new StorageProblem(`the database ${placeOfDatabase(url)} cannot be used: ${reasonOf(error)}`)
  }
}

/** Where metadata is, for operators and to tell two places apart: not the address, for that may hold a password. */
export function placeOfDatabase (url: string | undefined): string {
  if (url === undefined) return STORAGE_FOLDER
  const { host, pathname, searchParams } = new URL(url)
  // A socket, and a schema.
  const others = ['host', 'options'].flatMap(name => searchParams.has(name) ? [`${name}=${searchParams.get(name)}`] : [])
  return `postgres://${host}${pathname}${others.length > 0 ? `?${others.join('&')}` : ''}`
}

/** Where a name has several addresses Node says nothing but a code. */
export function reasonOf (error: unknown): string {
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
