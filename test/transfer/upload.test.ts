import t from 'tap'
import { anonymousTicket, attribute, call, element, errorCode, openSession, progressOf, upload, userTicket } from '../support/client.ts'
import { exchange, request } from '../support/raw-http.ts'
import { fieldPart, filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer } from '../support/server.ts'

const idOf = (body: string) => /^file_id=(\w{6})$/m.exec(body)?.[1] ?? ''
const HELLO = { name: 'hello.txt', bytes: 'hello' }

t.test('every optional field is stored, whatever its case and wherever it stands', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await server.app.ports.sql.run("insert into folders (id, owner_id, parent_id, name, created_at) values ('fold01', 1, '0', 'f', 0)")
  const fields = { DESCRIPTION: 'of it', Password: 'pass', FOLDER_ID: 'fold01', recipient_email: 'a@b.example, c@d.example', notify_uploader: '1', recipient_message: 'look' }
  const info = async (id: string) => {
    const xml = await call(server, 'files.getInfo', { session_key: key, file_id: id })
    return [attribute(xml, 'description'), attribute(xml, 'password'), attribute(xml, 'folder_id')]
  }
  const before = await upload(await userTicket(server, key), [HELLO], fields)
  t.strictSame(await info(idOf(before.body)), ['of it', 'pass', 'fold01'], 'fields before the file')

  const ticket = await userTicket(server, key)
  const parts = [filePart('hello.txt', 'hello'), ...Object.entries(fields).map(([name, value]) => fieldPart(name, value))]
  const after = await exchange(server.url, ...request(ticket.url, { 'content-type': 'multipart/form-data; boundary=B' }, formBody('B', parts)))
  t.strictSame(await info(idOf(after)), ['of it', 'pass', 'fold01'], 'fields after the file')

  const inUrl = await userTicket(server, key)
  const query = `&${new URLSearchParams(fields)}`
  t.strictSame(await info(idOf((await upload({ url: inUrl.url + query }, [HELLO])).body)), ['of it', 'pass', 'fold01'], 'fields in the URL')

  await server.app.deliver()
  const mails = (await server.app.ports.sql.all('select recipient, sealed_text from mails order by recipient')).map(row => [row.recipient, String(server.app.ports.vault.open(String(row.sealed_text), 'mail')).includes('look')])
  const each = (...mail: [string, boolean]) => Array<[string, boolean]>(3).fill(mail)
  t.strictSame(mails, [...each('a@b.example', true), ...each('alice@example.org', false), ...each('c@d.example', true)])
})

t.test('a foreign folder is refused with 10 and nothing is stored', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { body } = await upload(await userTicket(server, key), [HELLO], { folder_id: 'zzzzzz' })
  t.equal(body, 'upload_status=fail\nerror=10 Folder not found\n')
  t.strictSame(await server.app.ports.sql.all('select id from files'), [])
  const anonymous = await upload(await anonymousTicket(server), [HELLO], { folder_id: 'zzzzzz' })
  t.equal(element(anonymous.body, 'status'), 'ok', 'an anonymous upload ignores it')
})

t.test('redirect_url gets the outcome appended, and only http and https are followed', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const go = async (address: string, files = [HELLO]) => upload(await userTicket(server, key), files, { redirect_url: address })
  t.match((await go('http://example.org/done')).location, /^http:\/\/example\.org\/done\?upload_status=ok&file_id=\w{6}$/)
  t.match((await go('https://example.org/?a=1#x', [HELLO, HELLO])).location, /^https:\/\/example\.org\/\?a=1&upload_status=ok&file_id=\w{6},\w{6}#x$/)
  t.equal((await go('http://example.org/', [])).location, 'http://example.org/?upload_status=fail&file_id=')
  t.equal((await go('http://example.org/\r\nset-cookie: a=b')).location?.includes('\n'), false)
  for (const address of ['javascript:alert(1)', '//example.org', 'ftp://example.org/', 'http://']) {
    const answer = await go(address)
    t.equal(answer.status, 200, address)
    t.match(answer.body, /^upload_status=ok/)
  }
  for (const url of [`${server.url}/apiupload?UPLOAD_IDENTIFIER=1.2.ABCDEF01.3.0`, `${server.url}/apiupload?UPLOAD_IDENTIFIER=1.2.ABCDEF01.3.0&redirect_url=http://example.org/`, `${server.url}/apiupload`]) {
    const answer = await upload({ url }, [HELLO], { redirect_url: 'http://example.org/' })
    t.equal(answer.location, null, 'an unknown ticket gets no redirect')
    t.equal(errorCode(answer.body), 16)
  }
})

t.test('the ticket may stand in the form, and its key may be mangled', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const first = await userTicket(server, key)
  const cut = await upload({ url: `${server.url}/apiupload` }, [HELLO], { UPLOAD_IDENTIFIER: first.id, extra_info: first.proof })
  t.match(cut.body, /^upload_status=ok/)
  const second = await userTicket(server, key)
  const mangled = await upload({ url: second.url.replaceAll('&', '&amp;') }, [HELLO])
  t.match(mangled.body, /^upload_status=ok/, 'XML that was never unescaped')
  const none = await upload({ url: `${server.url}/apiupload` }, [HELLO])
  t.equal(errorCode(none.body), 16)
  t.equal(none.type, 'text/xml; charset=utf-8')
})

t.test('a ticket works again and again for a day, also after its session has ended', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const ticket = await userTicket(server, key)
  await call(server, 'auth.logout', { session_key: key })
  for (const use of [1, 2]) t.match((await upload(ticket, [HELLO])).body, /^upload_status=ok/, `use ${use}`)
  server.clock.time += 24 * 60 * 60 * 1000 - 1
  t.match((await upload(ticket, [HELLO])).body, /^upload_status=ok/)
  server.clock.time += 1
  t.equal(errorCode((await upload(ticket, [HELLO])).body), 16)
})

t.test('a PUT that is no form is the file itself, one that is a form is read as one', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const put = async (body: string, extra = '', type = 'application/octet-stream') =>
    (await fetch((await userTicket(server, key)).url + extra, { method: 'PUT', body, headers: { 'content-type': type } })).text()
  const names = async () => (await server.app.ports.sql.all('select name, size from files order by name')).map(row => `${row.name} ${row.size}`)
  await put('raw bytes', '&userfile=raw%20name.bin')
  await put('no name', '')
  await put(formBody('X', [filePart('form.txt', 'hello')]).toString(), '')
  await put(formBody('X', [filePart('typed.txt', 'hello')]).toString(), '', 'multipart/form-data; boundary="X"')
  t.strictSame(await names(), ['file 7', 'form.txt 5', 'raw name.bin 9', 'typed.txt 5'])
  t.match(await put(''), /^upload_status=fail\nerror=4 /, 'nothing at all is no file')
})

t.test('a file field that was left empty is no file, an empty file with a name is one', async t => {
  const server = await startServer(t)
  const send = async (...parts: Array<readonly [string, Buffer | string]>) =>
    exchange(server.url, ...request((await anonymousTicket(server, '1.2')).url, { 'content-type': 'multipart/form-data; boundary=B' }, formBody('B', parts)))
  t.match(await send(filePart('', '')), /<error code="4"/)
  t.match(await send(filePart('empty.txt', '')), /<file_name>empty\.txt</)
  const both = await send(filePart('', ''), filePart('a.txt', 'a'))
  t.equal(both.match(/<file_id>/g)?.length, 1)
})

t.test('progress goes from waiting to done, never backwards, and is forgotten after ten minutes', async t => {
  const server = await startServer(t)
  const ticket = await anonymousTicket(server)
  t.match(await progressOf(ticket), { status: 'ok', meter: '0', uploaded_bytes: '0', total_size: '0' })
  const body = formBody('B', [filePart('a.bin', Buffer.alloc(1_000_000))])
  const [head, bytes] = request(ticket.url, { 'content-type': 'multipart/form-data; boundary=B' }, body)
  const socket = await openSocket(server.url)
  socket.write(head ?? '')
  let last = 0
  for (let sent = 0; sent < 1_000_000; sent += 250_000) {
    socket.write(bytes?.subarray(sent, sent + 250_000) ?? '')
    let now = 0
    while (now < sent + 250_000) {
      server.clock.time += 100
      const progress = await progressOf(ticket)
      now = Number(progress.uploaded_bytes)
      t.equal(progress.status, 'ok')
      t.ok(now >= last && now <= body.length && Number(progress.meter) < 100)
      if (now > 0) t.equal(Number(progress.total_size), body.length)
      last = now
    }
  }
  socket.write(bytes?.subarray(1_000_000) ?? '')
  let progress = await progressOf(ticket)
  while (progress.status === 'ok') progress = await progressOf(ticket)
  t.match(progress, { status: 'done', meter: '100', uploaded_bytes: String(body.length), eta: '00:00:00' })
  socket.destroy()
  server.clock.time += 10 * 60 * 1000 - 1
  t.equal((await progressOf(ticket)).status, 'done')
  server.clock.time += 1
  t.match(await progressOf(ticket), { status: 'fail', meter: '0', uploaded_bytes: '0' })
})

t.test('speed is kilobits per second, the times are hours, minutes and seconds', async t => {
  const server = await startServer(t)
  const ticket = await anonymousTicket(server)
  const [head, bytes] = request(ticket.url, { 'content-type': 'multipart/form-data; boundary=B', 'content-length': '4000000' }, Buffer.alloc(1_000_000))
  const socket = await openSocket(server.url)
  socket.write(head ?? '')
  while ((await progressOf(ticket)).total_size === '0');
  server.clock.time += 3_725_000
  socket.write(bytes ?? '')
  while ((await progressOf(ticket)).uploaded_bytes !== '1000000');
  t.match(await progressOf(ticket), { elapsed: '01:02:05', eta: '03:06:15', speed: '2', meter: '25' })
  socket.destroy()
})

t.test('speed_limit is honoured', async t => {
  const server = await startServer(t)
  const ticket = await anonymousTicket(server, '1.0', { speed_limit: 100 })
  const before = server.clock.time
  await upload(ticket, [{ name: 'a.bin', bytes: Buffer.alloc(1024 * 1024) }])
  const seconds = (server.clock.time - before) / 1000
  t.ok(seconds > 10 && seconds < 11, `1 MiB at 100 KB/s took ${seconds} s`)
})
