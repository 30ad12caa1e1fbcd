/** Many clients on one account, all methods at once: nothing locks, nothing breaks, every sum is right afterwards. */
// Runs alone, on SQLite only.
import t from 'tap'
import { METHODS } from '../../src/api/registry.ts'
import { systemClock } from '../../src/adapters/system.ts'
import { openSession } from '../support/client.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { callAtRandom } from '../support/random-calls.ts'
import { startServer } from '../support/server.ts'
import { readStorage } from '../support/storage-contents.ts'
import { until } from '../support/wait-until.ts'

const SECONDS = Number(process.env.LOAD_SECONDS ?? 4)
/** A busy machine gets longer until every method has had its turn. */
const MAX_SECONDS = SECONDS + 60
const CLIENTS = 50

t.test(`${CLIENTS} clients on one account for ${SECONDS} s`, async t => {
  const server = await startServer(t, { settings: { logLevel: 'warn' }, overrides: { clock: systemClock } })
  const sessionKey = await openSession(server, 'alice', '1.2')
  const begun = performance.now()
  const hasLasted = (seconds: number): boolean => performance.now() - begun > seconds * 1000
  const { succeeded, calls, failures } = await callAtRandom({
    url: server.url, sessionKey, clients: CLIENTS, isOver: done => hasLasted(done.size === METHODS.length ? SECONDS : MAX_SECONDS)
  })
  t.strictSame(failures.slice(0, 10), [], `${failures.length} failures`)
  t.notMatch(server.log(), /database is locked|"level":[56]0/)
  t.strictSame(METHODS.map(({ name }) => name).filter(name => !succeeded.has(name)), [], 'every method was called with success')
  await until('nothing runs', async () =>
    (await server.app.ports.sql.get('select count(*) as n from files where running_downloads <> 0'))?.n === 0 &&
    (await readStorage(server.storage)).ticketsHeld === 0)
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
  t.comment(`${calls} calls`)
})
