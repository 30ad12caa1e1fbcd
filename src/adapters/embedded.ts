/** The embedded default: everything in one storage folder. */
import { join } from 'node:path'
import { createVault } from '../domain/vault.ts'
import type { Clock, Ids, Ports, Sql } from '../ports.ts'
import { checkKey } from '../store/key-check.ts'
import { migrate } from '../store/migrate.ts'
import { openDiskBlobs } from './disk.ts'
import { createMemoryProgress } from './memory-progress.ts'
import { readMigrations } from './migration-files.ts'
import { openSqlite } from './sqlite.ts'
import { loadSecretKey, prepareStorage, sayUnusable } from './storage-folder.ts'

/** Opens a storage folder, making what is not there. Throws StorageProblem, NewerSchema and WrongKey. */
export async function openEmbedded (storage: string, secretKey: string | undefined, clock: Clock, ids: Ids): Promise<Omit<Ports, 'mailer'>> {
  await prepareStorage(storage)
  const database = join(storage, 'respace.sqlite')
  const vault = createVault(await loadSecretKey(storage, secretKey, database), () => ids.bytes(12))
  let sql: Sql | undefined
  try {
    sql = openSqlite(database)
    await migrate(sql, await readMigrations())
    await checkKey(sql, vault)
    const blobs = await openDiskBlobs(storage)
    return { sql, blobs, vault, clock, ids, progress: createMemoryProgress(clock) }
  } catch (error) {
    await sql?.close()
    throw sayUnusable(database, error)
  }
}
