/** A clock that is ahead for a minute and comes back: what it has written counts as over, and nothing waits until it is right. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { watchClock } from '../../src/adapters/clock-watch.ts'
import { readGrant, directLink } from '../../src/domain/files/link.ts'
import { MAX_EVENTS_OF_KIND } from '../../src/domain/event.ts'
import { findFile } from '../../src/store/files/files.ts'
import { claimMail, queueMails } from '../../src/store/operations/mails.ts'
import { listPageSessions } from '../../src/store/accounts/page-sessions.ts'
import { findDueVisit } from '../../src/store/uploads/file-request-arrivals.ts'
import { addInvitation, isInvited, listInvitations } from '../../src/store/accounts/registration.ts'
import { forgetFuture, listServers, noteServer, tryClaimJob } from '../../src/store/operations/servers.ts'
import { takeTraffic, trafficOf } from '../../src/store/operations/traffic.ts'
import { anonymousTicket, call, element, errorCode, openSession, progressOf, upload, uploadFile, userTicket } from '../support/client.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { START, startServer, type TestServer } from '../support/server.ts'
import { append, beginAt, offsetOf } from '../support/tus.ts'
import { until } from '../support/wait-until.ts'
import { logInOnPages } from '../support/page-session.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEARS = 2 * 365 * DAY
const JUMPS: ReadonlyArray<readonly [string, number]> = [['an hour back', -HOUR], ['a day ahead', DAY], ['two years ahead', YEARS]]

for (const [name, jump] of JUMPS) {
  t.test(`a clock that jumps ${name} and returns after a minute stops nothing, and is told of`, async t => {
    const server = await startServer(t)
    const key = await openSession(server)
    const ticket = await userTicket(server, key)
    const page = await logInOnPages(server)
    const url = server.url + (await beginAt(`${server.url}/tus/`, 4)).headers.get('location')
    for (const moved of [jump, -jump]) {
      server.clock.time += moved
      await server.app.sweep()
      // To the minute: the real one goes on meanwhile, and so does the other.
      const logged = [...server.log().matchAll(/"seconds":(-?\d+),"msg":"the clock has jumped/g)].map(([, seconds]) => Number(seconds))
      t.ok(logged.some(seconds => Math.abs(seconds - moved / 1000) < 120), 'it is logged')
      const now = await openSession(server, moved === jump ? 'bob' : 'carol')
      t.ok(await uploadFile(server, now, 'a.txt', 'x'))
      t.match((await upload(await anonymousTicket(server), [{ name: 'b.txt', bytes: 'x' }])).body, '<status>ok</status>')
      server.clock.time += MINUTE
    }
    await server.app.sweep()
    t.strictSame(await brokenInvariants(server.storage), jump < DAY ? ['an unfinished blob: ' + url.slice(-24) + '-0', heldBy(await server.app.ports.sql.all('select id from tickets where upload_id is not null'))] : [])
    if (jump >= DAY) return
    t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: key })), 0)
    t.match((await upload(ticket, [{ name: 'c.txt', bytes: 'x' }])).body, /^upload_status=ok/)
    t.equal((await page.visit('/my')).status, 200)
    t.equal((await append(url, await offsetOf(url), 'four')).status, 204)
  })
}

const heldBy = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>): string => `space or a ticket held by no upload: ${rows.map(row => String(row.id)).join(', ')}`

/** A server whose clock was two years ahead while `work` was done, and is right again. */
async function ahead<T> (server: TestServer, work: () => Promise<T>): Promise<T> {
  server.clock.time += YEARS
  try {
    return await work()
  } finally {
    server.clock.time = START + MINUTE
  }
}

t.test('what one process does for all is done again at once', async t => {
  const { app: { ports: { sql } } } = await startServer(t)
  t.equal(await tryClaimJob(sql, 'test', START + YEARS - MINUTE, START + YEARS), true)
  t.equal(await tryClaimJob(sql, 'test', START - MINUTE, START), true)
  t.equal(await tryClaimJob(sql, 'test', START, START + MINUTE), true)
  t.equal(await tryClaimJob(sql, 'test', START, START + MINUTE + 1000), false, 'within its time it is not')
  t.equal(await tryClaimJob(sql, 'test', START, START - 1000), false, 'nor where clocks differ by a little')
})

t.test('a server that died while its clock was ahead is found dead; one that lives is not', async t => {
  const { app: { ports: { sql } } } = await startServer(t)
  await noteServer(sql, 'dead', START + YEARS)
  await noteServer(sql, 'own', START + YEARS)
  await forgetFuture(sql, START)
  t.equal(await noteServer(sql, 'own', START), START, 'nobody is judged for as long as after a gap')
  const seen = async () => (await listServers(sql)).find(({ id }) => id === 'dead')?.seenAt
  t.equal(await seen(), START)
  await noteServer(sql, 'dead', START + 90_000)
  await forgetFuture(sql, START + 90_000)
  t.equal(await seen(), START + 90_000)
})

t.test('sessions of then are over, count under no limit, and are gone; those used across a small jump live', async t => {
  const server = await startServer(t, { settings: { defaultPlan: 'Lite' } })
  const { sql } = server.app.ports
  await openSession(server)
  await sql.run('update users set session_limit = 3')
  const key = await ahead(server, async () => [await logIn(server), await logIn(server)])
  t.match(key.map(xml => errorCode(xml)), [0, 0])
  t.equal(errorCode(await call(server, 'folders.getAll', { session_key: element(key[0] ?? '', 'session_key') })), 6)
  t.equal(errorCode(await logIn(server)), 0, 'they take nobody a place')
  await server.app.sweep()
  t.equal((await sql.all('select 1 from sessions where last_used_at > $now', { now: START + DAY })).length, 0)
  const fresh = await logIn(server)
  server.clock.time -= HOUR
  t.equal(errorCode(await call(server, 'folders.getAll', { session_key: element(fresh, 'session_key') })), 0)
  t.equal((await sql.all('select 1 from sessions where last_used_at = $now', { now: server.clock.time })).length, 1, 'it is used now, and not in an hour')
})

t.test('browsers that logged in then log in again; the session is not offered any more', async t => {
  const server = await startServer(t)
  await openSession(server)
  const page = await ahead(server, () => logInOnPages(server))
  t.equal((await page.visit('/my')).status, 303)
  const now = await logInOnPages(server)
  t.equal((await now.visit('/my')).status, 200)
  t.equal((await listPageSessions(server.app.ports.sql, 1, server.clock.time)).length, 1)
})

t.test('tickets and uploads in pieces of then end with the next sweep, and give back what they hold', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { sql } = server.app.ports
  const [ticket, url] = await ahead(server, async () =>
    [await userTicket(server, await openSession(server, 'bob')), server.url + (await beginAt(`${server.url}/tus/`, 8)).headers.get('location')] as const)
  t.match((await upload(ticket, [{ name: 'a', bytes: 'x' }])).body, 'error code="16"')
  t.equal((await append(url, 0, 'x')).status, 404)
  await server.app.sweep()
  // What became of an upload is told for ten minutes more.
  server.clock.time += 11 * 60 * 1000
  await server.app.sweep()
  t.strictSame(await sql.all('select id from tickets'), [])
  t.strictSame(await brokenInvariants(server.storage), [])
  t.ok(await uploadFile(server, key, 'b.txt', 'x'))
})

t.test('a mail that a clock ahead has put off is tried now, one that waits its time is not', async t => {
  const server = await startServer(t)
  const { ports } = server.app
  const mail = { to: 'a@example.org', subject: 's', text: 't', html: '' }
  await queueMails(ports, [mail], undefined, START)
  await ports.sql.run('update mails set next_try_at = $at', { at: START + YEARS })
  const id = (await claimMail(ports.sql, ports.vault, START, START + HOUR))?.id
  t.ok(id)
  t.equal(await claimMail(ports.sql, ports.vault, START, START + HOUR), undefined)
  t.equal((await claimMail(ports.sql, ports.vault, START + HOUR, START + 2 * HOUR))?.id, id)
})

t.test('a mail that was written while the clock was ahead, and put off, is sent once it is right', async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  await ahead(server, async () => {
    await queueMails(server.app.ports, [{ to: 'a@example.org', subject: 's', text: 't', html: '' }], undefined, server.clock.time)
    await server.app.sweep()
  })
  await server.app.sweep()
  await until('it is due', async () => Number((await sql.get('select next_try_at from mails'))?.next_try_at) <= server.clock.time)
  t.ok(await claimMail(sql, server.app.ports.vault, server.clock.time, server.clock.time + HOUR))
})

t.test('bandwidth that was used then is not used now', async t => {
  const server = await startServer(t)
  await openSession(server)
  const { sql } = server.app.ports
  const id = Number((await sql.get('select id from users'))?.id)
  t.equal(await takeTraffic(sql, id, 100, 100, START + YEARS), true)
  t.equal(await trafficOf(sql, id, START), 0)
  t.equal(await takeTraffic(sql, id, 100, 100, START), true)
  t.equal(await takeTraffic(sql, id, 1, 100, START - HOUR), false, 'what was used an hour ahead is used')
})

t.test('a visit by a file request is told, an invitation of then is none', async t => {
  const server = await startServer(t)
  await openSession(server)
  const { sql } = server.app.ports
  const userId = Number((await sql.get('select id from users'))?.id)
  await sql.run("insert into request_arrivals (file_id, owner_id, title, visit, public_url, due_at) values ('aaaaaa', $userId, 't', 'v', '', $dueAt)", { userId, dueAt: START + YEARS })
  t.ok(await findDueVisit(sql, START))
  await addInvitation(sql, 'future', START + YEARS, START + YEARS + 7 * DAY)
  await addInvitation(sql, 'now', START, START + 7 * DAY)
  t.strictSame([await isInvited(sql, 'future', START), await isInvited(sql, 'now', START), await isInvited(sql, 'now', START - HOUR)], [false, true, true])
  t.strictSame((await listInvitations(sql, START)).map(({ codeHash }) => codeHash), ['now'])
})

t.test('events of then push out none that come', async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  const fill = (name: string, time: number) => sql.run(`
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${MAX_EVENTS_OF_KIND})
    insert into events (id, happened_at, kind, who, about, address) select '${name}' || n, cast($time as bigint) + n, 'login', 'user' || n, '', '' from numbers`, { time })
  await fill('future', START + YEARS)
  await fill('now', START - DAY)
  await server.app.sweep()
  t.equal((await sql.all("select 1 from events where id like 'now%'")).length, MAX_EVENTS_OF_KIND)
})

t.test('a link that was made then is good no longer than one of now', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { sql, vault } = server.app.ports
  const file = await findFile(sql, await uploadFile(server, key, 'a.txt', 'x'))
  if (file === undefined) return t.fail('there is no file')
  const isGood = (expiresAt: number): boolean => {
    const [, , signature = '', payload = ''] = directLink('', vault, file, { expiresAt, userId: null }).split('/')
    return readGrant(vault, file, signature, payload, START) !== undefined
  }
  t.strictSame([isGood(START + 8 * HOUR), isGood(START + 9 * HOUR), isGood(START + YEARS)], [true, true, false])
})

t.test('progress of then is forgotten', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const ticket = await userTicket(server, key)
  await upload(ticket, [{ name: 'a', bytes: 'x' }])
  t.equal((await progressOf(ticket)).status, 'done')
  server.clock.time -= HOUR
  t.equal((await progressOf(ticket)).status, 'fail')
})

t.test('a jump is told once, and a clock that is put right by a little is not', async t => {
  const clock = { time: 1_000_000, now () { return this.time }, sleep: async () => undefined }
  let elapsed = 0
  const told: number[] = []
  const watched = watchClock(clock, jump => { told.push(jump) }, () => elapsed)
  const look = (passed: number, by: number): void => {
    elapsed += passed
    clock.time += by
    watched.now()
  }
  look(5000, 5000)
  look(10, 59_000)
  t.strictSame(told, [])
  look(0, 2000)
  look(1000, 1000)
  t.equal(told.length, 1)
  for (const by of [-HOUR, DAY, YEARS, -YEARS]) look(0, by)
  t.strictSame(told.slice(1), [-HOUR, DAY, YEARS, -YEARS])
})

async function logIn (server: TestServer): Promise<string> {
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const token = element(await call(server, 'auth.createToken', { api_key: 'RESPACE001', api_version: '1.0' }), 'token')
  return call(server, 'auth.login', { token, user_name: 'alice', tokened_password: md5(token + md5('secret1')) })
}
