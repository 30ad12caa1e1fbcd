// Runs on SQLite only.
/** The judge: each rule is broken by an incorrect client, and by no correct one. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { withRules } from '../../scripts/judge-rules.ts'
import { readLaw } from '../../src/contract/law/pages.ts'
import { RULE_IDS, RULES } from '../../src/emulator/judge/rules.ts'
import { startTestEmulator } from '../support/emulator.ts'
import { until } from '../support/wait-until.ts'
import { CALL_CASES } from './judge-call-cases.ts'
import type { Case } from './judge-client.ts'
import { UPLOAD_CASES } from './judge-upload-cases.ts'

const CASES: readonly Case[] = [...CALL_CASES, ...UPLOAD_CASES]

const SEED = { accounts: [{ user: 'demo', membership: { type: 'Pro' }, files: [{ name: 'hello.txt', content: 'Hello, world!' }] }] }

t.test('every rule has a case, and sentences of the contract', async t => {
  t.strictSame(RULE_IDS.filter(id => !CASES.some(({ rule }) => rule === id)), [])
  const law = await readLaw()
  for (const [id, { law: sentences }] of Object.entries(RULES)) {
    t.ok(sentences.length > 0, id)
    for (const sentence of sentences) t.ok(law.has(sentence), `${id}: ${sentence}`)
  }
})

t.test('docs/emulator.md has the rules', async t => {
  const page = await readFile(join(import.meta.dirname, '../../docs/emulator.md'), 'utf8')
  t.equal(withRules(page), page, '`npm run readme` writes it')
})

t.test('a client that does it wrong breaks the rule; one that does the same right does not', async t => {
  const emulator = await startTestEmulator(t)
  const judged = async (act: (server: Awaited<ReturnType<typeof emulator.sandbox>>) => Promise<unknown>) => {
    const server = await emulator.sandbox({ seed: SEED })
    await act(server)
    await until('all has ended', () => server.journal.list().every(({ state }) => state !== 'running'))
    const report = server.judge()
    await server.close({ unfired: 'ignore' })
    return report
  }
  async function tryCase ({ rule, title, wrong, right }: Case): Promise<void> {
    const name = title === undefined ? rule : `${rule}: ${title}`
    const [broken, kept] = await Promise.all([judged(wrong), judged(right)])
    const finding = broken.findings.find(found => found.rule === rule)
    t.ok(finding !== undefined && finding.exchanges.length > 0 && finding.sentences.length > 0, `${name} is found`, { found: broken.findings.map(each => each.rule) })
    t.strictSame(kept.findings.filter(found => found.rule === rule).map(({ sentences }) => sentences), [], `${name} is not found`)
  }
  const waiting = [...CASES]
  await Promise.all([1, 2, 3].map(async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await tryCase(next)
  }))
})
