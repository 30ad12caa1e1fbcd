/** A backup is whole though the server goes on, and comes back whole; what is wrong in a storage folder is found and repaired. */
// Runs on SQLite only.
import { appendFile, cp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { bringBytes, copyDatabase } from '../../src/adapters/operator/backup-folder.ts'
import { pathOfBlob } from '../../src/adapters/blobs/blob-folder.ts'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { openSqlite } from '../../src/adapters/database/sqlite.ts'
import { attribute, call, errorCode, openSession, register, uploadFile } from '../support/client.ts'
import { run, start } from '../support/cli-process.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { blobPaths, readStorage } from '../support/storage-contents.ts'
import { until } from '../support/wait-until.ts'

/** What a file of a name holds, so that every copy can be told from damage. */
const bytesOf = (name: string): Buffer => Buffer.alloc(1000 + 7919 * name.length, `${name} `)

const backup = (storage: string, folder: string) => run(['backup', folder, '--storage', storage])
const restore = (folder: string, storage: string) => run(['restore', folder, '--storage', storage])
const fsck = (storage: string, ...words: string[]) => run(['fsck', '--storage', storage, ...words])

async function put (server: TestServer, session: string, names: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of names) ids.push(await uploadFile(server, session, name, bytesOf(name)))
  return ids
}

/** Every file that a storage names has the bytes that its name tells, through a server; their names. */
async function servedNames (t: Test, storage: string): Promise<string[]> {
  const server = await startServer(t, { storage, seed: 'restored' })
  const { files } = await readStorage(storage)
  const session = await openSession(server)
  for (const { id, name } of files) {
    const url = attribute(await call(server, 'download.getInfo', { session_key: session, file_id: id }), 'url')
    const answer = await fetch(url)
    t.ok(bytesOf(name).equals(Buffer.from(await answer.arrayBuffer())), name)
  }
  await server.close()
  return files.map(({ name }) => name).sort()
}

/** Damages a file as a bad disk would, and not what a hard link to it shows elsewhere. */
async function replace (path: string, bytes: Buffer): Promise<void> {
  await rm(path)
  await writeFile(path, bytes)
}

async function blobOf (storage: string, id: string): Promise<{ blobId: string, path: string }> {
  const blobId = (await readStorage(storage)).files.find(file => file.id === id)?.blobId ?? ''
  return { blobId, path: pathOfBlob(storage, blobId) }
}

t.test('a backup that is made while files come and go holds what was there before, and each file whole', async t => {
  const server = await startServer(t)
  const session = await openSession(server)
  const folder = join(await temporaryFolder(t), 'saved')
  const before = ['a', 'bb', 'ccc'].map(name => `${name}.bin`)
  await put(server, session, before)
  const commands = { areOver: false }
  let changes = 0
  const lanes = [0, 1].map(async lane => {
    const own: string[] = []
    for (let i = 0; !commands.areOver; i++) {
      own.push(await uploadFile(server, session, `lane-${lane}-${i}.bin`, bytesOf(`lane-${lane}-${i}.bin`)))
      changes++
      const oldest = own.length > 3 ? own.shift() : undefined
      if (oldest !== undefined) t.equal(errorCode(await call(server, 'files.delete', { session_key: session, file_id: oldest })), 0)
    }
  })
  const first = await backup(server.storage, folder)
  const second = await backup(server.storage, folder)
  commands.areOver = true
  await Promise.all(lanes)
  t.equal(first.status, 0, first.stderr)
  t.equal(second.status, 0, second.stderr)
  t.ok(changes > 3, `${changes} uploads while it ran`)
  t.match(second.stdout, /: \d+ new, ([3-9]|\d\d+) already there; all were read and are intact/, 'what was there is not copied again')

  t.equal(((await stat(join(folder, 'secret.key'))).mode & 0o777).toString(8), '600')
  t.equal(((await stat(folder)).mode & 0o777).toString(8), '700')
  const storage = join(await temporaryFolder(t), 'restored')
  const back = await restore(folder, storage)
  t.equal(back.status, 0, back.stderr)
  t.match(await fsck(storage, '--checksums'), { status: 0, stdout: `${storage} is in order\n` })
  const state = await readStorage(storage)
  t.equal(state.blobs.length, state.files.length)
  t.match(state, { ticketsHeld: 0, bytesReserved: 0, miscounted: 0, doomed: 0 })
  const names = await servedNames(t, storage)
  for (const name of before) t.ok(names.includes(name), name)
})

t.test('a file that is deleted between its row and its bytes is left out, and its space counts no more', async t => {
  const server = await startServer(t)
  const session = await openSession(server)
  const [, gone] = await put(server, session, ['stays.bin', 'goes.bin'])
  const folder = await temporaryFolder(t)
  copyDatabase(join(server.storage, 'respace.sqlite'), join(folder, 'respace.sqlite'))
  await call(server, 'files.delete', { session_key: session, file_id: gone ?? '' })
  const copy = openSqlite(join(folder, 'respace.sqlite'))
  const made = await bringBytes(copy, id => pathOfBlob(server.storage, id), id => pathOfBlob(folder, id))
  await copy.close()
  t.match(made, { brought: 1, kept: 0, dropped: [{ state: 'missing', file: { id: gone, name: 'goes.bin' } }] })
  const state = await readStorage(folder)
  t.strictSame(state.files.map(({ name }) => name), ['stays.bin'])
  t.equal(state.bytesStored, bytesOf('stays.bin').length)
  t.equal(state.blobs.length, 1)
})

t.test('a later backup forgets what was deleted, keeps good bytes whose original rotted, and tells what it cannot save', async t => {
  const server = await startServer(t)
  const session = await openSession(server)
  const [deleted, rotten] = await put(server, session, ['deleted.bin', 'rotten.bin', 'good.bin'])
  const folder = join(await temporaryFolder(t), 'saved')
  t.equal((await backup(server.storage, folder)).status, 0)
  await call(server, 'files.delete', { session_key: session, file_id: deleted ?? '' })
  const blob = await blobOf(server.storage, rotten ?? '')
  await replace(blob.path, Buffer.alloc(bytesOf('rotten.bin').length, '?'))

  const again = await backup(server.storage, folder)
  t.match(again, { status: 0, stdout: /: 0 new, 2 already there/ }, again.stderr)
  t.equal((await blobPaths(folder)).length, 2)
  t.equal((await readdir(folder)).filter(name => name.endsWith('.sqlite')).length, 1, 'one database is left')

  const elsewhere = join(await temporaryFolder(t), 'elsewhere')
  const incomplete = await backup(server.storage, elsewhere)
  t.equal(incomplete.status, 1)
  t.match(incomplete.stderr, `damaged  ${rotten}  "rotten.bin"`)
  t.match(incomplete.stderr, 'missing or damaged: 1 file, not saved')
  const storage = join(await temporaryFolder(t), 'restored')
  t.equal((await restore(elsewhere, storage)).status, 0)
  t.strictSame(await servedNames(t, storage), ['good.bin'])
  const whole = join(await temporaryFolder(t), 'whole')
  t.equal((await restore(folder, whole)).status, 0)
  t.strictSame(await servedNames(t, whole), ['good.bin', 'rotten.bin'])
})

t.test('a backup that is killed leaves the earlier one as it was, and the next one goes on', async t => {
  const server = await startServer(t)
  const session = await openSession(server)
  await put(server, session, ['early.bin'])
  const folder = join(await temporaryFolder(t), 'saved')
  t.equal((await backup(server.storage, folder)).status, 0)
  const manifest = await readFile(join(folder, 'backup.json'), 'utf8')
  await put(server, session, ['late.bin'])
  const databases = async () => (await readdir(folder)).filter(name => name.endsWith('.sqlite'))
  const killed = start(['backup', folder, '--storage', server.storage])
  await until('it has begun', async () => (await databases()).length === 2)
  killed.kill('SIGKILL')
  await killed.ended
  // Seldom it is too fast to be killed: then all of the new one counts.
  const names = await readFile(join(folder, 'backup.json'), 'utf8') === manifest ? ['early.bin'] : ['early.bin', 'late.bin']
  const storage = join(await temporaryFolder(t), 'restored')
  t.match(await restore(folder, storage), { status: 0, stderr: '' })
  t.strictSame(await servedNames(t, storage), names)

  t.match(await backup(server.storage, folder), { status: 0, stdout: /^saved 2 files/ })
  t.equal((await databases()).length, 1)
  const later = join(await temporaryFolder(t), 'later')
  t.equal((await restore(folder, later)).status, 0)
  t.strictSame(await servedNames(t, later), ['early.bin', 'late.bin'])
})

t.test('a restore brings what is whole, names what is not, and goes on after it was cut short', async t => {
  const server = await startServer(t)
  const [lost] = await put(server, await openSession(server), ['lost.bin', 'kept.bin'])
  const folder = join(await temporaryFolder(t), 'saved')
  t.equal((await backup(server.storage, folder)).status, 0)
  const { blobId } = await blobOf(server.storage, lost ?? '')
  await rm(pathOfBlob(folder, blobId))
  const storage = await temporaryFolder(t)
  await writeFile(join(storage, 'respace.sqlite.new'), 'half of it')
  const back = await restore(folder, storage)
  t.equal(back.status, 1)
  t.match(back.stderr, `missing  ${lost}  "lost.bin"`)
  t.match(await fsck(storage, '--checksums'), { status: 0 })
  t.strictSame(await servedNames(t, storage), ['kept.bin'])
})

t.test('what would harm something is refused, and changes nothing', async t => {
  const server = await startServer(t)
  await put(server, await openSession(server), ['one.bin'])
  const { storage } = server
  const other = await startServer(t)
  await register(other)
  const folder = join(await temporaryFolder(t), 'saved')
  t.equal((await backup(storage, folder)).status, 0)
  const taken = await temporaryFolder(t)
  await writeFile(join(taken, 'thesis.txt'), 'mine')
  const tree = async (path: string) => (await readdir(path, { recursive: true })).sort().filter(name => !/-(?:shm|wal)$|\.lock/.test(name))
  const trees = async () => Promise.all([storage, folder, taken, other.storage].map(tree))
  const before = await trees()
  const refused = async (words: string[], reason: RegExp, env: Record<string, string> = {}) => {
    const ended = await run(words, { env })
    t.equal(ended.status, 1, words.join(' '))
    t.match(ended.stderr, reason)
    t.notMatch(ended.stderr, /\n {4}at /, 'a sentence, no stack')
  }
  await refused(['backup', taken, '--storage', storage], /contains other files than a backup/)
  await refused(['backup', join(storage, 'saved'), '--storage', storage], /must be outside the storage folder/)
  await rm(join(storage, 'saved'), { recursive: true })
  await refused(['backup', join(taken, 'thesis.txt'), '--storage', storage], /existing data is unchanged: EEXIST/)
  await refused(['backup', dirname(storage), '--storage', storage], /must be outside the storage folder/)
  await refused(['backup', folder, '--storage', other.storage], /holds the backup of another storage/)
  await refused(['backup', folder, '--storage', join(taken, 'none')], /there is no storage of Respace at/)
  await refused(['fsck', '--storage', join(taken, 'none')], /there is no storage of Respace at/)
  await refused(['restore', taken, '--storage', join(taken, 'new')], /there is no backup in/)
  await refused(['restore', folder, '--storage', storage], /another Respace server runs on/)
  await other.close()
  await refused(['restore', folder, '--storage', other.storage], /is not empty/)
  for (const words of [['backup', folder], ['restore', folder], ['fsck']]) {
    await refused([...words, '--storage', storage], /RESPACE_DATABASE is set/, { RESPACE_DATABASE: 'postgres://nobody@127.0.0.1:1/none' })
    await refused([...words, '--storage', storage], /RESPACE_BLOBS is set/, {
      RESPACE_BLOBS: 's3://none?endpoint=http://127.0.0.1:1', RESPACE_S3_ACCESS_KEY: 'key', RESPACE_S3_SECRET_KEY: 'secret'
    })
  }
  t.strictSame(await trees(), before)

  const broken = join(await temporaryFolder(t), 'broken')
  await cp(folder, broken, { recursive: true })
  const [database = ''] = (await readdir(broken)).filter(name => name.endsWith('.sqlite'))
  await appendFile(join(broken, database), 'x')
  await refused(['restore', broken, '--storage', await temporaryFolder(t)], /has changed since it was saved/)
  await writeFile(join(broken, 'backup.json'), '{"format":2}')
  await refused(['restore', broken, '--storage', await temporaryFolder(t)], /a newer one may have written it/)
  await rename(join(folder, 'secret.key'), join(folder, 'kept.key'))
  await refused(['restore', folder, '--storage', await temporaryFolder(t)], /secret\.key is missing/)
})

t.test('without secret.key in the storage the backup says that the key must be kept elsewhere', async t => {
  const key = 'ab'.repeat(32)
  const variables = { RESPACE_SECRET_KEY: key }
  const server = await startServer(t, { variables })
  await register(server)
  const folder = join(await temporaryFolder(t), 'saved')
  const made = await run(['backup', folder, '--storage', server.storage], { env: variables })
  t.match(made, { status: 0, stdout: /RESPACE_SECRET_KEY is not in the backup/ }, made.stderr)
  t.notOk((await readdir(folder)).includes('secret.key'))
  t.notMatch(await readFile(join(folder, 'backup.json'), 'utf8'), key)
  const storage = join(await temporaryFolder(t), 'restored')
  t.match((await restore(folder, storage)).stderr, 'the key of this backup was in RESPACE_SECRET_KEY')
  t.match((await run(['restore', folder, '--storage', storage], { env: { RESPACE_SECRET_KEY: 'cd'.repeat(32) } })).stderr, 'the secret key does not open')
  t.equal((await run(['restore', folder, '--storage', storage], { env: variables })).status, 0, 'and goes on with the right one')
})

t.test('each kind of damage is found beside the server, and repaired without it', async t => {
  const server = await startServer(t)
  const session = await openSession(server)
  const [missing, rotten, cut] = await put(server, session, ['missing.bin', 'rotten.bin', 'cut.bin', 'good.bin'])
  const { storage } = server
  t.match(await fsck(storage, '--checksums'), { status: 0, stdout: 'is in order' })
  const paths = await Promise.all([missing, rotten, cut].map(async id => (await blobOf(storage, id ?? '')).path))
  await rm(paths[0] ?? '')
  await replace(paths[1] ?? '', Buffer.alloc(bytesOf('rotten.bin').length, '?'))
  await replace(paths[2] ?? '', Buffer.from('cut'))
  await writeFile(pathOfBlob(storage, 'nobodys-0'), 'orphan')
  const database = openDatabase(join(storage, 'respace.sqlite'))
  database.exec('update users set bytes_stored = bytes_stored + 5')
  database.exec('update folder_totals set files = files + 1')
  // Bytes of an upload that runs are no orphan.
  const held = 'runsnow-0'
  await writeFile(pathOfBlob(storage, held), 'runs')
  await call(server, 'upload.getInfo', { session_key: session })
  database.exec("update tickets set upload_id = 'runsnow' where id = (select max(id) from tickets)")
  database.close()

  const kinds = [`missing  ${missing}  "missing.bin"`, `damaged  ${cut}  "cut.bin"`, 'orphan   blobs/', 'counter  alice has', 'counter  folders whose totals are not those of their files: 1']
  const quick = await fsck(storage)
  t.equal(quick.status, 1)
  for (const kind of kinds) t.match(quick.stdout, kind)
  t.match(quick.stdout, /^5 found, --repair repairs them; only sizes were checked/m)
  const thorough = await fsck(storage, '--checksums')
  t.match(thorough, { status: 1, stdout: `damaged  ${rotten}  "rotten.bin"` })
  t.match(thorough.stdout, /^6 found, --repair repairs them$/m)
  const beside = await fsck(storage, '--checksums', '--repair')
  t.match(beside, { status: 1, stdout: '', stderr: 'another Respace server runs on the storage folder' })
  t.equal((await readStorage(storage)).files.length, 4, 'reports change nothing')

  await server.close()
  const repaired = await fsck(storage, '--checksums', '--repair')
  t.equal(repaired.status, 0, repaired.stderr)
  t.match(repaired.stdout, /^6 found and repaired$/m)
  t.match(await fsck(storage, '--checksums'), { status: 0, stdout: `${storage} is in order\n` })
  const { files, bytesStored, blobs } = await readStorage(storage)
  t.strictSame(files.map(({ name }) => name), ['good.bin'])
  t.equal(bytesStored, bytesOf('good.bin').length)
  t.strictSame(blobs.filter(name => name === held || name.startsWith('nobodys')), [held])
  t.equal((await readdir(join(storage, 'damaged'))).length, 2, 'what is left of wrong bytes is kept')
  t.strictSame(await servedNames(t, storage), ['good.bin'])
})
