/** The temporary folder of a benchmark, on a real disk. */
import { mkdtempSync, openSync, closeSync, ftruncateSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './child.ts'

export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB

const TMPFS = 0x01021994

/** The folder; not on a tmpfs, where syncing would be free. Removed when the process ends. */
export function makeWorkspace (): string {
  const place = statfsSync(tmpdir()).type === TMPFS ? '/var/tmp' : tmpdir()
  const { bavail, bsize } = statfsSync(place)
  if (bavail * bsize < 8 * GIB) throw new Error(`${place} needs 8 GiB of free space for the benchmark`)
  const folder = mkdtempSync(join(place, 'respace-bench-'))
  process.once('exit', () => { rmSync(folder, { recursive: true, force: true }) })
  return folder
}

/** A file of incompressible bytes. */
export function writeRandomFile (path: string, bytes: number): string {
  const block = randomBytes(MIB)
  const file = openSync(path, 'w')
  for (let written = 0; written < bytes; written += MIB) writeSync(file, block, 0, Math.min(MIB, bytes - written))
  closeSync(file)
  return path
}

/** A file of zeros that takes no space. */
export function makeSparseFile (path: string, bytes: number): string {
  const file = openSync(path, 'w')
  ftruncateSync(file, bytes)
  closeSync(file)
  return path
}

/** Removes the files of a round and syncs the disk, so that it does not affect the next measurement. */
export async function tidy (...paths: readonly string[]): Promise<void> {
  for (const path of paths) rmSync(path, { recursive: true, force: true })
  await run('sync', [])
}

/** The paths of all files in it. */
export function filesBelow (folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}
