/** red-ids.tsv lists every mutant, and every check fails behind one. `scripts/red-ids.ts` writes it. */
// Runs on SQLite only.
import t from 'tap'
import { publishedChecks } from '../../src/contract/law/published-checks.ts'
import { MUTANTS } from './all-mutants.ts'
import { readRedIds } from './red-ids.ts'

const entries = readRedIds()

t.test('it has a line for each mutant, and nothing else', async t => {
  t.strictSame([...entries.keys()].sort(), MUTANTS.map(({ name }) => name).sort())
  t.strictSame([...entries].filter(([, { red }]) => red === undefined).map(([name]) => name), [], 'all are found out')
})

t.test('the checks that a mutant must kill fail behind it', async t => {
  t.strictSame(MUTANTS.map(({ name, kills }) => [name, kills.filter(id => entries.get(name)?.red?.includes(id) !== true)]).filter(([, missing]) => missing?.length), [])
})

t.test('every check fails behind a mutant, and every listed id is a check', async t => {
  const red = new Set([...entries.values()].flatMap(entry => entry.red ?? []))
  const published = [...publishedChecks().keys()]
  t.strictSame(published.filter(id => !red.has(id)), [])
  t.strictSame([...red].filter(id => !published.includes(id)), [])
})
