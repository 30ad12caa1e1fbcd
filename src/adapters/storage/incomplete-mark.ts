/** A storage folder that a command has begun to fill says so from its first moment until its last: half of it must not be taken for a new server. */
import { existsSync, readFileSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { sync } from '../blobs/blob-folder.ts'
import { DATABASE } from './layout.ts'
import { StorageProblem } from './storage-folder.ts'

const MARK = 'incomplete'

/** Before anything else is written there. `command` is what ends it, as an operator types it. */
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

/** After everything else has been synced. */
export async function markComplete (storage: string): Promise<void> {
  await rm(join(storage, MARK), { force: true })
  await sync(storage)
}

/** Also one that a restore of an earlier version has left: its database came under its own name last. */
export const isIncomplete = (storage: string): boolean =>
  existsSync(join(storage, MARK)) || (existsSync(join(storage, `${DATABASE}.new`)) && !existsSync(join(storage, DATABASE)))

/** Throws StorageProblem for what is half a storage, and for a backup, in which a server would begin anew. `resumed` is the command that may go on with it. */
export function requireComplete (storage: string, resumed?: string): void {
  if (isIncomplete(storage) && readCommand(storage) !== resumed) {
    throw new StorageProblem(`the storage folder ${resolve(storage)} is incomplete: ${JSON.stringify(readCommand(storage))} began to fill it and did not end. ` +
      'Run it again: it resumes where it stopped')
  }
  if (existsSync(join(storage, 'backup.json'))) {
    throw new StorageProblem(`${resolve(storage)} is a backup and not a storage folder: bring it into one with "respace restore"`)
  }
}

function readCommand (storage: string): string {
  try {
    return readFileSync(join(storage, MARK), 'utf8').slice(0, 1000).trim() || 'respace restore'
  } catch {
    return 'respace restore'
  }
}
