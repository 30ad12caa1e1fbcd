/** How the tests are run: nothing that goes wrong counts as passed, and a change is met by the tests that it can break. */
// Runs on SQLite only.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { bundleTests } from '../../scripts/tests/bundle.ts'
import { changedFiles, testsThatReach } from '../../scripts/tests/changed.ts'
import { inPool } from '../../scripts/tests/pool.ts'
import { heaviestOf, summaryOf } from '../../scripts/tests/report.ts'
import { runTest, withSkips, type Outcome } from '../../scripts/tests/run-test.ts'
import { runsAs } from '../../scripts/tests/test-files.ts'
import { ROOT } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'

/** Of a program, in a folder where it finds tap: a path from the root of the repository. */
async function writeProgram (t: Test, text: string, ending: 'mjs' | 'ts'): Promise<string> {
  const folder = join('node_modules/.cache', `respace-${process.pid}`)
  await mkdir(join(ROOT, folder), { recursive: true })
  t.teardown(() => rm(join(ROOT, folder), { recursive: true, force: true }))
  const program = join(folder, `program.${ending}`)
  await writeFile(join(ROOT, program), text)
  return program
}

async function runProgram (t: Test, text: string, longest = 60): Promise<Outcome> {
  return runTest({ name: 'a test', program: join(ROOT, await writeProgram(t, text, 'mjs')), variables: { COLOUR: 'green' }, longest })
}

t.test('a test that passes counts its assertions', async t => {
  const outcome = await runProgram(t, `
    import t from 'tap'
    t.test('outer', async t => { t.equal(process.env.COLOUR, 'green'); await t.test('inner', async t => { t.ok(1); t.ok(2) }) })
    t.test('left out', { skip: 'for a reason' }, async () => undefined)`)
  t.match(outcome, { name: 'a test', passed: 3, failed: 0, skipped: 1, failures: [] })
  t.equal(outcome.skips.length, 1)
  t.match(outcome.skips[0], 'left out # SKIP for a reason')
  t.notOk(summaryOf([outcome], true).isGood, 'in CI nothing may be missing')
  t.ok(outcome.processorSeconds > 0.05, 'it worked')
  t.ok(summaryOf([withSkips(outcome, false)], true).isGood, 'but on the second engine, where some tests do not apply')
})

const BAD: Readonly<Record<string, readonly [text: string, failure: RegExp]>> = {
  'an assertion that fails': ["import t from 'tap'; t.ok(1); t.test('one', async t => { t.equal(1, 2, 'the sum') })", /not ok 1 - the sum\n +---\n[^]*\n *-2\n *\+1\n/],
  'a plan that is not met': ["import t from 'tap'; t.plan(2); t.ok(1)", /not ok .*plan/],
  'an error beside the tests': ["import t from 'tap'; t.ok(1); setImmediate(() => { throw new Error('from nowhere') })", /from nowhere/],
  'an error before the first test': ["import 'tap'; throw new Error('at once')", /at once/],
  'a syntax error': ['const = 1', /SyntaxError/],
  'a process that ends well without a word': ['process.exit(0)', /ended without a summary/],
  'a process that ends between its tests': ["import t from 'tap'; t.test('one', async t => { t.ok(1); process.exit(0) })", /not ok|ended/],
  'a process that is killed': ["import t from 'tap'; t.ok(1); process.kill(process.pid, 'SIGKILL')", /ended with SIGKILL/]
}

for (const [name, [text, failure]] of Object.entries(BAD)) {
  t.test(`${name} fails`, async t => {
    const outcome = await runProgram(t, text)
    t.ok(outcome.failed > 0)
    t.match(outcome.failures.join('\n'), failure)
    t.notOk(summaryOf([outcome], false).isGood)
  })
}

t.test('an error that nobody catches fails the test whose work threw it, unless that handles it', async t => {
  const program = await writeProgram(t, `
    import t from 'tap'
    const turns = async (count: number) => { for (let i = 0; i < count; i++) await new Promise(resolve => { setImmediate(resolve) }) }
    t.test('throws', async () => { setImmediate(() => { throw new Error('thrown later') }); await turns(5) })
    t.test('rejects', async t => { await t.test('inside', async () => { void turns(1).then(() => { throw new Error('never caught') }); await turns(5) }) })
    t.test('handles', async t => {
      process.once('uncaughtException', error => { t.equal(error.message, 'expected', 'it came') })
      setImmediate(() => { throw new Error('expected') })
      await turns(5)
    })`, 'ts')
  const bundle = await bundleTests([program])
  const { failed, output } = await runTest({ name: 'a test', program: bundle.programOf(program), longest: 60 })
  t.match(output, /^# Subtest: throws\n {4}not ok 1 - thrown later$/m)
  t.match(output, /^ {4}# Subtest: inside\n {8}not ok 1 - never caught$/m)
  t.match(output, /^# Subtest: handles\n {4}ok 1 - it came$/m)
  t.ok(failed >= 2)
})

t.test('a test that takes too long fails, and says so', async t => {
  const outcome = await runProgram(t, "import t from 'tap'; t.test('endless', () => new Promise(() => setInterval(() => 1, 1000)))", 1)
  t.ok(outcome.failed > 0)
  t.match(outcome.failures.join('\n'), /timeout/)
})

t.test('a program that is not there fails', async t => {
  const outcome = await runTest({ name: 'none', program: 'no/such/program.mjs', longest: 10 })
  t.match(outcome, { passed: 0, failed: 1, failures: [/Cannot find module/] })
})

t.test('the last line has the sums; in CI a skip is a failure', t => {
  const outcome = { name: 'a test', passed: 3, failed: 0, skipped: 0, failures: [], skips: [], output: '', seconds: 1, processorSeconds: 1 }
  t.strictSame(summaryOf([outcome, outcome], true), { text: '6 passed, 0 failed', isGood: true })
  const left = { ...outcome, skipped: 2 }
  t.strictSame(summaryOf([outcome, left], false), { text: '2 skipped: their names and reasons are above\n6 passed, 0 failed', isGood: true })
  t.strictSame(summaryOf([outcome, left], true), { text: '2 skipped: their names and reasons are above\n6 passed, 2 failed', isGood: false })
  const bad = { ...outcome, name: 'bad', failed: 1, failures: ['not ok 1 - it'] }
  t.strictSame(summaryOf([bad, outcome], true), { text: 'bad\nnot ok 1 - it\n6 passed, 1 failed', isGood: false })
  t.end()
})

t.test('the ten that keep processors busy longest are named, where there are more', t => {
  const outcomes = Array.from({ length: 11 }, (_, i) => ({ name: `test ${i}`, passed: 1, failed: 0, skipped: 0, failures: [], skips: [], output: '', seconds: 1, processorSeconds: i }))
  t.equal(heaviestOf(outcomes.slice(1)), '')
  const lines = heaviestOf(outcomes).split('\n')
  t.match([lines.length, lines[0], lines[1], lines[10]], [12, /^55 s/, /10\.0 s {2}test 10$/, /1\.0 s {2}test 1$/])
  t.end()
})

t.test('a pool begins in order, never runs more than its width, and keeps the order of results', async t => {
  const begun: number[] = []
  const ends: Array<() => void> = []
  const all = inPool(2, [0, 1, 2, 3].map(i => async () => {
    begun.push(i)
    await new Promise<void>(resolve => { ends[i] = resolve })
    return i * 10
  }))
  const turn = () => new Promise(resolve => { setImmediate(resolve) })
  await turn()
  t.strictSame(begun, [0, 1])
  ends[1]?.()
  await turn()
  t.strictSame(begun, [0, 1, 2], 'another one when one has ended')
  ends[2]?.()
  await turn()
  for (const end of ends) end()
  await turn()
  ends[3]?.()
  t.strictSame(await all, [0, 10, 20, 30])
})

t.test('a comment line says how a test is to be run', async t => {
  const file = join(await temporaryFolder(t), 'a.test.ts')
  await writeFile(file, '/** About. */\n// Runs first, on SQLite only.\nimport t from \'tap\'\n')
  t.strictSame((['alone', 'first', 'on SQLite only'] as const).map(way => runsAs(file, way)), [false, true, true])
})

t.test('a change is met by the tests that import it, start the program with it, or read it', t => {
  const texts: Readonly<Record<string, string>> = {
    'test/a.test.ts': "import '../src/deep.ts'",
    'test/b.test.ts': "import './support/process.ts'",
    'test/c.test.ts': "readFile('../docs/page.md')",
    'test/d.test.ts': "readdirSync(join(ROOT, 'docs'))",
    'test/support/process.ts': "spawn('dist/main.js')",
    'src/deep.ts': "// See docs/page.md.\nimport './deeper.ts'",
    'src/deeper.ts': "packagePath('migrations')",
    'src/main.ts': "import './command.ts'",
    'src/command.ts': ''
  }
  const imports = new Map(Object.entries(texts).map(([file, text]) => [file, [...text.matchAll(/import '(.*)'/g)].map(([, from = '']) => join(file, '..', from))]))
  const tests = ['a', 'b', 'c', 'd'].map(name => `test/${name}.test.ts`)
  const reach = (...changed: string[]): string => testsThatReach(changed, tests, { imports, textOf: file => texts[file] ?? '' }).join(' ').replaceAll(/test\/|\.test\.ts/g, '')
  t.equal(reach('src/deep.ts'), 'a')
  t.equal(reach('src/deeper.ts'), 'a', 'through another')
  t.equal(reach('src/command.ts'), 'b', 'in the built program')
  t.equal(reach('test/support/process.ts'), 'b')
  t.equal(reach('test/c.test.ts'), 'c', 'itself')
  t.equal(reach('docs/page.md'), 'c d', 'it is read, by its name or with its folder; a comment in the program reads nothing')
  t.equal(reach('docs/other.md'), 'd')
  t.equal(reach('migrations/0042.sql'), 'a', 'the program reads it')
  t.equal(reach('NEWS.md'), '')
  t.equal(reach(), '')
  t.equal(reach('package-lock.json'), 'a b c d', 'other packages')
  t.equal(reach('src/deep.ts', 'src/command.ts'), 'a b')
  t.end()
})

t.test('what differs from main is what was committed beside it, what was not committed, and what is new', async t => {
  const folder = await temporaryFolder(t)
  const git = (...words: readonly string[]) => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  git('init', '-b', 'main')
  for (const name of ['same', 'committed', 'edited', 'removed', '.gitignore']) await write(name, name === '.gitignore' ? 'ignored' : name)
  git('add', '-A')
  git('commit', '-m', 'one')
  git('checkout', '-b', 'work')
  t.strictSame(changedFiles(folder), [])
  await write('committed', 'other')
  git('commit', '-am', 'two')
  await write('edited', 'other')
  await write('new', 'new')
  await write('ignored', 'ignored')
  await rm(join(folder, 'removed'))
  t.strictSame(changedFiles(folder), ['committed', 'edited', 'new', 'removed'])
  git('branch', '-m', 'main', 'trunk')
  t.strictSame(changedFiles(folder), ['edited', 'new', 'removed'], 'without main: what is not committed')
})

t.test('a word that is no test file is refused before anything runs', t => {
  for (const word of ['test/none.test.ts', '--strange']) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import=tsx', 'scripts/test.ts', word], { cwd: ROOT, encoding: 'utf8' })
    t.match({ status, stdout }, { status: 1, stdout: '' })
    t.match(stderr, word)
  }
  t.end()
})
