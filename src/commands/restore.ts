/** Restores a backup into a storage folder. An interrupted restore is marked, refused by every other command, and resumed by this one. */
import { constants, existsSync } from 'node:fs'
import { access, readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { bringBytes, copyAuthority, lockBackup, readManifest, requirePlainFiles, sumOf, type Brought, type Manifest } from '../adapters/operator/backup-folder.ts'
import { copyDurably, listBlobs, pathOfBlob, sync, syncShards } from '../adapters/blobs/blob-folder.ts'
import { findDamage, findForeignSchema, findMisfit } from '../adapters/database/database-check.ts'
import { DATABASE, SECRET_KEY } from '../adapters/storage/layout.ts'
import { isIncomplete, markComplete, markIncomplete } from '../adapters/storage/incomplete-mark.ts'
import { readMigrations } from '../adapters/database/migration-files.ts'
import { openSqlite } from '../adapters/database/sqlite.ts'
import { loadSecretKey, lockStorage, prepareStorage, type Lock } from '../adapters/storage/storage-folder.ts'
import { systemIds } from '../adapters/system.ts'
import type { Config } from '../config.ts'
import { createVault } from '../domain/vault.ts'
import type { Sql } from '../ports.ts'
import { checkKey } from '../store/accounts/key-check.ts'
import { migrate, NewerSchema, type Migration } from '../store/operations/migrate.ts'
import { endAllUploads, findOrphans } from '../store/uploads/stored-bytes.ts'
import { complain, countedFiles, requireEmbedded, line, say, sayMendable, type BackupOptions } from './backup.ts'
import { CommandProblem } from './problem.ts'

/** Into an empty storage, or one with an interrupted restore. */
export async function restore (config: Config, folder: string, options: BackupOptions = {}): Promise<void> {
  requireEmbedded(config, 'restore')
  await sayMendable(restoreFrom(config, folder, options))
}

async function restoreFrom (config: Config, folder: string, options: BackupOptions): Promise<void> {
  const manifest = await readManifest(folder)
  if (manifest === undefined) throw new CommandProblem(`there is no backup in ${resolve(folder)}`)
  const migrations = await readMigrations()
  const known = Math.max(...migrations.map(({ version }) => version))
  if (manifest.schema > known) throw new NewerSchema(manifest.schema, known)
  if (!manifest.hasKey && config.secretKey === undefined) throw new CommandProblem('the key of this backup was in RESPACE_SECRET_KEY: set it to the same value')
  const { storage } = config
  await prepareStorage(storage)
  const lock = lockStorage(storage, false)
  let reading: Lock | undefined
  try {
    // A backup on a read-only medium cannot change.
    if (await access(folder, constants.W_OK).then(() => true, () => false)) reading = lockBackup(folder)
    const isResumed = isIncomplete(storage)
    if (!isResumed) await requireEmpty(storage)
    await markIncomplete(storage, `respace restore ${resolve(folder)} --storage ${resolve(storage)}`)
    const made = await fill({ config, folder, manifest, migrations, options, isResumed })
    await markComplete(storage)
    say(`restored ${countedFiles(made.brought + made.kept)} into ${resolve(storage)}, as of ${manifest.madeAt}; all were read and are intact`)
    complain(made.dropped.map(({ file, state }) => line(file, state)), 'not restored: their bytes are no longer in the backup')
  } finally {
    reading?.unlock()
    lock.unlock()
  }
}

interface Run {
  readonly config: Config
  readonly folder: string
  readonly manifest: Manifest
  readonly migrations: readonly Migration[]
  readonly options: BackupOptions
  readonly isResumed: boolean
}

async function fill (run: Run): Promise<Brought> {
  const { config: { storage, secretKey }, folder, isResumed } = run
  const aside = join(storage, `${DATABASE}.new`)
  let sql: Sql | undefined
  let made: Brought
  try {
    sql = await openChecked(run, aside)
    made = await bringBytes(sql, id => pathOfBlob(folder, id), id => pathOfBlob(storage, id))
    // Blobs of another backup, whose interrupted restore this one resumes.
    if (isResumed) await removeOrphans(sql, storage)
  } finally {
    await sql?.close()
  }
  await syncShards(storage)
  await sync(aside)
  if (secretKey === undefined) await copyDurably(join(folder, SECRET_KEY), join(storage, SECRET_KEY))
  await rm(join(storage, 'tls'), { recursive: true, force: true })
  await copyAuthority(folder, storage)
  await rename(aside, join(storage, DATABASE))
  await sync(storage)
  return made
}

/** The database of the backup: copied, migrated and checked. A refused backup leaves a new folder unchanged. */
async function openChecked ({ config: { storage, secretKey }, folder, manifest, migrations, options, isResumed }: Run, aside: string): Promise<Sql> {
  let sql: Sql | undefined
  try {
    await removeDatabases(storage)
    await requirePlainFiles(folder, manifest)
    const source = join(folder, manifest.database)
    if (!existsSync(source) || await sumOf(source) !== manifest.sha256) throw new CommandProblem(`the database of the backup, ${resolve(source)}, has changed since it was saved: use another backup`)
    const key = await loadSecretKey(folder, secretKey, source)
    await copyDurably(source, aside)
    sql = openSqlite(aside)
    await requireOurs(findForeignSchema(sql), source)
    const damage = await findDamage(sql)
    if (damage.length > 0 && !options.force) {
      throw new CommandProblem(`the database of the backup, ${resolve(source)}, is damaged: ${damage[0]}. Use another backup, or --force to restore what can be read`)
    }
    await migrate(sql, migrations)
    await requireOurs(findMisfit(sql), source)
    await checkKey(sql, createVault(key, () => systemIds.bytes(12)))
    // The backup ended these uploads: their blobs are not in it.
    await endAllUploads(sql)
    return sql
  } catch (error) {
    await sql?.close()
    if (!isResumed) {
      await removeDatabases(storage)
      await markComplete(storage)
    }
    throw isRefusedByDatabase(error) ? new CommandProblem(`the database of the backup, ${resolve(folder, manifest.database)}, cannot be read: ${error.message}. Use another backup`) : error
  }
}

/** A file that is not a database, or a database that contradicts itself; not a full disk. */
const isRefusedByDatabase = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && /^SQLITE_(?!FULL|CANTOPEN|READONLY|IOERR)/.test(String(error.code))

async function requireOurs (finding: Promise<string | undefined>, source: string): Promise<void> {
  const misfit = await finding
  if (misfit !== undefined) throw new CommandProblem(`the database of the backup, ${resolve(source)}, was not written by Respace: ${misfit}. Nothing was restored`)
}

async function removeDatabases (storage: string): Promise<void> {
  for (const name of [DATABASE, `${DATABASE}.new`, `${DATABASE}.new.new`]) {
    for (const ending of ['', '-wal', '-shm', '-journal']) await rm(join(storage, name + ending), { force: true })
  }
}

async function removeOrphans (sql: Sql, storage: string): Promise<void> {
  for await (const blobs of listBlobs(storage)) {
    const orphans = new Set(await findOrphans(sql, blobs.map(({ id }) => id)))
    for (const { id, path } of blobs) if (orphans.has(id)) await rm(path, { force: true })
  }
}

/** Refuses a folder with a database, bytes, uploads or a key of a server. */
async function requireEmpty (storage: string): Promise<void> {
  const names = new Set(await readdir(storage))
  const uploads = names.has('incoming') ? await readdir(join(storage, 'incoming')) : []
  if (names.has(DATABASE) || names.has(SECRET_KEY) || uploads.length > 0 || await hasBlobs(storage)) {
    throw new CommandProblem(`the storage folder ${resolve(storage)} is not empty: choose a new one with --storage, or move its content away`)
  }
}

async function hasBlobs (storage: string): Promise<boolean> {
  for await (const blobs of listBlobs(storage)) if (blobs.length > 0) return true
  return false
}
