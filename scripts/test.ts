/**
 * Runs the tests and prints `N passed, N failed` at the end: all of them, then those that use the database again
 * on PostgreSQL. `--postgres` runs only the latter; `--crash` runs only the long crash test, `--load` the long load test.
 * Other arguments are passed to tap, such as the name of a test file: it runs on SQLite, with `--postgres` on PostgreSQL.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster } from '../test/support/cluster.ts'
import { usePostgres } from '../test/support/database.ts'
import { bringComponents, skipWithout } from './bring-components.ts'

const words = process.argv.slice(2)

interface LongTest {
  readonly words: readonly string[]
  readonly variables: Readonly<Record<string, string>>
}

const LONG: Readonly<Record<string, LongTest>> = {
  '--crash': { words: ['--timeout=3000', 'test/storage/crash.test.ts'], variables: { CRASH_ROUNDS: '200' } },
  '--load': { words: ['test/operations/load.test.ts'], variables: { LOAD_SECONDS: '30' } }
}

/**
 * By default tests run two at a time and on both engines. A comment line in a test changes that: `// Runs alone.` when it measures time, uses both
 * cores or waits for a browser; `// Runs on SQLite only.` when it uses the database only in ways that other tests cover, or starts PostgreSQL itself.
 */
const runsAs = (file: string, how: 'alone' | 'on SQLite only'): boolean => (/^\/\/ Runs (.*)\.$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '').split(', ').includes(how)

interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Each `not ok` with its details. */
  readonly failures: readonly string[]
}

/** One run of tap. */
function run (words: readonly string[], variables: Readonly<Record<string, string>> = {}): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'respace-test-'))
  const record = join(folder, 'record.tap')
  const { status } = spawnSync(process.execPath, [
    'node_modules/tap/dist/esm/run.mjs', `--reporter=${process.stdout.isTTY ? 'terse' : 'tap'}`, `--output-file=${record}`, ...words
  ], { stdio: 'inherit', env: { ...process.env, ...variables } })
  // The last line of the output is the summary: `# { total: 64, pass: 63, fail: 1 }`.
  const text = readFileSync(record, 'utf8')
  const counts = text.match(/^# \{ total: .*\}$/gm)?.at(-1) ?? ''
  const count = (name: string): number => Number(new RegExp(`${name}: (\\d+)`).exec(counts)?.[1] ?? 0)
  rmSync(folder, { recursive: true })
  return {
    passed: count('pass'),
    failed: Math.max(count('fail'), status === 0 ? 0 : 1),
    skipped: count('skip'),
    failures: text.match(/^ *not ok .*(?:\n +---\n[^]*?^ +\.\.\.$)?/gm) ?? []
  }
}

async function runOnPostgres (words: readonly string[]): Promise<Outcome> {
  const missing = skipWithout('postgresql')
  if (missing !== false) {
    process.stdout.write(`SKIPPED on PostgreSQL: ${missing}\n`)
    return { passed: 0, failed: 0, skipped: 1, failures: [] }
  }
  const cluster = await startCluster()
  try {
    await usePostgres({ teardown: () => undefined }, cluster)
    // Missing components were counted in the first run.
    return { ...run(words.length > 0 ? words : [...TWO_AT_A_TIME, ...testFiles().filter(usesDatabase)]), skipped: 0 }
  } finally {
    cluster.remove()
  }
}

const TWO_AT_A_TIME = ['--timeout=600', '--jobs=2'] as const

const testFiles = (): string[] => readdirSync('test', { recursive: true, encoding: 'utf8' }).map(name => `test/${name}`).filter(name => name.endsWith('.test.ts')).sort()

const usesDatabase = (file: string): boolean => !file.startsWith('test/clients/') && !runsAs(file, 'on SQLite only') && readFileSync(file, 'utf8').includes('startServer(')

async function runAll (): Promise<Outcome[]> {
  const [first = ''] = words
  const long = LONG[first]
  if (long !== undefined) return [run(long.words, long.variables)]
  bringComponents()
  if (first === '--postgres') return [await runOnPostgres(words.slice(1))]
  if (words.length > 0) return [run(words)]
  const files = testFiles()
  return [
    run([...TWO_AT_A_TIME, ...files.filter(file => !runsAs(file, 'alone'))]),
    run(['--jobs=1', ...files.filter(file => runsAs(file, 'alone'))]),
    await runOnPostgres([])
  ]
}

const outcomes = await runAll()
const sum = (key: 'passed' | 'failed' | 'skipped'): number => outcomes.reduce((total, outcome) => total + outcome[key], 0)
const failed = sum('failed')
// Printed again at the end, where a reader of long output looks first.
for (const failure of outcomes.flatMap(outcome => outcome.failures)) process.stdout.write(`${failure}\n`)
// Skipped for a missing component: fine on a laptop, a failure in CI.
const skipped = sum('skipped')
if (skipped > 0) process.stdout.write(`${skipped} skipped: their names and reasons are above\n`)
const isFailure = failed > 0 || (skipped > 0 && process.env.CI === 'true')
process.stdout.write(`${sum('passed')} passed, ${failed + (isFailure && failed === 0 ? skipped : 0)} failed\n`)
process.exit(isFailure ? 1 : 0)
