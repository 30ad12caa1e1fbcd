/** Mails as a mail server receives them: who gets which, with what in it. */
// Runs on SQLite only.
import t from 'tap'
import { anonymousTicket, API_KEY, call, element, errorCode, logIn, openSession, upload, uploadFile, userTicket } from '../support/client.ts'
import { headerOf, mailSettings, partOf, startMailServer, type TakenMail } from '../support/mail-server.ts'
import { startServer, START, type Teardown } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

async function serversFor (t: Teardown, settings: Record<string, string> = {}) {
  const mail = await startMailServer(t)
  const server = await startServer(t, { settings: { ...mailSettings(mail), ...settings } })
  return { mail, server, arrived: (count: number) => until(`${count} mails have arrived`, () => mail.taken.length >= count) }
}

const to = (mails: readonly TakenMail[]) => mails.map(mail => mail.to.join()).sort()

t.test('files.sendMail arrives, as plain text and as HTML, one mail for each recipient', async t => {
  const { server, mail, arrived } = await serversFor(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'R&D <b>.txt', 'a')
  await call(server, 'files.sendMail', { session_key: key, file_id: id, emails: 'bob@example.org,amy@example.org,BOB@example.org', message: '<i>Hello</i> & "bye"\r\nsecond line' })
  await arrived(2)
  t.strictSame(to(mail.taken), ['amy@example.org', 'bob@example.org'])
  for (const taken of mail.taken) {
    t.equal(taken.from, 'files@example.org')
    t.equal(headerOf(taken, 'From'), 'Our files <files@example.org>')
    t.equal(headerOf(taken, 'To'), taken.to[0])
    t.equal(headerOf(taken, 'Reply-To'), 'alice@example.org')
    t.equal(headerOf(taken, 'Subject'), 'Alice Example shares R&D <b>.txt with you')
    t.equal(headerOf(taken, 'Auto-Submitted'), 'auto-generated')
    t.equal(Date.parse(headerOf(taken, 'Date')), Math.floor(START / 1000) * 1000)
    t.match(headerOf(taken, 'Message-ID'), /^<[a-z0-9]{32}@example\.org>$/)
    t.equal(partOf(taken, 'text/plain').replaceAll('\r\n', '\n').trim(), `Alice Example (alice@example.org) shares with you:

<i>Hello</i> & "bye"
second line

R&D <b>.txt (1 byte)
${server.url}/file/${id}

--${' '}
Respace, ${server.url}
You get this mail because Alice Example entered your address at Respace.`)
    const html = partOf(taken, 'text/html')
    t.match(html, `<a href="${server.url}/file/${id}">`)
    t.match(html, 'R&amp;D &lt;b&gt;.txt')
    t.match(html, '&lt;i&gt;Hello&lt;/i&gt; &amp; &quot;bye&quot;')
    t.notMatch(html, /<i>|<b>\.txt/)
  }
  await until('what was delivered is forgotten', async () => (await server.app.ports.sql.all('select id from mails')).length === 0)
})

t.test('a generated password arrives and logs in, and is in no log', async t => {
  const { server, mail, arrived } = await serversFor(t, { publicUrl: 'https://files.example.org' })
  await call(server, 'auth.register', { api_key: API_KEY, user_name: 'carol', full_name: 'Carol', email: 'carol@example.org' })
  await arrived(1)
  const [taken = { raw: '' }] = mail.taken
  const password = /Password: (\S+)/.exec(partOf(taken, 'text/plain'))?.[1] ?? ''
  t.equal(errorCode(await logIn(server, 'carol', password)), 0)
  t.match(partOf(taken, 'text/plain'), 'https://files.example.org')
  t.match(partOf(taken, 'text/html'), password)
  t.notMatch(server.log(), password)
  t.notMatch(server.log(), 'carol@example.org')
})

t.test('an upload mails its recipients and the uploader, with the address the uploader used', async t => {
  const { server, mail, arrived } = await serversFor(t)
  const key = await openSession(server)
  const viaName = server.url.replace('127.0.0.1', 'localhost')
  const ticket = await userTicket({ url: viaName }, key)
  t.match(ticket.url, viaName)
  const { body } = await upload(ticket, [{ name: 'a.txt', bytes: 'a' }, { name: 'b.txt', bytes: 'b' }], {
    recipient_email: 'bob@example.org, not an address ,amy@example.org,Bob@example.org', recipient_message: 'For you', notify_uploader: '1'
  })
  const ids = [...body.matchAll(/^file_id=(\w+)$/gm)].map(([, id]) => id)
  t.equal(ids.length, 2, 'what is no address fails no upload')
  await arrived(3)
  t.strictSame(to(mail.taken), ['alice@example.org', 'amy@example.org', 'bob@example.org'])
  for (const taken of mail.taken) {
    const text = partOf(taken, 'text/plain')
    for (const id of ids) t.match(text, `${viaName}/file/${id}`)
    const isUploader = taken.to[0] === 'alice@example.org'
    t.equal(headerOf(taken, 'Subject'), isUploader ? 'You uploaded 2 files' : 'Alice Example shares 2 links with you')
    if (!isUploader) t.match(text, 'For you')
  }
  t.strictSame(await server.app.ports.sql.all('select * from upload_notices'), [])
})

t.test('an anonymous upload mails its recipients; nobody is there to be notified', async t => {
  const { server, mail, arrived } = await serversFor(t)
  const { body } = await upload(await anonymousTicket(server), [{ name: 'a.txt', bytes: 'a' }], { recipient_email: 'bob@example.org', notify_uploader: '1' })
  await arrived(1)
  await server.app.deliver()
  t.strictSame(to(mail.taken), ['bob@example.org'])
  t.equal(headerOf(mail.taken[0] ?? { raw: '' }, 'Subject'), 'Somebody shares a.txt with you')
  t.notMatch(mail.taken[0]?.raw, /delete/, 'the delete link is the uploader\'s alone')
  t.match(body, element(body, 'file_id'))
})

t.test('an upload whose files are deleted before the mail is written mails nothing', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await server.close()
  const mail = await startMailServer(t)
  const later = await startServer(t, { storage: server.storage, settings: mailSettings(mail), seed: 'later' })
  await later.app.ports.sql.run(`insert into upload_notices (upload_id, user_id, file_ids, recipients, message, is_uploader_notified, public_url, created_at)
    values ('u', 1, 'zzzzzz', 'bob@example.org', '', 1, 'http://x.example', 1)`)
  await later.app.deliver()
  t.strictSame(await later.app.ports.sql.all('select * from upload_notices'), [])
  t.equal(mail.taken.length, 0)
  t.ok(key)
})

t.test('names and messages of any kind make well-formed mails', async t => {
  const { server, mail, arrived } = await serversFor(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'a')
  const names = ['a\r\nBcc: x@example.org\r\n\r\nbody', 'Grüße 😀 übers Meer.txt', 'n'.repeat(10_000), 'é😀'.repeat(5_000), '=?UTF-8?Q?odd?=', '.', '\r\n.\r\nQUIT']
  for (const [at, name] of names.entries()) {
    await server.app.ports.sql.run('update files set name = $name', { name })
    await call(server, 'files.sendMail', { session_key: key, file_id: id, emails: 'bob@example.org', message: at === 6 ? 'x\r\n.\r\nMAIL FROM:<y@example.org>' : '' })
    await arrived(at + 1)
    const taken = mail.taken[at] ?? { raw: '' }
    const head = taken.raw.slice(0, taken.raw.indexOf('\r\n\r\n'))
    t.strictSame([...head.matchAll(/^[\w-]+(?=:)/gm)].map(([header]) => header.toLowerCase()).sort(),
      ['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'reply-to', 'subject', 'to'], 'no header but ours')
    t.ok(taken.raw.split('\r\n').every(line => Buffer.byteLength(line) <= 998), 'no line is too long')
    const shown = name.replace(/\s+/g, ' ').trim()
    const subject = headerOf(taken, 'Subject')
    if ([...shown].length <= 100) t.equal(subject, `Alice Example shares ${shown.replaceAll('=?', '= ?')} with you`)
    else t.equal(subject, `Alice Example shares ${[...shown].slice(0, 99).join('')}… with you`)
    t.ok(partOf(taken, 'text/plain').replaceAll('\r\n', '\n').includes(`\n${shown} (1 byte)\n${server.url}/file/${id}`), 'the whole name is in the text')
  }
  t.equal(mail.taken.length, names.length)
  t.ok(mail.taken.every(taken => taken.to.join() === 'bob@example.org'))
})
