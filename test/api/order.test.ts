/** The order of checks of the wire contract, section 2: of two things that are wrong the earlier one is told. */
import t from 'tap'
import { METHODS } from '../../src/api/registry.ts'
import type { State } from '../../src/contract/check.ts'
import { describeFault, excludes, orderTable, paramsWith, type Fault } from '../../src/contract/derived/order.ts'
import type { UserChange } from '../../src/domain/accounts/user.ts'
import { changeUser, findUser } from '../../src/store/accounts/users.ts'
import { setPause } from '../../src/store/operations/pauses.ts'
import type { Pause } from '../../src/domain/pause.ts'
import { API_KEY, attribute, call, element, errorCode, md5, newToken, openSession, uploadFile } from '../support/client.ts'
import { startServer } from '../support/server.ts'

/** How a state of the table comes about here; what is not there needs nothing: the server has a smallest version of applications all the time. */
const USER_STATES: Readonly<Partial<Record<State, UserChange>>> = {
  'membership-over': { planEndsAt: 1 },
  'disk-full': { diskQuota: 0 },
  'bandwidth-over': { bandwidthLimit: 9 },
  'sessions-full': { sessionLimit: 0 },
  'contacts-full': { contactLimit: 1 },
  'no-capabilities': { capabilities: new Set() },
  'https-forbidden': { isHttpsForbidden: true },
  disabled: { isDisabled: true }
}
const PAUSES: Readonly<Partial<Record<State, Pause>>> = { maintenance: 'maintenance', 'uploads-paused': 'uploads', 'downloads-paused': 'downloads' }

const UNCHANGED: UserChange = {
  planEndsAt: null, diskQuota: null, bandwidthLimit: null, sessionLimit: null, contactLimit: null, capabilities: null, isDisabled: false, isHttpsForbidden: false
}

t.test('for every method each check beats all later ones', async t => {
  const server = await startServer(t, { settings: { trustProxy: 'loopback', minAppVersion: '1.4' } })
  const { sql } = server.app.ports
  const session = await openSession(server)
  const other = await openSession(server, 'bobby')
  const token = await newToken(server)
  const user = await findUser(sql, 'alice')
  if (user === undefined) throw new Error('alice is not there')
  const create = async (key: string, parent = '0') => attribute(await call(server, 'folders.create', { session_key: key, name: 'f', parent_folder_id: parent }), 'id')
  const folder = await create(session)
  const inner = await create(session, folder)
  const foreign = await create(other)
  const file = await uploadFile(server, session, 'a.txt', '0123456789')
  const locked = await uploadFile(server, session, 'b.txt', '0123456789', { password: 'sesame' })
  await call(server, 'addressbook.add', { session_key: session, email: 'bob@example.org' })

  const table = orderTable({
    apiKey: API_KEY, version: '1.2', session, token, user: 'alice', proof: md5(token + md5('secret1')), file, locked, folder, inner, foreign, contact: 'bob@example.org'
  })
  t.strictSame(Object.keys(table).sort(), METHODS.map(({ name }) => name).sort(), 'every method is in the table')

  /** The code when all these are wrong at once. */
  async function play (method: string, valid: Readonly<Record<string, string | undefined>>, faults: readonly Fault[]): Promise<number> {
    const sent = Object.entries(paramsWith(method, valid, faults)).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const states = faults.flatMap(({ state }) => state ?? [])
    const pauses = states.flatMap(state => PAUSES[state] ?? [])
    await changeUser(sql, { id: user?.id ?? 0 }, Object.assign({}, UNCHANGED, ...states.map(state => USER_STATES[state] ?? {})) as typeof UNCHANGED)
    for (const pause of pauses) await setPause(sql, pause, true, 0)
    const isHttps = faults.some(fault => fault.isHttps)
    const answer = await fetch(`${server.url}/rest/?${new URLSearchParams(sent)}`, { headers: isHttps ? { 'x-forwarded-proto': 'https' } : {} })
    for (const pause of pauses) await setPause(sql, pause, false, 0)
    return errorCode(await answer.text())
  }

  let pairs = 0
  for (const [method, [valid, faults]] of Object.entries(table)) {
    for (const [i, fault] of faults.entries()) {
      t.equal(await play(method, valid, [fault]), fault.code, `${method}: ${describeFault(fault)}`)
      for (const later of faults.slice(i + 1)) {
        if (excludes(fault, later)) continue
        pairs++
        const code = await play(method, valid, [fault, later])
        if (code !== fault.code) t.fail(`${method}: ${code}, though ${describeFault(fault)} comes before ${describeFault(later)}`)
      }
    }
  }
  t.ok(pairs > 1000, `${pairs} pairs`)
  t.equal(element(await call(server, 'auth.checkSession', { session_key: session }), 'session'), 'ok', 'nothing of all this ended the session')
})

t.test('a call without a method is told so before anything but maintenance', async t => {
  const server = await startServer(t)
  t.equal(errorCode(await (await fetch(`${server.url}/rest/?session_key=x&api_version=9`)).text()), 1)
  await setPause(server.app.ports.sql, 'maintenance', true, 0)
  t.equal(errorCode(await (await fetch(`${server.url}/rest/`)).text()), 15)
})
