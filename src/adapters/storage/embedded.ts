/** Opens the configured storage: everything in one folder, or metadata in PostgreSQL; or, for temporary storage, in memory. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { reasonOf } from '../../domain/as-error.ts'
import { placeOfBlobs, STORAGE_FOLDER, type BlobStore } from '../../domain/files/blob-store.ts'
import type { DiskShare } from '../../domain/uploads/disk-share.ts'
import { createVault } from '../../domain/vault.ts'
import type { Blobs, Clock, Ids, Ports, Sql } from '../../ports.ts'
import { checkKey } from '../../store/accounts/key-check.ts'
import { migrate } from '../../store/operations/migrate.ts'
import { requireNotMoved } from '../../store/operations/storage-moves.ts'
import { ENDLESS_ROOM, openDiskRoom } from './disk-room.ts'
import { openDiskBlobs } from '../blobs/disk.ts'
import { requireComplete } from './incomplete-mark.ts'
import { keepSpace, type KeptSpace } from './kept-space.ts'
import { createMemoryProgress } from '../progress/memory-progress.ts'
import { readMigrations } from '../database/migration-files.ts'
import { openReadOnlyCopy } from '../database/read-only-copy.ts'
import { openSqlite } from '../database/sqlite.ts'
import { isFull } from '../database/sqlite-connection.ts'
import { requireMark, type Maker } from './storage-mark.ts'
import { newServerId } from '../system.ts'
import { DATABASE } from './layout.ts'
import { openTemporaryFolder } from './temporary-folder.ts'
import { loadSecretKey, prepareStorage, requireWritableDatabase, sayUnusable, StorageProblem } from './storage-folder.ts'

/** The public key of emulators, so that any emulator can read a saved state: it contains no real data. */
const EMULATOR_KEY = Buffer.alloc(32, 'respace emulator')

/** The locations of all data. */
export interface StorageConfig {
  /** The storage folder. */
  readonly storage: string
  readonly secretKey: string | undefined
  /** The address of PostgreSQL, if metadata is there instead of in the folder. */
  readonly database: string | undefined
  readonly databaseConnections: number
  /** Milliseconds. */
  readonly databaseTimeout: number
  /** The bucket, if bytes are there instead of in the folder, and its keys. */
  readonly blobs: BlobStore | undefined
  readonly s3AccessKey: string | undefined
  readonly s3SecretKey: string | undefined
  /** The reserve on the disk of the folder. */
  readonly diskReserve: DiskShare
}

/** Opens the storage, and creates it if it is missing. Throws StorageProblem, NewerSchema, WrongKey and NotInPlace. */
export async function openStored (places: StorageConfig, clock: Clock, ids: Ids, maker: Maker = 'server'): Promise<Omit<Ports, 'mailer' | 'thumbnails' | 'counts'>> {
  requireComplete(places.storage)
  const ports = await openMoving(places, clock, ids, maker)
  try {
    await requireNotMoved(ports.sql, placeOfBlobs(places.blobs))
    return ports
  } catch (error) {
    await ports.sql.close()
    throw sayUnusable(join(places.storage, DATABASE), error)
  }
}

/** The same for a move, in any of its states. */
export async function openMoving (places: StorageConfig, clock: Clock, ids: Ids, maker: Maker = 'server'): Promise<Omit<Ports, 'mailer' | 'thumbnails' | 'counts'>> {
  const { storage, secretKey, database } = places
  await prepareStorage(storage)
  const file = join(storage, DATABASE)
  const vault = createVault(await loadSecretKey(storage, secretKey, file, maker === 'emulator' ? EMULATOR_KEY.toString('hex') : undefined), () => ids.bytes(12))
  const { sql, kept, unwritable } = await openMetadata(places, maker)
  try {
    await migrate(sql, await readMigrations())
    await checkKey(sql, vault)
    const blobs = await openBlobs(places)
    const isFilledByUploads = places.blobs === undefined
    const room = isFilledByUploads || database === undefined
      ? openDiskRoom({ folder: storage, reserve: places.diskReserve, isFilledByUploads, kept, unwritable })
      : ENDLESS_ROOM
    return { sql, blobs, room, vault, clock, ids, progress: createMemoryProgress(clock), server: { id: newServerId(), isAlone: database === undefined } }
  } catch (error) {
    await sql.close()
    throw sayUnusable(file, error)
  }
}

/** Without migrations, with any schema. */
export async function openSql (places: Pick<StorageConfig, 'storage' | 'database' | 'databaseConnections' | 'databaseTimeout'>, maker: Maker = 'server'): Promise<Sql> {
  return (await openMetadata(places, maker)).sql
}

interface Metadata {
  readonly sql: Sql
  /** Reserved space for the database on a full disk. */
  readonly kept?: KeptSpace
  /** Why it cannot be written, as a sentence. */
  readonly unwritable?: string
}

async function openMetadata (places: Pick<StorageConfig, 'storage' | 'database' | 'databaseConnections' | 'databaseTimeout'>, maker: Maker): Promise<Metadata> {
  const { storage, database } = places
  return database === undefined ? openFile(join(storage, DATABASE), storage, maker) : { sql: await connect(database, places) }
}

export async function openBlobs ({ storage, blobs, s3AccessKey = '', s3SecretKey = '' }: StorageConfig): Promise<Blobs> {
  if (blobs === undefined) return openDiskBlobs(storage)
  // Loaded here, like PostgreSQL.
  const { openS3Blobs } = await import('../blobs/s3.ts')
  return openS3Blobs(blobs, { accessKey: s3AccessKey, secretKey: s3SecretKey })
}

async function openFile (file: string, storage: string, maker: Maker): Promise<Metadata> {
  let sql: Sql | undefined
  try {
    await requireWritableDatabase(file)
    const kept = keepSpace(storage)
    const opened = await openOrCopy(file, kept)
    sql = opened.sql
    await requireMark(sql, maker, storage)
    return { ...opened, kept }
  } catch (error) {
    await sql?.close()
    throw sayUnusable(file, error)
  }
}

/** On a read-only medium the stored files are still served. */
async function openOrCopy (file: string, kept: KeptSpace): Promise<Pick<Metadata, 'sql' | 'unwritable'>> {
  try {
    return { sql: openSqlite(file, { kept, hasThread: true }) }
  } catch (error) {
    const reason = await prepareStorage(dirname(file)) ?? (isFull(error) ? reasonOf(error) : undefined)
    const sql = reason !== undefined && existsSync(file) ? await openReadOnlyCopy(file) : undefined
    if (sql === undefined) throw error
    return { sql, unwritable: `${resolve(file)} cannot be written: ${reason}; only downloads work, until there is space and the server is restarted` }
  }
}

/** Loaded here: the embedded default starts without it. */
async function connect (url: string, { databaseConnections, databaseTimeout }: Pick<StorageConfig, 'databaseConnections' | 'databaseTimeout'>): Promise<Sql> {
  const { openPostgres } = await import('../database/postgres.ts')
  const { isRefusedSetting, CONNECTION_SETTINGS } = await import('../database/postgres-connections.ts')
  const sql = await openPostgres(url, databaseConnections, databaseTimeout)
  try {
    await sql.get('select 1')
    return sql
  } catch (error) {
    await sql.close()
    throw new StorageProblem(`the database ${placeOfDatabase(url)} cannot be used: ${reasonOf(error)}${isRefusedSetting(error) ? `; set ignore_startup_parameters = ${CONNECTION_SETTINGS.join(',')} in PgBouncer` : ''}`)
  }
}

/** The location of the metadata, for messages and to compare two locations: not the address, which may contain a password. */
export function placeOfDatabase (url: string | undefined): string {
  if (url === undefined) return STORAGE_FOLDER
  const { host, pathname, searchParams } = new URL(url)
  // A socket, and a schema.
  const others = ['host', 'options'].flatMap(name => searchParams.has(name) ? [`${name}=${searchParams.get(name)}`] : [])
  return `postgres://${host}${pathname}${others.length > 0 ? `?${others.join('&')}` : ''}`
}

/** Blobs in a temporary folder, which `remove` deletes after everything is closed. */
export async function openTemporaryBlobs (): Promise<{ folder: string, blobs: Blobs, remove (): Promise<void> }> {
  const { folder, remove } = await openTemporaryFolder()
  try {
    // Several servers share it, so none takes over from an earlier process.
    const blobs: Blobs = { ...await openDiskBlobs(folder, false), removeUnfinished: async () => undefined }
    return { folder, blobs, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** All tables without rows: each sandbox begins with it, since the migrations take a third of its start. */
let emptyDatabase: Promise<Buffer> | undefined

/** Metadata in memory. */
export async function openTransient (blobs: Blobs, clock: Clock, ids: Ids): Promise<Omit<Ports, 'mailer' | 'thumbnails' | 'counts'>> {
  const sql = openSqlite(await (emptyDatabase ??= makeEmptyDatabase().catch((error: unknown) => {
    emptyDatabase = undefined
    throw error
  })))
  const vault = createVault(EMULATOR_KEY, () => ids.bytes(12))
  return { sql, blobs, room: ENDLESS_ROOM, vault, clock, ids, progress: createMemoryProgress(clock), server: { id: newServerId(), isAlone: true } }
}

async function makeEmptyDatabase (): Promise<Buffer> {
  const sql = openSqlite(':memory:')
  try {
    await migrate(sql, await readMigrations())
    return sql.serialize()
  } finally {
    await sql.close()
  }
}
