/**
 * Runs the tests and prints `N passed, N failed` at the end: all of them, those that use the database also on PostgreSQL.
 * `--postgres` runs only the latter; `--crash` runs only the long crash test, `--load` the long load test.
 * Names of test files run those on SQLite, after `--postgres` on PostgreSQL.
 */
import { availableParallelism } from 'node:os'
import { startCluster } from '../test/support/cluster.ts'
import { prepareCluster } from '../test/support/database.ts'
import { bringComponents, skipWithout } from './bring-components.ts'
import { bundleTests } from './tests/bundle.ts'
import { inPool } from './tests/pool.ts'
import { printOutcome, printSummary } from './tests/report.ts'
import { runTest, type Outcome, type TestRun } from './tests/run-test.ts'
import { runsAs, testFiles, usesDatabase } from './tests/test-files.ts'
import { openWorkplace } from './tests/workplace.ts'

/** Seconds a test may take. */
const LONGEST = 600
/** Tests wait half of their time: for processes that start, for the disk, for a server's answer. */
const WIDTH = availableParallelism() + 1

const LONG: Readonly<Record<string, Pick<TestRun, 'name' | 'longest' | 'variables'>>> = {
  '--crash': { name: 'test/storage/crash.test.ts', longest: 3000, variables: { CRASH_ROUNDS: '200' } },
  '--load': { name: 'test/operations/load.test.ts', longest: 300, variables: { LOAD_SECONDS: '30' } }
}

// What is to be removed at the end is removed.
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.once(signal, () => { process.exit(code) })
openWorkplace()
process.exit(printSummary(await runAsked(process.argv.slice(2))) ? 0 : 1)

async function runAsked ([first = '', ...others]: readonly string[]): Promise<Outcome[]> {
  const long = LONG[first]
  if (long !== undefined) return [await runAndPrint({ ...long, program: (await bundleTests([long.name])).programOf(long.name) })]
  const onlyPostgres = first === '--postgres'
  const named = onlyPostgres ? others : [first, ...others].filter(word => word !== '')
  const files = testFiles()
  const strange = named.find(name => !files.includes(name))
  if (strange !== undefined) throw new Error(`expected --postgres, --crash, --load or names of test files, found ${strange}`)
  bringComponents()
  const onSqlite = onlyPostgres ? [] : named.length > 0 ? named : files
  const onPostgres = named.length === 0 ? files.filter(usesDatabase) : onlyPostgres ? named : []
  return runFiles(onSqlite, onPostgres)
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
  const long = (file: string): boolean => runsAs(file, 'first')
  const outcomes = await inPool(WIDTH, [...those(file => long(file) && !alone(file)), ...those(file => !long(file) && !alone(file))])
  outcomes.push(...await inPool(1, those(alone)))
  if (missing !== false) outcomes.push({ name: 'PostgreSQL', passed: 0, failed: 0, skipped: 1, failures: [], skips: [missing], output: '', seconds: 0 })
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
  return outcome
}
