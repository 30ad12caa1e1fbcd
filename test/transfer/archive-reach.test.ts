/** Which files of a folder an archive has: those of its owner or of nobody, without a password or with the one that their reader knows. */
import t from 'tap'
import { listTree } from '../../src/transfer/archive-tree.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

async function pathsOf ({ app: { ports } }: TestServer, { id, ownerId }: { readonly id: string, readonly ownerId: number | null }, sealedPassword?: string): Promise<string[]> {
  const paths: string[] = []
  for await (const { entries } of listTree({ folderId: id, ownerId, sealedPassword, only: undefined }, ports)) paths.push(...entries.map(({ path }) => path))
  return paths.sort()
}

t.test('files whose sealed password is the given one count as open, others stay closed', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = attribute(await call(server, 'folders.create', { session_key: key, name: 'Photos', shared: 1 }), 'id')
  await uploadFile(server, key, 'open.txt', 'x', { folder_id: id })
  const ours = await uploadFile(server, key, 'ours.txt', 'x', { folder_id: id, password: 'pw' })
  // The same word, but sealed for this file alone.
  await uploadFile(server, key, 'other.txt', 'x', { folder_id: id, password: 'pw' })
  const sealed = String((await server.app.ports.sql.get('select sealed_password from files where id = $ours', { ours }))?.sealed_password)
  t.strictSame(await pathsOf(server, { id, ownerId: 1 }), ['open.txt'])
  t.strictSame(await pathsOf(server, { id, ownerId: 1 }, sealed), ['open.txt', 'ours.txt'])
  t.strictSame(await pathsOf(server, { id, ownerId: 1 }, ''), ['open.txt'])
})

t.test('a folder of nobody has the files of nobody, and an account has none of these', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = attribute(await call(server, 'folders.create', { session_key: key, name: 'Photos', shared: 1 }), 'id')
  await uploadFile(server, key, 'mine.txt', 'x', { folder_id: id })
  await uploadFile(server, key, 'nobody.txt', 'x', { folder_id: id })
  await server.app.ports.sql.run("update files set owner_id = null where name = 'nobody.txt'")
  t.strictSame(await pathsOf(server, { id, ownerId: null }), ['nobody.txt'])
  t.strictSame(await pathsOf(server, { id, ownerId: 1 }), ['mine.txt'])
})
