/** File requests by the tus protocol: the same limits as by the form, and no way to anything else. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { openBrowser } from '../support/browser.ts'
import type { App, AppInternals } from '../../src/app.ts'
import { uploadFile } from '../support/client.ts'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import { MAX_UNFINISHED_IN_REQUEST, MAX_UNFINISHED_OF_REQUEST } from '../../src/domain/caps.ts'
import { beginRequests } from '../support/file-request.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import type { TestServer } from '../support/server.ts'
import { append, beginAt, endUpload, look, metadataOf, startSlowSender } from '../support/tus.ts'
import { until } from '../support/wait-until.ts'

const needsBrowser = { skip: skipWithout('chromium') }
const MIB = 1024 * 1024
const VISIT = 'v'.repeat(32)

/** Begins an upload by a request: its address, or the status and why not. */
async function begin (server: TestServer, id: string, length: number, fields: Readonly<Record<string, string>> = { filename: 'a.bin' }): Promise<string> {
  const answer = await beginAt(`${server.url}/request/${id}/tus`, length, metadataOf(fields))
  return answer.status === 201 ? server.url + answer.headers.get('location') : `${answer.status} ${await answer.text()}`
}

/** The same with all of its bytes. */
async function give (server: TestServer, id: string, name: string, bytes: Buffer | string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
  const url = await begin(server, id, bytes.length, { filename: name, ...fields })
  if (!url.startsWith('http') || bytes.length === 0) return url
  const answer = await append(url, 0, bytes)
  return answer.status === 204 ? 'came' : `${answer.status} ${await answer.text()}`
}

async function isTidy (t: { strictSame (a: unknown, b: unknown): unknown }, server: TestServer): Promise<void> {
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
}

t.test('a stranger sends a file in pieces into the folder, and gets nothing of it into his hands', async t => {
  const { server, make, names } = await beginRequests(t)
  const id = await make()
  const answer = await beginAt(`${server.url}/request/${id}/tus`, 6, metadataOf({
    filename: '../x/a.jpg', description: 'from Bob', folder_id: '0', password: 'locked', recipient_email: 'x@example.org', notify_uploader: '1', request_id: 'x', request_password: 'x'
  }))
  t.equal(answer.status, 201)
  const url = server.url + answer.headers.get('location')
  const middle = await append(url, 0, 'abc')
  t.strictSame(await names(), [], 'nothing is visible until it is whole')
  const last = await append(url, 3, 'def')
  t.strictSame(await names(), ['a.jpg'])
  for (const { headers } of [answer, middle, last, await look(url), await append(url, 6, '')]) {
    t.equal(headers.get('respace-edit'), null)
    t.notMatch([...headers.keys()].join(' '), /respace/)
  }
  t.equal((await endUpload(url)).status, 204)
  t.strictSame(await names(), ['a.jpg'], 'what has arrived is his to take back no more')
  t.equal((await look(url)).status, 404)
  const { sql } = server.app.ports
  t.strictSame({ ...await sql.get('select sealed_password, description, size from files') }, { sealed_password: null, description: 'from Bob', size: 6 })
  t.strictSame((await sql.all('select * from upload_notices')).length, 0)
  t.strictSame({ ...await sql.get('select bytes_stored from users') }, { bytes_stored: 6 })
  t.strictSame({ ...await sql.get('select received_files, received_bytes from file_requests') }, { received_files: 1, received_bytes: 6 })
  for (const wrong of ['a'.repeat(32), 'x', `${id}x`]) t.match(await begin(server, wrong, 3), '404')
  t.match(await give(server, id, 'empty.jpg', ''), '/tus/')
  t.strictSame(await names(), ['a.jpg', 'empty.jpg'])
  t.notMatch(server.log(), id)
  await isTidy(t, server)
})

t.test('each limit holds in pieces, at its edge', async t => {
  const { server, make, names } = await beginRequests(t)
  const sized = await make({ max_file_size: '1' })
  t.equal(await give(server, sized, 'edge.bin', Buffer.alloc(MIB)), 'came')
  t.match(await give(server, sized, 'over.bin', Buffer.alloc(MIB + 1)), '413 The file is too large.')
  server.clock.time++
  const typed = await make({ types: 'pdf' })
  t.equal(await give(server, typed, 'a.PDF', 'x'), 'came')
  t.match(await give(server, typed, 'a.pdf.exe', 'x'), '415 File type not accepted.')
  server.clock.time++
  const total = await make({ max_bytes: '1' })
  t.equal(await give(server, total, 'most.bin', Buffer.alloc(MIB - 10)), 'came')
  t.match(await give(server, total, 'eleven.bin', Buffer.alloc(11)), '413 ')
  const [six, five] = [await begin(server, total, 6), await begin(server, total, 5)]
  t.equal((await append(six, 0, '123456')).status, 204)
  t.match(await (await append(five, 0, '12345')).text(), 'That is more than this request still accepts.')
  t.equal((await look(five)).status, 404, 'nothing of it is kept')
  t.equal(await give(server, total, 'four.bin', '1234'), 'came')
  t.match(await give(server, total, 'more.bin', 'x'), '410 This request has all the files it asked for.')
  server.clock.time++
  const timed = await make({ days: '2' })
  const late = await begin(server, timed, 2)
  server.clock.time += 2 * 24 * 3600_000 - 1
  t.match(await (await append(late, 0, '1')).text(), 'there is no such upload', 'a day is as long as any upload waits')
  const waiting = await begin(server, timed, 2)
  t.equal(await give(server, timed, 'in-time', 'x'), 'came')
  t.equal((await append(waiting, 0, '1')).status, 204)
  server.clock.time++
  t.match(await (await append(waiting, 1, '2')).text(), 'This request has expired.')
  t.match(await give(server, timed, 'late', 'x'), '410 This request has expired.')
  t.strictSame(await names(), ['a.PDF', 'a.bin', 'edge.bin', 'four.bin', 'in-time', 'most.bin'])
  await isTidy(t, server)
})

t.test('of many in pieces that race for the last files exactly as many come as may, and a form beside them counts as well', async t => {
  const { server, make, names } = await beginRequests(t)
  for (const [most, begun] of [[3, 12], [4, 4], [5, 4]] as const) {
    server.clock.time++
    const before = (await names()).length
    const id = await make({ max_files: String(most) })
    const urls = await Promise.all([...Array(begun).keys()].map(i => begin(server, id, 4, { filename: `${most}-${i}` })))
    await Promise.all(urls.map(url => append(url, 0, 'ab')))
    const form = new FormData()
    form.append('userfile', new Blob(['x']), `${most}-form`)
    const answers = await Promise.all([...urls.map(url => append(url, 2, 'cd').then(({ status }) => status)),
      fetch(`${server.url}/request/${id}`, { method: 'POST', body: form, redirect: 'manual' }).then(({ status }) => status)])
    const came = answers.filter(status => status === 204 || status === 303).length
    t.equal(came, Math.min(most, begun + 1), `${most} of ${begun + 1}`)
    t.equal((await names()).length, before + came)
    t.equal((await server.app.ports.sql.get('select received_files from file_requests where id = $id', { id }))?.received_files, came)
  }
  await isTidy(t, server)
})

t.test('a request that is closed or removed, and an owner who is switched off, end what is under way', async t => {
  const { server, make, send, names } = await beginRequests(t)
  const id = await make()
  const [closed, removed] = [await begin(server, id, 2), await begin(server, id, 2)]
  for (const url of [closed, removed]) t.equal((await append(url, 0, 'a')).status, 204)
  await send({ act: 'close', id })
  t.match(await (await append(closed, 1, 'b')).text(), 'has closed the request')
  t.match(await begin(server, id, 2), '403 The person who asked for files has closed the request.')
  await send({ act: 'remove', id })
  const answer = await append(removed, 1, 'b')
  t.strictSame([answer.status, await answer.text()], [403, 'This request is not accepting files\n'])
  for (const url of [closed, removed]) t.equal((await look(url)).status, 404)
  server.clock.time++
  const other = await make()
  const off = await begin(server, other, 2)
  await server.app.ports.sql.run('update users set is_disabled = 1')
  t.equal((await append(off, 0, 'ab')).status, 403)
  t.match(await begin(server, other, 2), '404')
  t.strictSame(await names(), [])
  server.clock.time += 25 * 3600_000
  await isTidy(t, server)
})

t.test('space is held for what has come, not for what was announced, and given back', async t => {
  const { server, key, make } = await beginRequests(t)
  await server.app.ports.sql.run('update users set disk_quota = 30000000')
  const id = await make()
  const held = async () => (await server.app.ports.sql.get('select sum(reserved_bytes) as bytes from tickets'))?.bytes
  const url = await begin(server, id, 29_000_000)
  t.equal(await held(), 0)
  t.equal((await append(url, 0, Buffer.alloc(10_000_000))).status, 204)
  t.equal(await held(), 10_000_000, 'to the byte')
  t.match(await uploadFile(server, key, 'own.bin', Buffer.alloc(15_000_000)), /^\w{6}$/)
  t.match(await begin(server, id, 15_000_001), '403 The account of the person who asked cannot take files now.')
  t.match(await (await append(url, 10_000_000, Buffer.alloc(5_000_001))).text(), 'cannot take files now')
  t.equal(await held(), 0)
  t.equal(await give(server, id, 'fits.bin', Buffer.alloc(15_000_000)), 'came')
  await isTidy(t, server)
})

t.test('a hundred and ten others who begin do not end an upload that is just being sent', async t => {
  const { server, make, names } = await beginRequests(t)
  const id = await make()
  const url = await begin(server, id, 2 * MIB)
  const relay = await startSlowSender(t, url, 2 * MIB)
  for (let i = 0; i < 110; i++) t.match(await begin(server, id, 2), 'http')
  t.equal(await relay.finish(), 204)
  t.strictSame(await names(), ['a.bin'])
})

t.test('whoever has begun too many uploads by a request and finished none is told so; nobody else is', async t => {
  const { server, make } = await beginRequests(t, { settings: { trustProxy: 'loopback' } })
  const id = await make()
  server.clock.time++
  const other = await make()
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const start = (address: string, request = id) => beginAt(`${server.url}/request/${request}/tus`, 2, undefined, from(address))
  const first = server.url + (await start('203.0.113.1')).headers.get('location')
  // Rows like its own, but for their names: to ask two thousand times takes too long.
  const { sql } = server.app.ports
  const copies = (count: number, name: string) => sql.run(`
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})
    insert into resumable_uploads (upload_id, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at, request_id, address)
    select '${name}' || n, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at, request_id, ${name === 'here' ? 'address' : "'elsewhere' || n"} from resumable_uploads, numbers
    where upload_id = $id`, { id: first.slice(-24) })
  await copies(MAX_UNFINISHED_OF_REQUEST - 2, 'here')
  t.equal((await start('203.0.113.1')).status, 201, 'the last one that may be')
  const refused = await start('203.0.113.1')
  t.equal(`${refused.status} ${await refused.text()}`, '503 Too many unfinished uploads. Please finish or cancel some first.\n')
  t.equal((await start('203.0.113.2')).status, 201, 'another address')
  t.equal((await start('203.0.113.1', other)).status, 201, 'another request')
  t.equal((await endUpload(first)).status, 204)
  t.equal((await start('203.0.113.1')).status, 201, 'one less, one more')

  const second = await start('203.0.113.3')
  await sql.run('update resumable_uploads set upload_id = \'first\' where upload_id = $id', { id: String(second.headers.get('location')).slice(-24) })
  await sql.run(`
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${MAX_UNFINISHED_IN_REQUEST})
    insert into resumable_uploads (upload_id, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at, request_id, address)
    select 'far' || n, ticket_id, length, received_bytes, crc32, sealed_fields, expires_at, request_id, 'far' || n from resumable_uploads, numbers where upload_id = 'first'`)
  t.equal((await start('203.0.113.4')).status, 503, 'all together')
  t.equal((await start('203.0.113.4', other)).status, 201)
  server.clock.time += 25 * 60 * 60 * 1000
  t.equal((await start('203.0.113.4')).status, 201, 'what is too old is not counted, before the sweep has been')
})

t.test('a password is asked for once a file, guessing is slow, and it is kept nowhere', async t => {
  const { server, make, names } = await beginRequests(t)
  const id = await make({ password: 'open sesame' })
  const right = { request_password: 'open sesame' }
  t.match(await give(server, id, 'a', 'x'), '401 Wrong password.')
  const given: string[] = []
  for (let i = 0; i < 55; i += 5) given.push(...await Promise.all([0, 1, 2, 3, 4].map(j => give(server, id, `f${i + j}`, '1', right))))
  t.ok(given.every(outcome => outcome === 'came'), 'who knows it does not guess')
  await Promise.all([...Array(51).keys()].map(() => begin(server, id, 1, { filename: 'a', request_password: 'wrong' })))
  t.match(await give(server, id, 'a', 'x', right), '429 Too many attempts. Try again in 15 minutes.')
  server.clock.time += 16 * 60_000
  t.equal(await give(server, id, 'z', 'x', right), 'came')
  t.equal((await names()).length, 56)
  const { sql, vault } = server.app.ports
  const said = (await sql.all('select sealed_fields from resumable_uploads')).map(row => vault.open(String(row.sealed_fields), 'resumable upload'))
  t.equal(said.length, 56)
  t.notMatch(said.join(), 'sesame')
})

t.test('what comes in one visit is one mail: when it is over, or when nothing more has come for a while', async t => {
  const { server, make } = await beginRequests(t)
  const id = await make({ notify: '1' })
  const mails = async () => {
    await server.app.deliver()
    return (await server.app.ports.sql.all('select sealed_text from mails')).map(row => server.app.ports.vault.open(String(row.sealed_text), 'mail'))
  }
  const done = (visit: string, request = id) => fetch(`${server.url}/request/${request}/done?visit=${visit}`, { method: 'POST' })
  for (const name of ['a.txt', 'b.txt']) await give(server, id, name, 'x', { visit: VISIT, description: 'from Bob' })
  t.strictSame(await mails(), [])
  await done(VISIT, 'x'.repeat(32))
  t.strictSame(await mails(), [], 'nobody ends a visit by another request')
  t.equal((await done(VISIT)).status, 204)
  const [first = '', ...others] = await mails()
  t.equal(others.length, 0)
  for (const part of ['Photos <please>', 'a.txt', 'b.txt', 'from Bob', `${server.url}/my?folder=`]) t.match(first, part)
  await done(VISIT)
  t.equal((await mails()).length, 1, 'told once')
  const visit = 'w'.repeat(32)
  await give(server, id, 'c.txt', 'x', { visit })
  server.clock.time += 9 * 60_000
  await give(server, id, 'd.txt', 'x', { visit })
  server.clock.time += 10 * 60_000 - 1
  t.equal((await mails()).length, 1)
  server.clock.time++
  const told = await mails()
  t.equal(told.length, 2)
  t.ok(told.some(text => text.includes('c.txt') && text.includes('d.txt')))
  await give(server, id, 'e.txt', 'x')
  t.equal((await mails()).length, 3, 'who says nothing of a visit makes one with each file')
  t.equal((await server.app.ports.sql.all('select * from request_arrivals')).length, 0)
})

t.test('the page sends many files, goes on after a cut, and says at the file why one may not come', needsBrowser, async t => {
  const { server, make, names } = await beginRequests(t)
  const id = await make({ max_files: '3', password: 'open sesame', notify: '1' })
  const relay = await startCuttingProxy(t, server.url)
  const page = await openBrowser(t)
  await page.goto(`${relay.url}/request/${id}`)
  const large = { name: 'large.bin', mimeType: 'application/octet-stream', buffer: randomBytes(3_000_000) }
  const small = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) })
  await page.getByLabel('Password').fill('wrong')
  await page.getByLabel('Your name or a note').fill('Bob')
  await page.locator('#userfile').setInputFiles([large, small('b.txt')])
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.locator('#uploads .is-failed', { hasText: 'Wrong password.' }).nth(1).waitFor()
  t.equal(await page.getByLabel('Password').getAttribute('aria-invalid'), 'true')
  t.equal(await page.locator('#request_password_problem').textContent(), 'Wrong password.')
  t.ok(await takeScreenshot(page, 'request-locked'), 'fits a phone')
  await page.getByLabel('Password').fill('open sesame')
  t.equal(await page.getByLabel('Password').getAttribute('aria-invalid'), 'false')
  t.equal(await page.locator('#request_password_problem').count(), 0)
  relay.cutAt(relay.bytes() + 1_500_000)
  await page.locator('#userfile').setInputFiles([small('c.txt'), small('d.txt')])
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await until('it is cut, and what has come is noted', () => relay.isCut() && relay.isIdle() && (server.app as App & AppInternals).live.size === 0)
  relay.restore()
  await page.getByText('3 of 4 files uploaded.').waitFor()
  await page.locator('#uploads .is-failed', { hasText: 'This request has all the files it asked for.' }).waitFor()
  t.ok(await takeScreenshot(page, 'request-full'), 'fits a phone')
  t.ok(relay.bytes() < 3_500_000, `${relay.bytes()} bytes: it went on`)
  t.equal((await names()).length, 3)
  await until('it is told', async () => {
    await server.app.deliver()
    return (await server.app.ports.sql.all('select * from mails')).length > 0
  })
  // The cut may have hit the answer to a creation as well: the client began again, and the first one expires.
  server.clock.time += 25 * 60 * 60 * 1000
  await isTidy(t, server)
})

t.test('many files by the page are one thank-you and one mail', needsBrowser, async t => {
  const { server, make, names } = await beginRequests(t)
  const page = await openBrowser(t)
  await page.goto(`${server.url}/request/${await make({ notify: '1' })}`)
  await page.locator('#userfile').setInputFiles([...Array(8).keys()].map(i => ({ name: `${i}.txt`, mimeType: 'text/plain', buffer: Buffer.from('x') })))
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByText('Thank you: 8 files received.').waitFor()
  t.equal((await names()).length, 8)
  await server.app.deliver()
  t.equal((await server.app.ports.sql.all('select * from mails')).length, 1)
})
