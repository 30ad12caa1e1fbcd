/** curl, grep and a greedy sed that read XML line by line. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { downloadFrom, runClient } from '../support/client-program.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

t.test('a shell script uploads with an address that it never unescaped, and reads the answer line by line', async t => {
  const server = await startServer(t)
  const file = join(await temporaryFolder(t), 'Cat & dog.png')
  // Above 1 MiB curl asks for permission first (Expect: 100-continue).
  const bytes = randomBytes(1024 * 1024 + 1)
  await writeFile(file, bytes)
  const said = await runClient('shell.sh', [server.url, file])
  t.equal(said.upload_lines, '1', 'one line holds the ticket')
  t.match(said.url, '&amp;UPLOAD_IDENTIFIER=', 'sed found all of the address, and left it escaped')
  t.equal(said.status, 'ok')
  t.ok((await downloadFrom(said.download_url ?? '')).equals(bytes))
  t.match(await (await fetch(said.delete_url ?? '')).text(), 'Cat &amp; dog.png', 'the delete link names the file')
})
