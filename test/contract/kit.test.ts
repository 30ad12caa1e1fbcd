/** Tests the contract kit against the emulator, against servers that answer nothing, and checks its texts. */
// Runs first, on SQLite only.
import t from 'tap'
import { check } from '../../src/check-contract.ts'
import { allScenarios } from '../../src/contract/all-scenarios.ts'
import { Unreachable } from '../../src/contract/check-problems.ts'
import { readContract } from '../../src/contract/law/contract-file.ts'
import { publishedChecks } from '../../src/contract/law/published-checks.ts'
import { parseXml } from '../../src/contract/client/xml.ts'
import { readLaw } from '../../src/contract/law/pages.ts'
import { startEmulator } from '../../src/start-emulator.ts'
import { NULL_NAMES, startNull } from './null-servers.ts'
import { confirmedProblems, knownOf, openActor } from './target-of.ts'

const scenarios = allScenarios(readContract())
const checks = scenarios.flatMap(({ checks }) => checks)

t.test('every check has a unique id, in words, and published ids stay', async t => {
  const ids = checks.map(({ id }) => id)
  t.strictSame(ids.filter((id, i) => ids.indexOf(id) !== i), [], 'no id stands twice')
  for (const id of ids) t.match(id, /^[a-z][\w.-]*\/[\w@<>.-]+$/i, id)
  for (const { id, about } of checks) t.ok(about.length > 4 && !/[.]$/.test(about), `${id} says what must be so`)
  const published = [...publishedChecks().keys()]
  t.strictSame(published.filter(id => !ids.includes(id)), [], 'none is gone')
  t.strictSame(ids.filter(id => !published.includes(id)).sort(), [], 'a new one is added to docs/contract/checks.tsv')
  t.strictSame(published, [...published].sort(), 'they stand in order')
  const law = await readLaw()
  const named = [...publishedChecks().values()].flatMap(({ law }) => law)
  t.strictSame([...publishedChecks()].filter(([, { law }]) => law.length === 0).map(([id]) => id), [], 'each names a sentence')
  t.strictSame(named.filter(sentence => !law.has(sentence)), [], 'what they name are sentences of the contract')
})

/** States that the emulator has no control call for; serve.test.ts has most of them. */
const UNTESTED_ON_DEV = [
  'anonymous.uploadGetInfo/closed', 'auth.createToken/survives-restart', 'delete/action-1', 'upload/size-each', 'upload/size-exact', 'upload/size-over'
]

/** The number of checks in each edition of the kit: a new check belongs to a new edition. */
const EDITIONS: Readonly<Record<number, number>> = { 1: 1228, 2: 27 }

t.test('an edition of the kit never gets another check', async t => {
  const sizes: Record<number, number> = {}
  for (const { edition } of publishedChecks().values()) sizes[edition] = (sizes[edition] ?? 0) + 1
  t.strictSame(sizes, EDITIONS)
})

t.test('a full run on the emulator: no check fails, and nothing is left behind', { timeout: 240_000 }, async t => {
  const emulator = await startEmulator({ seed: 'demo' })
  t.teardown(() => emulator.close({ unfired: 'ignore' }))
  const warnings: Error[] = []
  const warn = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', warn)
  t.teardown(() => process.off('warning', warn))
  const before = await listOf(emulator.url)
  t.match(before, 'name="hello.txt"')
  const areas: string[] = []
  const options = { url: emulator.url, profile: 'respace' as const, known: knownOf(emulator) }
  const report = await check({ ...options, onArea: area => { areas.push(area) } })
  const { outcome, results, write } = report
  t.strictSame(await confirmedProblems(options, report, ({ check: { id }, verdict }) => verdict !== 'pass' && !(verdict === 'untested' && UNTESTED_ON_DEV.includes(id))), [])
  t.ok(outcome.counts.pass > checks.length - 20, outcome.line)
  t.strictSame([...areas].sort(), [...new Set(checks.map(({ id }) => id.slice(0, id.indexOf('/'))))].sort(), 'each area is told once')
  t.strictSame(warnings, [], 'Node.js has nothing to warn of, in the kit or in the server')
  t.strictSame(results.leftovers, [])
  t.strictSame(await listOf(emulator.url), before, 'what was there is there, and nothing else')
  parseXml(write('junit'))
  parseXml(write('badge'))
  t.match(write('md'), `**${outcome.line}**`)
  const html = write('html')
  t.match(html, /href="#/)
  t.notMatch(html, /(?:src|href)="(?!#)/, 'one page that loads nothing')
  t.equal((JSON.parse(write('json')) as { readonly checks: readonly unknown[] }).checks.length, checks.length)
  t.comment(`${outcome.line}; ${results.calls} requests in ${Math.round(results.milliseconds)} ms; HTML ${html.length} bytes`)
})

/** Everything in the account that the kit uses. */
async function listOf (url: string): Promise<string> {
  const call = await openActor(url, 'demo')
  const parts = await Promise.all(['folders.getAll', 'addressbook.list'].map(method => call(method, {})))
  return [...parts, await call('folders.getContents', { folder_id: '0' })].join('').replace(/(direct_download_url|time_limit)="[^"]*"/g, '')
}

/** Servers that give no answer at all; for all others there is a report. */
const SILENT: readonly string[] = ['closes at once', 'accepts and hangs']

for (const name of NULL_NAMES) {
  t.test(`nothing is good in a server that ${name}`, async t => {
    const url = await startNull(t, name)
    const account = { user: 'alice', password: 'secret1' }
    const known = { accounts: { main: account, other: account }, mailTo: 'a@example.org', limits: { bytes: 5e7, calls: 3000, parallel: 16, timeout: 200 } }
    const began = performance.now()
    const report = await check({ url, profile: 'respace', known, only: ['auth.', 'files.', 'ids/', 'codes/'] }).catch((error: unknown) => error)
    if (SILENT.includes(name)) {
      t.ok(report instanceof Unreachable, String(report))
      return
    }
    if (report instanceof Error) throw report
    const { outcome, results } = report as Awaited<ReturnType<typeof check>>
    t.ok(outcome.counts.fail > 0 && outcome.counts.untested > 300, outcome.line)
    t.strictSame(results.checks.filter(({ verdict }) => verdict === 'pass').map(({ check }) => check.id), [], 'nothing passes')
    t.equal(outcome.exitCode, 1, outcome.line)
    t.ok(performance.now() - began < 120_000, 'it ends')
  })
}
