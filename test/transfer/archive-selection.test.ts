/** An archive of some files and folders of a folder. */
import t from 'tap'
import { createFolder, getArchive, unpack } from '../support/archives.ts'
import { call, openSession, uploadFile } from '../support/client.ts'
import { startServer } from '../support/server.ts'

t.test('an archive has what was selected of a folder, and nothing else', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const [folder, other] = [await createFolder(server, key, 'Photos'), await createFolder(server, key, 'Other')]
  const [inner, secret] = [await createFolder(server, key, 'inner', folder), await createFolder(server, key, 'secret', folder, 0)]
  const ids: Record<string, string> = {}
  for (const [name, folderId, fields] of [['a.txt', folder, {}], ['b.txt', folder, {}], ['deep.txt', inner, {}], ['hidden.txt', secret, {}], ['foreign.txt', other, {}], ['locked.txt', folder, { password: 'pw' }]] as const) {
    ids[name] = await uploadFile(server, key, name, name, { folder_id: folderId, ...fields })
    server.clock.time += 1000
  }
  const { 'a.txt': a = '', 'b.txt': b = '', 'deep.txt': deep = '', 'hidden.txt': hidden = '', 'foreign.txt': foreign = '', 'locked.txt': locked = '' } = ids
  const get = async (query: string) => getArchive(server, folder, { query })
  const namesIn = async (query: string) => Object.keys(await unpack(t, (await get(query)).bytes))
  t.strictSame(await namesIn(`?file=${a}`), ['a.txt'])
  t.strictSame(await namesIn(`?file=${b}&file=${a}&file=${a}`), ['a.txt', 'b.txt'])
  t.strictSame(await namesIn(`?folder=${inner}`), ['inner/deep.txt'])
  t.strictSame(await namesIn(`?FILE=${a}&folder=${inner}&page=2`), ['a.txt', 'inner/deep.txt'])
  t.strictSame(await namesIn(`?file=${a}&file=${foreign}&file=${deep}&file=${locked}&folder=${other}&folder=${secret}&file=zzzzzz&folder=0`), ['a.txt'])
  t.equal((await namesIn('?page=2')).length, 3, 'all of it')
  for (const query of [`?file=${foreign}`, `?file=${deep}`, `?file=${hidden}`, `?file=${locked}`, `?folder=${other}`, `?folder=${secret}`, `?folder=${folder}`, '?file=', '?file=%00', `?file=${'x'.repeat(3000)}`]) {
    t.equal((await get(query)).status, 404, query)
  }
  const answer = await fetch(`${server.url}/folder/${folder}/zip?file=${a}`)
  t.match(answer.headers.get('content-disposition'), /Photos\.zip/)
})

t.test('a selection goes on where it broke off, and is another archive than its folder', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Photos')
  const [a, b] = [await uploadFile(server, key, 'a.txt', 'first', { folder_id: folder }), await uploadFile(server, key, 'b.txt', 'second', { folder_id: folder })]
  const [one, both] = [await getArchive(server, folder, { query: `?file=${a}` }), await getArchive(server, folder, { query: `?file=${b}&file=${a}` })]
  t.not(one.etag, both.etag)
  t.equal((await getArchive(server, folder)).etag, both.etag, 'the same bytes have the same tag')
  const rest = await getArchive(server, folder, { query: `?file=${a}`, range: '20-', of: one.etag })
  t.ok(rest.bytes.equals(one.bytes.subarray(20)))
  t.equal((await getArchive(server, folder, { query: `?file=${b}`, range: '20-', of: one.etag })).status, 200)
})

t.test('500 can be selected at once, 501 cannot, and what can no longer be had is said', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Photos')
  const id = await uploadFile(server, key, 'a.txt', 'first', { folder_id: folder })
  const query = (others: number) => `?file=${id}&${Array.from({ length: others }, (_, i) => `${i % 2 === 0 ? 'file' : 'folder'}=x${i}`).join('&')}`
  t.strictSame(Object.keys(await unpack(t, (await getArchive(server, folder, { query: query(499) })).bytes)), ['a.txt'])
  const refused = await fetch(`${server.url}/folder/${folder}/zip${query(500)}`, { headers: { 'accept-language': 'en' } })
  t.equal(refused.status, 400)
  t.match(await refused.text(), /At most 500 files and folders/)
  await call(server, 'files.setInfo', { session_key: key, file_id: id, downloads_limit: 1 })
  await server.app.ports.sql.run('update files set downloads = 1')
  await uploadFile(server, key, 'b.txt', 'second', { folder_id: folder })
  t.equal((await getArchive(server, folder, { query: `?file=${id}` })).status, 403)
})
