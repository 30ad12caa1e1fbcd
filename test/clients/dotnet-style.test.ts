/** Screenshot tools and libraries in the style of .NET. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { openSession, register } from '../support/client.ts'
import { downloadFrom, runClient, storedFile } from '../support/client-program.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

t.test('a strict reader of 32-bit numbers sends forms only, and logs in with its old token when the session has ended', async t => {
  const server = await startServer(t, { settings: { defaultPlan: 'Lite' } })
  await register(server)
  const folder = await temporaryFolder(t)
  const file = join(folder, 'Screen <1> & 2.png')
  const bytes = randomBytes(700_000)
  await writeFile(file, bytes)
  const run = () => runClient('dotnet-style.mjs', [server.url, 'alice', 'secret1', file, join(folder, 'state.json')])

  const first = await run()
  t.match(first, { login: 'first', bandwidth_left: '-1', diskspace_left: '2147483647', points: '0', progress: 'done 100' })
  const stored = await storedFile(server, await openSession(server), first.file_id ?? '')
  t.equal(stored.name, 'Screen <1> & 2.png')
  t.ok(stored.bytes.equals(bytes))
  t.ok((await downloadFrom(first.download_url ?? '')).equals(bytes), 'the anonymous upload too')
  t.match(await (await fetch(first.deletion_url ?? '')).text(), 'Screen &lt;1&gt; &amp; 2.png')

  server.clock.time += 30 * 60 * 1000 - 1
  t.match(await run(), { login: 'none' }, 'the session lives for 30 minutes')
  server.clock.time += 30 * 60 * 1000
  t.match(await run(), { login: 'second', diskspace_left: String(2147483647 - 2 * bytes.length) })
})
