/** No statement reads a table from one end to the other, unless it is said here why it may. */
import t from 'tap'
import { explainEveryStatement } from '../support/every-statement.ts'
import { reasonFor } from '../support/full-scans.ts'

t.test('every full scan of a table is on the list, with a reason', async t => {
  const { ran, explainer } = await explainEveryStatement(t)
  t.ok(ran.size > 180, `${ran.size} statements`)
  for (const [known, statement] of ran) {
    const { scanned, lines } = await explainer.explain(statement)
    const unexplained = scanned.filter(table => reasonFor(table, known) === undefined)
    if (unexplained.length > 0) t.fail(`${unexplained.join(', ')}: ${known}\n${lines.join('\n')}`)
  }
  const { scanned } = await explainer.explain({ text: "select id from files where description = 'x'", params: {} })
  t.ok(scanned.length > 0 && reasonFor('files', "select id from files where description = 'x'") === undefined, 'and one that is not on it is found')
})
