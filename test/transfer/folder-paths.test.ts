/** Uploads that say in which folder of a dropped folder they lie. */
import t from 'tap'
import { ensureFolderPath } from '../../src/store/files/folder-paths.ts'
import { openSession } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { append, beginAt, metadataOf } from '../support/tus.ts'

async function cookieOf (server: TestServer, name = 'alice'): Promise<string> {
  const login = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: name, password: 'secret1' }), redirect: 'manual' })
  return login.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function begin (t: Parameters<typeof startServer>[0]) {
  const server = await startServer(t)
  await openSession(server)
  const cookie = await cookieOf(server)
  const announce = (fields: Readonly<Record<string, string>>, who = cookie) => beginAt(`${server.url}/tus/`, 1, metadataOf({ filename: 'a.txt', ...fields }), { cookie: who })
  const send = async (fields: Readonly<Record<string, string>>) => {
    const answer = await announce(fields)
    return (await append(server.url + answer.headers.get('location'), 0, 'a')).status
  }
  /** Every file and folder, by its path. */
  async function tree (): Promise<string[]> {
    const { sql } = server.app.ports
    const folders = new Map((await sql.all('select id, parent_id, name from folders')).map(row => [row.id, row]))
    const pathOf = (id: unknown): string => {
      const folder = folders.get(String(id))
      return folder === undefined ? '' : `${pathOf(folder.parent_id)}${folder.name}/`
    }
    return [...[...folders.keys()].map(pathOf), ...(await sql.all('select folder_id, name from files')).map(row => pathOf(row.folder_id) + row.name)].sort()
  }
  return { server, announce, send, tree }
}

t.test('a folder keeps its shape, and files of one name in different folders stay apart', async t => {
  const { server, announce, send, tree } = await begin(t)
  t.equal(await send({ path: '' }), 204)
  t.equal(await send({ path: 'Trip' }), 204)
  t.equal(await send({ path: 'Trip/día 1' }), 204)
  t.equal(await send({ path: 'Trip/día 1', filename: 'b.txt' }), 204)
  t.equal(await send({ path: 'trip' }), 204, 'names that differ in letters are two folders, as where they come from')
  t.strictSame(await tree(), ['Trip/', 'Trip/a.txt', 'Trip/día 1/', 'Trip/día 1/a.txt', 'Trip/día 1/b.txt', 'a.txt', 'trip/', 'trip/a.txt'])
  const trip = String((await server.app.ports.sql.get("select id from folders where name = 'Trip'"))?.id)
  await server.app.ports.sql.run('update folders set is_shared = 1 where id = $trip', { trip })
  t.equal(await send({ folder_id: trip, path: 'día 1/night' }), 204)
  t.equal(await send({ folder_id: trip, path: 'open' }), 204)
  t.strictSame((await tree()).filter(path => path.startsWith('Trip/') && path.endsWith('a.txt')), ['Trip/a.txt', 'Trip/día 1/a.txt', 'Trip/día 1/night/a.txt', 'Trip/open/a.txt'])
  t.strictSame((await server.app.ports.sql.all('select name from folders where is_shared = 1 order by name')).map(({ name }) => name), ['Trip', 'open'], 'a new folder is as public as the one around it')
  t.equal((await announce({ path: 'Trip' }, '')).status, 201, 'nobody has no folders')
})

t.test('a path that is none makes nothing and says why', async t => {
  const { server, announce, tree } = await begin(t)
  const deep = (levels: number) => Array(levels).fill('d').join('/')
  for (const path of ['/', '/a', 'a/', 'a//b', '..', 'a/../b', '.', ' ', '\u0001', deep(33)]) {
    const answer = await announce({ path })
    t.equal(answer.status, 403, JSON.stringify(path))
    t.match(await answer.text(), path === '\u0001' ? /valid/ : 'nested too deeply')
  }
  t.match(await (await announce({ path: 'é'.repeat(128) })).text(), '255')
  t.equal((await announce({ path: 'a', folder_id: 'zzzzzz' })).status, 403)
  t.strictSame(await tree(), [])
  t.equal((await announce({ path: deep(31) })).status, 201)
  const inner = String((await server.app.ports.sql.get('select id from folders where id not in (select parent_id from folders)'))?.id)
  t.equal((await announce({ path: 'd', folder_id: inner })).status, 201, '32 deep')
  t.equal((await announce({ path: 'd/d', folder_id: inner })).status, 403, 'deeper')
  t.equal((await tree()).length, 32)
})

t.test('nobody uploads into the folder of another', async t => {
  const { server, announce, tree } = await begin(t)
  t.equal((await announce({ path: 'mine' })).status, 201)
  await openSession(server, 'bobby')
  const id = String((await server.app.ports.sql.get('select id from folders'))?.id)
  t.equal((await announce({ path: 'a', folder_id: id }, await cookieOf(server, 'bobby'))).status, 403)
  t.strictSame(await tree(), ['mine/'])
})

t.test('uploads that arrive at once get the same folders', async t => {
  const { server, announce, tree } = await begin(t)
  const answers = await Promise.all([...Array(12).keys()].map(i => announce({ path: `Trip/day ${i % 2}/raw`, filename: `${i}.txt` })))
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([201]))
  t.strictSame(await tree(), ['Trip/', 'Trip/day 0/', 'Trip/day 0/raw/', 'Trip/day 1/', 'Trip/day 1/raw/'])
  const { ports } = server.app
  const all = await Promise.all([...Array(8).keys()].map(() => ensureFolderPath(ports.sql, ports.ids, { id: '0', ownerId: 1 }, ['x', 'y'], 1)))
  t.equal(new Set(all.map(found => JSON.stringify(found))).size, 1)
})

t.test('what a page sends for an account never becomes nobody\'s', async t => {
  const { server, announce, tree } = await begin(t)
  t.equal((await announce({ for_account: 'alice' })).status, 201)
  for (const who of ['', 'respace_session=gone']) {
    const answer = await announce({ for_account: 'alice', path: 'Trip' }, who)
    t.equal(answer.status, 401)
    t.match(await answer.text(), 'no longer logged in')
  }
  await openSession(server, 'bobby')
  t.equal((await announce({ for_account: 'alice' }, await cookieOf(server, 'bobby'))).status, 401, 'somebody else logged in meanwhile')
  t.equal((await announce({}, '')).status, 201, 'whoever names no account may upload without one')
  t.strictSame(await tree(), [])
})
