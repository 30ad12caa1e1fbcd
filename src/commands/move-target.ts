/** Where `respace migrate` brings a storage: read from its options, and free for it or refused. */
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isEmpty } from '../adapters/operator/move-blobs.ts'
import { findFilled, listTables } from '../adapters/operator/move-rows.ts'
import { copyDurably, isMissing } from '../adapters/blobs/blob-folder.ts'
import { openBlobs, openSql, placeOfDatabase, type StorageConfig } from '../adapters/storage/embedded.ts'
import { DATABASE, SECRET_KEY } from '../adapters/storage/layout.ts'
import { readMigrations } from '../adapters/database/migration-files.ts'
import type { TableShape } from '../adapters/database/table-shapes.ts'
import { reasonOf } from '../domain/as-error.ts'
import { placeOfBlobs } from '../domain/files/blob-store.ts'
import type { Sql } from '../ports.ts'
import { blobStore, databaseUrl } from '../settings/kinds.ts'
import { NewerSchema, readSchemaVersion } from '../store/operations/migrate.ts'
import { readMove, type Place } from '../store/operations/storage-moves.ts'
import { CommandProblem } from './problem.ts'

export const locationOf = ({ database, blobs }: Pick<StorageConfig, 'database' | 'blobs'>): Place => ({ database: placeOfDatabase(database), blobs: placeOfBlobs(blobs) })

/** What the settings are afterwards. `to` and `blobs` are addresses or a storage folder; what is not given stays where it is. */
export function readTarget (source: StorageConfig, { to, blobs }: { to?: string, blobs?: string }): StorageConfig {
  if (to === undefined && blobs === undefined) throw new CommandProblem('nothing to move: give --to for the database, --blobs for the bytes of files, or both')
  const database = to === undefined ? source.database : readAddress('--to', to, /^postgres(?:ql)?:/, databaseUrl.read)
  const store = blobs === undefined ? source.blobs : readAddress('--blobs', blobs, /^s3:/, blobStore.read)
  if (store !== undefined && (source.s3AccessKey === undefined || source.s3SecretKey === undefined)) throw new CommandProblem('RESPACE_S3_ACCESS_KEY and RESPACE_S3_SECRET_KEY: needed for a bucket')
  if (to !== undefined && placeOfDatabase(database) === placeOfDatabase(source.database)) throw new CommandProblem(`--to: ${whereItIs(database === undefined)}`)
  if (blobs !== undefined && placeOfBlobs(store) === placeOfBlobs(source.blobs)) throw new CommandProblem(`--blobs: ${whereItIs(store === undefined)}`)
  if (source.blobs && store && isWithin(source.blobs, store)) throw new CommandProblem('--blobs: a bucket that is moved into another part of itself needs two prefixes, neither of which begins with the other')
  const folders = new Set([...to !== undefined && database === undefined ? [resolve(to)] : [], ...blobs !== undefined && store === undefined ? [resolve(blobs)] : []])
  const [storage = resolve(source.storage), other] = folders
  if (other !== undefined) throw new CommandProblem('--to and --blobs: give one storage folder for both, it holds everything')
  const stays = (to === undefined && database === undefined) || (blobs === undefined && store === undefined)
  if (stays && storage !== resolve(source.storage)) {
    throw new CommandProblem(`the other half stays in the storage folder ${resolve(source.storage)}: give that folder, or move both with --to and --blobs`)
  }
  return { ...source, storage, database, blobs: store }
}

/** undefined is a folder. */
function readAddress<T> (option: string, text: string, scheme: RegExp, read: (text: string) => T): T | undefined {
  if (!scheme.test(text) && !text.includes('://')) return undefined
  try {
    return read(text)
  } catch (error) {
    // Not repeated: a password may stand in it.
    throw new CommandProblem(`${option}: ${reasonOf(error)}; or a storage folder`)
  }
}

const whereItIs = (isFolder: boolean): string => isFolder
  ? 'it is in a storage folder already: stop the server and move that folder, or see respace backup'
  : 'it is there already'

const isWithin = (a: { bucket: string, endpoint: string, prefix: string }, b: typeof a): boolean =>
  a.bucket === b.bucket && a.endpoint === b.endpoint && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix))

/** Has a row from the start. It says nothing where there are no files. */
const TOTALS = 'storage_totals'

/** Tables without which it is not a database of ours. */
const OURS = ['schema_migrations', 'key_check', 'doomed_blobs']

/** Refuses a database that holds anything but what this very migration has brought; changes nothing there. True when it has begun. */
export async function requireFreeDatabase (target: StorageConfig, shapes: readonly TableShape[], token: string): Promise<boolean> {
  if (target.database === undefined && !existsSync(join(target.storage, DATABASE))) return false
  const sql = await openSql(target)
  try {
    const found = await whyNotFree(sql, target.database !== undefined, shapes, token)
    if (found === 'begun' || found === 'free') return found === 'begun'
    const place = target.database === undefined ? resolve(target.storage, DATABASE) : `the database ${placeOfDatabase(target.database)}`
    throw new CommandProblem(`${place} ${found}`)
  } finally {
    await sql.close()
  }
}

async function whyNotFree (sql: Sql, isPostgres: boolean, shapes: readonly TableShape[], token: string): Promise<'begun' | 'free' | string> {
  const tables = await listTables(sql, isPostgres)
  if (tables.length === 0) return 'free'
  if (!OURS.every(name => tables.includes(name))) return `holds tables of something else (${tables.slice(0, 3).join(', ')}): give an empty one`
  const [found, known] = [await readSchemaVersion(sql), Math.max(...(await readMigrations()).map(({ version }) => version))]
  if (found > known) throw new NewerSchema(found, known)
  const move = tables.includes('moves') ? await readMove(sql) : undefined
  if (move?.state === 'arriving') return move.token === token ? 'begun' : 'holds what another migration has begun to bring: empty it first, or give another one'
  if (move?.state === 'left') return 'holds what was moved away from there: put it aside first, or give another one'
  const filled = await findFilled(sql, shapes.filter(({ name }) => tables.includes(name) && name !== TOTALS))
  return filled.length === 0 ? 'free' : `is not empty, it has rows in ${filled.slice(0, 3).join(', ')}: give an empty one`
}

/** Refuses a bucket or a folder that holds bytes already; only the storage folder may hold those of before. */
export async function requireFreeBlobs (source: StorageConfig, target: StorageConfig): Promise<void> {
  if (target.blobs === undefined && target.storage === resolve(source.storage)) return
  if (target.blobs === undefined && !existsSync(join(target.storage, 'blobs'))) return
  if (await isEmpty(await openBlobs(target))) return
  throw new CommandProblem(`${target.blobs === undefined ? resolve(target.storage, 'blobs') : placeOfBlobs(target.blobs)} is not empty: give a place that is, such as another prefix`)
}

/** The key opens all passwords, so it goes with them into another folder; one that is in a variable stays there. */
export async function bringSecretKey ({ storage: from, secretKey }: StorageConfig, { storage: to }: StorageConfig): Promise<void> {
  if (secretKey !== undefined || resolve(from) === to) return
  await mkdir(to, { recursive: true, mode: 0o700 })
  const there = await readFile(join(to, SECRET_KEY), 'utf8').catch((error: unknown) => {
    if (!isMissing(error)) throw error
  })
  if (there === undefined) await copyDurably(join(from, SECRET_KEY), join(to, SECRET_KEY))
  else if (there.trim() !== (await readFile(join(from, SECRET_KEY), 'utf8')).trim()) throw new CommandProblem(`${join(to, SECRET_KEY)} is the key of another storage: give another folder`)
}
