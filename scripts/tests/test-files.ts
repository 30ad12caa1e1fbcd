/** The test files, and how each asks to be run. */
import { readdirSync, readFileSync } from 'node:fs'

/** All of them, as paths from the root of the repository. */
export const testFiles = (): string[] => readdirSync('test', { recursive: true, encoding: 'utf8' }).map(name => `test/${name}`).filter(name => name.endsWith('.test.ts')).sort()

type Way = 'alone' | 'first' | 'on SQLite only'

/**
 * By default tests run beside others and on both engines. A comment line in a test changes that: `// Runs alone.` when it measures time or memory;
 * `// Runs first.` when it takes over twenty seconds: begun last, it would be waited for; `// Runs on SQLite only.` when it uses the database only
 * in ways that other tests cover, or starts PostgreSQL itself. `// Runs first, on SQLite only.` says two of them.
 */
export function runsAs (file: string, way: Way): boolean {
  return (/^\/\/ Runs (.*)\.$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '').split(', ').includes(way)
}

/** Whether it has something to try on the second engine. */
export const usesDatabase = (file: string): boolean => !file.startsWith('test/clients/') && !runsAs(file, 'on SQLite only') && readFileSync(file, 'utf8').includes('startServer(')
