/** Python's standard library, and multipart written by hand. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { attribute, call, openSession, register, userTicket } from '../support/client.ts'
import { runClient, storedFile } from '../support/client-program.ts'
import { until } from '../support/wait-until.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

t.test('a Python program that raises at any odd status or echo logs in, uploads, and reads texts and infos of errors', async t => {
  const server = await startServer(t)
  await register(server)
  const file = join(await temporaryFolder(t), 'données.bin')
  const bytes = randomBytes(100_000)
  await writeFile(file, bytes)
  const said = await runClient('python-stdlib.py', [server.url, 'alice', 'secret1', file])
  t.match(said.file_id, /^[a-z0-9]{6}$/)
  t.equal(said.answer_keys, 'upload_status,file_id,bandwidth_left,diskspace_left', 'each line is one name and one value')
  t.equal(said.session, 'ok')
  t.equal(said.name, 'données.bin')
  t.equal(said.wrong_password, 'Authentication error', 'the text alone, where there is no info')
  t.match(said.missing_parameter, /^.+ \(file_id\)$/, 'the text, and the parameter as info')
  const stored = await storedFile(server, await openSession(server), said.file_id ?? '')
  t.ok(stored.bytes.equals(bytes))
})

t.test('fields may follow the file, its type may be "binary" or missing, its name that of the field', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folderId = attribute(await call(server, 'folders.create', { session_key: key, name: 'notes' }), 'id')
  const { url, id, proof } = await userTicket(server, key)
  const said = await runClient('python-multipart.py', [url, id, proof, folderId])
  t.strictSame(await storedFile(server, key, said.fields_after ?? ''), { name: 'notes.txt', folderId, description: '', bytes: Buffer.from('fields follow') })
  t.strictSame(await storedFile(server, key, said.like_its_field ?? ''), { name: 'userfile', folderId: '0', description: '', bytes: Buffer.from('no type') })
  const mails = () => server.app.ports.sql.all('select recipient from mails')
  await until('notify_uploader has become a mail, too', async () => (await mails()).length > 0)
  t.strictSame((await mails()).map(({ recipient }) => recipient), ['alice@example.org'])
})
