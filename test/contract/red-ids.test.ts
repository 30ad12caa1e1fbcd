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
})

t.test('what a mutant must kill is red behind it', async t => {
  for (const { name, kills } of MUTANTS) {
    const red = entries.get(name)?.red
    if (red !== undefined) t.strictSame(kills.filter(id => !red.includes(id)), [], name)
  }
})

t.test('what is red is a check', async t => {
  const published = publishedChecks()
  t.strictSame([...entries.values()].flatMap(({ red = [] }) => red).filter(id => !published.has(id)), [])
})
