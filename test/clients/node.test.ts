/** Node programs that put their addresses together by hand and send several files at once. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { element, logIn } from '../support/client.ts'
import { runClient, storedFile } from '../support/client-program.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

t.test('a Node program writes names unescaped into the query, finds the root, and reads what became of three files', async t => {
  const server = await startServer(t)
  const folder = await temporaryFolder(t)
  const names = ['one.txt', 'deux – été.txt', 'three (3).txt']
  const files = names.map(name => join(folder, name))
  for (const [i, file] of files.entries()) await writeFile(file, `content ${i + 1}`)
  const said = await runClient('node.mjs', [server.url, 'zoe.example@mail.example', 'secret1', ...files])
  t.equal(said.encoded_name, 'Été 2024 – plage 🏖')
  t.equal(said.plain_name, "a@b.c:d,e;f(g)!h*i'j/k?l$m")
  t.equal(said.after, 'bandwidth_left diskspace_left diskspace_used points ')
  const key = element(await logIn(server, 'zoe.example@mail.example'), 'session_key')
  for (const [i, name] of names.entries()) {
    t.equal(said[`file_name_${i + 1}`], name)
    t.match(await storedFile(server, key, said[`file_id_${i + 1}`] ?? ''), { name, folderId: '0' })
    t.equal(String((await storedFile(server, key, said[`file_id_${i + 1}`] ?? '')).bytes), `content ${i + 1}`)
  }
})
