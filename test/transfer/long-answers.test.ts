/** Lists of folders that are longer than the memory should be. */
import t from 'tap'
import { openSession, call, uploadFile } from '../support/client.ts'
import { allOf } from '../support/raw-http.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const FILES = 3000

t.test('a list of very many files leaves as it is read: whoever does not read keeps little of it waiting', async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  const session = await openSession(server)
  const id = await uploadFile(server, session, 'a.txt', 'x')
  await sql.run('update files set description = $description', { description: '"'.repeat(4096) })
  await sql.run(`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${FILES - 1})
    insert into files (id, owner_id, folder_id, name, description, size, crc32, blob_id, delete_code, uploaded_at)
    select 'c' || (10000 + n), owner_id, folder_id, name || n, description, size, crc32, blob_id || n, delete_code || n, uploaded_at from files, numbers where id = $id`, { id })
  let pages = 0
  const { all } = sql
  sql.all = async (...words) => {
    if (words[0].includes('folder_id = $folderId')) pages++
    return all(...words)
  }

  const socket = await openSocket(server.url)
  socket.pause().write(`GET /rest/?method=folders.getShared&session_key=${session}&folder_id=0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  await until('the answer has begun', () => pages > 0)
  // Each of them is a turn, in which the answer could go on.
  for (let i = 0; i < 200; i++) await call(server, 'auth.checkSession', { session_key: session })
  t.ok(pages > 0 && pages <= 2, `${pages} pages of files were read`)
  const whole = allOf(socket)
  socket.resume()
  const answer = await whole
  t.equal(answer.split('<file id=').length - 1, FILES)
  t.match(answer.slice(-40), '</result>\n')
  t.ok(pages > 5)

  const xml = await call(server, 'folders.getContents', { session_key: session, folder_id: '0' })
  t.equal(new Set([...xml.matchAll(/<file id="(\w+)"/g)].map(([, each]) => each)).size, FILES)
  t.ok(xml.endsWith('</result>\n'))
})
