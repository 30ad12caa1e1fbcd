/** Backs up the embedded default, also while the server runs; `restore.ts` restores it. */
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { bringBytes, commitManifest, copyAuthority, copyDatabase, openTarget, removeOtherDatabases, sumOf, type Manifest } from '../adapters/operator/backup-folder.ts'
import { copyDurably, listBlobs, pathOfBlob, sync, syncShards } from '../adapters/blobs/blob-folder.ts'
import { dropNameIndex } from '../adapters/database/sqlite-name-index.ts'
import { findDamage } from '../adapters/database/database-check.ts'
import { DATABASE, SECRET_KEY } from '../adapters/storage/layout.ts'
import { rescueDatabase } from '../adapters/operator/rescue-database.ts'
import { openSqlite } from '../adapters/database/sqlite.ts'
import { systemIds } from '../adapters/system.ts'
import { readVersion, type Config } from '../config.ts'
import { isBlobId } from '../domain/identifiers.ts'
import type { Vault } from '../domain/vault.ts'
import type { Sql } from '../ports.ts'
import { readSchemaVersion } from '../store/operations/migrate.ts'
import { forgetMove } from '../store/operations/storage-moves.ts'
import { BACKUP_JOB, noteJob } from '../store/operations/servers.ts'
import { countAllBytes, endAllUploads, findOrphans, isThere, recount, type FileBytes } from '../store/uploads/stored-bytes.ts'
import { CommandProblem } from './problem.ts'
import { requireStorage, withPorts } from './user.ts'

export interface BackupOptions {
  /** Also back up a database with damaged pages. */
  readonly force?: boolean
}

/** Only for the embedded default: PostgreSQL and buckets have their own tools for backups and checks. */
export function requireEmbedded ({ database, blobs }: Config, command: string): void {
  const setting = database !== undefined ? 'RESPACE_DATABASE' : blobs !== undefined ? 'RESPACE_BLOBS' : undefined
  if (setting === undefined) return
  throw new CommandProblem(`${command} is for a storage folder that holds everything, but ${setting} is set: ` +
    'PostgreSQL and buckets have their own tools for this, see docs/operations.md')
}

/** Rows first, then bytes: files deleted in between are left out, files uploaded in between are not in it. */
export async function backUp (config: Config, folder: string, options: BackupOptions = {}): Promise<void> {
  requireEmbedded(config, 'backup')
  requireStorage(config)
  await sayMendable(saveInto(config, folder, options))
}

async function saveInto (config: Config, folder: string, options: BackupOptions): Promise<void> {
  const target = await openTarget(folder, config.storage)
  try {
    await withPorts(config, async ports => {
      const damage = await findDamage(ports.sql)
      if (damage.length > 0) {
        const found = `the database ${resolve(config.storage, DATABASE)} is damaged: ${damage[0]}`
        if (!options.force) throw new CommandProblem(`${found}. Nothing was saved, an earlier backup is unchanged; --force saves what can be read. See "A damaged database" in docs/operations.md`)
        process.stderr.write(`${found}: saving what can be read\n`)
        process.exitCode = 1
      }
      await save(config, folder, target.earlier, ports, damage.length > 0)
      // For the metrics; a read-only folder can still be saved.
      if (damage.length === 0) await noteJob(ports.sql, BACKUP_JOB, ports.clock.now()).catch(() => undefined)
    })
  } finally {
    target.unlock()
  }
}

async function save ({ storage, secretKey }: Config, folder: string, earlier: Manifest | undefined, { sql, vault, clock }: { sql: Sql, vault: Vault, clock: { now (): number } }, isDamaged: boolean): Promise<void> {
  const signature = vault.sign('backup').toString('hex')
  if (earlier !== undefined && earlier.signature !== signature) throw new CommandProblem(`${resolve(folder)} holds the backup of another storage: choose another folder`)
  await removeOtherDatabases(folder, earlier?.database)
  const now = new Date(clock.now()).toISOString()
  const database = `database-${now.replace(/\D/g, '')}-${systemIds.bytes(4).toString('hex')}.sqlite`
  const damaged = await copyRows(join(storage, DATABASE), join(folder, database), isDamaged)
  const copy = openSqlite(join(folder, database))
  const { made, counts, schema, unclaimed } = await fill(copy).finally(() => copy.close())
  await syncShards(folder)
  await sync(join(folder, database))
  const hasKey = secretKey === undefined
  if (hasKey) await copyDurably(join(storage, SECRET_KEY), join(folder, SECRET_KEY))
  await copyAuthority(storage, folder)
  await commitManifest(folder, {
    format: 1, version: readVersion(), schema, madeAt: now, ...counts, database, sha256: await sumOf(join(folder, database)), signature, hasKey
  })
  // Only now, since until here they were part of the earlier backup.
  for (const path of unclaimed) await rm(path, { force: true })

  const lost = []
  for (const { file, state } of made.dropped) if (state === 'damaged' || await isThere(sql, file)) lost.push(line(file, state))
  say(`saved ${countedFiles(counts.files)}, ${counts.bytes} bytes, in ${resolve(folder)}: ${made.brought} new, ${made.kept} already there; all were read and are intact`)
  if (damaged.length > 0) process.stderr.write(`rows are lost, with all rows that refer to them, in: ${damaged.join(', ')}\n`)
  if (!hasKey) say('RESPACE_SECRET_KEY is not in the backup: keep it elsewhere, without it no password can be decrypted')
  complain(lost, 'not saved; see respace fsck --checksums')

  async function fill (copy: Sql) {
    await dropNameIndex(copy)
    await endAllUploads(copy)
    await forgetMove(copy)
    const made = await bringBytes(copy, id => pathOfBlob(storage, id), id => pathOfBlob(folder, id))
    if (isDamaged) await recount(copy)
    const unclaimed: string[] = []
    for await (const blobs of listBlobs(folder)) {
      const orphans = new Set(await findOrphans(copy, blobs.map(({ id }) => id)))
      unclaimed.push(...blobs.filter(({ id }) => orphans.has(id)).map(({ path }) => path))
    }
    return { made, unclaimed, counts: await countAllBytes(copy), schema: await readSchemaVersion(copy) }
  }
}

/** Names of tables with lost rows. */
async function copyRows (from: string, to: string, isDamaged: boolean): Promise<string[]> {
  if (isDamaged) return rescueDatabase(from, to)
  copyDatabase(from, to)
  return []
}

/** The line about a file with missing or damaged bytes. */
export const line = ({ id, name, size, blobId }: FileBytes, state: 'missing' | 'damaged'): string =>
  `${state.padEnd(8)} ${id}  ${JSON.stringify(name)}, ${size} bytes, ${isBlobId(blobId) ? pathOfBlob('', blobId) : 'without a valid blob id'}`

export function complain (lines: readonly string[], what: string): void {
  if (lines.length === 0) return
  process.stderr.write(lines.map(text => `${text}\n`).join('') + `missing or damaged: ${countedFiles(lines.length)}, ${what}\n`)
  process.exitCode = 1
}

export const countedFiles = (count: number): string => count === 1 ? '1 file' : `${count} files`

/** Errors of a folder or its disk that an operator can fix, shown without a stack. */
const MENDABLE = /^(?:EACCES|EPERM|EROFS|ENOSPC|EDQUOT|ENOTDIR|EEXIST|SQLITE_(?:FULL|CANTOPEN|READONLY|IOERR)\w*)$/

export async function sayMendable (work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && MENDABLE.test(String(error.code)))) throw error
    throw new CommandProblem(`interrupted; existing data is unchanged: ${error.message}`)
  }
}

export const say = (text: string): void => { process.stdout.write(`${text}\n`) }
