/** Prints every statement of a server with the plan of each engine, and the reason of each full scan: `npm run statements`. PostgreSQL is left out where it is not installed. */
import { usePostgres } from '../test/support/database.ts'
import { explainEveryStatement } from '../test/support/every-statement.ts'
import { reasonFor } from '../test/support/full-scans.ts'
import type { Teardown } from '../test/support/server.ts'
import type { Plan } from '../test/support/statements.ts'
import { isPresent } from './bring-components.ts'

const plans = new Map<string, string[]>()
await explainAll('SQLite', async () => undefined)
if (isPresent('postgresql')) await explainAll('PostgreSQL', usePostgres)
else process.stderr.write('SKIPPED PostgreSQL: not installed\n')
for (const [statement, lines] of [...plans].sort(([a], [b]) => a < b ? -1 : 1)) process.stdout.write(`${statement}\n${lines.map(line => `    ${line}\n`).join('')}\n`)

async function explainAll (engine: string, prepare: (t: Teardown) => Promise<void>): Promise<void> {
  const endings: Array<() => unknown> = []
  const t: Teardown = { teardown: ending => { endings.unshift(ending) } }
  try {
    await prepare(t)
    const { ran, explainer } = await explainEveryStatement(t)
    for (const [known, statement] of ran) plans.set(known, [...plans.get(known) ?? [], ...linesOf(engine, known, await explainer.explain(statement))])
  } finally {
    for (const end of endings) await end()
  }
}

function linesOf (engine: string, statement: string, { lines, scanned }: Plan): string[] {
  return [
    ...lines.map(line => `${engine}: ${line}`),
    ...[...new Set(scanned)].map(table => `${engine}: all of ${table}: ${reasonFor(table, statement) ?? 'WITHOUT A REASON'}`)
  ]
}
