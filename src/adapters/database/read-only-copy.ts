/** A database on a medium that takes no writes, opened as a copy elsewhere: what is stored can be read, nothing can be changed. */
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Sql } from '../../ports.ts'
import { openSqlite } from './sqlite.ts'

/** The second is memory, on Linux. */
const PLACES = [tmpdir(), '/dev/shm']

/** undefined where there is no room for the copy either. */
export async function openReadOnlyCopy (file: string): Promise<Sql | undefined> {
  for (const place of PLACES) {
    const folder = await mkdtemp(join(place, 'respace-copy-')).catch(() => undefined)
    if (folder === undefined) continue
    try {
      const copy = join(folder, basename(file))
      // What was written last is in the log beside it.
      for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) await copyFile(file + suffix, copy + suffix)
      return openSqlite(copy, { isReadOnly: true })
    } catch {
      // The next place.
    } finally {
      // Open files stay until they are closed, and so nothing is left behind by a process that is killed.
      await rm(folder, { recursive: true, force: true })
    }
  }
  return undefined
}
