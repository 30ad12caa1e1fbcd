/** A backup of the embedded default, made beside a running server, and its way back. */
import { constants, existsSync } from 'node:fs'
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { bringBytes, commitManifest, copyAuthority, copyDatabase, lockBackup, openTarget, readManifest, removeOtherDatabases, sumOf, type Manifest } from '../adapters/backup-folder.ts'
import { copyDurably, listBlobs, pathOfBlob, sync, syncShards } from '../adapters/blob-folder.ts'
import { readMigrations } from '../adapters/migration-files.ts'
import { openSqlite } from '../adapters/sqlite.ts'
import { loadSecretKey, lockStorage, prepareStorage, type Lock } from '../adapters/storage-folder.ts'
import { systemIds } from '../adapters/system.ts'
import { readVersion, type Config } from '../config.ts'
import { createVault, type Vault } from '../domain/vault.ts'
import type { Sql } from '../ports.ts'
import { checkKey } from '../store/key-check.ts'
import { migrate, NewerSchema, readSchemaVersion } from '../store/migrate.ts'
import { forgetMove } from '../store/moves.ts'
import { countAllBytes, endAllUploads, findOrphans, isThere, type FileBytes } from '../store/stored-bytes.ts'
import { CommandProblem } from './problem.ts'
import { demandStorage, withPorts } from './user.ts'

const DATABASE = 'respace.sqlite'
const KEY = 'secret.key'

/** Only the embedded default: what PostgreSQL and a bucket hold their own tools save, and check. */
export function demandEmbedded ({ database, blobs }: Config, command: string): void {
  const setting = database !== undefined ? 'RESPACE_DATABASE' : blobs !== undefined ? 'RESPACE_BLOBS' : undefined
  if (setting === undefined) return
  throw new CommandProblem(`${command} is for a storage folder that holds everything, but ${setting} is set: ` +
    'PostgreSQL and buckets have tools of their own for this, see docs/operations.md')
}

/** Rows first, then bytes: what is deleted in between is left out, what comes in between is not in it. */
export async function backUp (config: Config, folder: string): Promise<void> {
  demandEmbedded(config, 'backup')
  demandStorage(config)
  await sayMendable(saveInto(config, folder))
}

async function saveInto (config: Config, folder: string): Promise<void> {
  const target = await openTarget(folder, config.storage)
  try {
    await withPorts(config, ports => save(config, folder, target.earlier, ports))
  } finally {
    target.unlock()
  }
}

async function save ({ storage, secretKey }: Config, folder: string, earlier: Manifest | undefined, { sql, vault, clock }: { sql: Sql, vault: Vault, clock: { now (): number } }): Promise<void> {
  const signature = vault.sign('backup').toString('hex')
  if (earlier !== undefined && earlier.signature !== signature) throw new CommandProblem(`${resolve(folder)} holds the backup of another storage: give another folder`)
  await removeOtherDatabases(folder, earlier?.database)
  const now = new Date(clock.now()).toISOString()
  const database = `database-${now.replace(/\D/g, '')}-${systemIds.bytes(4).toString('hex')}.sqlite`
  copyDatabase(join(storage, DATABASE), join(folder, database))
  const copy = openSqlite(join(folder, database))
  const { made, counts, schema, unclaimed } = await fill(copy).finally(() => copy.close())
  await syncShards(folder)
  await sync(join(folder, database))
  const hasKey = secretKey === undefined
  if (hasKey) await copyDurably(join(storage, KEY), join(folder, KEY))
  await copyAuthority(storage, folder)
  await commitManifest(folder, {
    format: 1, version: readVersion(), schema, madeAt: now, ...counts, database, sha256: await sumOf(join(folder, database)), signature, hasKey
  })
  // Only now: until here they were part of the earlier backup.
  for (const path of unclaimed) await rm(path, { force: true })

  const lost = []
  for (const { file, state } of made.dropped) if (state === 'damaged' || await isThere(sql, file)) lost.push(line(file, state))
  say(`saved ${files(counts.files)}, ${counts.bytes} bytes, in ${resolve(folder)}: ${made.brought} new, ${made.kept} there before; all were read and are whole`)
  if (!hasKey) say('RESPACE_SECRET_KEY is not in it: keep that elsewhere, without it no password can be read')
  complain(lost, 'not saved; see respace fsck --checksums')

  async function fill (copy: Sql) {
    await endAllUploads(copy)
    await forgetMove(copy)
    const made = await bringBytes(copy, id => pathOfBlob(storage, id), id => pathOfBlob(folder, id))
    const unclaimed: string[] = []
    for await (const blobs of listBlobs(folder)) {
      const orphans = new Set(await findOrphans(copy, blobs.map(({ id }) => id)))
      unclaimed.push(...blobs.filter(({ id }) => orphans.has(id)).map(({ path }) => path))
    }
    return { made, unclaimed, counts: await countAllBytes(copy), schema: await readSchemaVersion(copy) }
  }
}

/** Into a storage that is empty. The database comes last: what is cut short is no storage yet. */
export async function restore (config: Config, folder: string): Promise<void> {
  demandEmbedded(config, 'restore')
  await sayMendable(restoreFrom(config, folder))
}

async function restoreFrom (config: Config, folder: string): Promise<void> {
  const manifest = await readManifest(folder)
  if (manifest === undefined) throw new CommandProblem(`there is no backup in ${resolve(folder)}`)
  const { storage, secretKey } = config
  const migrations = await readMigrations()
  const known = Math.max(...migrations.map(({ version }) => version))
  if (manifest.schema > known) throw new NewerSchema(manifest.schema, known)
  if (!manifest.hasKey && secretKey === undefined) throw new CommandProblem('the key of this backup was in RESPACE_SECRET_KEY: set it as it was')
  await prepareStorage(storage)
  const lock = lockStorage(storage, false)
  let reading: Lock | undefined
  try {
    // A backup on a medium that is only read changes for nobody.
    if (await access(folder, constants.W_OK).then(() => true, () => false)) reading = lockBackup(folder)
    await demandEmpty(storage)
    const source = join(folder, manifest.database)
    if (!existsSync(source) || await sumOf(source) !== manifest.sha256) throw new CommandProblem(`the database of the backup, ${resolve(source)}, is not as it was saved: use another backup`)
    const key = await loadSecretKey(folder, secretKey, source)
    const aside = join(storage, `${DATABASE}.new`)
    await copyDurably(source, aside)
    const sql = openSqlite(aside)
    const made = await fill(sql, createVault(key, () => systemIds.bytes(12))).finally(() => sql.close())
    await syncShards(storage)
    await sync(aside)
    if (secretKey === undefined) await copyDurably(join(folder, KEY), join(storage, KEY))
    await copyAuthority(folder, storage)
    await rename(aside, join(storage, DATABASE))
    await sync(storage)
    say(`restored ${files(made.brought + made.kept)} into ${resolve(storage)}, as they were at ${manifest.madeAt}; all were read and are whole`)
    complain(made.dropped.map(({ file, state }) => line(file, state)), 'not restored: the backup does not hold their bytes any more')
  } finally {
    reading?.unlock()
    lock.unlock()
  }

  async function fill (sql: Sql, vault: Vault) {
    await migrate(sql, migrations)
    await checkKey(sql, vault)
    return bringBytes(sql, id => pathOfBlob(folder, id), id => pathOfBlob(storage, id))
  }
}

/** What an earlier restore that was cut short has left is gone on with: a database under its own name ends that. */
async function demandEmpty (storage: string): Promise<void> {
  await mkdir(join(storage, 'incoming'), { recursive: true, mode: 0o700 })
  const hasUploads = (await readdir(join(storage, 'incoming'))).length > 0
  const aside = join(storage, `${DATABASE}.new`)
  if (existsSync(join(storage, DATABASE)) || hasUploads || (!existsSync(aside) && await hasAny(storage))) {
    throw new CommandProblem(`the storage folder ${resolve(storage)} is not empty: give a new one with --storage, or move away what is in it`)
  }
  for (const ending of ['', '-wal', '-shm']) await rm(aside + ending, { force: true })
}

async function hasAny (storage: string): Promise<boolean> {
  if (existsSync(join(storage, KEY))) return true
  for await (const blobs of listBlobs(storage)) if (blobs.length > 0) return true
  return false
}

/** Of a file whose bytes are not as they must be. */
export const line = ({ id, name, size, blobId }: FileBytes, state: 'missing' | 'damaged'): string =>
  `${state.padEnd(8)} ${id}  ${JSON.stringify(name)}, ${size} bytes, ${pathOfBlob('', blobId)}`

function complain (lines: readonly string[], what: string): void {
  if (lines.length === 0) return
  process.stderr.write(lines.map(text => `${text}\n`).join('') + `not whole: ${files(lines.length)}, ${what}\n`)
  process.exitCode = 1
}

const files = (count: number): string => count === 1 ? '1 file' : `${count} files`

/** Errors about a folder or its disk that an operator can mend, as sentences without a stack. */
const MENDABLE = /^(?:EACCES|EPERM|EROFS|ENOSPC|EDQUOT|ENOTDIR|EEXIST|SQLITE_(?:FULL|CANTOPEN|READONLY|IOERR)\w*)$/

async function sayMendable (work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && MENDABLE.test(String(error.code)))) throw error
    throw new CommandProblem(`it did not come to an end, and nothing that was there has changed: ${error.message}`)
  }
}

const say = (text: string): void => { process.stdout.write(`${text}\n`) }
