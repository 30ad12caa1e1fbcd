/** Files without an owner: how long they stay, and how much they may take together. */
import t from 'tap'
import { anonymousTicket, call, element, errorCode, openSession, upload, uploadFile, API_KEY } from '../support/client.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { append, beginAt } from '../support/tus.ts'
import { run } from '../support/cli-process.ts'
import { isOnPostgres } from '../support/database.ts'

const DAY = 24 * 60 * 60 * 1000
const MiB = 1024 * 1024

async function giveAnonymously (server: TestServer, bytes: Buffer | string = 'x', name = 'a.txt'): Promise<{ id: string, edit: string }> {
  const { body } = await upload(await anonymousTicket(server), [{ name, bytes }])
  return { id: element(body, 'file_id'), edit: element(body, 'delete_url').replace('/delete/', '/edit/') }
}

const expiryOf = async ({ app: { ports: { sql } } }: TestServer, id: string) =>
  ({ ...await sql.get('select expires_at, limit_action from files where id = $id', { id }) })

const save = (edit: string, fields: Readonly<Record<string, string>>) =>
  fetch(edit, { method: 'POST', body: new URLSearchParams({ name: 'a.txt', description: '', password: '', ...fields }), redirect: 'manual' })

const statusOf = async (server: TestServer, id: string): Promise<number> => (await fetch(`${server.url}/file/${id}`)).status

t.test('a file without an owner is deleted after thirty days, one with an owner stays', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const own = await uploadFile(server, key, 'own.txt', 'mine')
  const { id } = await giveAnonymously(server)
  t.strictSame(await expiryOf(server, id), { expires_at: server.clock.time + 30 * DAY, limit_action: 2 })
  t.strictSame(await expiryOf(server, own), { expires_at: null, limit_action: null })
  server.clock.time += 30 * DAY - 1
  await server.app.sweep()
  t.equal(await statusOf(server, id), 200)
  server.clock.time += 1
  await server.app.sweep()
  t.strictSame([await statusOf(server, id), await statusOf(server, own)], [404, 200])
  t.strictSame(await brokenInvariants(server.storage), [])
})

t.test('its uploader chooses another time up to the longest one, after which it goes whatever he wants', async t => {
  const server = await startServer(t, { settings: { anonymousExpiry: '7 days', anonymousMaxExpiry: '60 days' } })
  const { id, edit } = await giveAnonymously(server)
  const uploadedAt = server.clock.time
  for (const [wanted, days] of [['3600', 1 / 24], ['keep', 1 / 24], [String(30 * 86400), 30], ['0', 60], [String(365 * 86400), 60]] as const) {
    t.equal((await save(edit, { time_limit: wanted, limit_action: '1' })).status, 303)
    t.strictSame(await expiryOf(server, id), { expires_at: uploadedAt + days * DAY, limit_action: 2 }, wanted)
  }
  server.clock.time += 50 * DAY
  t.equal((await save(edit, { time_limit: String(30 * 86400) })).status, 303)
  t.match(await expiryOf(server, id), { expires_at: uploadedAt + 60 * DAY }, 'a later change makes it no longer')
  server.clock.time += 10 * DAY
  await server.app.sweep()
  t.equal(await statusOf(server, id), 404)
})

t.test('the default is cut to the longest time; never is never', async t => {
  const short = await startServer(t, { settings: { anonymousMaxExpiry: '1 day' } })
  t.match(await expiryOf(short, (await giveAnonymously(short)).id), { expires_at: short.clock.time + DAY })
  const free = await startServer(t, { settings: { anonymousExpiry: 'never', anonymousMaxExpiry: 'never' } })
  const { id, edit } = await giveAnonymously(free)
  t.strictSame(await expiryOf(free, id), { expires_at: null, limit_action: null })
  await save(edit, { time_limit: '3600', limit_action: '1' })
  t.match(await expiryOf(free, id), { limit_action: 1 })
})

t.test('a file that came before there was a longest time keeps what it was promised', async t => {
  const server = await startServer(t)
  const { id, edit } = await giveAnonymously(server)
  await server.app.ports.sql.run('update files set expires_at = null, limit_action = null, uploaded_at = 1')
  t.equal((await save(edit, { time_limit: '0', limit_action: '1', description: 'changed' })).status, 303)
  t.match(await expiryOf(server, id), { expires_at: null })
})

t.test('all of them together take so much and no more, by each way in; accounts go on', async t => {
  const server = await startServer(t, { settings: { anonymousStorage: String(10 * MiB) } })
  const key = await openSession(server)
  const first = await giveAnonymously(server, Buffer.alloc(6 * MiB))
  const ticket = await anonymousTicket(server)
  const over = await upload(ticket, [{ name: 'b.bin', bytes: Buffer.alloc(4 * MiB + 1) }])
  t.match(over.body, /<status>fail<\/status>\n\t<error code="13" /)
  const form = new FormData()
  form.set('userfile', new Blob([Buffer.alloc(5 * MiB)]), 'b.bin')
  const page = await fetch(`${server.url}/upload`, { method: 'POST', body: form })
  t.equal(page.status, 503)
  t.match(await page.text(), 'The space for uploads without an account is full.')
  const tus = await beginAt(`${server.url}/tus/`, 4 * MiB + 1)
  t.equal(`${tus.status} ${await tus.text()}`, '503 The space for uploads without an account is full. Please log in, or try again later.\n')
  t.ok(await uploadFile(server, key, 'own.bin', Buffer.alloc(8 * MiB)), 'an account is no stranger')
  t.match((await upload(ticket, [{ name: 'b.bin', bytes: Buffer.alloc(4 * MiB) }])).body, '<status>ok</status>', 'to the byte')
  t.match((await upload(ticket, [{ name: 'c.bin', bytes: 'x' }])).body, '<status>fail</status>')
  t.equal((await fetch(first.edit.replace('/edit/', '/delete/'), { method: 'POST' })).status, 200)
  t.match((await upload(ticket, [{ name: 'c.bin', bytes: Buffer.alloc(6 * MiB) }])).body, '<status>ok</status>', 'what is deleted makes room')
  t.strictSame(await brokenInvariants(server.storage), [])
})

t.test('of many that come at once no more than fits is kept', async t => {
  const server = await startServer(t, { settings: { anonymousStorage: String(5 * MiB) } })
  const tickets = await Promise.all(Array.from({ length: 10 }, () => anonymousTicket(server)))
  const answers = await Promise.all(tickets.map(ticket => upload(ticket, [{ name: 'a.bin', bytes: Buffer.alloc(MiB) }])))
  const kept = answers.filter(({ body }) => body.includes('<status>ok</status>')).length
  t.ok(kept > 0 && kept <= 5, `${kept} were kept`)
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
})

t.test('a stranger holds space for what he has sent, not for what he announces', async t => {
  const server = await startServer(t, { settings: { anonymousStorage: String(100 * MiB) } })
  const urls: string[] = []
  for (let i = 0; i < 5; i++) urls.push(server.url + (await beginAt(`${server.url}/tus/`, 90 * MiB)).headers.get('location'))
  t.match((await upload(await anonymousTicket(server), [{ name: 'a.bin', bytes: Buffer.alloc(20 * MiB) }])).body, '<status>ok</status>')
  t.equal((await append(urls[0] ?? '', 0, Buffer.alloc(70 * MiB))).status, 204)
  t.equal((await append(urls[1] ?? '', 0, Buffer.alloc(20 * MiB)).then(({ status }) => status, () => 503)), 503, 'unfinished bytes count')
  t.equal((await append(urls[1] ?? '', 0, Buffer.alloc(5 * MiB))).status, 204, 'and what was begun may go on')
})

t.test('fsck counts them anew', { skip: isOnPostgres() && 'of a storage folder' }, async t => {
  const server = await startServer(t)
  await giveAnonymously(server, 'four')
  await server.app.ports.sql.run("update storage_totals set bytes = 17 where name = 'anonymous'")
  await server.close()
  t.match(await run(['fsck', '--storage', server.storage]), { status: 1, stdout: /^counter +files without an owner have 17 bytes on the account, but files with 4$/m })
  t.equal((await run(['fsck', '--repair', '--storage', server.storage])).status, 0)
  t.equal((await run(['fsck', '--storage', server.storage])).status, 0)
})

t.test('API clients see the time that is left', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { id } = await giveAnonymously(server)
  t.equal(errorCode(await call(server, 'download.getInfo', { session_key: key, file_id: id })), 0)
  t.match(await (await fetch(`${server.url}/file/${id}`)).text(), '2026')
  t.equal(errorCode(await call(server, 'anonymous.uploadGetInfo', { api_key: API_KEY, api_version: '1.2' })), 0)
})
