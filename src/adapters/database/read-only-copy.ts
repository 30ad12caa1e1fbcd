/** Opens a copy of a database on a read-only medium: its data can be read, nothing can be changed. */
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Sql } from '../../ports.ts'
import { openSqlite } from './sqlite.ts'

/** The second one is in memory, on Linux. */
const PLACES = [tmpdir(), '/dev/shm']

/** undefined when there is no space for the copy either. */
export async function openReadOnlyCopy (file: string): Promise<Sql | undefined> {
  for (const place of PLACES) {
    const folder = await mkdtemp(join(place, 'respace-copy-')).catch(() => undefined)
    if (folder === undefined) continue
    try {
      const copy = join(folder, basename(file))
      // The latest writes are in its write-ahead log.
      for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) await copyFile(file + suffix, copy + suffix)
      return openSqlite(copy, { isReadOnly: true })
    } catch {
      // Try the next directory.
    } finally {
      // Deleted files remain usable while open, so a killed process leaves nothing behind.
      await rm(folder, { recursive: true, force: true })
    }
  }
  return undefined
}
