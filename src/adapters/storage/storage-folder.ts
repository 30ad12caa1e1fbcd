/** The storage folder of the embedded default: who may use it, and the key that opens its secrets. */
import Database from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { access, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openDatabase } from '../database/open-database.ts'
import { reasonOf } from '../../domain/as-error.ts'
import { SECRET_KEY } from './layout.ts'

/** Something about the folder that the operator must change; the message says what. */
export class StorageProblem extends Error {}

/**
 * Makes the folder when it is not there; refuses one that this user may not write. On a medium that is full or read-only one that is
 * there can still be read: why nothing can be written to it is told then.
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
    throw new StorageProblem(`the storage folder ${resolve(path)} must be a folder this user can write: ${reason}`)
  }
}

/** A read-only mount may pass the access check of root; making a file does not lie. */
export async function probeFolder (path: string): Promise<void> {
  const probe = join(path, `.probe-${process.pid}`)
  await (await open(probe, 'w')).close()
  await rm(probe, { force: true })
}

/** Of a medium that takes no more files, whoever asks. */
export const isUnwritable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EROFS')

/** A lock that nobody has: where nothing can be written no second server does harm. */
const NO_LOCK: Lock = { unlock: () => undefined }

/**
 * Keeps a second server off the same storage. The lock is a transaction on a database of its own: the operating
 * system ends it with the process, however that ends, so no stale lock is ever left. Servers with a shared database
 * share the folder too.
 */
export function lockStorage (path: string, isShared: boolean, unwritable?: string): Lock {
  if (unwritable !== undefined) return NO_LOCK
  const lock = tryLockStorage(path, isShared)
  if (lock !== undefined) return lock
  throw new StorageProblem(`another Respace server runs on the storage folder ${resolve(path)}: ` +
    'stop it first, or give this one another folder with --storage')
}

/** The same for who can wait: undefined while a server runs. */
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

/** Throws a StorageProblem for a database of which this user may read files and not write them: SQLite finds out at the first write only. */
export async function requireWritableDatabase (database: string): Promise<void> {
  for (const file of [database, `${database}-wal`, `${database}-shm`]) {
    await access(file, constants.R_OK | constants.W_OK).catch((error: unknown) => {
      const isRefused = error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
      if (isRefused) throw new StorageProblem(`${resolve(file)} must be a file that this user can read and write: ${error.message}`)
    })
  }
}

const OTHERS_READ = 0o004

/** What an operator should know of the key's file: undefined when not everybody may read it, or there is none. */
export async function adviseOnKey (path: string): Promise<string | undefined> {
  const file = join(path, SECRET_KEY)
  const found = await stat(file).catch(() => undefined)
  // Windows has no such modes.
  if (found === undefined || process.platform === 'win32' || (found.mode & OTHERS_READ) === 0) return undefined
  return `${resolve(file)} can be read by every user of this machine, and with it every password that is stored: chmod 600 it`
}

/** A database that the operator must mend as a StorageProblem; any other error as it is. */
export function sayUnusable (database: string, error: unknown): unknown {
  const isUnusable = error instanceof Database.SqliteError && /^SQLITE_(?:CANTOPEN|READONLY|PERM|NOTADB|CORRUPT)/.test(error.code)
  return isUnusable ? new StorageProblem(`${resolve(database)} must be a database of Respace this user can write: ${error.message}`) : error
}

/**
 * The 32-byte key: the setting's 64 hex digits, or `secret.key`, made with mode 0600 at the first start. It is older
 * than the database: where only that is left, another key would be of no use. `known`, if any, is what is made.
 */
export async function loadSecretKey (path: string, setting: string | undefined, database: string, known?: string): Promise<Buffer> {
  if (setting !== undefined) return Buffer.from(setting, 'hex')
  const file = join(path, SECRET_KEY)
  const text = await readSecretKey(file) ?? await makeSecretKey(file, database, known)
  if (!/^[0-9a-f]{64}\s*$/.test(text)) {
    throw new StorageProblem(`${resolve(file)} must hold 64 hex digits; without the right key no password can be read`)
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
    // Another process may have made both since we looked for the key.
    const text = await readSecretKey(file)
    if (text !== undefined) return text
    throw new StorageProblem(`${resolve(file)} is missing, but ${resolve(database)} needs it: put it back, or set RESPACE_SECRET_KEY if the key was kept there`)
  }
  const text = `${known}\n`
  // Written aside and linked: of two processes that start together one makes the key and both read it.
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
