/** Temporary folders of emulators. Each is locked by its process, so that a later one can remove what a killed one left. */
import { existsSync } from 'node:fs'
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { takeLock, type Lock } from './storage-folder.ts'

const PREFIX = 'respace-dev-'
const LOCK = 'emulator.lock'
/** Milliseconds. A folder without a lock may be one whose process is just about to lock it. */
const UNLOCKED_AGE = 24 * 60 * 60 * 1000
/** Folders that one start looks at. */
const MAX_LOOKS = 200
/** Others that start at the same moment may take a folder for an abandoned one. */
const MAX_TRIES = 5

/** A new folder that nobody else can read; `remove` deletes it. Removes those of killed processes of this user first. */
export async function openTemporaryFolder (): Promise<{ readonly folder: string, remove (): Promise<void> }> {
  await removeAbandoned(Date.now())
  for (let triesLeft = MAX_TRIES; ; triesLeft--) {
    const folder = await mkdtemp(join(tmpdir(), PREFIX))
    const lock = tryLock(folder)
    // Between its creation and its lock another start may have removed it.
    if (lock !== undefined && existsSync(join(folder, LOCK))) return { folder, remove: () => remove(folder, lock) }
    lock?.unlock()
    await rm(folder, { recursive: true, force: true })
    if (triesLeft === 0) throw new Error(`no folder in ${tmpdir()} could be locked`)
  }
}

/** Locked until it is gone: nobody else then removes it at the same time. */
async function remove (folder: string, lock: Lock): Promise<void> {
  // A start that checks whether the folder is abandoned may create the lock file again while it is being emptied.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 })
  lock.unlock()
}

/**
 * The operating system ends a lock with its process, so no id of a process can mislead. What cannot be removed is left alone: a start
 * must not fail for it.
 */
async function removeAbandoned (now: number): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => [])
  const found = names.filter(name => name.startsWith(PREFIX)).slice(0, MAX_LOOKS)
  await Promise.all(found.map(name => removeIfAbandoned(join(tmpdir(), name), now).catch(() => undefined)))
}

async function removeIfAbandoned (folder: string, now: number): Promise<void> {
  const { uid, mtimeMs, isDirectory } = await statOf(folder)
  // A link could lead anywhere, and what others own is theirs.
  if (!isDirectory || uid !== (process.getuid?.() ?? uid)) return
  if (!existsSync(join(folder, LOCK))) {
    if (now - mtimeMs > UNLOCKED_AGE) await rm(folder, { recursive: true, force: true })
    return
  }
  const lock = tryLock(folder)
  if (lock !== undefined) await remove(folder, lock)
}

async function statOf (path: string) {
  const stat = await lstat(path)
  return { uid: stat.uid, mtimeMs: stat.mtimeMs, isDirectory: stat.isDirectory() }
}

/** undefined while another process has it, or when the folder is gone. */
function tryLock (folder: string): Lock | undefined {
  try {
    return takeLock(join(folder, LOCK), false)
  } catch (error) {
    if (existsSync(folder)) throw error
    return undefined
  }
}
