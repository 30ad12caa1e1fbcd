/** No statement reads a table from one end to the other, unless it is said here why it may. */
import { join } from 'node:path'
import t from 'tap'
import { runEveryStatement } from '../support/every-statement.ts'
import { startServer } from '../support/server.ts'
import { madeDatabase } from '../support/database.ts'
import { explainInPostgres, explainInSqlite, recordStatements } from '../support/statements.ts'
import { reasonFor } from '../support/full-scans.ts'

const TOKEN = 'token-of-the-metrics'

t.test('every full scan of a table is on the list, with a reason', async t => {
  const server = await startServer(t, { settings: { metricsToken: TOKEN } })
  const ran = recordStatements(server.app.ports.sql)
  await runEveryStatement(server, TOKEN)
  const url = madeDatabase(server.storage)
  const explainer = url === undefined ? await explainInSqlite(join(server.storage, 'respace.sqlite')) : await explainInPostgres(url)
  t.teardown(() => explainer.close())
  t.ok(ran.size > 180, `${ran.size} statements`)
  for (const [known, statement] of ran) {
    const { scanned, lines } = await explainer.explain(statement)
    const unexplained = scanned.filter(table => reasonFor(table, known) === undefined)
    if (unexplained.length > 0) t.fail(`${unexplained.join(', ')}: ${known}\n${lines.join('\n')}`)
  }
  const { scanned } = await explainer.explain({ text: "select id from files where description = 'x'", params: {} })
  t.ok(scanned.length > 0 && reasonFor('files', "select id from files where description = 'x'") === undefined, 'and one that is not on it is found')
})
