/** The kit against a server as operators run it, without control calls: no check fails on either database. */
// Runs first.
import t from 'tap'
import { systemClock } from '../../src/adapters/system.ts'
import { check } from '../../src/check-contract.ts'
import { openSession } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { confirmedProblems } from './target-of.ts'

const ACCOUNT = { user: 'alice', password: 'secret1' }
const SIZE = 100_000

async function begin (server: TestServer): Promise<void> {
  for (const name of ['alice', 'bobby']) await openSession(server, name)
}

const knownOf = { accounts: { main: ACCOUNT, other: { user: 'bobby', password: 'secret1' } }, features: { sharing: true, addressbook: true, mail: false, pages: true, anonymous: true, register: true, proxyMode: false } }

t.test('no check fails, and untested checks need a state, a mailbox or time', async t => {
  const server = await startServer(t, { overrides: { clock: systemClock }, settings: { accountsPerHour: '10000' } })
  await begin(server)
  const options = { url: server.url, profile: 'respace' as const, known: knownOf }
  const report = await check(options)
  const { outcome, results } = report
  t.strictSame(await confirmedProblems(options, report, ({ verdict }) => !['pass', 'untested', 'off'].includes(verdict)), [])
  t.ok(outcome.counts.pass > 900, outcome.line)
  const reasons = results.checks.filter(({ verdict }) => verdict === 'untested').flatMap(({ judgements }) => judgements.filter(({ verdict }) => verdict === 'untested').map(({ got }) => got))
  t.strictSame(reasons.filter(reason => !/the state .* cannot be set up|no recipient for mails|time can be moved|mail|https|proxyMode|limits wrong passwords/i.test(reason)), [])
  t.strictSame(results.leftovers, [])
  t.comment(outcome.line)
})

t.test('states that need other start options: small files, deletion by GET', async t => {
  const server = await startServer(t, { overrides: { clock: systemClock }, settings: { accountsPerHour: '10000', maxFileSize: String(SIZE), deleteByGet: 'yes' } })
  await begin(server)
  const always = { run: 'true' }
  const { outcome, results } = await check({
    url: server.url, profile: 'respace', known: { ...knownOf, states: { 'small-max': always, 'delete-by-get': always } }, only: ['upload/size', 'delete/action-1']
  })
  t.strictSame(results.checks.filter(({ verdict }) => verdict !== 'off').map(({ check: { id }, verdict }) => `${id} ${verdict}`), [
    'upload/size-exact pass', 'upload/size-over pass', 'upload/size-each pass', 'delete/action-1-off fail', 'delete/action-1 pass'
  ])
  t.equal(outcome.counts.pass, 4)
})
