/** Files that a client saved in its folder. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

export interface Saved {
  readonly name: string
  /** In hex. */
  readonly sha256: string
}

/** A client may save anything; the rest is not read. */
const MAX_SAVED = 5000

/** The files below a folder, without following links. Files that disappear while they are read are left out. */
export async function readSaved (folder: string): Promise<readonly Saved[]> {
  const found: Saved[] = []
  async function walk (path: string): Promise<void> {
    for await (const entry of await opendir(path)) {
      if (found.length >= MAX_SAVED) return
      const inner = join(path, entry.name)
      if (entry.isDirectory()) await walk(inner).catch(() => undefined)
      else if (entry.isFile()) found.push(...await hashOf(inner).then(sha256 => [{ name: entry.name, sha256 }], () => []))
    }
  }
  await walk(folder).catch(() => undefined)
  return found
}

async function hashOf (file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
