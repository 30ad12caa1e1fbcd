/** Download managers and the scripts of upload programs, which look for patterns in the text of an answer. */
import { join } from 'node:path'
import t from 'tap'
import { call, openSession } from '../support/client.ts'
import { runClient } from '../support/client-program.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

const DAY = 24 * 60 * 60 * 1000

t.test('patterns find what they look for, unescaped as it is; what was kept for weeks is tried again', async t => {
  const server = await startServer(t)
  await call(server, 'folders.create', { session_key: await openSession(server), name: 'private' })
  const state = join(await temporaryFolder(t), 'state.json')
  const run = () => runClient('regex-style.mjs', [server.url, 'alice', 'secret1', state])

  const first = await run()
  t.match(first.folder, /^\w{6} private 0 \/folder\/\w{6} 0$/, 'no pattern ran into the next attribute')
  t.equal(first.page, 'found by patterns')
  t.equal(first.pro, 'found by patterns')
  t.equal(first.missing, '9')
  t.match(first.tried, /^auth\.createtoken:ok auth\.login:ok folders/)

  t.match((await run()).tried, /^auth\.checksession:ok folders/, 'the session is used again')
  server.clock.time += 29 * DAY
  t.match((await run()).tried, /^auth\.checksession:ok auth\.login:ok folders/, 'the token of four weeks ago still logs in')
  server.clock.time += DAY
  t.match((await run()).tried, /^auth\.checksession:ok auth\.login:6 auth\.createtoken:ok auth\.login:ok folders/)
})
