/** What one address may leave open: tickets, tokens, uploads in pieces. */
import t from 'tap'
import { MAX_ENDED_TICKETS, MAX_FINISHED, MAX_TOKENS, MAX_UNFINISHED, MAX_UNUSED_TICKETS } from '../../src/domain/caps.ts'
import { API_KEY, errorCode, openSession } from '../support/client.ts'
import { openTables } from '../support/database-tables.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { beginAt, endUpload } from '../support/tus.ts'

const BEHIND_PROXY = { settings: { trustProxy: 'loopback' } }

/** Numbers from 1 on, for rows that are as many as it takes too long to ask for. */
const numbers = (count: number): string => `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})`

const ask = async (server: TestServer, method: string, address: string, params: Readonly<Record<string, string>> = {}): Promise<string> =>
  (await fetch(`${server.url}/rest/?${new URLSearchParams({ method, api_key: API_KEY, api_version: '1.0', ...params })}`, { headers: { 'x-forwarded-for': address } })).text()

const field = (xml: string, name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1] ?? ''

t.test('tickets that nobody uploads with: at so many from one address there are no more, and elsewhere there are', async t => {
  const server = await startServer(t, BEHIND_PROXY)
  const { sql } = server.app.ports
  const ticketFrom = (address: string) => ask(server, 'anonymous.uploadGetInfo', address)
  t.equal(errorCode(await ticketFrom('2001:db8:1:2::3')), 0)
  await sql.run(`${numbers(MAX_UNUSED_TICKETS - 2)} insert into tickets (id, proof, api_version, max_file_size, speed_limit, expires_at, address)
    select 'copy' || n, proof, api_version, max_file_size, speed_limit, expires_at, address from tickets, numbers`)
  const last = await ticketFrom('2001:db8:1:2::4')
  t.equal(errorCode(last), 0, 'n')
  const refused = await ticketFrom('2001:db8:1:2:ffff::5')
  t.match(refused, '<error code="13" text="Upload is temporarily unavailable" info="too many tickets from this address wait for an upload"/>', 'n + 1, from any address of the network')
  const form = new FormData()
  form.set('userfile', new Blob(['x']), 'x.txt')
  const page = await fetch(`${server.url}/upload`, { method: 'POST', body: form, headers: { 'x-forwarded-for': '2001:db8:1:2::3' } })
  t.equal(page.status, 503)
  t.match(await page.text(), 'Too many unfinished uploads.')
  t.equal(errorCode(await ticketFrom('2001:db8:1:3::3')), 0)
  const url = /url="([^"]*apiupload[^"]*)"/.exec(last)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const body = new FormData()
  body.set('userfile', new Blob(['x']), 'x.txt')
  t.match(await (await fetch(url.replace(/^https?:\/\/[^/]+/, server.url), { method: 'POST', body })).text(), '<status>ok</status>')
  t.equal(errorCode(await ticketFrom('2001:db8:1:2::3')), 0, 'one that was used is no open one')
  server.clock.time += 25 * 60 * 60 * 1000
  t.equal(errorCode(await ticketFrom('2001:db8:1:2::3')), 0, 'nor is one that is over')
})

t.test('tokens beyond so many from one address push out the one that was not used for the longest time', async t => {
  const server = await startServer(t, BEHIND_PROXY)
  const { sql } = server.app.ports
  await openSession(server)
  const tokenFrom = async (address: string) => field(await ask(server, 'auth.createToken', address), 'token')
  const elsewhere = await tokenFrom('198.51.100.7')
  const cached = await tokenFrom('203.0.113.1')
  const unused = await tokenFrom('203.0.113.1')
  server.clock.time += 60_000
  const logIn = async (token: string) => errorCode(await ask(server, 'auth.login', '203.0.113.1', { token, user_name: 'alice', tokened_password: '0'.repeat(32) }))
  // A program that keeps its token, and logs in with it now and then.
  await sql.run('update tokens set used_at = $now where token = $cached', { now: server.clock.time, cached })
  await sql.run(`${numbers(MAX_TOKENS - 2)} insert into tokens (token, api_key, api_version, app_version, created_at, expires_at, used_at, address)
    select 'copy' || n, api_key, api_version, app_version, created_at, expires_at, used_at + 1, address from tokens, numbers where token = $unused`, { unused })
  t.equal(await logIn(unused), 8, 'n: it is known')
  const fresh = await tokenFrom('203.0.113.1')
  t.equal(await logIn(unused), 6, 'n + 1: it is not known any more')
  for (const token of [cached, fresh, elsewhere]) t.equal(await logIn(token), 8)
  t.equal(Number((await sql.get('select count(*) as n from tokens where address is not null and token <> $elsewhere', { elsewhere }))?.n), MAX_TOKENS + 1)
})

t.test('a login marks its token as used', async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  const before = server.clock.time
  await openSession(server)
  server.clock.time += 1000
  await openSession(server, 'bob')
  t.strictSame((await sql.all('select used_at from tokens order by used_at')).map(row => row.used_at), [before, before + 1000])
})

t.test('a script that logs in at each run is never refused', async t => {
  const server = await startServer(t, { settings: { defaultPlan: 'Max' } })
  for (let run = 0; run < 50; run++) t.ok(await openSession(server, `user${run}`))
})

t.test('unfinished uploads in pieces: at so many from one address the next is refused, and none goes', async t => {
  const server = await startServer(t, BEHIND_PROXY)
  const { sql } = server.app.ports
  const start = (address: string) => beginAt(`${server.url}/tus/`, 2, undefined, { 'x-forwarded-for': address })
  const first = server.url + (await start('203.0.113.1')).headers.get('location')
  await sql.run(`${numbers(MAX_UNFINISHED - 2)} insert into resumable_uploads (upload_id, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at, address)
    select 'copy' || n, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at, address from resumable_uploads, numbers`)
  t.equal((await start('203.0.113.1')).status, 201)
  const refused = await start('203.0.113.1')
  t.equal(`${refused.status} ${await refused.text()}`, '503 Too many unfinished uploads. Please finish or cancel some first.\n')
  t.equal((await start('203.0.113.2')).status, 201)
  t.equal((await endUpload(first)).status, 204)
  t.equal((await start('203.0.113.1')).status, 201)
})

t.test('tickets whose upload has ended, and uploads in pieces that are whole: of so many from one address the oldest go', async t => {
  const server = await startServer(t, BEHIND_PROXY)
  const { sql } = server.app.ports
  const count = async (what: string) => Number((await sql.get(`select count(*) as n from ${what}`))?.n)
  const fail = (address: string) => fetch(`${server.url}/upload`, { method: 'POST', body: '', headers: { 'x-forwarded-for': address } })
  t.equal((await fail('203.0.113.1')).status, 400)
  t.equal((await fail('203.0.113.2')).status, 400)
  const [first] = await sql.all('select id from tickets order by ended_at, id')
  server.clock.time += 1000
  await sql.run(`${numbers(MAX_ENDED_TICKETS - 1)} insert into tickets (id, proof, api_version, max_file_size, speed_limit, expires_at, started_at, ended_at, address)
    select 'copy' || n, proof, api_version, max_file_size, speed_limit, expires_at, started_at, ended_at + n, address from tickets, numbers where id = $id`, { id: String(first?.id) })
  server.clock.time += 60_000
  for (let i = 0; i < 3; i++) for (const from of ['203.0.113.1', '203.0.113.2']) t.equal((await fail(from)).status, 400)
  t.ok(await count('tickets') <= MAX_ENDED_TICKETS + 8, `${await count('tickets')} are left`)
  t.equal(await sql.get('select 1 from tickets where id = $id', { id: String(first?.id) }), undefined, 'the oldest has gone')
  t.not(await sql.get("select 1 from tickets where id = 'copy500'"), undefined, 'later ones are there')

  const whole = (from: string) => beginAt(`${server.url}/tus/`, 0, undefined, { 'x-forwarded-for': from })
  const location = server.url + (await whole('203.0.113.1')).headers.get('location')
  t.equal((await sql.all('select 1 from resumable_uploads where file_id is not null')).length, 1)
  await sql.run(`${numbers(MAX_FINISHED)} insert into resumable_uploads (upload_id, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at, address, file_id)
    select 'copy' || n, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at + n, address, file_id from resumable_uploads, numbers`)
  const head = async (url: string) => (await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } })).status
  t.equal(await head(location), 200)
  const next = server.url + (await whole('203.0.113.1')).headers.get('location')
  t.equal(await head(location), 404, 'nobody asks for it any more')
  t.equal(await head(next), 200)
  t.ok(await count('resumable_uploads') <= MAX_FINISHED + 1)
})

t.test('rows do not tell addresses, and those that are not in use any more are gone with all they say', async t => {
  const server = await startServer(t, BEHIND_PROXY)
  await ask(server, 'auth.createToken', '203.0.113.77')
  const xml = await ask(server, 'anonymous.uploadGetInfo', '203.0.113.77')
  await beginAt(`${server.url}/tus/`, 2, undefined, { 'x-forwarded-for': '203.0.113.77' })
  const tables = await openTables(t, server.storage)
  t.notMatch(JSON.stringify(await tables.read()), '203.0.113')
  const [token] = (await tables.read()).tokens ?? []
  t.match(token?.address, /^[0-9a-f]{32}$/)
  server.clock.time += 31 * 24 * 60 * 60 * 1000
  await server.app.sweep()
  // What became of an upload is told for ten minutes more.
  server.clock.time += 11 * 60 * 1000
  await server.app.sweep()
  t.notMatch(JSON.stringify(await tables.read()), String(token?.address))
  t.match(xml, 'status="ok"')
})
