/** Marks a storage folder while a command fills it: an incomplete one must not be taken for a new storage. */
import { existsSync, readFileSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { sync } from '../blobs/blob-folder.ts'
import { DATABASE } from './layout.ts'
import { StorageProblem } from './storage-folder.ts'

const MARK = 'incomplete'

/** Called before anything else is written there. `command` is the command that completes the folder. */
export async function markIncomplete (storage: string, command: string): Promise<void> {
  const handle = await open(join(storage, MARK), 'w', 0o600)
  try {
    await handle.writeFile(`${command}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await sync(storage)
  await sync(dirname(resolve(storage)))
}

/** Called after everything else has been synced. */
export async function markComplete (storage: string): Promise<void> {
  await rm(join(storage, MARK), { force: true })
  await sync(storage)
}

/** Also true after an interrupted restore of an earlier version, which renamed the database last. */
export const isIncomplete = (storage: string): boolean =>
  existsSync(join(storage, MARK)) || (existsSync(join(storage, `${DATABASE}.new`)) && !existsSync(join(storage, DATABASE)))

/** Throws StorageProblem for an incomplete storage, and for a backup, in which a server would create a new storage. `resumed` is the command that may resume it. */
export function requireComplete (storage: string, resumed?: string): void {
  if (isIncomplete(storage) && readCommand(storage) !== resumed) {
    throw new StorageProblem(`the storage folder ${resolve(storage)} is incomplete: ${JSON.stringify(readCommand(storage))} did not finish. ` +
      'Run it again: it resumes where it stopped')
  }
  if (existsSync(join(storage, 'backup.json'))) {
    throw new StorageProblem(`${resolve(storage)} is a backup, not a storage folder: restore it into one with "respace restore"`)
  }
}

function readCommand (storage: string): string {
  try {
    return readFileSync(join(storage, MARK), 'utf8').slice(0, 1000).trim() || 'respace restore'
  } catch {
    return 'respace restore'
  }
}
