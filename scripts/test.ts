/**
 * Runs the tests and ends with `N passed, N failed`. `--crash` runs the long crash test alone, `--load` the long load test;
 * other words are passed to tap, such as the name of one test file.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bringComponents } from './bring-components.ts'

const words = process.argv.slice(2)

interface LongTest {
  readonly words: readonly string[]
  readonly variables: Readonly<Record<string, string>>
}

const LONG: Readonly<Record<string, LongTest>> = {
  '--crash': { words: ['--timeout=3000', 'test/crash.test.ts'], variables: { CRASH_ROUNDS: '200' } },
  '--load': { words: ['test/load.test.ts'], variables: { LOAD_SECONDS: '30' } }
}
const long = LONG[words[0] ?? '']
if (long === undefined) bringComponents()
const folder = mkdtempSync(join(tmpdir(), 'respace-test-'))
const record = join(folder, 'record.tap')
const { status } = spawnSync(process.execPath, [
  'node_modules/tap/dist/esm/run.mjs', `--reporter=${process.stdout.isTTY ? 'terse' : 'tap'}`, `--output-file=${record}`,
  ...(long?.words ?? words)
], { stdio: 'inherit', env: { ...process.env, ...long?.variables } })

// The last line of the record sums up: `# { total: 64, pass: 63, fail: 1 }`.
const counts = readFileSync(record, 'utf8').match(/^# \{ total: .*\}$/gm)?.at(-1) ?? ''
const count = (name: string): number => Number(new RegExp(`${name}: (\\d+)`).exec(counts)?.[1] ?? 0)
rmSync(folder, { recursive: true })

const failed = Math.max(count('fail'), status === 0 ? 0 : 1)
// Skipped for a missing component: fine on a laptop, a failure where everything should be there.
const skipped = count('skip')
if (skipped > 0) process.stdout.write(`${skipped} skipped: their names and reasons stand above\n`)
const isFailure = failed > 0 || (skipped > 0 && process.env.CI === 'true')
process.stdout.write(`${count('pass')} passed, ${failed + (isFailure && failed === 0 ? skipped : 0)} failed\n`)
process.exit(isFailure ? 1 : 0)
