/** The security log outlives a flood: each kind of event has a quota, within it each account, and administrators have their own. */
import t from 'tap'
import { MAX_EVENTS_OF_ACCOUNT, MAX_EVENTS_OF_KIND } from '../../src/domain/event.ts'
import { anonymousTicket, element, openSession, register, upload, uploadFile } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { recordStatements } from '../support/statements.ts'

const numbers = (count: number): string => `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})`

/** So many events of a kind, a millisecond apart, the last one now. */
const flood = ({ app: { ports: { sql } }, clock }: TestServer, kind: string, who: string, count: number) => sql.run(`
  ${numbers(count)} insert into events (id, happened_at, kind, who, about, address)
  select '${kind} ' || ${who} || ' ' || n, cast($now as bigint) - ${count} + n, '${kind}', ${who}, '', '' from numbers`, { now: clock.time })

const count = async ({ app: { ports: { sql } } }: TestServer, where: string): Promise<number> => Number((await sql.get(`select count(*) as n from events where ${where}`))?.n)

t.test('a flood of one kind leaves the newest of it, and all of every other kind', async t => {
  const server = await startServer(t)
  await register(server)
  for (const kind of ['login', 'password-changed', 'became-admin']) await flood(server, kind, "'bob'", 3)
  server.clock.time += 60_000
  await flood(server, 'login-failed', "'someone' || n", MAX_EVENTS_OF_KIND + 5001)
  await server.app.sweep()
  t.equal(await count(server, "kind = 'login-failed'"), MAX_EVENTS_OF_KIND)
  t.equal(await count(server, "kind = 'login-failed' and who in ('someone1', 'someone5001')"), 0)
  t.equal(await count(server, `kind = 'login-failed' and who in ('someone5002', 'someone${MAX_EVENTS_OF_KIND + 5001}')`), 2)
  t.equal(await count(server, "who = 'bob'"), 9)
  t.equal(await count(server, "kind = 'registered'"), 1)
})

t.test('what one account causes pushes out its own, and what all cause nothing of an administrator', async t => {
  const server = await startServer(t)
  await register(server)
  await server.app.ports.sql.run("update users set is_admin = 1 where user_name = 'alice'")
  await flood(server, 'program-login', "'alice'", 3)
  await flood(server, 'program-login', "'carol'", 3)
  server.clock.time += 60_000
  await flood(server, 'program-login', "'mallory'", MAX_EVENTS_OF_ACCOUNT + 1)
  await server.app.sweep()
  t.equal(await count(server, "who = 'mallory'"), MAX_EVENTS_OF_ACCOUNT)
  t.equal(await count(server, "who = 'carol'"), 3)
  await flood(server, 'program-login', "'mallory' || n", MAX_EVENTS_OF_KIND)
  await server.app.sweep()
  t.equal(await count(server, "who = 'carol'"), 0, 'as many accounts as that are a kind of their own')
  t.equal(await count(server, "who = 'alice' and kind = 'program-login'"), 3)
  t.equal(await count(server, "kind = 'program-login'"), MAX_EVENTS_OF_KIND + 3)
})

t.test('a sweep does not look for events to remove when only those of administrators are beyond the quota', async t => {
  const server = await startServer(t)
  await register(server)
  await server.app.ports.sql.run("update users set is_admin = 1 where user_name = 'alice'")
  await flood(server, 'login', "'alice'", 10)
  await flood(server, 'login', "'x' || n", MAX_EVENTS_OF_KIND)
  const ran = recordStatements(server.app.ports.sql)
  await server.app.sweep()
  t.strictSame([...ran.keys()].filter(text => text.startsWith('delete from events') && text.includes('offset')), [])
  t.equal(await count(server, "kind = 'login'"), MAX_EVENTS_OF_KIND + 10)
})

t.test('quotas are met at n and cut at n + 1', async t => {
  const server = await startServer(t)
  await flood(server, 'deleted', "'x' || n", MAX_EVENTS_OF_KIND)
  await flood(server, 'login', "'bob'", MAX_EVENTS_OF_ACCOUNT)
  await server.app.sweep()
  t.equal(await count(server, "kind = 'deleted'"), MAX_EVENTS_OF_KIND)
  t.equal(await count(server, "kind = 'login'"), MAX_EVENTS_OF_ACCOUNT)
})

t.test('what nobody in particular deletes by its code is no event; what somebody owned is one', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { body } = await upload(await anonymousTicket(server), [{ name: 'a.txt', bytes: 'x' }])
  t.equal((await fetch(element(body, 'delete_url'), { method: 'POST' })).status, 200)
  t.equal(await count(server, "kind = 'deleted'"), 0)
  const id = await uploadFile(server, key, 'own.txt', 'x')
  const row = await server.app.ports.sql.get('select delete_code from files where id = $id', { id })
  t.equal((await fetch(`${server.url}/delete/${id}/${String(row?.delete_code)}`, { method: 'POST' })).status, 200)
  t.equal(await count(server, "kind = 'deleted' and about = 'own.txt'"), 1)
})
