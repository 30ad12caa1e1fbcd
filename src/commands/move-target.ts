/** The target of `respace migrate`: read from its options, and refused unless it is free. */
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

/** The settings after the move. `to` and `blobs` are addresses or a storage folder; parts without an option stay. */
export function readTarget (source: StorageConfig, { to, blobs }: { to?: string, blobs?: string }): StorageConfig {
  if (to === undefined && blobs === undefined) throw new CommandProblem('nothing to move: set --to for the database, --blobs for the bytes of files, or both')
  const database = to === undefined ? source.database : readAddress('--to', to, /^postgres(?:ql)?:/, databaseUrl.read)
  const store = blobs === undefined ? source.blobs : readAddress('--blobs', blobs, /^s3:/, blobStore.read)
  if (store !== undefined && (source.s3AccessKey === undefined || source.s3SecretKey === undefined)) throw new CommandProblem('RESPACE_S3_ACCESS_KEY and RESPACE_S3_SECRET_KEY: needed for a bucket')
  if (to !== undefined && placeOfDatabase(database) === placeOfDatabase(source.database)) throw new CommandProblem(`--to: ${whereItIs(database === undefined)}`)
  if (blobs !== undefined && placeOfBlobs(store) === placeOfBlobs(source.blobs)) throw new CommandProblem(`--blobs: ${whereItIs(store === undefined)}`)
  if (source.blobs && store && isWithin(source.blobs, store)) throw new CommandProblem('--blobs: to move within a bucket, use two prefixes, neither of which begins with the other')
  const folders = new Set([...to !== undefined && database === undefined ? [resolve(to)] : [], ...blobs !== undefined && store === undefined ? [resolve(blobs)] : []])
  const [storage = resolve(source.storage), other] = folders
  if (other !== undefined) throw new CommandProblem('--to and --blobs: use the same storage folder for both, it holds everything')
  const stays = (to === undefined && database === undefined) || (blobs === undefined && store === undefined)
  if (stays && storage !== resolve(source.storage)) {
    throw new CommandProblem(`the other part stays in the storage folder ${resolve(source.storage)}: use that folder, or move both with --to and --blobs`)
  }
  return { ...source, storage, database, blobs: store }
}

/** undefined is a folder. */
function readAddress<T> (option: string, text: string, scheme: RegExp, read: (text: string) => T): T | undefined {
  if (!scheme.test(text) && !text.includes('://')) return undefined
  try {
    return read(text)
  } catch (error) {
    // Not repeated: it may contain a password.
    throw new CommandProblem(`${option}: ${reasonOf(error)}; or a storage folder`)
  }
}

const whereItIs = (isFolder: boolean): string => isFolder
  ? 'it is already in a storage folder: stop the server and move that folder, or see respace backup'
  : 'it is already there'

const isWithin = (a: { bucket: string, endpoint: string, prefix: string }, b: typeof a): boolean =>
  a.bucket === b.bucket && a.endpoint === b.endpoint && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix))

/** Tables with an initial row, which do not mean that there are files. */
const TOTALS = 'storage_totals'

/** Tables that every database of Respace has. */
const OURS = ['schema_migrations', 'key_check', 'doomed_blobs']

/** Refuses a database with any content except that of this move; changes nothing there. True when the move has begun. */
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
  if (!OURS.every(name => tables.includes(name))) return `has tables of another program (${tables.slice(0, 3).join(', ')}): use an empty database`
  const [found, known] = [await readSchemaVersion(sql), Math.max(...(await readMigrations()).map(({ version }) => version))]
  if (found > known) throw new NewerSchema(found, known)
  const move = tables.includes('moves') ? await readMove(sql) : undefined
  if (move?.state === 'arriving') return move.token === token ? 'begun' : 'has data of another unfinished move: empty it first, or use another one'
  if (move?.state === 'left') return 'has the old data of a storage that was moved away: put it aside first, or use another one'
  const filled = await findFilled(sql, shapes.filter(({ name }) => tables.includes(name) && name !== TOTALS))
  return filled.length === 0 ? 'free' : `is not empty, it has rows in ${filled.slice(0, 3).join(', ')}: use an empty one`
}

/** Refuses a bucket or a folder that already has bytes; only the storage folder may have earlier ones. */
export async function requireFreeBlobs (source: StorageConfig, target: StorageConfig): Promise<void> {
  if (target.blobs === undefined && target.storage === resolve(source.storage)) return
  if (target.blobs === undefined && !existsSync(join(target.storage, 'blobs'))) return
  if (await isEmpty(await openBlobs(target))) return
  throw new CommandProblem(`${target.blobs === undefined ? resolve(target.storage, 'blobs') : placeOfBlobs(target.blobs)} is not empty: use an empty one, or another prefix`)
}

/** The key decrypts all passwords, so it is copied to another folder with them; a key in a variable stays there. */
export async function bringSecretKey ({ storage: from, secretKey }: StorageConfig, { storage: to }: StorageConfig): Promise<void> {
  if (secretKey !== undefined || resolve(from) === to) return
  await mkdir(to, { recursive: true, mode: 0o700 })
  const there = await readFile(join(to, SECRET_KEY), 'utf8').catch((error: unknown) => {
    if (!isMissing(error)) throw error
  })
  if (there === undefined) await copyDurably(join(from, SECRET_KEY), join(to, SECRET_KEY))
  else if (there.trim() !== (await readFile(join(from, SECRET_KEY), 'utf8')).trim()) throw new CommandProblem(`${join(to, SECRET_KEY)} is the key of another storage: use another folder`)
}
