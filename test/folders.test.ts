import fc from 'fast-check'
import t from 'tap'
import { attribute, call, element, errorCode, openSession, uploadFile, type Params } from './support/client.ts'
import { startServer, type TestServer } from './support/server.ts'

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
