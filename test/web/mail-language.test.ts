/** Mails in the language of their reader, answers to their sender, and nothing in them that runs or leads elsewhere. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { openBrowser } from '../support/browser.ts'
import { anonymousTicket, API_KEY, attribute, call, openSession, register, upload, uploadFile, userTicket } from '../support/client.ts'
import { headerOf, mailSettings, partOf, startMailServer } from '../support/mail-server.ts'
import { logInOnPages } from '../support/page-session.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const needsBrowser = { skip: skipWithout('chromium') }

interface QueuedMail { readonly to: string, readonly subject: string, readonly text: string, readonly html: string, readonly replyTo: string }

/** The queued mails, which it takes away. */
async function takeMails ({ app }: TestServer): Promise<readonly QueuedMail[]> {
  await app.deliver()
  const { sql, vault } = app.ports
  const rows = await sql.all('select * from mails order by created_at, recipient')
  await sql.run('delete from mails')
  return rows.map(row => ({
    to: String(row.recipient), subject: String(row.subject), replyTo: String(row.reply_to), text: vault.open(String(row.sealed_text), 'mail'), html: vault.open(String(row.sealed_html), 'mail')
  }))
}

const localeOf = async (server: TestServer, name: string) => (await server.app.ports.sql.get('select locale from users where user_name = $name', { name }))?.locale

/** Logs in as a browser that asks for languages; what it asks for then. */
async function browse (server: TestServer, name: string, languages: string, cookie = '') {
  const headers = { 'accept-language': languages, cookie }
  const answer = await fetch(`${server.url}/login`, { method: 'POST', headers, body: new URLSearchParams({ user_name: name, password: 'secret1' }), redirect: 'manual' })
  const session = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const all = { ...headers, cookie: [cookie, session].filter(part => part !== '').join('; ') }
  const token = /name="form_token" value="(\w+)"/.exec(await (await fetch(`${server.url}/account`, { headers: all })).text())?.[1] ?? ''
  return async (path: string, form?: Readonly<Record<string, string>>) =>
    fetch(server.url + path, { headers: all, redirect: 'manual', ...form && { method: 'POST', body: new URLSearchParams({ form_token: token, ...form }) } })
}

t.test('an account remembers the language of its browser, and the one that was chosen', async t => {
  const server = await startServer(t)
  await register(server)
  t.equal(await localeOf(server, 'alice'), null, 'programs tell none')
  await browse(server, 'alice', 'de-AT,de;q=0.9,en;q=0.5')
  t.equal(await localeOf(server, 'alice'), 'de-AT')
  const visit = await browse(server, 'alice', 'fr')
  t.equal(await localeOf(server, 'alice'), 'de-AT', 'another browser changes nothing')
  t.equal((await visit('/language', { language: 'pt', to: '/' })).status, 303)
  t.equal(await localeOf(server, 'alice'), 'pt', 'a choice does')
  await browse(server, 'alice', 'en', 'respace_language=ja')
  t.equal(await localeOf(server, 'alice'), 'ja', 'also one from before the login')
  await fetch(`${server.url}/register`, { method: 'POST', headers: { 'accept-language': 'es-MX' }, body: new URLSearchParams({ user_name: 'carla', full_name: 'Carla', email: 'carla@example.org', password: 'longsecret' }), redirect: 'manual' })
  t.equal(await localeOf(server, 'carla'), 'es-MX')
  for (const odd of ['x'.repeat(5000), "de'; drop table users", 'xx-yy']) await browse(server, 'alice', odd)
  t.equal(await localeOf(server, 'alice'), 'ja')
  await server.app.ports.sql.run('update users set locale = null')
  await visit('/my')
  t.equal(await localeOf(server, 'alice'), 'fr', 'somebody who was logged in before accounts had a language')
})

t.test('a mail is in the language of the reader\'s account, else of the page, else in English', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await register(server, 'bobby')
  await browse(server, 'bobby', 'de-AT')
  const id = await uploadFile(server, key, 'a.txt', 'x'.repeat(12_595))
  const emails = 'BOBBY@example.org,nobody@example.org'
  await call(server, 'files.sendMail', { session_key: key, file_id: id, emails })
  const byProgram = await takeMails(server)
  t.strictSame(byProgram.map(({ subject }) => subject), ['Alice Example teilt a.txt mit Ihnen', 'Alice Example shares a.txt with you'])
  t.match(byProgram[0]?.text, 'a.txt (12,3 kB)', 'sizes are written as in that language')
  t.match(byProgram[0]?.html, '<html lang="de">')
  const visit = await browse(server, 'alice', 'fr')
  t.equal((await visit('/my/mail', { send: '1', [`file_${id}`]: '1', to: emails })).status, 303)
  t.strictSame((await takeMails(server)).map(({ subject }) => subject), ['Alice Example teilt a.txt mit Ihnen', 'Alice Example partage a.txt avec vous'])
  const form = new FormData()
  form.set('recipient_email', emails)
  form.set('userfile', new Blob(['x']), 'b.txt')
  await fetch(`${server.url}/upload`, { method: 'POST', body: form, headers: { 'accept-language': 'es' }, redirect: 'manual' })
  const anonymous = await takeMails(server)
  t.strictSame(anonymous.map(({ subject }) => subject), ['Jemand teilt b.txt mit Ihnen', 'Alguien comparte b.txt contigo'])
  for (const { text } of anonymous) t.match(text, /(?:Verfügbar bis 01\.02\.2026|Disponible hasta el 1 feb 2026)/, 'a file that ends says when')
  await upload(await userTicket(server, key), [{ name: 'c.txt', bytes: 'c' }], { notify_uploader: '1' })
  t.strictSame((await takeMails(server)).map(({ subject }) => subject), ['Vous avez envoyé c.txt'])
  await upload(await anonymousTicket(server), [{ name: 'd.txt', bytes: 'd' }], { recipient_email: 'nobody@example.org' })
  t.strictSame((await takeMails(server)).map(({ subject }) => subject), ['Somebody shares d.txt with you'])
  await call(server, 'auth.register', { api_key: API_KEY, user_name: 'carol', full_name: 'Carol', email: 'carol@example.org' })
  t.match((await takeMails(server))[0], { subject: 'Your password' })
})

t.test('answers go to the sender, who cannot add a header', async t => {
  const mail = await startMailServer(t)
  const server = await startServer(t, { settings: mailSettings(mail) })
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'a')
  const arrived = async (count: number) => until(`${count} mails`, () => mail.taken.length >= count)
  await call(server, 'files.sendMail', { session_key: key, file_id: id, emails: 'bob@example.org' })
  await arrived(1)
  await call(server, 'anonymous.filesSendMail', { api_key: API_KEY, api_version: '1.2', file_id: id, sender_email: 'sender@example.org', emails: 'bob@example.org' })
  await arrived(2)
  await upload(await anonymousTicket(server), [{ name: 'a.txt', bytes: 'a' }], { recipient_email: 'bob@example.org' })
  await arrived(3)
  t.strictSame(mail.taken.map(taken => headerOf(taken, 'Reply-To')), ['alice@example.org', 'sender@example.org', ''])
  t.ok(mail.taken.every(taken => headerOf(taken, 'From') === 'Our files <files@example.org>'), 'the sender stays the server')
  const { sql } = server.app.ports
  for (const [at, odd] of ['x@example.org\r\nBcc: y@example.org', 'x@example.org, y@example.org', 'Name <x@example.org>', 'x'].entries()) {
    await sql.run('update users set email = $odd', { odd })
    await call(server, 'files.sendMail', { session_key: key, file_id: id, emails: 'bob@example.org' })
    await arrived(4 + at)
    const raw = mail.taken[3 + at]?.raw ?? ''
    t.notMatch(raw.slice(0, raw.indexOf('\r\n\r\n')), /reply-to|bcc/i, odd)
  }
})

t.test('names and messages in a mail are text: nothing runs, nothing is loaded', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'a')
  const page = await openBrowser(t)
  const asked: string[] = []
  await page.route('**/*', async route => {
    asked.push(route.request().url())
    await route.abort()
  })
  const ATTACKS = ['<img src=https://evil.example/x onerror=document.title="run">', '"><script>document.title="run"</script>', '\' onmouseover=alert(1) x=\'', '</title><style>*{display:none}</style>', '<!--', ']]>', '{site}{who}', '<a href="https://evil.example">here</a>', 'javascript:alert(1)']
  for (const attack of ATTACKS) {
    await server.app.ports.sql.run('update users set full_name = $attack', { attack })
    await server.app.ports.sql.run('update files set name = $attack', { attack })
    await call(server, 'files.sendMail', { session_key: key, file_id: id, emails: 'bob@example.org', message: attack })
    const [mail] = await takeMails(server)
    await page.setContent(mail?.html ?? '')
    const shown = String(await page.evaluate('document.body.innerText'))
    t.equal(shown.split(attack.trim()).length - 1, 4, `${attack} stands there as it is: name, message, file and reason`)
    t.strictSame(await page.evaluate('[document.querySelectorAll("script, img, style, iframe, form").length, [...document.querySelectorAll("*")].some(e => e.getAttributeNames().some(name => name.startsWith("on"))), document.title === "run"]'), [0, false, false], attack)
    t.ok((await page.evaluate('[...document.links].map(link => link.href)') as string[]).every(link => link.startsWith(server.url)), attack)
  }
  t.strictSame(asked, [])
})

t.test('the logo comes with the mail, once the program can show it', async t => {
  const folder = await temporaryFolder(t)
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  writeFileSync(join(folder, 'logo.png'), png)
  writeFileSync(join(folder, 'logo.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  const mail = await startMailServer(t)
  for (const name of ['logo.png', 'logo.svg']) {
    const server = await startServer(t, { seed: name, settings: { ...mailSettings(mail), siteName: 'Our files', siteLogo: join(folder, name), siteColor: '#0a6847' } })
    const key = await openSession(server)
    const count = mail.taken.length
    await call(server, 'files.sendMail', { session_key: key, file_id: await uploadFile(server, key, 'a.txt', 'a'), emails: 'bob@example.org' })
    await until('it has arrived', () => mail.taken.length > count)
    const taken = mail.taken.at(-1) ?? { raw: '' }
    const html = partOf(taken, 'text/html')
    t.equal(html.includes('<img src="cid:logo"'), name === 'logo.png', name)
    t.equal(/content-id: <logo>/i.test(taken.raw), name === 'logo.png')
    t.equal(taken.raw.replaceAll('\r\n', '').includes(png.toString('base64')), name === 'logo.png')
    t.match(html, 'bgcolor="#0a6847"')
    t.match(partOf(taken, 'text/plain'), `Our files, ${server.url}`)
    t.notMatch(html, /<link|<script|src="(?!cid:)|url\(/, 'nothing is loaded from anywhere')
  }
})

t.test('mails that were queued before the update are sent', async t => {
  const mail = await startMailServer(t)
  const server = await startServer(t, { settings: mailSettings(mail) })
  const { sql, vault, clock } = server.app.ports
  await sql.run("insert into mails (id, recipient, subject, sealed_text, created_at) values ('a', 'bob@example.org', 'Old', $text, $now)", { text: vault.seal('Words', 'mail'), now: clock.now() })
  await sql.run("insert into upload_notices (upload_id, user_id, file_ids, recipients, message, is_uploader_notified, public_url, created_at) values ('u', null, $id, 'amy@example.org', '', 0, 'http://x.example', 1)",
    { id: attribute(await call(server, 'files.getInfo', { session_key: await openSession(server), file_id: await uploadFile(server, await openSession(server), 'a.txt', 'a') }), 'id') })
  await server.app.deliver()
  t.strictSame(mail.taken.map(taken => headerOf(taken, 'Subject')).sort(), ['Old', 'Somebody shares a.txt with you'])
  const old = mail.taken.find(taken => headerOf(taken, 'Subject') === 'Old') ?? { raw: '' }
  t.equal(partOf(old, 'text/plain').trim(), 'Words')
  t.notMatch(old.raw, 'text/html')
})

t.test('the password of a new account, on the page of a language', async t => {
  const server = await startServer(t)
  await fetch(`${server.url}/rest/?${new URLSearchParams({ method: 'auth.register', api_key: API_KEY, user_name: 'dora', full_name: 'Dora', email: 'dora@example.org' })}`, { headers: { 'accept-language': 'de' } })
  const [mail] = await takeMails(server)
  t.match(mail, { subject: 'Ihr Passwort', text: /Passwort: \S+/, replyTo: '' })
  await logInOnPages(server, /Passwort: (\S+)/.exec(mail?.text ?? '')?.[1] ?? '', 'dora')
  t.equal(await localeOf(server, 'dora'), 'de')
})
