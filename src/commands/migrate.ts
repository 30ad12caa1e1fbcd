/** Moves a storage between its folder, PostgreSQL and a bucket: bytes while the server runs, the rest once it has ended. */
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { copyAuthority } from '../adapters/operator/backup-folder.ts'
import { sync } from '../adapters/blobs/blob-folder.ts'
import { SECRET_KEY } from '../adapters/storage/layout.ts'
import { openBlobs, openMoving, type StorageConfig } from '../adapters/storage/embedded.ts'
import { markComplete, markIncomplete, requireComplete } from '../adapters/storage/incomplete-mark.ts'
import { moveBytes, removeUnclaimed, type MovedBytes } from '../adapters/operator/move-blobs.ts'
import { countRows, findDifference, moveRows, readMovedShapes } from '../adapters/operator/move-rows.ts'
import { prepareStorage, takeLock, tryLockStorage, type Lock } from '../adapters/storage/storage-folder.ts'
import { systemClock, systemIds } from '../adapters/system.ts'
import type { TableShape } from '../adapters/database/table-shapes.ts'
import type { Config } from '../config.ts'
import { reasonOf } from '../domain/as-error.ts'
import { SERVER_LEASE } from '../domain/server.ts'
import { OutcomeUnknown, type Blobs, type Sql } from '../ports.ts'
import { forgetPlaces } from '../store/files/file-limits.ts'
import { changeMove, requireNotMoved, noteMove, readMove, type Move } from '../store/operations/storage-moves.ts'
import { listServers } from '../store/operations/servers.ts'
import { countAllBytes, dropFile, endAllUploads } from '../store/uploads/stored-bytes.ts'
import { line } from './backup.ts'
import { bringSecretKey, requireFreeBlobs, requireFreeDatabase, locationOf, readTarget } from './move-target.ts'
import { CommandProblem } from './problem.ts'
import { showProgress, type ProgressLine } from './progress-line.ts'
import { requireStorage } from './user.ts'

export interface MoveOptions {
  /** An address of PostgreSQL, or a storage folder. */
  readonly to?: string
  /** An address of a bucket, or a storage folder. */
  readonly blobs?: string
  readonly prepare?: boolean
  readonly checksums?: boolean
  readonly withoutLost?: boolean
  readonly cancel?: boolean
}

/** The source and target of a run. They may share a database, or a place for bytes. */
interface Run {
  readonly options: MoveOptions
  readonly source: { readonly places: StorageConfig, readonly sql: Sql, readonly blobs: Blobs }
  readonly target: { readonly places: StorageConfig, readonly sql: Sql, readonly blobs: Blobs }
  readonly token: string
  readonly shapes: readonly TableShape[]
}

/** How often it checks whether the server has ended. */
const POLL_INTERVAL = 500

export async function moveStorage (config: Config, options: MoveOptions): Promise<void> {
  if (config.database === undefined) requireStorage(config)
  requireComplete(config.storage)
  await prepareStorage(config.storage)
  const lock = takeLock(join(config.storage, 'migrate.lock'), false)
  if (lock === undefined) throw new CommandProblem(`another respace migrate is using ${resolve(config.storage)}: wait until it has ended`)
  try {
    await (options.cancel ? cancel(config) : open(config, options))
  } catch (error) {
    throw sayMendable(error)
  } finally {
    lock.unlock()
  }
}

async function open (config: Config, options: MoveOptions): Promise<void> {
  const places = readTarget(config, options)
  const [from, to, shapes] = [locationOf(config), locationOf(places), await readMovedShapes()]
  const source = await openMoving(config, systemClock, systemIds)
  try {
    const before = await readMove(source.sql)
    const isResumed = before !== undefined && before.state !== 'arrived' && JSON.stringify([before.from, before.to]) === JSON.stringify([from, to])
    if (!isResumed) await requireNotMoved(source.sql, from.blobs)
    const token = isResumed ? before.token : systemIds.bytes(12).toString('hex')
    const isDone = isResumed && before.state === 'left'
    if (!isDone) {
      const isBegun = options.to === undefined ? isResumed : await requireFreeDatabase(places, shapes, token)
      if (options.blobs !== undefined && !isBegun) await requireFreeBlobs(config, places)
      await noteMove(source.sql, { token, state: 'copying', from, to })
    }
    const isElsewhere = places.storage !== resolve(config.storage)
    const command = `respace migrate --to ${places.storage}`
    if (isElsewhere) {
      requireComplete(places.storage, command)
      await prepareStorage(places.storage)
      await markIncomplete(places.storage, command)
    }
    await bringSecretKey(config, places)
    const target = options.to === undefined
      ? { sql: source.sql, blobs: await openBlobs(places), close: async () => undefined }
      : await openMoving(places, systemClock, systemIds).then(({ sql, blobs }) => ({ sql, blobs, close: () => sql.close() }))
    try {
      const run: Run = { options, token, shapes, source: { places: config, ...source }, target: { places, ...target } }
      if (isDone) {
        if (isElsewhere) await markComplete(places.storage)
        return await arrive(run)
      }
      if (options.to !== undefined) await noteMove(target.sql, { token, state: 'arriving', from, to })
      // From here on the recorded move prevents serving the target.
      if (isElsewhere) await markComplete(places.storage)
      await move(run)
    } finally {
      await target.close()
    }
  } finally {
    await source.sql.close()
  }
}

async function move (run: Run): Promise<void> {
  const { options, source, target } = run
  if (options.blobs !== undefined) {
    // Report an unavailable source before waiting for anything.
    for await (const ids of source.blobs.list()) if (ids.length > 0) break
    await target.blobs.removeUnfinished(async () => false)
  }
  let hold = options.prepare ? undefined : await takeHold(run)
  if (hold === undefined) {
    if (options.blobs !== undefined) {
      const { lost } = await bringBytes(run)
      complain(lost, 'the last step will fail unless they are repaired, or left out with --without-lost')
      if (options.prepare && lost.length > 0) process.exitCode = 1
    }
    if (options.prepare) return say('Prepared: run the same command without --prepare, and stop the server when it asks for that.')
    say('The server is running. Stop it now: the move continues automatically once it has ended.')
    while (hold === undefined) {
      await sleep(POLL_INTERVAL)
      hold = await takeHold(run)
    }
  }
  try {
    await finish(run)
  } catch (error) {
    // The server may continue on the source.
    await changeMove(source.sql, run.token, 'leaving', 'copying').catch(() => undefined)
    throw error
  } finally {
    hold.unlock()
  }
}

/** Locks the source, so that nobody serves or changes it; undefined while somebody does. */
async function takeHold ({ source: { places, sql }, token }: Run): Promise<Lock | undefined> {
  const hold = tryLockStorage(places.storage, false)
  if (hold === undefined) return undefined
  let isHeld = false
  const isServed = async (): Promise<boolean> => places.database !== undefined &&
    (await listServers(sql)).some(({ seenAt }) => seenAt > systemClock.now() - SERVER_LEASE)
  try {
    if (await isServed()) return undefined
    // A server records itself and then looks for this mark, so a server that starts now sees the mark or is seen.
    if (!await changeMove(sql, token, 'copying', 'leaving')) throw new CommandProblem('another respace migrate is already moving this storage: let only one of them continue')
    isHeld = !await isServed()
    if (isHeld) return hold
    await changeMove(sql, token, 'leaving', 'copying')
  } finally {
    if (!isHeld) hold.unlock()
  }
}

/** Nobody writes to the source any more. */
async function finish (run: Run): Promise<void> {
  const { options, source, target, shapes } = run
  let lost: MovedBytes['lost'] = []
  if (options.blobs !== undefined) {
    lost = (await bringBytes(run)).lost
    complain(lost, options.withoutLost ? 'left out' : '')
    if (lost.length > 0 && !options.withoutLost) {
      throw new CommandProblem(`the bytes of ${files(lost.length)} are missing or damaged: the source is unchanged. Repair them (see respace fsck, or a backup), or leave them out with --without-lost`)
    }
  }
  if (options.to !== undefined) {
    const rows = await countRows(source.sql, shapes)
    await withProgress('rows copied', rows, 'rows', line => moveRows(source.sql, target.sql, shapes, line.advance))
    const difference = await withProgress('rows compared', rows, 'rows', line => findDifference(source.sql, target.sql, shapes, line.advance))
    if (difference !== undefined) throw new CommandProblem(`the copy differs: ${difference}; run the command again`)
    await forgetPlaces(target.sql)
  }
  if (options.blobs !== undefined) {
    await endAllUploads(target.sql)
    for (const { file } of lost) await dropFile(target.sql, file)
    await removeUnclaimed(target.sql, target.blobs)
  }
  if (resolve(source.places.storage) !== target.places.storage) await copyAuthority(source.places.storage, target.places.storage)
  await sync(target.places.storage)
  if (!await changeMove(source.sql, run.token, 'leaving', options.to === undefined ? 'arrived' : 'left')) throw new CommandProblem('the move was cancelled by another command: run it again')
  await arrive(run)
}

/** From here on the target is served, not the source. */
async function arrive ({ options, source, target, token }: Run): Promise<void> {
  if (options.to !== undefined && !await changeMove(target.sql, token, 'arriving', 'arrived') && (await readMove(target.sql))?.token !== token) {
    throw new CommandProblem('this storage was moved, but to another place')
  }
  const { files: count, bytes } = await countAllBytes(target.sql)
  const { places: { storage, database, blobs, secretKey } } = target
  const place = locationOf({ database, blobs })
  say(`Moved: ${files(count)} with ${bytes} bytes. The database is in ${place.database}, the bytes of files are in ${place.blobs}.`)
  say('Start the server with')
  say(`  --storage          ${storage}`)
  say(`  RESPACE_DATABASE   ${database === undefined ? 'not set' : `${place.database}, with user and password`}`)
  say(`  RESPACE_BLOBS      ${blobs === undefined ? 'not set' : options.blobs ?? 'unchanged'}`)
  if (secretKey === undefined) say(`  the key            ${join(storage, SECRET_KEY)}; on other servers set RESPACE_SECRET_KEY to its content`)
  const old = locationOf(source.places)
  const left = [...options.to === undefined ? [] : [`the database in ${old.database}`], ...options.blobs === undefined ? [] : [`the bytes of files in ${old.blobs}`]]
  say(`The old copy, ${left.join(' and ')}, is not used any more: keep it until you have checked the new one.`)
}

async function cancel (config: Config): Promise<void> {
  const { sql } = await openMoving(config, systemClock, systemIds)
  try {
    const move: Move | undefined = await readMove(sql)
    if (move?.state !== 'copying' && move?.state !== 'leaving') await requireNotMoved(sql, locationOf(config).blobs)
    if (move?.state === 'leaving') await changeMove(sql, move.token, 'leaving', 'copying')
    say('The storage stays in its old place. Copies in the new place are kept; the same command resumes the move.')
  } finally {
    await sql.close()
  }
}

async function bringBytes ({ options, source, target }: Run): Promise<MovedBytes> {
  const { bytes } = await countAllBytes(source.sql)
  const moved = await withProgress('bytes', bytes, 'bytes', line => moveBytes(source.sql, source.blobs, target.blobs, options.checksums === true, line.advance))
  say(`${files(moved.brought)} copied and compared by checksum, ${moved.kept} already there${options.checksums || moved.kept === 0 ? '' : ' with the right size'}`)
  return moved
}

async function withProgress<T> (what: string, total: number, unit: 'bytes' | 'rows', work: (line: ProgressLine) => Promise<T>): Promise<T> {
  const line = showProgress(process.stderr, what, total, unit, () => performance.now())
  const done = await work(line)
  line.end()
  return done
}

function complain (lost: MovedBytes['lost'], what: string): void {
  for (const { file, state } of lost) process.stderr.write(`${line(file, state)}\n`)
  if (lost.length > 0 && what !== '') process.stderr.write(`missing or damaged: ${files(lost.length)}, ${what}\n`)
}

/** An error of a disk, a database or a store as a sentence; a bug of ours with its stack. */
function sayMendable (error: unknown): unknown {
  const code = error instanceof Error && ('code' in error && error.code !== '' ? String(error.code) : 'status' in error ? String(error.status) : error instanceof OutcomeUnknown ? 'unknown' : '')
  if (!code || code.startsWith('ERR_')) return error
  return new CommandProblem(`interrupted; the source storage is unchanged: ${reasonOf(error)}; run the command again to resume`)
}

const files = (count: number): string => count === 1 ? '1 file' : `${count} files`
const say = (text: string): void => { process.stdout.write(`${text}\n`) }
