/**
 * Runs the tests and prints `N passed, N failed` at the end: all of them, those that use the database also on PostgreSQL.
 * `--postgres` runs only the latter; `--changed` runs, on SQLite, those that reach a file that differs from main; `--crash` runs only
 * the long crash test, `--load` the long load test. Names of test files run those on SQLite, with `--postgres` on PostgreSQL.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { startCluster } from '../test/support/cluster.ts'
import { prepareCluster } from '../test/support/database.ts'
import { bringComponents, skipWithout } from './bring-components.ts'
import { bundleTests } from './tests/bundle.ts'
import { changedFiles, PROGRAM, sourcesOf, testsThatReach } from './tests/changed.ts'
import { inPool } from './tests/pool.ts'
import { heaviestOf, printOutcome, summaryOf } from './tests/report.ts'
import { runTest, withSkips, type Outcome, type TestRun } from './tests/run-test.ts'
import { runsAs, testFiles, usesDatabase } from './tests/test-files.ts'
import { openWorkplace } from './tests/workplace.ts'

/** Seconds a test may take. */
const LONGEST = 600
/** Tests wait a quarter of their time: for processes that start, for a server's answer, for a time to pass. Measured on two cores: with one more all take as long. */
const WIDTH = availableParallelism() + 1

const CRASH = { name: 'test/storage/crash.test.ts', longest: 3000, variables: { CRASH_ROUNDS: '200' } }
const LOAD = { name: 'test/operations/load.test.ts', longest: 300, variables: { LOAD_SECONDS: '30' } }

const { values: asked, positionals: named } = parseArgs({
  options: { postgres: { type: 'boolean', default: false }, changed: { type: 'boolean', default: false }, crash: { type: 'boolean', default: false }, load: { type: 'boolean', default: false } },
  allowPositionals: true
})
const files = testFiles()
const strange = named.find(name => !files.includes(name))
if (strange !== undefined) throw new Error(`expected names of test files, such as ${files[0]}, found ${strange}`)

// What is to be removed at the end is removed.
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.once(signal, () => { process.exit(code) })
openWorkplace()
const outcomes = await runAsked()
const summary = summaryOf(outcomes, process.env.CI === 'true')
process.stdout.write(`${heaviestOf(outcomes)}${summary.text}\n`)
process.exit(summary.isGood ? 0 : 1)

async function runAsked (): Promise<Outcome[]> {
  if (asked.crash) return [await runLong(CRASH)]
  if (asked.load) return [await runLong(LOAD)]
  bringComponents()
  if (asked.changed) return runFiles(await filesThatReachAChange(), [])
  if (asked.postgres) return runFiles([], named.length > 0 ? named : files.filter(usesDatabase))
  return named.length > 0 ? runFiles(named, []) : runFiles(files, files.filter(usesDatabase))
}

async function runLong (run: Omit<TestRun, 'program'>): Promise<Outcome> {
  return runAndPrint({ ...run, program: (await bundleTests([run.name])).programOf(run.name) })
}

async function filesThatReachAChange (): Promise<string[]> {
  const changed = changedFiles()
  const { imports } = await bundleTests([...files, PROGRAM])
  const reached = testsThatReach(changed, files, sourcesOf(imports))
  process.stdout.write(`${reached.length} of ${files.length} test files reach the ${changed.length} files that differ from main\n`)
  return reached
}

async function runFiles (onSqlite: readonly string[], onPostgres: readonly string[]): Promise<Outcome[]> {
  const { programOf } = await bundleTests([...new Set([...onSqlite, ...onPostgres])])
  const missing = onPostgres.length > 0 && skipWithout('postgresql')
  const database = onPostgres.length > 0 && missing === false ? await openPostgres() : undefined
  const runs = [
    ...onSqlite.map(file => ({ file, name: file })),
    ...database === undefined ? [] : onPostgres.map(file => ({ file, name: `${file} on PostgreSQL`, variables: { RESPACE_TEST_DATABASE: database } }))
  ]
  const those = (isWanted: (file: string) => boolean) =>
    runs.filter(({ file }) => isWanted(file)).map(({ file, ...run }) => () => runAndPrint({ ...run, program: programOf(file), longest: LONGEST }))
  const alone = (file: string): boolean => runsAs(file, 'alone')
  const first = (file: string): boolean => runsAs(file, 'first')
  const outcomes = await inPool(WIDTH, [...those(file => first(file)), ...those(file => !first(file) && !alone(file))])
  outcomes.push(...await inPool(1, those(alone)))
  if (missing !== false) outcomes.push({ name: 'PostgreSQL', passed: 0, failed: 0, skipped: 1, failures: [], skips: [missing], output: '', seconds: 0, processorSeconds: 0 })
  return outcomes
}

/** For all tests of this run; its address. */
async function openPostgres (): Promise<string> {
  const cluster = await startCluster()
  // Before the folder that it is in.
  process.prependOnceListener('exit', cluster.remove)
  return prepareCluster(cluster)
}

async function runAndPrint (run: TestRun): Promise<Outcome> {
  const outcome = await runTest(run)
  printOutcome(outcome)
  // What is missing counts in the run on SQLite; some of a test is of one engine only.
  return withSkips(outcome, run.variables?.RESPACE_TEST_DATABASE === undefined)
}
