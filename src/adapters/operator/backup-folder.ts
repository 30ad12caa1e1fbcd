/**
 * A backup is a folder: `backup.json`, the database that it names, `blobs/` as in a storage folder, and the secrets. A
 * new backup in the folder takes effect when `backup.json` is replaced, in one step; until then the earlier one is complete.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { cp, lstat, mkdir, open, opendir, readdir, readFile, realpath, rename, rm } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { bringFile, isMissing, lookAt, sync } from '../blobs/blob-folder.ts'
import { openDatabase } from '../database/open-database.ts'
import { SECRET_KEY } from '../storage/layout.ts'
import { StorageProblem, takeLock, type Lock } from '../storage/storage-folder.ts'
import { isBlobId } from '../../domain/identifiers.ts'
import type { Sql } from '../../ports.ts'
import { dropFile, listAllBytes, type FileBytes } from '../../store/uploads/stored-bytes.ts'

/** The content of `backup.json`. Size and CRC-32 of each blob are in the database, whose checksum is here. */
export interface Manifest {
  readonly format: 1
  /** The version of Respace that made it, and the schema of its database. */
  readonly version: string
  readonly schema: number
  readonly madeAt: string
  readonly files: number
  readonly bytes: number
  /** The file name of the database in the folder. */
  readonly database: string
  readonly sha256: string
  /** A signature by the secret key: the same for all backups of one storage. */
  readonly signature: string
  /** Whether it contains `secret.key`; else the key was in RESPACE_SECRET_KEY. */
  readonly hasKey: boolean
}

const MANIFEST = 'backup.json'
/** Prevents two commands on one backup at the same time. */
const LOCK = 'backup.lock'
/** Also part of a backup: the authority that programs trust. */
const TLS = 'tls'

function isManifest (read: unknown): read is Manifest {
  const { format, version, schema, madeAt, files, bytes, database, sha256, signature, hasKey } = read as Partial<Record<keyof Manifest, unknown>>
  return format === 1 && [version, madeAt, database, sha256, signature].every(text => typeof text === 'string') &&
    [schema, files, bytes].every(Number.isSafeInteger) && typeof hasKey === 'boolean' && /^[\w-]+\.sqlite$/.test(String(database))
}

/** The backup in a folder, undefined without one. Throws StorageProblem for one that cannot be read. */
export async function readManifest (folder: string): Promise<Manifest | undefined> {
  try {
    if (!await requireKind(join(folder, MANIFEST), 'isFile')) return undefined
    const read: unknown = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'))
    if (isManifest(read)) return read
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
  }
  throw new StorageProblem(`${resolve(folder, MANIFEST)} cannot be read by this version of Respace: a newer one may have written it`)
}

/**
 * A backup may contain only plain files in folders: a link would lead out of it, a pipe never ends. Hard links are allowed,
 * since a backup on the same file system consists of them. Throws StorageProblem.
 */
export async function requirePlainFiles (folder: string, { database }: Manifest): Promise<void> {
  for (const name of [MANIFEST, database, SECRET_KEY]) await requireKind(join(folder, name), 'isFile')
  for (const name of [TLS, 'blobs']) {
    const path = join(folder, name)
    if (await requireKind(path, 'isDirectory')) await requirePlainTree(path, 1)
  }
}

async function requirePlainTree (path: string, levels: number): Promise<void> {
  for await (const entry of await opendir(path)) {
    const inner = join(path, entry.name)
    if (entry.isDirectory() && levels > 0) await requirePlainTree(inner, levels - 1)
    else await requireKind(inner, 'isFile')
  }
}

/** False when it does not exist. */
async function requireKind (path: string, kind: 'isFile' | 'isDirectory'): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error
  })
  if (found === undefined) return false
  if (found[kind]()) return true
  throw new StorageProblem(`${resolve(path)} is not a plain ${kind === 'isFile' ? 'file' : 'folder'}: a backup contains nothing else. Nothing was restored`)
}

/** Prepares a folder for a backup of `storage`: it must be new, empty, or hold an earlier backup. */
export async function openTarget (folder: string, storage: string): Promise<Lock & { readonly earlier: Manifest | undefined }> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [target, source] = await Promise.all([realpath(folder), realpath(storage)])
  if (isWithin(target, source) || isWithin(source, target)) {
    throw new StorageProblem(`the backup folder ${target} must be outside the storage folder ${source}, and must not contain it: choose another folder`)
  }
  const lock = lockBackup(folder)
  try {
    const earlier = await readManifest(folder)
    const others = (await readdir(folder)).filter(name => !name.startsWith(LOCK))
    if (earlier === undefined && others.some(name => !PARTS.test(name))) {
      throw new StorageProblem(`${target} contains other files than a backup: choose an empty or a new folder`)
    }
    return { ...lock, earlier }
  } catch (error) {
    lock.unlock()
    throw error
  }
}

/** Removes files of an interrupted backup. */
const PARTS = /^(?:blobs|tls|secret\.key|database-[\w-]+\.sqlite(?:-wal|-shm|-journal)?|backup\.json\.new)$/

const isWithin = (inner: string, outer: string): boolean => (inner + sep).startsWith(outer.endsWith(sep) ? outer : outer + sep)

export function lockBackup (folder: string): Lock {
  const lock = takeLock(join(folder, LOCK), false)
  if (lock === undefined) throw new StorageProblem(`another command is using the backup ${resolve(folder)}: wait until it has ended`)
  return lock
}

/** A consistent copy of the database, while others write to it. */
export function copyDatabase (from: string, to: string): void {
  const db = openDatabase(from)
  try {
    // Not SQLite's backup API: that restarts whenever another process writes.
    db.prepare('vacuum into ?').run(to)
  } finally {
    db.close()
  }
}

/** Makes the backup described by `manifest` the current one, and removes the databases of others. */
export async function commitManifest (folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, MANIFEST)
  const handle = await open(`${path}.new`, 'w', 0o600)
  await handle.writeFile(JSON.stringify(manifest, undefined, 2) + '\n')
  await handle.sync()
  await handle.close()
  await rename(`${path}.new`, path)
  await sync(folder)
  await removeOtherDatabases(folder, manifest.database)
}

/** Removes all databases from a backup except one. */
export async function removeOtherDatabases (folder: string, kept: string | undefined): Promise<void> {
  const others = (await readdir(folder)).filter(name => /^database-.*\.sqlite/.test(name) && name !== kept)
  for (const name of others) await rm(join(folder, name), { force: true })
}

export async function sumOf (path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Copies the local authority, if there is one. */
export async function copyAuthority (from: string, to: string): Promise<void> {
  try {
    await cp(join(from, TLS), join(to, TLS), { recursive: true, force: true })
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** The result for the bytes of all files. */
export interface Brought {
  /** Files whose bytes already existed, and files that were copied. */
  readonly kept: number
  readonly brought: number
  /** Files with missing or damaged bytes; they are removed from the copied database. */
  readonly dropped: ReadonlyArray<{ readonly file: FileBytes, readonly state: 'missing' | 'damaged' }>
}

/**
 * Copies the bytes of all files in a copied database, and reads and checks each of them. An intact copy in the
 * new place stays, even if its original is damaged. The functions return the path of a blob.
 */
export async function bringBytes (copy: Sql, fromPath: (id: string) => string, toPath: (id: string) => string): Promise<Brought> {
  let kept = 0
  let brought = 0
  const dropped: Array<Brought['dropped'][number]> = []
  for await (const files of listAllBytes(copy)) {
    for (const file of files) {
      if (!isBlobId(file.blobId)) {
        await dropFile(copy, file)
        dropped.push({ file, state: 'missing' })
        continue
      }
      const to = toPath(file.blobId)
      if (await lookAt(to, file, true) === 'whole') {
        kept++
        continue
      }
      const state = await bring(fromPath(file.blobId), to, file)
      if (state === 'whole') {
        brought++
        continue
      }
      await rm(to, { force: true })
      await dropFile(copy, file)
      dropped.push({ file, state })
    }
  }
  return { kept, brought, dropped }
}

async function bring (from: string, to: string, file: FileBytes): Promise<'whole' | 'missing' | 'damaged'> {
  try {
    await bringFile(from, to)
  } catch (error) {
    if (isMissing(error)) return 'missing'
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return 'damaged'
    throw error
  }
  return lookAt(to, file, true)
}
