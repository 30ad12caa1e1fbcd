/** Links through which others upload into a folder of whoever made them. */
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import type { App, AppInternals } from '../../src/app.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { call, openSession, uploadFile } from '../support/client.ts'
import { beginRequests } from '../support/file-request.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { allOf } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import type { TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'
import { logInOnPages } from '../support/page-session.ts'

const needsBrowser = { skip: skipWithout('chromium') }

/** As a browser sends the form. */
async function give (server: TestServer, id: string, files: Readonly<Record<string, string | Buffer>>, fields: Readonly<Record<string, string>> = {}) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [name, bytes] of Object.entries(files)) form.append('userfile', new Blob([bytes]), name)
  const answer = await fetch(`${server.url}/request/${id}`, { method: 'POST', body: form, redirect: 'manual' })
  return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') }
}

t.test('whoever has the link uploads into the folder, and learns nothing of what is there', async t => {
  const { server, make, names, owner } = await beginRequests(t)
  const id = await make({ message: 'All of <b>them</b>' })
  const page = await (await fetch(`${server.url}/request/${id}`)).text()
  t.match(page, /Photos &lt;please&gt;[^]*All of &lt;b&gt;them/)
  t.notMatch(page, 'Received')
  const given = await give(server, id, { 'a.jpg': 'aa', 'b.jpg': 'bb' }, { description: 'from Bob', folder_id: '0', password: 'locked', recipient_email: 'x@example.org', notify_uploader: '1' })
  t.equal(given.location, `/request/${id}?done=2`)
  t.match(await (await fetch(server.url + given.location)).text(), 'Thank you: 2 files received.')
  t.strictSame(await names(), ['a.jpg', 'b.jpg'], 'whatever folder the sender named')
  t.strictSame((await server.app.ports.sql.all('select sealed_password, description from files')).map(row => ({ ...row })), [{ sealed_password: null, description: 'from Bob' }, { sealed_password: null, description: 'from Bob' }])
  t.equal((await server.app.ports.sql.all('select * from mails')).length, 0, 'nor are the owner\'s mails the sender\'s to send')
  t.equal((await server.app.ports.sql.all('select * from upload_notices')).length, 0)
  t.strictSame({ ...await server.app.ports.sql.get('select bytes_stored from users') }, { bytes_stored: 4 }, 'the owner\'s space')
  t.match(await (await owner.visit('/my/requests')).text(), /2 files received, 4 bytes/)
  t.match(await (await fetch(`${server.url}/request/${id}`)).text(), 'Only the person who asked can see your files.')
  await server.app.ports.sql.run('update folders set is_shared = 1')
  t.match(await (await fetch(`${server.url}/request/${id}`)).text(), 'The folder is public: others can see your files, too.')
  t.match(await (await owner.visit('/my/requests')).text(), 'anyone with its link can see new files')
  for (const wrong of ['a'.repeat(32), 'x', `${id}x`]) {
    t.equal((await fetch(`${server.url}/request/${wrong}`)).status, 404)
    t.equal((await give(server, wrong, { a: 'a' })).status, 404)
  }
  t.notMatch(server.log(), id)
})

t.test('each limit holds, at its edge', async t => {
  const { server, make, names } = await beginRequests(t)
  const MIB = 1024 * 1024
  const sized = await make({ max_file_size: '1' })
  t.equal((await give(server, sized, { 'edge.bin': Buffer.alloc(MIB) })).status, 303)
  t.match((await give(server, sized, { 'over.bin': Buffer.alloc(MIB + 1) })).text, 'The file is too large.')
  server.clock.time++
  const typed = await make({ types: '.PDF, tar.gz jpg' })
  for (const name of ['a.pdf', 'b.PDF', 'c.tar.gz']) t.equal((await give(server, typed, { [name]: 'x' })).status, 303, name)
  for (const name of ['pdf', 'a.pdf.exe', 'a.gz', 'apdf']) t.match((await give(server, typed, { [name]: 'x' })).text, 'File type not accepted.', name)
  server.clock.time++
  const total = await make({ max_bytes: '1' })
  t.equal((await give(server, total, { 'half.bin': Buffer.alloc(MIB - 10) })).status, 303)
  t.match((await give(server, total, { 'eleven.bin': Buffer.alloc(11) })).text, 'too large')
  t.match((await give(server, total, { 'six.bin': Buffer.alloc(6), 'five.bin': Buffer.alloc(5) })).text, 'more than this request still accepts')
  t.equal((await give(server, total, { 'ten.bin': Buffer.alloc(10) })).status, 303)
  const full = await give(server, total, { 'more.bin': 'x' })
  t.strictSame([full.status, /This request has all the files it asked for/.test(full.text)], [410, true])
  server.clock.time++
  const timed = await make({ days: '2' })
  server.clock.time += 2 * 24 * 3600_000 - 1
  t.equal((await give(server, timed, { 'in-time': 'x' })).status, 303)
  server.clock.time++
  t.match((await give(server, timed, { late: 'x' })).text, 'This request has expired.')
  t.equal((await fetch(`${server.url}/request/${timed}`)).status, 410)
  t.strictSame(await names(), ['a.pdf', 'b.PDF', 'c.tar.gz', 'edge.bin', 'half.bin', 'in-time', 'ten.bin'])
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
})

t.test('of many that race for the last files exactly as many come as may', async t => {
  const { server, make, names } = await beginRequests(t)
  const id = await make({ max_files: '3' })
  const given = await Promise.all([...Array(12).keys()].map(i => give(server, id, { [`f${i}`]: 'x' })))
  t.equal(given.filter(({ status }) => status === 303).length, 3)
  t.equal((await names()).length, 3)
  t.strictSame({ ...await server.app.ports.sql.get('select bytes_stored from users') }, { bytes_stored: 3 })
  t.match((await give(server, id, { x: 'x' })).text, 'This request has all the files it asked for')
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
})

t.test('a password is asked for, and guessing is slow', async t => {
  const { server, make, names } = await beginRequests(t)
  const id = await make({ password: 'open sesame' })
  t.match(await (await fetch(`${server.url}/request/${id}`)).text(), 'name="request_password"')
  t.match((await give(server, id, { a: 'x' })).text, 'Wrong password.')
  const wrong = (await give(server, id, { a: 'x' }, { description: 'my <note>', request_password: 'wrong' })).text
  t.match(wrong, /name="request_password"[^>]* aria-describedby="request_password_problem" autofocus><span class="hint wrong" id="request_password_problem">Wrong password\./)
  t.match(wrong, 'value="my &lt;note&gt;"', 'what was typed stays')
  t.equal((await give(server, id, { a: 'x', b: 'y' }, { request_password: 'open sesame' })).status, 303)
  for (let i = 0; i < 60; i++) await give(server, id, { a: 'x' }, { request_password: 'wrong' })
  t.match((await give(server, id, { c: 'x' }, { request_password: 'open sesame' })).text, 'Too many attempts. Try again in 15 minutes.')
  server.clock.time += 16 * 60_000
  t.equal((await give(server, id, { c: 'x' }, { request_password: 'open sesame' })).status, 303)
  t.strictSame(await names(), ['a', 'b', 'c'])
  t.notMatch(JSON.stringify(await server.app.ports.sql.all('select * from file_requests')), 'sesame')
})

t.test('the owner is told of each batch, within his limit of mails', async t => {
  const { server, make } = await beginRequests(t, { settings: { mailsPerHour: '2' } })
  const id = await make({ notify: '1' })
  await give(server, id, { 'a.txt': 'x', 'b.txt': 'y' }, { description: 'from Bob' })
  await server.app.deliver()
  const [mail] = await server.app.ports.sql.all('select recipient, subject, sealed_text, sealed_html from mails')
  t.equal(mail?.recipient, 'alice@example.org')
  const text = server.app.ports.vault.open(String(mail?.sealed_text), 'mail')
  for (const part of ['Photos <please>', 'a.txt', 'b.txt', 'from Bob', `${server.url}/my`]) t.match(text, part)
  const codes = (await server.app.ports.sql.all('select delete_code from files')).map(row => String(row.delete_code))
  for (const body of [text, server.app.ports.vault.open(String(mail?.sealed_html), 'mail')]) t.notOk(codes.some(code => body.includes(code)), 'the secret codes of his files are in no mail')
  for (const name of ['c', 'd']) t.equal((await give(server, id, { [name]: 'x' })).status, 303, 'a full hour never fails an upload')
  await server.app.deliver()
  t.equal((await server.app.ports.sql.all('select * from mails')).length, 2)
})

t.test('a request is closed, opened again and removed by its owner alone; what came stays', async t => {
  const { server, make, send, names } = await beginRequests(t)
  const id = await make()
  await give(server, id, { a: 'x' })
  await openSession(server, 'bobby')
  const bob = await logInOnPages(server, 'secret1', 'bobby')
  for (const act of ['close', 'remove']) await bob.visit('/my/requests', { act, id })
  t.equal((await bob.visit('/my/requests', { form_token: 'x', act: 'add', title: 'x' })).status, 403)
  t.equal((await give(server, id, { b: 'x' })).status, 303)
  await send({ act: 'close', id })
  t.match((await give(server, id, { c: 'x' })).text, 'has closed the request')
  await send({ act: 'open', id })
  t.equal((await give(server, id, { c: 'x' })).status, 303)
  await send({ act: 'remove', id })
  t.equal((await fetch(`${server.url}/request/${id}`)).status, 404)
  t.strictSame(await names(), ['a', 'b', 'c'])
})

t.test('a time that no calendar has is refused, and the page stays', async t => {
  const { server, make, owner } = await beginRequests(t)
  await t.rejects(make({ days: '36501' }), { message: 'Please enter a whole number from 1 to 36500, or leave empty.' })
  const id = await make({ days: '36500' })
  t.equal((await owner.visit('/my/requests')).status, 200)
  t.equal((await fetch(`${server.url}/request/${id}`)).status, 200)
})

t.test('a sender\'s note is cut: it is kept with each file and counts as no space', async t => {
  const { server, make } = await beginRequests(t)
  const id = await make({ notify: '1' })
  const files = Object.fromEntries([...Array(50).keys()].map(i => [`f${i}`, '']))
  t.equal((await give(server, id, files, { description: 'n'.repeat(1_000_000) })).status, 303)
  const rows = await server.app.ports.sql.all('select description from files')
  t.equal(rows.length, 50)
  t.equal(String(rows[0]?.description).length, 2000)
  await server.app.deliver()
  const [mail] = await server.app.ports.sql.all('select sealed_text from mails')
  t.ok(String(mail?.sealed_text).length < 50_000)
})

t.test('who announces much and sends nothing holds none of the owner\'s space', async t => {
  const { server, key, make } = await beginRequests(t)
  const { live } = server.app as App & AppInternals
  await server.app.ports.sql.run('update users set disk_quota = 10000000')
  const limited = await make({ max_bytes: '1' })
  server.clock.time++
  const locked = await make({ password: 'open sesame' })
  for (const id of [limited, locked]) {
    const socket = await openSocket(server.url)
    const answer = allOf(socket)
    socket.write(`POST /request/${id} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10000000\r\ncontent-type: multipart/form-data; boundary=b\r\n\r\n--b\r\n`)
    await until('it runs, or is read on though it is refused', () => live.size > 0)
    t.match(await uploadFile(server, key, 'own.bin', Buffer.alloc(2_000_000)), /^\w{6}$/)
    socket.destroy()
    await answer
    await until('it has ended', () => live.size === 0)
  }
  t.match((await give(server, locked, { 'large.bin': Buffer.alloc(9_000_000) }, { request_password: 'open sesame' })).text, 'cannot take files now')
})

t.test('what cannot be a request is refused, with what was typed kept', async t => {
  const { server, make, send } = await beginRequests(t)
  await t.rejects(make({ title: ' ' }), { message: 'Please enter a title.' })
  const NUMBER = 'Please enter a whole number, 1 or more; leave empty for no limit.'
  const TYPES = 'Please enter file extensions such as pdf, jpg, separated by commas.'
  for (const [name, value, message] of [['max_files', '0', NUMBER], ['max_files', '-1', NUMBER], ['max_bytes', '1e3', NUMBER], ['types', 'a/b', TYPES], ['types', '<', TYPES]] as const) {
    await t.rejects(make({ [name]: value }), { message }, `${name} ${value}`)
  }
  const several = await (await send({ act: 'add', title: 'Kept', days: 'x', types: '<', max_files: '3' })).text()
  t.match(several, /role="alert">One of the values is not valid\.</)
  t.match(several, /name="days" value="x"[^>]* aria-invalid="true" aria-describedby="days_problem" autofocus><span class="hint wrong" id="days_problem">Please enter a whole number from 1 to 36500, or leave empty\.</)
  t.match(several, /name="types" value="&lt;"[^>]* aria-describedby="types_problem"/)
  t.notMatch(several, 'max_files_problem')
  t.notMatch(several, /name="notify" value="1" checked/, 'the tick that was taken away stays so')
  for (const folder of ['zzzzzz', '../..']) await t.rejects(make({ folder }), { message: 'The folder no longer exists.' })
  t.match(await (await send({ act: 'add', title: '"Kept"', max_files: '0' })).text(), 'value="&quot;Kept&quot;"')
  t.equal((await server.app.ports.sql.all('select id from file_requests')).length, 0)
})

t.test('a full account, one that is switched off, and a folder that is gone take nothing', async t => {
  const { server, key, folder, make, names } = await beginRequests(t)
  const id = await make()
  await server.app.ports.sql.run('update users set disk_quota = 3')
  t.match((await give(server, id, { a: 'four' })).text, 'cannot take files now')
  t.equal((await give(server, id, { a: 'ten' })).status, 303)
  await server.app.ports.sql.run('update users set is_disabled = 1')
  t.equal((await give(server, id, { b: '' })).status, 404)
  await server.app.ports.sql.run('update users set is_disabled = 0')
  t.strictSame(await names(), ['a'])
  await call(server, 'files.delete', { session_key: key, file_id: String((await server.app.ports.sql.get('select id from files'))?.id) })
  await call(server, 'folders.delete', { session_key: key, folder_id: folder })
  t.equal((await give(server, id, { b: 'x' })).status, 404)
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
})

t.test('a request in browsers: made by one, answered by another with scripts and without', needsBrowser, async t => {
  const { server, names } = await beginRequests(t)
  const page = await openBrowser(t)
  await logInByForm(page, server, '/my/requests')
  await page.getByLabel('Title').fill('Pictures of the party')
  await page.getByLabel('Message').fill('All of them, please.')
  await page.locator('#folder').selectOption({ label: 'Received' })
  await page.getByLabel('Files allowed').fill('5')
  await page.getByLabel('Types').fill('jpg, png')
  await navigate(page, () => page.getByRole('button', { name: 'Create request' }).click())
  await page.getByText('Request created').waitFor()
  t.ok(await takeScreenshot(page, 'requests'), 'fits a phone')
  const link = await page.getByLabel('Link to Pictures of the party').inputValue()
  for (const [javaScriptEnabled, name] of [[true, 'a.jpg'], [false, 'b.jpg']] as const) {
    const other = await openBrowser(t, { javaScriptEnabled })
    await other.goto(link)
    if (javaScriptEnabled) t.ok(await takeScreenshot(other, 'request'), 'fits a phone')
    await other.locator('#description').fill('Bob')
    await other.locator('#userfile').setInputFiles({ name, mimeType: 'image/jpeg', buffer: Buffer.alloc(2_000_000) })
    await navigate(other, () => other.getByRole('button', { name: 'Upload', exact: true }).click())
    await other.getByText('Thank you: 1 file received.').waitFor()
    if (javaScriptEnabled) {
      await other.locator('#userfile').setInputFiles({ name: 'c.exe', mimeType: 'image/jpeg', buffer: Buffer.alloc(10) })
      await other.getByRole('button', { name: 'Upload', exact: true }).click()
      await other.getByText('File type not accepted.').waitFor()
      t.equal(await other.getByRole('button', { name: 'Try again' }).count(), 0, 'what is refused for good is not tried again')
      t.ok(await other.locator('.total').isHidden(), 'no counter goes on')
      t.ok(await takeScreenshot(other, 'request-refused'), 'fits a phone')
    }
  }
  t.strictSame(await names(), ['a.jpg', 'b.jpg'])
})

t.test('files are dropped and pasted on the page of a request, left out again, and sent with the note', needsBrowser, async t => {
  const { server, make } = await beginRequests(t)
  const id = await make({ types: 'txt', password: 'sesame', max_files: '5' })
  const page = await openBrowser(t)
  await page.goto(`${server.url}/request/${id}`)
  const give = (names: readonly string[], types: readonly string[]) => page.evaluate(`{
    const transfer = new DataTransfer()
    for (const name of ${JSON.stringify(names)}) transfer.items.add(new File(['text of ' + name], name))
    for (const type of ${JSON.stringify(types)}) document.querySelector('h1').dispatchEvent(type === 'paste'
      ? new ClipboardEvent(type, { clipboardData: transfer, bubbles: true })
      : window.last = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }`)
  await give(['a.txt'], ['dragenter', 'dragover'])
  t.ok(await page.evaluate('document.body.classList.contains("is-over") && window.last.defaultPrevented'), 'the browser does not open it')
  t.ok(await takeScreenshot(page, 'request-over-target'), 'fits a phone')
  await give(['a.txt', 'b.txt', 'c.exe'], ['drop'])
  await give(['d.txt'], ['paste'])
  t.strictSame(await page.locator('#gathered .grow').allTextContents(), ['a.txt', 'b.txt', 'c.exe', 'd.txt'])
  await page.getByRole('button', { name: 'Leave out b.txt' }).click()
  t.equal((await server.app.ports.sql.all('select id from files')).length, 0, 'nothing is sent before the password is typed')
  await page.getByLabel('Password').fill('sesame')
  await page.locator('#description').fill('from Bob')
  t.ok(await takeScreenshot(page, 'request-gathered'), 'fits a phone')
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByText('2 of 3 files uploaded.').waitFor()
  t.equal(await page.locator('#files-left').textContent(), '3')
  t.strictSame((await server.app.ports.sql.all('select name, description from files order by name')).map(row => ({ ...row })), [{ name: 'a.txt', description: 'from Bob' }, { name: 'd.txt', description: 'from Bob' }])
  t.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0)
})
