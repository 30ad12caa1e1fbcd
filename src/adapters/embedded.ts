/** The embedded default: everything in one storage folder; or, for what is thrown away afterwards, in memory. */
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
import { openS3Blobs } from './s3.ts'
import { openSqlite } from './sqlite.ts'
import { demandMark, type Maker } from './storage-mark.ts'
import { loadSecretKey, prepareStorage, sayUnusable } from './storage-folder.ts'

/** Where everything is kept. */
export interface Places {
  /** The folder. */
  readonly storage: string
  readonly secretKey: string | undefined
  /** The bucket, where bytes are there and not in the folder, and its keys. */
  readonly blobs: BlobStore | undefined
  readonly s3AccessKey: string | undefined
  readonly s3SecretKey: string | undefined
}

/** Opens a storage folder, making what is not there. Throws StorageProblem, NewerSchema and WrongKey. */
export async function openEmbedded (places: Places, clock: Clock, ids: Ids, maker: Maker = 'server'): Promise<Omit<Ports, 'mailer'>> {
  const { storage, secretKey } = places
  await prepareStorage(storage)
  const database = join(storage, 'respace.sqlite')
  const vault = createVault(await loadSecretKey(storage, secretKey, database), () => ids.bytes(12))
  let sql: Sql | undefined
  try {
    sql = openSqlite(database)
    await demandMark(sql, maker, storage)
    await migrate(sql, await readMigrations())
    await checkKey(sql, vault)
    const blobs = await openBlobs(places)
    return { sql, blobs, vault, clock, ids, progress: createMemoryProgress(clock) }
  } catch (error) {
    await sql?.close()
    throw sayUnusable(database, error)
  }
}

function openBlobs ({ storage, blobs, s3AccessKey = '', s3SecretKey = '' }: Places): Promise<Blobs> {
  return blobs === undefined ? openDiskBlobs(storage) : openS3Blobs(blobs, { accessKey: s3AccessKey, secretKey: s3SecretKey })
}

/** Metadata in memory, blobs in a temporary folder that `remove` takes away once all is closed. */
export async function openTransient (clock: Clock, ids: Ids): Promise<{ folder: string, ports: Omit<Ports, 'mailer'>, remove (): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'respace-dev-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const sql = openSqlite(':memory:')
    await migrate(sql, await readMigrations())
    const vault = createVault(ids.bytes(32), () => ids.bytes(12))
    const blobs = await openDiskBlobs(folder)
    return { folder, ports: { sql, blobs, vault, clock, ids, progress: createMemoryProgress(clock) }, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
