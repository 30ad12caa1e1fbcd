/** The storage folder of the embedded default: its lock, and the key that decrypts its secrets. */
import Database from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { access, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openDatabase } from '../database/open-database.ts'
import { reasonOf } from '../../domain/as-error.ts'
import { SECRET_KEY } from './layout.ts'

/** A problem with the folder that the operator must fix; the message says how. */
export class StorageProblem extends Error {}

/**
 * Creates the folder if it is missing; refuses one without write permission. On a full or read-only medium an existing one
 * can still be read: then the reason why it cannot be written is returned.
 */
export async function prepareStorage (path: string): Promise<string | undefined> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.R_OK | constants.X_OK)
    await probeFolder(path)
    return undefined
  } catch (error) {
    const reason = reasonOf(error)
    if (isUnwritable(error) && existsSync(path)) return reason
    throw new StorageProblem(`the storage folder ${resolve(path)} must be a folder that this user can write: ${reason}`)
  }
}

/** A read-only mount may pass root's access check; creating a file is reliable. */
export async function probeFolder (path: string): Promise<void> {
  const probe = join(path, `.probe-${process.pid}`)
  await (await open(probe, 'w')).close()
  await rm(probe, { force: true })
}

/** The error codes of a medium that accepts no more files from anyone. */
export const isUnwritable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EROFS')

/** A lock without effect: on a read-only medium a second server does no harm. */
const NO_LOCK: Lock = { unlock: () => undefined }

/**
 * Prevents a second server on the same storage. The lock is a transaction on a separate database: the operating
 * system ends it with the process in any case, so there are no stale locks. Servers with a shared database
 * share the folder too.
 */
export function lockStorage (path: string, isShared: boolean, unwritable?: string): Lock {
  if (unwritable !== undefined) return NO_LOCK
  const lock = tryLockStorage(path, isShared)
  if (lock !== undefined) return lock
  throw new StorageProblem(`another Respace server runs on the storage folder ${resolve(path)}: ` +
    'stop it first, or choose another folder for this one with --storage, for dev with --data')
}

/** The same for callers that can wait: undefined while a server runs. */
export const tryLockStorage = (path: string, isShared: boolean): Lock | undefined => takeLock(join(path, 'server.lock'), isShared)

export interface Lock { unlock (): void }

/** undefined while another process has it. */
export function takeLock (file: string, isShared: boolean): Lock | undefined {
  const lock = openDatabase(file, { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = DELETE')
    lock.exec(isShared ? 'begin; select count(*) from sqlite_master' : 'begin exclusive')
  } catch (error) {
    lock.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
  return { unlock: () => { lock.close() } }
}

/** Throws a StorageProblem for a database without write permission: SQLite would notice only at the first write. */
export async function requireWritableDatabase (database: string): Promise<void> {
  for (const file of [database, `${database}-wal`, `${database}-shm`]) {
    await access(file, constants.R_OK | constants.W_OK).catch((error: unknown) => {
      const isRefused = error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
      if (isRefused) throw new StorageProblem(`${resolve(file)} must be a file that this user can read and write: ${error.message}`)
    })
  }
}

const OTHERS_READ = 0o004

/** A warning when everybody may read the key's file; undefined otherwise, or when there is no file. */
export async function adviseOnKey (path: string): Promise<string | undefined> {
  const file = join(path, SECRET_KEY)
  const found = await stat(file).catch(() => undefined)
  // Windows has no such modes.
  if (found === undefined || process.platform === 'win32' || (found.mode & OTHERS_READ) === 0) return undefined
  return `${resolve(file)} can be read by every user of this machine, who can decrypt all stored passwords with it: run chmod 600 on it`
}

/** Turns errors of a database that the operator must repair into a StorageProblem; returns other errors unchanged. */
export function sayUnusable (database: string, error: unknown): unknown {
  const isUnusable = error instanceof Database.SqliteError && /^SQLITE_(?:CANTOPEN|READONLY|PERM|NOTADB|CORRUPT)/.test(error.code)
  return isUnusable ? new StorageProblem(`${resolve(database)} must be a database of Respace that this user can write: ${error.message}`) : error
}

/**
 * The 32-byte key: the setting's 64 hex digits, or `secret.key`, created with mode 0600 at the first start, before
 * the database: if a database exists without it, a new key would be useless. A new key is `known`, if given.
 */
export async function loadSecretKey (path: string, setting: string | undefined, database: string, known?: string): Promise<Buffer> {
  if (setting !== undefined) return Buffer.from(setting, 'hex')
  const file = join(path, SECRET_KEY)
  const text = await readSecretKey(file) ?? await makeSecretKey(file, database, known)
  if (!/^[0-9a-f]{64}\s*$/.test(text)) {
    throw new StorageProblem(`${resolve(file)} must contain 64 hex digits; without the right key no password can be decrypted`)
  }
  return Buffer.from(text.trim(), 'hex')
}

async function readSecretKey (file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new StorageProblem(`${resolve(file)} cannot be read: ${reasonOf(error)}`)
  }
}

async function makeSecretKey (file: string, database: string, known = randomBytes(32).toString('hex')): Promise<string> {
  if (existsSync(database)) {
    // Another process may have created both since we looked for the key.
    const text = await readSecretKey(file)
    if (text !== undefined) return text
    throw new StorageProblem(`${resolve(file)} is missing, but ${resolve(database)} needs it: put it back, or set RESPACE_SECRET_KEY if the key was kept there`)
  }
  const text = `${known}\n`
  // Written to a temporary file and linked: of two processes that start together one creates the key and both read it.
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  const handle = await open(aside, 'wx', 0o600)
  await handle.writeFile(text)
  await handle.sync()
  await handle.close()
  try {
    await link(aside, file)
    return text
  } catch {
    return await readFile(file, 'utf8')
  } finally {
    await rm(aside, { force: true })
  }
}
