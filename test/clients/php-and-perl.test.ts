/** Plug-ins of web sites in PHP, scripts in Perl. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { openSession, register } from '../support/client.ts'
import { runClient, storedFile } from '../support/client-program.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

const BYTES = randomBytes(1_500_000)

t.test('a PHP plug-in reads answers by SimpleXML and sends the file by cURL', { skip: skipWithout('php') }, async t => {
  const server = await startServer(t)
  await register(server)
  const file = join(await temporaryFolder(t), 'report 2024.pdf')
  await writeFile(file, BYTES)
  const said = await runClient('php.php', [server.url, 'alice', 'secret1', file])
  t.match(said, { upload_status: 'ok', name: 'report 2024.pdf' })
  t.equal(said.page, `${server.url}/file/${said.file_id}`)
  const stored = await storedFile(server, await openSession(server), said.file_id ?? '')
  t.match(stored, { name: 'report 2024.pdf', description: 'Sent from a plug-in' })
  t.ok(stored.bytes.equals(BYTES))
})

t.test('a Perl script sends urlencoded forms and gets back what it uploaded', { skip: skipWithout('perl') }, async t => {
  const server = await startServer(t)
  await register(server)
  const file = join(await temporaryFolder(t), 'backup.tar')
  await writeFile(file, BYTES)
  const said = await runClient('perl.pl', [server.url, 'alice', 'secret1', file])
  t.match(said, { upload_status: 'ok', file_id: /^\w{6}$/, same: 'yes' })
  const stored = await storedFile(server, await openSession(server), said.file_id ?? '')
  t.equal(stored.name, 'backup.tar')
  t.ok(stored.bytes.equals(BYTES))
})
