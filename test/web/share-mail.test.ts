import t from 'tap'
import { anonymousTicket, API_KEY, attribute, call, element, errorCode, openSession, upload, uploadFile, type Params } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** What waits in the outbox. */
async function mails (server: TestServer): Promise<Array<{ to: string, subject: string, text: string }>> {
  const { sql, vault } = server.app.ports
  return (await sql.all('select recipient, subject, sealed_text from mails order by recipient')).map(row =>
    ({ to: String(row.recipient), subject: String(row.subject), text: vault.open(String(row.sealed_text), 'mail') }))
}

t.test('files.sendMail mails each recipient the links and the message, and collects the contacts', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const [a, b] = [await uploadFile(server, key, 'a.txt', 'a'), await uploadFile(server, key, 'b.txt', 'b')]
  await call(server, 'addressbook.add', { session_key: key, email: 'Bob@example.org', name: 'Bob' })
  const xml = await call(server, 'files.sendMail', { session_key: key, file_id: `${a},${b},zzzzzz`, emails: 'bob@example.org, amy@example.org', message: 'Look at this' })
  t.equal(element(xml, 'id'), `${a},${b}`)
  t.match(xml, '<error code="9" text="File not found" id="zzzzzz"/>')
  const sent = await mails(server)
  t.strictSame(sent.map(mail => mail.to), ['amy@example.org', 'bob@example.org'])
  for (const { text, subject } of sent) {
    for (const part of [`${server.url}/file/${a}`, `${server.url}/file/${b}`, 'a.txt', 'Look at this', 'Alice Example']) t.match(text, part)
    t.match(subject, /^Alice Example shares 2 links/)
  }
  const book = await call(server, 'addressbook.list', { session_key: key })
  t.match(book, '<contact email="amy@example.org" name="" description="" type="1"/>')
  t.match(book, '<contact email="Bob@example.org" name="Bob" description="" type="0"/>', 'who stands there stays as he is')
})

t.test('any invalid address is 24 and nothing is sent, twenty are allowed', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'a')
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
  const many = (count: number) => Array.from({ length: count }, (_, i) => `r${i}@example.org`).join(',')
  for (const [method, ids] of [['files.sendMail', { file_id: id }], ['folders.sendMail', { folder_id: folder }]] as Array<[string, Params]>) {
    const code = async (params: Params) => errorCode(await call(server, method, { session_key: key, ...ids, ...params }))
    t.equal(await code({}), 4)
    t.equal(await code({ emails: ' , ' }), 4)
    t.equal(await code({ emails: 'good@example.org,bad' }), 24)
    t.equal(await code({ emails: `${many(20)},bad` }), 24, 'before the number of them')
    t.equal(await code({ emails: many(21) }), 21)
    t.equal(await code({ emails: 'a@example.org\r\nBcc: b@example.org' }), 24)
    t.strictSame(await mails(server), [])
  }
  t.equal(errorCode(await call(server, 'files.sendMail', { session_key: key, file_id: 'zzzzzz', emails: 'bad' })), 9)
  t.equal(errorCode(await call(server, 'folders.sendMail', { session_key: key, folder_id: 'zzzzzz', emails: 'bad' })), 10)
  t.equal(errorCode(await call(server, 'files.sendMail', { session_key: await openSession(server, 'bobby'), file_id: id, emails: 'a@example.org' })), 9, 'one\'s own files only')
  t.equal(errorCode(await call(server, 'files.sendMail', { session_key: key, file_id: id, emails: many(20) })), 0)
  t.equal((await mails(server)).length, 20)
})

t.test('a file name cannot break into the headers of a mail', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'a')
  await server.app.ports.sql.run('update files set name = $name', { name: 'a\r\nBcc: x@example.org' })
  await call(server, 'files.sendMail', { session_key: key, file_id: id, emails: 'a@example.org' })
  t.notMatch((await mails(server))[0]?.subject, /[\r\n]/)
})

t.test('folders.sendMail mails folder links, version 1.1 and later names each', async t => {
  const server = await startServer(t)
  const key = await openSession(server, 'alice', '1.2')
  const id = attribute(await call(server, 'folders.create', { session_key: key, name: 'Photos', shared: 1 }), 'id')
  const xml = await call(server, 'folders.sendMail', { session_key: key, folder_id: id, emails: 'a@example.org' })
  t.match(xml, `\t<id>${id}</id>\n\t<folder id="${id}"/>\n</result>`)
  t.match((await mails(server))[0], { subject: 'Alice Example shares Photos with you', text: new RegExp(`${server.url}/folder/${id}`) })
})

t.test('anonymous.filesSendMail exists in version 1.2 only', async t => {
  const server = await startServer(t)
  const id = element((await upload(await anonymousTicket(server), [{ name: 'a.txt', bytes: 'a' }])).body, 'file_id')
  const send = (params: Params) => call(server, 'anonymous.filesSendMail', {
    api_key: API_KEY, api_version: '1.2', file_id: id, sender_email: 's@example.org', emails: 'a@example.org', ...params
  })
  t.equal(errorCode(await send({ api_version: '1.0' })), 5)
  t.equal(errorCode(await send({ file_id: 'zzzzzz' })), 9)
  t.equal(errorCode(await send({ sender_email: 'bad' })), 24)
  t.equal(errorCode(await send({ emails: 'bad' })), 24)
  const xml = await send({})
  t.strictSame([element(xml, 'status'), element(xml, 'id')], ['ok', id])
  t.match((await mails(server))[0], { to: 'a@example.org', subject: 's@example.org shares a.txt with you' })
})
