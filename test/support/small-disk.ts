/** File systems of their own for tests: small ones, with few files, or read-only. */
import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from './server.ts'

export interface SmallDisk {
  readonly folder: string
  /** Whether nothing may be written from now on. */
  mount (how: 'ro' | 'rw'): void
}

/** undefined where none may be mounted. `size` is in bytes; `files` how many there may be. */
export async function mountMemory (t: Teardown, size: number, files?: number): Promise<SmallDisk | undefined> {
  const folder = await temporaryFolder(t)
  return mounted(t, folder, ['-t', 'tmpfs', '-o', `size=${size}${files === undefined ? '' : `,nr_inodes=${files}`}`, 'respace-test', folder])
}

/** The same as a file with ext4 in it. */
export async function mountExt4 (t: Teardown, size: number): Promise<SmallDisk | undefined> {
  const outside = await temporaryFolder(t)
  const folder = join(outside, 'disk')
  const image = join(outside, 'image')
  await mkdir(folder)
  const isMade = runs('truncate', ['-s', String(size), image]) && runs('mkfs.ext4', ['-q', '-m', '0', image])
  return isMade ? mounted(t, folder, ['-o', 'loop', image, folder]) : undefined
}

function mounted (t: Teardown, folder: string, words: readonly string[]): SmallDisk | undefined {
  if (process.platform !== 'linux' || !runs('mount', words)) return undefined
  t.teardown(() => runs('umount', [folder]))
  return {
    folder,
    mount (how) {
      if (!runs('mount', ['-o', `remount,${how}`, folder])) throw new Error(`${folder} cannot be remounted ${how}`)
    }
  }
}

const runs = (program: string, words: readonly string[]): boolean => spawnSync(program, words).status === 0
