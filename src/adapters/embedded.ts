/** The embedded default: everything in one storage folder; or, for what is thrown away afterwards, in memory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVault } from '../domain/vault.ts'
import type { Blobs, Clock, Ids, Ports, Sql } from '../ports.ts'
import { checkKey } from '../store/key-check.ts'
import { migrate } from '../store/migrate.ts'
import { openDiskBlobs } from './disk.ts'
import { createMemoryProgress } from './memory-progress.ts'
import { readMigrations } from './migration-files.ts'
import { openSqlite } from './sqlite.ts'
import { demandMark, type Maker } from './storage-mark.ts'
import { loadSecretKey, prepareStorage, sayUnusable } from './storage-folder.ts'

/** Of emulators, known to everybody, so that what one saved another can read: nothing in them matters. */
const EMULATOR_KEY = Buffer.alloc(32, 'respace emulator')

/** Opens a storage folder, making what is not there. Throws StorageProblem, NewerSchema and WrongKey. */
export async function openEmbedded (
  storage: string, secretKey: string | undefined, clock: Clock, ids: Ids, maker: Maker = 'server'
): Promise<Omit<Ports, 'mailer'>> {
  await prepareStorage(storage)
  const database = join(storage, 'respace.sqlite')
  const vault = createVault(await loadSecretKey(storage, secretKey, database, maker === 'emulator' ? EMULATOR_KEY.toString('hex') : undefined), () => ids.bytes(12))
  let sql: Sql | undefined
  try {
    sql = openSqlite(database)
    await demandMark(sql, maker, storage)
    await migrate(sql, await readMigrations())
    await checkKey(sql, vault)
    const blobs = await openDiskBlobs(storage)
    return { sql, blobs, vault, clock, ids, progress: createMemoryProgress(clock) }
  } catch (error) {
    await sql?.close()
    throw sayUnusable(database, error)
  }
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
  return { sql, blobs, vault, clock, ids, progress: createMemoryProgress(clock) }
}
