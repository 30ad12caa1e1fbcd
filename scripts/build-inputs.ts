/** What a build is made of: while it stays the same, `npm test` after `npm install` need not build again, which takes a minute of processor time. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Files and folders, from the root of the repository; the lock file stands for the packages. */
export const INPUTS: readonly string[] = ['src', 'scripts/build.ts', 'scripts/build-inputs.ts', 'scripts/joined-packages.ts', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']

/** SHA-256 in hex of their names and bytes, and of the commit that the build names. */
export function hashOfInputs (commit: string, inputs = INPUTS, root = '.'): string {
  const hash = createHash('sha256').update(`${commit}\n`)
  const files = inputs.flatMap(input => {
    const below = statSync(join(root, input)).isDirectory() ? readdirSync(join(root, input), { recursive: true, withFileTypes: true }) : undefined
    return below?.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name)) ?? [join(root, input)]
  })
  for (const file of files.sort()) {
    const bytes = readFileSync(file)
    hash.update(`${file} ${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}
