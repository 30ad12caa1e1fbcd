import fc from 'fast-check'
import t from 'tap'
import { attribute, call, element, errorCode, openSession, uploadFile, type Params } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

async function createFolder (server: TestServer, key: string, name: string, parent = '0', params: Params = {}): Promise<string> {
  return attribute(await call(server, 'folders.create', { session_key: key, name, parent_folder_id: parent, ...params }), 'id')
}

/** `id parent` of every folder. */
async function tree (server: TestServer, key: string): Promise<string[]> {
  const xml = await call(server, 'folders.getAll', { session_key: key })
  return [...xml.matchAll(/<folder id="(\w+)".*? parent_folder_id="(\w+)"/g)].map(([, id, parent]) => `${id} ${parent}`)
}

t.test('the root is always listed, by its own name', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  t.match(await call(server, 'folders.getAll', { session_key: key }),
    `\t<folder id="0" name="Default" shared="0" public_url="${server.url}/folder/0" rss_url="${server.url}/folder/0/rss" parent_folder_id="0"/>\n`)
})

t.test('a folder is made, told of, changed and moved', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const a = await createFolder(server, key, 'A & <b>', '0', { shared: 1 })
  t.match(a, /^[a-z0-9]{6}$/)
  const b = await createFolder(server, key, 'B', a)
  await uploadFile(server, key, 'one', '12345', { folder_id: a })
  await uploadFile(server, key, 'two', '123', { folder_id: a })
  await uploadFile(server, key, 'deep', '1', { folder_id: b })
  const info = async (id: string) => call(server, 'folders.getInfo', { session_key: key, folder_id: id })
  t.match(await info(a), `<folder id="${a}" name="A &amp; &lt;b&gt;" shared="1" public_url="${server.url}/folder/${a}" rss_url="${server.url}/folder/${a}/rss" parent_folder_id="0" total_files="2" total_size="8" total_folders="1"/>`)
  t.match(await info('0'), 'total_files="0" total_size="0" total_folders="1"')
  const change = async (params: Params) => call(server, 'folders.setInfo', { session_key: key, folder_id: b, ...params })
  t.match(await change({ name: 'Bee' }), 'name="Bee" shared="0"')
  t.match(await change({ shared: 1 }), 'name="Bee" shared="1"')
  t.match(await change({ shared: '' }), 'name="Bee" shared="0"')
  t.match(await change({ parent_folder_id: '' }), 'parent_folder_id="0"')
  t.equal(errorCode(await change({ name: '' })), 21)
  t.equal(errorCode(await change({ shared: 2 })), 21)
  t.equal(errorCode(await change({ shared: 'yes' })), 16)
  const moved = await call(server, 'folders.move', { session_key: key, folder_id: b, parent_folder_id: a })
  t.strictSame([element(moved, 'status'), element(moved, 'id')], ['ok', b])
  t.strictSame(await tree(server, key), ['0 0', `${a} 0`, `${b} ${a}`])
})

t.test('contents stand in order: folders by name without case, files by upload time', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  for (const name of ['beta', 'Alpha', 'alpha', 'Gamma', '10', '9']) await createFolder(server, key, name)
  for (const name of ['z', 'a', 'm']) {
    await uploadFile(server, key, name, 'x')
    server.clock.time += 1000
  }
  const xml = await call(server, 'folders.getContents', { session_key: key, folder_id: 0 })
  const names = [...xml.matchAll(/<(folder|file) id="\w+" name="(\w+)"/g)].map(([, kind, name]) => `${kind} ${name?.toLowerCase()}`)
  t.strictSame(names, ['folder 10', 'folder 9', 'folder alpha', 'folder alpha', 'folder beta', 'folder gamma', 'file z', 'file a', 'file m'])
})

t.test('what is not there or another user\'s is 10, the root stays as it is', async t => {
  const server = await startServer(t)
  const key = await openSession(server, 'alice')
  const other = await openSession(server, 'bobby')
  const id = await createFolder(server, key, 'mine')
  for (const [method, params] of Object.entries<Params>({
    'folders.getInfo': { folder_id: id },
    'folders.getContents': { folder_id: id },
    'folders.setInfo': { folder_id: id, name: 'x' },
    'folders.move': { folder_id: id, parent_folder_id: 0 },
    'folders.create': { name: 'x', parent_folder_id: id }
  })) t.equal(errorCode(await call(server, method, { session_key: other, ...params })), 10, method)
  t.equal(errorCode(await call(server, 'folders.move', { session_key: key, folder_id: id, parent_folder_id: 'zzzzzz' })), 10)
  t.equal(errorCode(await call(server, 'folders.move', { session_key: key, folder_id: 'zzzzzz', parent_folder_id: 0 })), 10)
  t.equal(element(await call(server, 'folders.getInfo', { session_key: other, folder_id: id }), 'id'), id, 'the id comes back as sent')
  t.equal(errorCode(await call(server, 'folders.setInfo', { session_key: key, folder_id: 0, name: 'x' })), 11)
  t.equal(errorCode(await call(server, 'folders.move', { session_key: key, folder_id: 0, parent_folder_id: id })), 31)
  t.equal(errorCode(await call(server, 'folders.create', { session_key: key })), 4)
})

t.test('a folder lies 32 deep, not 33, and a tree moves only where all of it fits', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  let parent = '0'
  const chain: string[] = []
  for (let depth = 1; depth <= 32; depth++) chain.push(parent = await createFolder(server, key, String(depth), parent))
  t.equal(errorCode(await call(server, 'folders.create', { session_key: key, name: '33', parent_folder_id: parent })), 31)
  const top = await createFolder(server, key, 'top')
  await createFolder(server, key, 'below', top)
  const move = async (id: string, to: string) => errorCode(await call(server, 'folders.move', { session_key: key, folder_id: id, parent_folder_id: to }))
  t.equal(await move(top, chain[30] ?? ''), 31, 'two levels below 31')
  t.equal(await move(top, chain[29] ?? ''), 0, 'two levels below 30')
})

t.test('no moves, not even racing ones, make a cycle', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const a = await createFolder(server, key, 'a')
  const b = await createFolder(server, key, 'b')
  const move = async (id: string, to: string) => errorCode(await call(server, 'folders.move', { session_key: key, folder_id: id, parent_folder_id: to }))
  t.equal(await move(a, a), 31)
  t.strictSame((await Promise.all([move(a, b), move(b, a)])).sort(), [0, 31], 'one of two that cross wins')

  const ids = await Promise.all(Array.from({ length: 6 }, (_, i) => createFolder(server, key, `n${i}`)))
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 12 }), async moves => {
    await Promise.all(moves.map(([from, to]) => move(ids[from] ?? '', ids[to] ?? '')))
    const parents = new Map((await tree(server, key)).map(row => row.split(' ') as [string, string]))
    for (const id of parents.keys()) {
      let at: string | undefined = id
      for (let steps = 0; at !== '0'; steps++) {
        if (at === undefined || steps > parents.size) return false
        at = parents.get(at)
      }
    }
    return true
  }), { numRuns: 30 })
})

t.test('version 1.0 deletes empty folders only, later ones all that is in them', async t => {
  const server = await startServer(t)
  const old = await openSession(server, 'alice', '1.0')
  const a = await createFolder(server, old, 'a')
  const b = await createFolder(server, old, 'b', a)
  const remove = async (key: string, id: string) => call(server, 'folders.delete', { session_key: key, folder_id: id })
  const file = await uploadFile(server, old, 'x', 'xxx', { folder_id: b })
  t.equal(errorCode(await remove(old, a)), 14, 'a folder inside')
  t.equal(errorCode(await remove(old, b)), 14, 'a file inside')
  t.equal(errorCode(await remove(old, '0')), 11)
  t.equal(errorCode(await remove(old, 'zzzzzz')), 10)
  t.equal(errorCode(await remove(await openSession(server, 'bobby', '1.2'), a)), 10, 'another user\'s')
  const empty = await createFolder(server, old, 'c')
  const done = await remove(old, empty)
  t.strictSame([element(done, 'status'), element(done, 'id'), /<folder /.test(done)], ['ok', empty, false])

  const modern = await openSession(server, 'alice', '1.2')
  const c = await createFolder(server, old, 'c')
  const all = await remove(modern, `${a},0,${c},zzzzzz`)
  t.match(all, `\t<id>${a},${c}</id>\n\t<folder id="${a}"/>\n\t<folder id="${c}"/>\n\t<error code="11" text="Permission denied" id="0"/>\n\t<error code="10" text="Folder not found" id="zzzzzz"/>\n`)
  t.strictSame(await tree(server, old), ['0 0'])
  t.equal(errorCode(await call(server, 'files.getInfo', { session_key: old, file_id: file })), 9)
  t.equal((await server.app.ports.sql.get('select bytes_stored from users where id = 1'))?.bytes_stored, 0)
})

t.test('uploads into a folder that is being deleted end up in no missing folder', async t => {
  const server = await startServer(t)
  const key = await openSession(server, 'alice', '1.2')
  for (let round = 0; round < 5; round++) {
    const id = await createFolder(server, key, 'a')
    const uploads = Array.from({ length: 6 }, (_, i) => uploadFile(server, key, `f${i}`, 'x', { folder_id: id }).catch(() => undefined))
    await Promise.all([...uploads, call(server, 'folders.delete', { session_key: key, folder_id: id })])
    await call(server, 'folders.delete', { session_key: key, folder_id: id })
  }
  t.strictSame(await server.app.ports.sql.all("select id from files where folder_id <> '0' and folder_id not in (select id from folders)"), [])
  t.strictSame(await server.app.ports.sql.get('select bytes_stored, (select coalesce(sum(size), 0) from files) as sum from users'), { bytes_stored: 0, sum: 0 })
})

t.test('folders.getShared shows public folders of anyone and tells 33 for a private one', async t => {
  const server = await startServer(t)
  const key = await openSession(server, 'alice')
  const other = await openSession(server, 'bobby')
  const open = await createFolder(server, key, 'open', '0', { shared: 1 })
  const inner = await createFolder(server, key, 'inner', open, { shared: 1 })
  const secret = await createFolder(server, key, 'secret', open)
  const file = await uploadFile(server, key, 'a & b', 'xxx', { folder_id: open, description: 'd', password: 'p' })
  const get = (id: string, session = other) => call(server, 'folders.getShared', { session_key: session, folder_id: id })
  const seconds = server.clock.now() / 1000
  t.equal(await get(open), `<?xml version="1.0" encoding="UTF-8"?>
<result method="folders.getShared" status="ok">
\t<current id="${open}" name="open" parent_folder_id="0"/>
\t<folder id="${inner}" name="inner" parent_folder_id="${open}"/>
\t<file id="${file}" name="a &amp; b" description="d" folder_id="${open}" upload_time="${seconds}" file_size="3"/>
</result>
`)
  for (const base of ['http://www.sendspace.com', 'https://sendspace.com', server.url]) t.equal(errorCode(await get(`${base}/folder/${open}`)), 0, base)
  const { port } = new URL(server.url)
  for (const base of [`http://localhost:${port}`, `https://127.0.0.1:${port}`, `http://[::1]:${port}`]) t.equal(errorCode(await get(`${base}/folder/${open}`)), 0, base)
  for (const link of [`${server.url}/folder/${open.toUpperCase()}`, `http://localhost:1/folder/${open}`, `${server.url}/file/${open}`]) t.equal(errorCode(await get(link)), 10, link)
  t.equal(errorCode(await get(secret)), 33)
  t.equal(errorCode(await get(secret, key)), 0, 'its owner sees it')
  t.equal(errorCode(await get('zzzzzz')), 10)
  t.equal(errorCode(await get('http://example.org/folder/abcdef')), 10)
  t.equal(errorCode(await get('nonsense!')), 16)
})
