/** Accounts and mails that strangers cause have limits, whatever way they come. */
import t from 'tap'
import { anonymousTicket, API_KEY, attribute, call, element, errorCode, upload, type Params } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

const HOUR = 3_600_000

const person = (n: number | string): Params => ({ api_key: API_KEY, user_name: `user${n}`, full_name: 'Some User', email: `user${n}@example.org`, password: 'secret1' })

/** Opens an account by the API from an address behind the proxy; the answer. */
async function openFrom (server: TestServer, address: string, params: Params): Promise<string> {
  const query = new URLSearchParams(Object.entries({ method: 'auth.register', ...params }).map(([name, value]): [string, string] => [name, String(value)]))
  return (await fetch(`${server.url}/rest/?${query}`, { headers: { 'x-forwarded-for': address } })).text()
}

const openByPage = (server: TestServer, address: string, n: string) => fetch(`${server.url}/register`, {
  method: 'POST',
  headers: { 'x-forwarded-for': address },
  redirect: 'manual',
  body: new URLSearchParams({ user_name: `user${n}`, full_name: 'Some User', email: `user${n}@example.org`, password: 'long enough 7' })
})

const count = async ({ app }: TestServer, table: string) => Number((await app.ports.sql.get(`select count(*) as n from ${table}`))?.n)
const recipients = async ({ app }: TestServer) => (await app.ports.sql.all('select recipient from mails order by recipient')).map(row => row.recipient)

t.test('one address opens so many accounts in an hour and in a day, by the API and on the pages together', async t => {
  const server = await startServer(t, { settings: { accountsPerHour: '3', trustProxy: 'loopback' } })
  const [one, neighbour, other] = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1']
  t.equal(errorCode(await openFrom(server, one, person(1))), 0)
  t.equal((await openByPage(server, neighbour, '2')).status, 303, 'n-1')
  for (let i = 0; i < 5; i++) t.equal(errorCode(await openFrom(server, one, { ...person(9), email: 'nobody' })), 27, 'what breaks a rule is not counted')
  t.equal(errorCode(await openFrom(server, one, person(3))), 0, 'n')
  const refused = await openFrom(server, neighbour, person(4))
  t.equal(errorCode(refused), 27, 'n+1')
  t.equal(attribute(refused, 'text'), 'Too many accounts were opened from your address. Try again later.')
  const page = await openByPage(server, one, '5')
  t.equal(page.status, 429)
  t.match(page.headers.get('retry-after'), /^\d+$/)
  t.match(await page.text(), 'value="user5"', 'what was typed stays')
  t.equal(errorCode(await openFrom(server, other, person(6))), 0, 'another network has its own')
  t.equal(await count(server, 'users'), 4)
  t.equal((await server.app.ports.sql.all("select * from events where kind = 'attempts-limited'")).length, 1, 'one event')

  for (let hour = 1; hour < 5; hour++) {
    server.clock.time += HOUR
    await server.app.sweep()
    for (let i = 0; i < 3; i++) t.equal(errorCode(await openFrom(server, one, person(`h${hour}x${i}`))), 0, `hour ${hour}`)
  }
  server.clock.time += HOUR
  await server.app.sweep()
  t.equal(errorCode(await openFrom(server, one, person('late'))), 27, 'the day is full')
  server.clock.time += 20 * HOUR
  t.equal(errorCode(await openFrom(server, one, person('late'))), 0, 'the next day')
})

t.test('of many at once no more than the limit are opened, and no more mails are written than an hour allows', async t => {
  const server = await startServer(t, { settings: { mailsPerHour: '4', accountsPerHour: '10' } })
  const flood = (kind: string, change: Params) => Promise.all(Array.from({ length: 30 }, async (_, n) =>
    errorCode(await call(server, 'auth.register', { ...person(`${kind}${n}`), ...change }))))
  const codes = await flood('a', { password: '' })
  t.equal(codes.filter(code => code === 0).length, 4)
  t.strictSame([...new Set(codes)].sort(), [0, 27])
  t.equal(await count(server, 'mails'), 4)
  t.equal(await count(server, 'users'), 4, 'no account without its mail')
  server.clock.time += HOUR
  t.equal((await flood('b', {})).filter(code => code === 0).length, 10)
  t.equal(await count(server, 'users'), 14)
})

t.test('an address gets few mails of strangers in an hour, whoever causes them and however it is written', async t => {
  const server = await startServer(t)
  const file = element((await upload(await anonymousTicket(server), [{ name: 'a.txt', bytes: 'a' }])).body, 'file_id')
  const share = async (emails: string) => call(server, 'anonymous.filesSendMail', { api_key: API_KEY, api_version: '1.2', file_id: file, sender_email: 's@example.org', emails })
  const notify = async (to: string) => {
    await upload(await anonymousTicket(server), [{ name: 'b.txt', bytes: 'b' }], { recipient_email: to })
    await server.app.deliver()
  }
  t.equal(errorCode(await share('Victim@example.org')), 0)
  t.equal(errorCode(await share('victim+1@example.org, amy@example.org')), 0)
  t.equal(errorCode(await call(server, 'auth.register', { ...person(1), email: 'victim+2@example.org', password: '' })), 0)
  await notify('victim@example.org')
  t.equal(errorCode(await share('victim+3@EXAMPLE.org')), 0, 'n')
  const refused = await share('bob@example.org,victim@example.org')
  t.equal(errorCode(refused), 11, 'n+1: all or none')
  t.match(attribute(refused, 'info'), /^no more than 5 mails to an address in an hour/)
  t.equal(errorCode(await call(server, 'auth.register', { ...person(2), email: 'victim+4@example.org', password: '' })), 27)
  await notify('victim@example.org, bob@example.org')
  const before = await recipients(server)
  t.equal(before.filter(to => /victim/i.test(String(to))).length, 5)
  t.equal(before.filter(to => to === 'bob@example.org').length, 1, 'the other recipients of an upload get theirs')
  server.clock.time += HOUR
  await notify('victim@example.org')
  t.equal((await recipients(server)).length, before.length + 1, 'the next hour is another')
  const counts = () => server.app.ports.sql.all('select * from rate_counts')
  t.ok((await counts()).length > 0)
  t.notMatch(JSON.stringify(await counts()), /victim|127\.0/, 'nobody reads there who got mails')
  server.clock.time += 24 * HOUR
  await server.app.sweep()
  t.strictSame(await counts(), [], 'windows that are over are forgotten')
})
