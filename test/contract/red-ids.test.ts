/** What is known to be red behind mutants, by `scripts/red-ids.ts`, agrees with what they must kill. */
// Runs on SQLite only.
import t from 'tap'
import { publishedChecks } from '../../src/contract/law/published-checks.ts'
import { MUTANTS } from './all-mutants.ts'
import { readRedIds } from './red-ids.ts'

const entries = readRedIds()
const names = MUTANTS.map(({ name }) => name)

t.test('each mutant has a name of its own, and each line names one', async t => {
  t.strictSame(names.filter((name, i) => names.indexOf(name) !== i), [])
  t.strictSame([...entries.keys()].filter(name => !names.includes(name)), [])
  t.strictSame(names.filter(name => entries.get(name)?.red === undefined), [], 'each has been played: npx tsx scripts/red-ids.ts')
})

t.test('what a mutant must kill is red behind it', async t => {
  for (const { name, kills } of MUTANTS) {
    const red = entries.get(name)?.red ?? []
    t.strictSame(kills.filter(id => !red.includes(id)), [], name)
  }
})

t.test('what is red is a check, and every check is red behind some mutant', async t => {
  const published = publishedChecks()
  const red = new Set([...entries.values()].flatMap(({ red = [] }) => red))
  t.strictSame([...red].filter(id => !published.has(id)), [])
  t.strictSame([...published.keys()].filter(id => !red.has(id)), [])
})
