/** Delivery when mail servers misbehave, the order of the queue, and the limit of each user. */
import { createServer, type Socket } from 'node:net'
import t from 'tap'
import { anonymousTicket, API_KEY, attribute, call, element, errorCode, openSession, upload, uploadFile, userTicket, type Params } from '../support/client.ts'
import { headerOf, mailSettings, smtpError, startMailServer } from '../support/mail-server.ts'
import { serveProgram } from '../support/cli-process.ts'
import { freePort } from '../support/free-port.ts'
import { isOnPostgres } from '../support/database.ts'
import { startServer, type Teardown, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const MINUTE = 60_000

interface Row { readonly recipient: string, readonly tries: number, readonly nextTryAt: number | null, readonly lastError: string }

async function queue (server: TestServer): Promise<Row[]> {
  return (await server.app.ports.sql.all('select * from mails order by created_at, recipient')).map(row => ({
    recipient: String(row.recipient), tries: Number(row.tries), nextTryAt: row.next_try_at === null ? null : Number(row.next_try_at), lastError: String(row.last_error)
  }))
}

/** A user with a file to share. */
async function sharer (server: TestServer) {
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'a')
  const send = (emails: string, params: Params = {}) => call(server, 'files.sendMail', { session_key: key, file_id: id, emails, ...params })
  return { key, id, send }
}

t.test('a recipient refused for good is given up at once, one refused for now is tried again', async t => {
  let isBusy = true
  const mail = await startMailServer(t, {
    onRcptTo ({ address }, _session, callback) {
      if (address === 'gone@example.org') callback(smtpError(550, 'no such user'))
      else if (address === 'busy@example.org' && isBusy) callback(smtpError(450, 'come back later'))
      else callback()
    }
  })
  const server = await startServer(t, { settings: mailSettings(mail) })
  const { send } = await sharer(server)
  t.equal(errorCode(await send('gone@example.org,busy@example.org,good@example.org')), 0, 'the call does not fail')
  await server.app.deliver()
  t.strictSame(mail.taken.map(({ to }) => to.join()), ['good@example.org'])
  const [busy, gone] = await queue(server)
  t.match(busy, { recipient: 'busy@example.org', tries: 1, nextTryAt: server.clock.time + MINUTE, lastError: /^450.*come back later/ })
  t.match(gone, { recipient: 'gone@example.org', tries: 1, nextTryAt: null, lastError: /^550.*no such user/ })
  server.clock.time += MINUTE - 1
  await server.app.deliver()
  t.equal((await queue(server))[0]?.tries, 1, 'not before its time')
  server.clock.time += 1
  await server.app.deliver()
  t.match((await queue(server))[0], { tries: 2, nextTryAt: server.clock.time + 4 * MINUTE })
  isBusy = false
  server.clock.time += 4 * MINUTE
  await server.app.deliver()
  t.strictSame(mail.taken.map(({ to }) => to.join()), ['good@example.org', 'busy@example.org'])
  t.strictSame((await queue(server)).map(({ recipient }) => recipient), ['gone@example.org'])
  server.clock.time += 24 * 60 * MINUTE
  await server.app.deliver()
  t.equal(mail.taken.length, 2, 'what was given up stays so')
  server.clock.time += 30 * 24 * 60 * MINUTE
  await server.app.sweep()
  t.strictSame(await queue(server), [], 'and is forgotten after 30 days')
})

t.test('a mail is given up after eight tries', async t => {
  const mail = await startMailServer(t, { onRcptTo (_address, _session, callback) { callback(smtpError(451, 'never now')) } })
  const server = await startServer(t, { settings: mailSettings(mail) })
  await (await sharer(server)).send('a@example.org')
  await server.app.deliver()
  const waits: number[] = []
  for (let tries = 1; tries < 8; tries++) {
    const [row] = await queue(server)
    t.equal(row?.tries, tries)
    waits.push(((row?.nextTryAt ?? 0) - server.clock.time) / MINUTE)
    server.clock.time = row?.nextTryAt ?? 0
    await server.app.deliver()
  }
  t.strictSame(waits, [1, 4, 16, 64, 256, 720, 720], 'minutes')
  t.match((await queue(server))[0], { tries: 8, nextTryAt: null })
})

t.test('a server that is down and comes back gets all mails, the oldest first', async t => {
  const port = await freePort()
  const server = await startServer(t, { settings: mailSettings({ port }) })
  const { send } = await sharer(server)
  for (let n = 0; n < 9; n++) {
    server.clock.time += 1000
    t.equal(errorCode(await send(`r${n}@example.org`)), 0)
  }
  await server.app.deliver()
  const waiting = await queue(server)
  t.equal(waiting.length, 9)
  t.match(waiting[0]?.lastError, new RegExp(`^cannot send through 127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`))
  const second = await startMailServer(t, {}, port)
  server.clock.time += 300 * MINUTE
  await server.app.deliver()
  const order = second.taken.map(({ to }) => Number(/\d/.exec(to.join())?.[0]))
  t.strictSame(order.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7, 8])
  t.strictSame(await queue(server), [])
})

t.test('mails go in the order they are due, at most three at once', async t => {
  const waiting: Array<{ address: string, go: () => void }> = []
  const mail = await startMailServer(t, { onRcptTo ({ address }, _session, callback) { waiting.push({ address, go: callback }) } })
  const offline = await startServer(t)
  const { send } = await sharer(offline)
  for (let n = 0; n < 6; n++) {
    offline.clock.time += 1000
    await send(`r${n}@example.org`)
  }
  await offline.close()
  const server = await startServer(t, { storage: offline.storage, settings: mailSettings(mail), seed: 'next' })
  server.clock.time += 10_000
  const done = server.app.deliver()
  const begun: string[] = []
  for (let n = 0; n < 6; n++) {
    await until('the next has come', () => waiting.length === Math.min(3, 6 - n))
    if (n === 0) t.strictSame(waiting.map(({ address }) => address).sort(), ['r0@example.org', 'r1@example.org', 'r2@example.org'])
    const next = waiting.shift()
    begun.push(next?.address ?? '')
    next?.go()
  }
  await done
  t.strictSame(begun.slice(3), ['r3@example.org', 'r4@example.org', 'r5@example.org'], 'each that follows is the oldest that waits')
  t.equal(mail.connections.most, 3)
  t.equal(mail.taken.length, 6)
})

/** A server that greets as told and then does as told with each line. */
async function roughServer (t: Teardown, speak: (socket: Socket, line: string) => void, greeting = '220 rough ESMTP\r\n'): Promise<{ port: number }> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    if (greeting !== '') socket.write(greeting)
    socket.on('data', bytes => { for (const line of bytes.toString().split('\r\n').slice(0, -1)) speak(socket, line) })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0 }
}

t.test('a server that says nothing, or stops in the middle, costs a try and no more', async t => {
  const silent = await roughServer(t, () => undefined, '')
  const stalls = await roughServer(t, (socket, line) => { if (!line.startsWith('MAIL')) socket.write('250 ok\r\n') })
  const closes = await roughServer(t, (socket, line) => { if (line.startsWith('DATA')) socket.end('354 go\r\n'); else socket.write('250 ok\r\n') })
  const drips = await roughServer(t, (socket, line) => {
    if (line.startsWith('EHLO')) {
      const timer = setInterval(() => { socket.write('250-x\r\n') }, 20)
      socket.once('close', () => { clearInterval(timer) })
    }
  })
  for (const [what, rough, sentence] of [
    ['silent', silent, /did not accept the mail in time$/], ['stalls', stalls, /did not accept the mail in time$/],
    ['closes', closes, /^cannot send through .*closed/i], ['drips', drips, /did not accept the mail in time$/]
  ] as const) {
    const server = await startServer(t, { settings: { ...mailSettings(rough), smtpTimeout: '300 ms' } })
    const { send } = await sharer(server)
    t.equal(errorCode(await send('a@example.org')), 0)
    await server.app.deliver()
    t.match(await queue(server), [{ tries: 1, nextTryAt: server.clock.time + MINUTE, lastError: sentence }], what)
    t.equal(errorCode(await send('b@example.org')), 0, 'calls go on')
    await server.close()
  }
})

t.test('closing does not wait longer than the grace period for a mail', async t => {
  const silent = await roughServer(t, () => undefined, '')
  const server = await startServer(t, { settings: { ...mailSettings(silent), smtpTimeout: '5 minutes', gracePeriod: '100 ms' } })
  await (await sharer(server)).send('a@example.org')
  await until('the mail is on its way', async () => (await queue(server))[0]?.tries === 1)
  const began = performance.now()
  await server.close()
  t.ok(performance.now() - began < 20_000, 'the mail server has minutes')
  const mail = await startMailServer(t)
  const next = await startServer(t, { storage: server.storage, settings: mailSettings(mail), seed: 'next' })
  t.match((await queue(next))[0]?.lastError, /stopped/)
  next.clock.time += MINUTE
  await next.app.deliver()
  t.equal(mail.taken.length, 1, 'and the next server sends it')
})

t.test('the outbox is sent once there is a mail server, what is older than three days is not', async t => {
  const before = await startServer(t, { settings: { sessionIdle: '1 day' } })
  const { send } = await sharer(before)
  await send('old@example.org')
  before.clock.time += 60 * MINUTE
  await send('new@example.org')
  await upload(await userTicket(before, await openSession(before)), [{ name: 'b.txt', bytes: 'b' }], { recipient_email: 'uploaded@example.org' })
  await before.app.deliver()
  t.strictSame((await queue(before)).map(({ recipient, tries }) => [recipient, tries]), [['old@example.org', 0], ['new@example.org', 0], ['uploaded@example.org', 0]])
  const { time } = before.clock
  await before.close()
  const mail = await startMailServer(t)
  const after = await startServer(t, { storage: before.storage, settings: mailSettings(mail), seed: 'after' })
  await after.app.deliver()
  t.strictSame(mail.taken.map(({ to }) => to.join()), ['old@example.org'], 'what this clock calls the future is not due')
  after.clock.time = time + 3 * 24 * 60 * MINUTE + 1
  await after.app.deliver()
  t.equal(mail.taken.length, 1)
  t.match(await queue(after), [{ nextTryAt: null, lastError: 'not sent: it was queued for more than 3 days' }, { nextTryAt: null }])
})

t.test('a user has a number of mails in each hour', async t => {
  const server = await startServer(t, { settings: { mailsPerHour: '5', sessionIdle: '1 day' } })
  const { id, send, key } = await sharer(server)
  t.equal(errorCode(await send('a@example.org,b@example.org,c@example.org,d@example.org')), 0, 'n-1')
  const refused = await send('e@example.org,f@example.org')
  t.equal(errorCode(refused), 11, 'n+1: all or none')
  t.match(attribute(refused, 'info'), /no more than 5 mails in an hour/)
  t.equal((await queue(server)).length, 4)
  t.notMatch(await call(server, 'addressbook.list', { session_key: key }), 'e@example.org', 'whom one did not write to is not collected')
  t.equal(errorCode(await send('e@example.org')), 0, 'n')
  t.equal(errorCode(await send('f@example.org')), 11)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
  t.equal(errorCode(await call(server, 'folders.sendMail', { session_key: key, folder_id: folder, emails: 'f@example.org' })), 11, 'folders count too')
  t.equal(errorCode(await call(server, 'files.sendMail', { session_key: await openSession(server, 'bobby'), file_id: id, emails: 'f@example.org' })), 9)

  const anonymous = element((await upload(await anonymousTicket(server), [{ name: 'a.txt', bytes: 'a' }])).body, 'file_id')
  const sendAnonymously = (emails: string) => call(server, 'anonymous.filesSendMail', { api_key: API_KEY, api_version: '1.2', file_id: anonymous, sender_email: 's@example.org', emails })
  t.equal(errorCode(await sendAnonymously('a@example.org,b@example.org,c@example.org,d@example.org,e@example.org')), 0, 'those without an account have a number of their own')
  t.equal(errorCode(await sendAnonymously('f@example.org')), 11)
  const carol = { api_key: API_KEY, user_name: 'carol', full_name: 'Carol', email: 'carol@example.org' }
  t.equal(errorCode(await call(server, 'auth.register', carol)), 27, 'a password is one of their mails')
  t.equal((await queue(server)).filter(({ recipient }) => recipient === 'carol@example.org').length, 0)
  t.equal(errorCode(await call(server, 'auth.register', { ...carol, password: 'secret1' })), 0, 'the account was not opened, and can be without a mail')
  server.clock.time += 60 * MINUTE
  t.equal(errorCode(await send('f@example.org')), 0, 'the next hour is another')
  await server.app.sweep()
  t.equal((await server.app.ports.sql.all('select * from mail_counts')).length, 1, 'hours that are over are forgotten')
})

t.test('of calls that race for the last mail of the hour one succeeds', async t => {
  const server = await startServer(t, { settings: { mailsPerHour: '1' } })
  const { send } = await sharer(server)
  const codes = await Promise.all(Array.from({ length: 10 }, async (_, n) => errorCode(await send(`r${n}@example.org`))))
  t.strictSame(codes.toSorted((a, b) => a - b), [0, ...Array.from({ length: 9 }, () => 11)])
  t.equal((await queue(server)).length, 1)
})

t.test('over the limit the mails of an upload are dropped with a line in the log, the upload succeeds', async t => {
  const server = await startServer(t, { settings: { mailsPerHour: '2' } })
  const key = await openSession(server)
  const send = async (recipients: string) => (await upload(await userTicket(server, key), [{ name: 'a.txt', bytes: 'a' }], { recipient_email: recipients, notify_uploader: '1' })).body
  t.match(await send('a@example.org'), /^upload_status=ok/)
  await until('the mails are queued', async () => (await queue(server)).length === 2)
  t.match(await send('b@example.org'), /^upload_status=ok/)
  await until('it is logged', () => server.log().includes('mails about an upload were dropped: the hourly limit is reached'))
  await server.app.deliver()
  t.strictSame((await queue(server)).map(({ recipient }) => recipient), ['a@example.org', 'alice@example.org'])
  t.strictSame(await server.app.ports.sql.all('select * from upload_notices'), [])
  t.notMatch(server.log(), 'b@example.org')
})

t.test('at most twenty recipients of an upload are mailed', async t => {
  for (const [named, mailed] of [[19, 19], [20, 20], [21, 20]] as const) {
    const server = await startServer(t)
    const many = Array.from({ length: named }, (_, n) => `r${n}@example.org`).join()
    await upload(await anonymousTicket(server), [{ name: 'a.txt', bytes: 'a' }], { recipient_email: many })
    await until('the mails are queued', async () => (await queue(server)).length > 0)
    t.equal((await queue(server)).length, mailed)
  }
})

if (!isOnPostgres()) {
  t.test('a server killed after the mail server took a mail sends it once more, under the same Message-ID', async t => {
    const took: string[] = []
    const unanswered = await startMailServer(t, {
      onData (stream) {
        let raw = ''
        stream.on('data', (chunk: Buffer) => { raw += chunk.toString('latin1') }).on('end', () => { took.push(raw) })
      }
    })
    const killed = await serveProgram(t, [], { env: { RESPACE_SMTP_URL: `smtp://127.0.0.1:${unanswered.port}?tls=none`, RESPACE_MAIL_FROM: 'files@example.org' } })
    await call(killed, 'auth.register', { api_key: API_KEY, user_name: 'carol', full_name: 'Carol', email: 'carol@example.org' })
    await until('the mail server has the mail', () => took.length === 1)
    killed.kill('SIGKILL')
    await killed.ended

    const mail = await startMailServer(t)
    const next = await startServer(t, { storage: killed.storage, settings: mailSettings(mail) })
    const [row] = await queue(next)
    t.equal(row?.tries, 1, 'the try was counted before it began')
    next.clock.time = (row?.nextTryAt ?? 0) - 1
    await next.app.deliver()
    t.equal(mail.taken.length, 0, 'while it may still be on its way it is left alone')
    next.clock.time += 1
    await next.app.deliver()
    t.equal(mail.taken.length, 1)
    t.equal(headerOf(mail.taken[0] ?? { raw: '' }, 'Message-ID'), headerOf({ raw: took[0] ?? '' }, 'Message-ID'))
    t.strictSame(await queue(next), [])
  })
}

t.test('the texts of waiting mails are sealed', async t => {
  const server = await startServer(t)
  await call(server, 'auth.register', { api_key: API_KEY, user_name: 'carol', full_name: 'Carol', email: 'carol@example.org' })
  const [row] = await server.app.ports.sql.all('select * from mails')
  const password = /Password: (\S+)/.exec(server.app.ports.vault.open(String(row?.sealed_text), 'mail'))?.[1] ?? ''
  t.match(password, /^\w{12}$/)
  t.match(server.app.ports.vault.open(String(row?.sealed_html), 'mail'), password)
  t.notMatch(JSON.stringify(row), password)
})
