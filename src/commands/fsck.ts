/** Checks that rows, bytes and counters of a storage folder agree, also while the server runs; repairs only without one. */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { listBlobs, lookAt, pathOfBlob } from '../adapters/blobs/blob-folder.ts'
import { findDamage } from '../adapters/database/database-check.ts'
import { countMissingNames, dropNameIndex } from '../adapters/database/sqlite-name-index.ts'
import { DATABASE } from '../adapters/storage/layout.ts'
import { isDamage } from '../adapters/database/damage.ts'
import { lockStorage, type Lock } from '../adapters/storage/storage-folder.ts'
import type { Config } from '../config.ts'
import { reasonOf } from '../domain/as-error.ts'
import { isBlobId } from '../domain/identifiers.ts'
import type { Sql } from '../ports.ts'
import { countWrongTotals } from '../store/files/file-totals.ts'
import { dropFile, findOrphans, isThere, listAllBytes, listMiscounted, recount } from '../store/uploads/stored-bytes.ts'
import { requireEmbedded, line } from './backup.ts'
import { CommandProblem } from './problem.ts'
import { requireStorage, withPorts } from './user.ts'

/** The folder for damaged bytes: they may still be useful to somebody. */
const DAMAGED = 'damaged'

interface Options {
  readonly checksums?: boolean
  readonly repair?: boolean
}

/** The findings so far. */
interface Tally {
  /** Problems that `repair` fixes. */
  wrong: number
  /** Unreadable files, which may be intact. */
  unread: number
}

/** Prints a line for each problem; the exit code is 1 when a problem remains. */
export async function check (config: Config, options: Options): Promise<void> {
  requireEmbedded(config, 'fsck')
  requireStorage(config)
  const lock: Lock | undefined = options.repair ? lockStorage(config.storage, false) : undefined
  try {
    await withPorts(config, ({ sql }) => checkAll(sql, config.storage, options))
  } finally {
    lock?.unlock()
  }
}

async function checkAll (sql: Sql, storage: string, options: Options): Promise<void> {
  const damage = await findDamage(sql)
  for (const page of damage) say(`database ${DATABASE} is damaged: ${page}`)
  if (damage.length > 0 && options.repair) throw new CommandProblem(`nothing is repaired while the database is damaged: unreadable rows would count as deleted. ${SEE_DAMAGE}`)
  const tally: Tally = { wrong: 0, unread: damage.length }
  for (const look of [checkFiles, checkOrphans, checkCounters, checkNames]) {
    // Report checks that fail on a damaged page, and do the others.
    await look(sql, storage, options, tally).catch((error: unknown) => {
      if (!isDamage(error)) throw error
      say(`database ${DATABASE} cannot be read completely: ${error.message}`)
      tally.unread++
    })
  }
  const { wrong, unread } = tally
  const which = options.checksums ? '' : '; only sizes were checked, --checksums also reads all bytes'
  if (wrong > 0 || unread === 0) say(wrong === 0 ? `${resolve(storage)} is in order${which}` : `${wrong} found${options.repair ? ' and repaired' : ', --repair repairs them'}${which}`)
  if (unread > 0) say(`${unread} cannot be read and ${unread === 1 ? 'was' : 'were'} not changed. ${damage.length > 0 ? SEE_DAMAGE : 'Check the disk and the permissions'}`)
  if (unread > 0 || (wrong > 0 && !options.repair)) process.exitCode = 1
}

const SEE_DAMAGE = 'See "A damaged database" in docs/operations.md'

/** Removes files with missing bytes; puts wrong bytes aside. */
async function checkFiles (sql: Sql, storage: string, { checksums = false, repair }: Options, tally: Tally): Promise<void> {
  for await (const files of listAllBytes(sql)) {
    for (const file of files) {
      let state: Awaited<ReturnType<typeof lookAt>> = 'missing'
      try {
        if (isBlobId(file.blobId)) state = await lookAt(pathOfBlob(storage, file.blobId), file, checksums)
      } catch (error) {
        // It may be intact: do nothing.
        say(`unread   ${file.id}  ${JSON.stringify(file.name)}: ${reasonOf(error)}`)
        tally.unread++
        continue
      }
      // Deleted since it was listed: not a problem.
      if (state === 'whole' || !await isThere(sql, file)) continue
      tally.wrong++
      if (repair && state === 'damaged') {
        await mkdir(join(storage, DAMAGED), { recursive: true, mode: 0o700 })
        await rename(pathOfBlob(storage, file.blobId), join(storage, DAMAGED, file.blobId))
      }
      if (repair) await dropFile(sql, file)
      say(line(file, state) + (repair ? `: file removed${state === 'damaged' ? `, its bytes are now in ${DAMAGED}/${file.blobId}` : ''}` : ''))
    }
  }
}

/** Bytes without an owner. The server itself cleans up `incoming/`, each minute. */
async function checkOrphans (sql: Sql, storage: string, { repair }: Options, tally: Tally): Promise<void> {
  const passOver = (error: unknown): void => {
    say(`unread   ${reasonOf(error)}`)
    tally.unread++
  }
  for await (const blobs of listBlobs(storage, passOver)) {
    const orphans = new Set(await findOrphans(sql, blobs.map(({ id }) => id)))
    for (const { id, path } of blobs) {
      // The server may have removed it since it was listed.
      if (!orphans.has(id) || !existsSync(path)) continue
      tally.wrong++
      if (repair) await rm(path, { force: true })
      say(`orphan   ${path.slice(join(storage, '/').length)} belongs to no file` + (repair ? ': removed' : ''))
    }
  }
}

async function checkCounters (sql: Sql, _storage: string, { repair }: Options, tally: Tally): Promise<void> {
  const miscounted = await listMiscounted(sql)
  for (const { userName, counted, stored } of miscounted) say(`counter  ${userName === '' ? 'files without an owner have' : `${userName} has`} ${counted} bytes on the account, but files with ${stored}` + (repair ? ': corrected' : ''))
  const totals = await countWrongTotals(sql)
  if (totals > 0) say(`counter  folders whose totals are not those of their files: ${totals}` + (repair ? ': corrected' : ''))
  if (repair) await recount(sql)
  tally.wrong += miscounted.length + totals
}

/** A wrong index is removed: the next search makes it again. */
async function checkNames (sql: Sql, _storage: string, { repair }: Options, tally: Tally): Promise<void> {
  const missing = await countMissingNames(sql)
  if (missing === 0) return
  say(`index    names that a search does not find: ${missing}` + (repair ? ': the index is removed, the next search makes it again' : ''))
  if (repair) await dropNameIndex(sql)
  tally.wrong += missing
}

const say = (text: string): void => { process.stdout.write(`${text}\n`) }
