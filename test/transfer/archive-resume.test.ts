/** Archives that go on where they broke off: the same bytes, or all of another archive, never the end of one behind the beginning of another. */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { planArchive } from '../../src/transfer/archive-plan.ts'
import { createFolder, getArchive, unpack } from '../support/archives.ts'
import { call, openSession, uploadFile } from '../support/client.ts'
import { isOnPostgres } from '../support/database.ts'
import { plantTree } from '../support/file-tree.ts'
import { START, startServer, temporaryFolder, type Teardown, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

/** Bytes between two places where a client goes on. The second engine has no say in what these are. */
const STEP = isOnPostgres() ? 17 : 1

/** A folder with files, an empty one among them, a subfolder and an empty subfolder. */
async function startSmall (t: Teardown) {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = await createFolder(server, key, 'Photos')
  const inner = await createFolder(server, key, 'inner', folder)
  await createFolder(server, key, 'none', folder)
  const ids: string[] = []
  for (const [name, text, folderId] of [['a.txt', 'first text', folder], ['empty', '', folder], ['ü.txt', 'third', folder], ['deep.txt', 'fourth', inner]] as const) {
    ids.push(await uploadFile(server, key, name, text, { folder_id: folderId }))
    server.clock.time += 1000
  }
  return { server, key, folder, inner, ids }
}

const downloadsOf = async ({ app: { ports: { sql } } }: TestServer) =>
  (await sql.all('select downloads from files order by uploaded_at')).map(({ downloads }) => Number(downloads))

t.test('a client that resumes at any byte has the same archive, and each file counts where its last byte is', async t => {
  const { server, folder } = await startSmall(t)
  const whole = await getArchive(server, folder)
  t.equal(whole.status, 200)
  t.equal(whole.length, whole.bytes.length)
  t.match(whole.etag, /^"[0-9a-f]{32}"$/)
  t.strictSame(await unpack(t, whole.bytes), { 'a.txt': 'first text', empty: '', 'ü.txt': 'third', 'inner/deep.txt': 'fourth', 'none/': '' })
  await until('all counted', async () => String(await downloadsOf(server)) === '1,1,1,1')
  const { length } = whole.bytes
  const wrong: number[] = []
  for (let at = 0; at < length; at += STEP) {
    const rest = await getArchive(server, folder, { range: `${at}-`, of: whole.etag })
    const isSame = rest.status === 206 && rest.bytes.equals(whole.bytes.subarray(at)) && rest.range === `bytes ${at}-${length - 1}/${length}` && rest.etag === whole.etag
    if (!isSame) wrong.push(at)
  }
  t.strictSame(wrong, [])
  // A file with its last byte before the place where the client goes on was downloaded before.
  const ends = ['first text', 'third', 'fourth'].map(text => whole.bytes.indexOf(text) + text.length)
  // An empty file ends with its header: nine bytes with its time are behind its name.
  ends.splice(1, 0, whole.bytes.indexOf('empty') + 'empty'.length + 9)
  await until('all counted', async () => String(await downloadsOf(server)) === String(ends.map(end => 1 + Math.ceil(end / STEP))))
})

t.test('any range is those bytes, whatever is in it', async t => {
  const { server, folder } = await startSmall(t)
  const { bytes, etag } = await getArchive(server, folder)
  const { length } = bytes
  const wrong: string[] = []
  for (let start = 0; start < length; start += 3 * STEP + 4) {
    for (const size of [1, 2, 13, 90, 300]) {
      const part = await getArchive(server, folder, { range: `${start}-${start + size - 1}` })
      if (part.status !== 206 || !part.bytes.equals(bytes.subarray(start, start + size))) wrong.push(`${start}-${start + size - 1}`)
    }
  }
  t.strictSame(wrong, [])
  const suffix = async (size: number) => getArchive(server, folder, { range: `-${size}` })
  t.ok((await suffix(22)).bytes.equals(bytes.subarray(-22)))
  t.ok((await suffix(length + 1)).bytes.equals(bytes))
  t.strictSame([(await suffix(0)).status, (await getArchive(server, folder, { range: `${length - 1}-` })).bytes.length], [416, 1])
  const beyond = await getArchive(server, folder, { range: `${length}-` })
  t.strictSame([beyond.status, beyond.range], [416, `bytes */${length}`])
  const several = await getArchive(server, folder, { range: '0-1,5-6' })
  t.strictSame([several.status, several.bytes.length], [200, length])
  t.equal((await getArchive(server, folder, { range: '5-', of: etag.replace('"', 'W/"') })).status, 200, 'a weak tag says too little')
})

t.test('an archive is the same a month later and in another process, and preconditions hold', async t => {
  const { server, folder } = await startSmall(t)
  const before = await getArchive(server, folder)
  await until('all counted', async () => String(await downloadsOf(server)) === '1,1,1,1')
  await server.close()
  const next = await startServer(t, { storage: server.storage })
  next.clock.time = START + 30 * 86_400_000
  const after = await getArchive(next, folder)
  t.ok(after.bytes.equals(before.bytes))
  t.equal(after.etag, before.etag)
  const ask = async (headers: Record<string, string>, method = 'GET') => fetch(`${next.url}/folder/${folder}/zip`, { method, headers })
  await until('both counted', async () => String(await downloadsOf(next)) === '2,2,2,2')
  const head = await ask({}, 'HEAD')
  t.strictSame([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges'), head.headers.get('etag')], [200, String(before.length), 'bytes', before.etag])
  t.strictSame([(await ask({ 'if-none-match': before.etag })).status, (await ask({ 'if-match': '"x"' })).status], [304, 412])
  t.strictSame(await downloadsOf(next), [2, 2, 2, 2], 'none of these is a download')
  t.equal((await ask({ 'if-match': before.etag, range: 'bytes=1-' })).status, 206)
})

t.test('what changed between two requests is another archive, sent as a whole', async t => {
  const { server, key, folder, inner, ids: [first = '', second = ''] } = await startSmall(t)
  let { etag } = await getArchive(server, folder)
  const changes: ReadonlyArray<readonly [string, () => Promise<unknown>]> = [
    ['a new name', () => call(server, 'files.setInfo', { session_key: key, file_id: first, name: 'b.txt' })],
    ['another folder', () => call(server, 'files.moveToFolder', { session_key: key, file_id: first, folder_id: inner })],
    ['a new file', () => uploadFile(server, key, 'new.txt', 'new', { folder_id: folder })],
    ['a new folder', () => createFolder(server, key, 'new', folder)],
    ['a password', () => call(server, 'files.setInfo', { session_key: key, file_id: first, password: 'pw' })],
    ['a private folder', () => call(server, 'folders.setInfo', { session_key: key, folder_id: inner, shared: 0 })],
    ['a file less', () => call(server, 'files.delete', { session_key: key, file_id: second })],
    ['a limit', async () => server.app.ports.sql.run("update files set download_limit = 99 where name = 'new.txt'")],
    ['a time that is over', async () => server.app.ports.sql.run("update files set expires_at = 5 where name = 'ü.txt'")]
  ]
  for (const [name, change] of changes) {
    await change()
    const next = await getArchive(server, folder, { range: '40-', of: etag })
    t.equal(next.status, 200, name)
    t.not(next.etag, etag, name)
    await unpack(t, next.bytes)
    etag = next.etag
    t.equal((await getArchive(server, folder, { range: '40-', of: etag })).status, 206, `${name}, and once more`)
  }
})

/** A folder whose archive waits after its first file until its reader has room. */
async function startLong (t: Teardown, names: number) {
  const server = await startServer(t)
  const key = await openSession(server)
  const { id } = await plantTree(server, 1, { files: Array.from({ length: names }, (_, i) => `f${i}`), folders: [['last', { files: ['end'], folders: [] }]] })
  server.clock.time -= 1000
  await uploadFile(server, key, 'large.bin', Buffer.alloc(30_000_000), { folder_id: id })
  server.clock.time += 2000
  const answer = await fetch(`${server.url}/folder/${id}/zip`)
  return { server, key, id, answer }
}

t.test('what is added while an archive is sent is not in it', async t => {
  const { server, key, id, answer } = await startLong(t, 400)
  await uploadFile(server, key, 'added.txt', 'x', { folder_id: id })
  await createFolder(server, key, 'added', id)
  const files = Object.keys(await unpack(t, await answer.arrayBuffer()))
  t.equal(files.length, 402)
  t.notOk(files.some(name => name.startsWith('added')))
})

t.test('any other change of what is still to come breaks an archive off before a wrong byte', async t => {
  for (const change of ["update files set name = 'other' where name = 'end'", "delete from files where name = 'f399'", "update folders set is_shared = 0 where name = 'last'",
    "update files set download_limit = 1 where name = 'f398'", "update files set sealed_password = 'x' where name = 'f397'"]) {
    const { server, answer } = await startLong(t, 400)
    await server.app.ports.sql.run(change)
    await t.rejects(async () => answer.arrayBuffer(), { message: 'terminated' }, change)
    await server.close()
  }
})

t.test('curl goes on with half an archive', { skip: skipWithout('curl') }, async t => {
  const { server, folder } = await startSmall(t)
  const { bytes } = await getArchive(server, folder)
  const path = join(await temporaryFolder(t), 'a.zip')
  const curl = async () => promisify(execFile)('curl', ['-sS', '-f', '-C', '-', '-o', path, `${server.url}/folder/${folder}/zip`])
  for (const have of [1, 50, bytes.length - 1]) {
    await writeFile(path, bytes.subarray(0, have))
    await curl()
    t.ok((await readFile(path)).equals(bytes), `${have} bytes were there`)
  }
})

t.test('a list that takes too long, or that nobody waits for, is not planned', async t => {
  const { server: { app: { ports } }, folder } = await startSmall(t)
  const source = { folderId: folder, ownerId: 1, sealedPassword: undefined, only: undefined }
  let now = 0
  const clock = { now: () => ++now, sleep: async () => undefined }
  const plan = async (deadline: number, isWanted = true) => planArchive(source, { choose: () => true, deadline, isWanted: () => isWanted }, { sql: ports.sql, clock })
  t.equal(await plan(1), undefined)
  t.equal(await plan(1000, false), undefined)
  t.equal((await plan(1000))?.entries, 5)
})
