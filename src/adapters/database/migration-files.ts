import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packagePath } from '../../package-path.ts'
import type { Migration } from '../../store/operations/migrate.ts'

const FOLDER = packagePath('migrations')

/** The numbered SQL files, in order. */
export async function readMigrations (): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter(name => /^\d{4}-.+\.sql$/.test(name)).sort()
  return Promise.all(names.map(async name => ({
    version: Number(name.slice(0, 4)),
    name: name.slice(5, -4),
    text: await readFile(join(FOLDER, name), 'utf8')
  })))
}
