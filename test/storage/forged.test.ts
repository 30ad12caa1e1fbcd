/** Databases, snapshots and backups that somebody else has written: no id becomes a path, and what is not whole is refused before anything is done. */
// Runs on SQLite only.
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { openDiskBlobs } from '../../src/adapters/blobs/disk.ts'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { openS3Blobs } from '../../src/adapters/blobs/s3.ts'
import { isBlobId } from '../../src/domain/identifiers.ts'
import { readTar, writeTar } from '../../src/emulator/state/tar.ts'
import type { Blobs } from '../../src/ports.ts'
import { openSession, uploadFile } from '../support/client.ts'
import { controlCall, startTestEmulator, fileOf, sessionOf } from '../support/emulator.ts'
import { run } from '../support/cli-process.ts'
import { KEYS, startFakeS3 } from '../support/fake-s3.ts'
import { startServer, temporaryFolder } from '../support/server.ts'
import { blobPaths } from '../support/storage-contents.ts'

const FORGED_IDS = ['', '.', '..', '../victim-0', '../../victim-0', '/etc/passwd', 'a/b-0', 'a\\b-0', 'a-0/../../victim-0', '..-0', '.a-0', 'a..b-0', 'a-0\0', 'a-0\n',
  'A-0', 'a', 'a-', 'a-12345', '-0', 'a.b.c-0', '%2e%2e-0', `${'a'.repeat(65)}-0`, 'a-0?versionId=1', 'ä-0']

/** Each operation of a store with an id that is none. */
async function tryAll (t: Test, blobs: Blobs, id: string): Promise<void> {
  const shown = JSON.stringify(id)
  t.equal(isBlobId(id), false, shown)
  await t.rejects(blobs.create(id), { code: 'ENOENT' }, `create ${shown}`)
  await t.rejects(blobs.resume(id, { size: 0, crc32: 0 }), { code: 'ENOENT' }, `resume ${shown}`)
  await t.rejects(blobs.open(id, { start: 0, end: 0 }), { code: 'ENOENT' }, `open ${shown}`)
  t.equal(await blobs.has(id), false, `has ${shown}`)
  t.equal((await blobs.sizes([id])).size, 0, `sizes ${shown}`)
  await blobs.remove([id])
  if (blobs.pathOf) t.throws(() => blobs.pathOf?.(id), { code: 'ENOENT' }, `pathOf ${shown}`)
  await t.rejects(async () => blobs.link?.(id, {}) ?? Promise.reject(Object.assign(new Error('no links'), { code: 'ENOENT' })), { code: 'ENOENT' }, `link ${shown}`)
}

t.test('in a folder what is not the id of a blob is not there, whatever lies where it leads', async t => {
  const root = await temporaryFolder(t)
  const storage = join(root, 'storage')
  const victims = [join(root, 'victim-0'), join(storage, 'victim-0')]
  for (const isLasting of [true, false]) {
    const blobs = await openDiskBlobs(storage, isLasting)
    for (const path of victims) await writeFile(path, 'mine')
    for (const id of FORGED_IDS) await tryAll(t, blobs, id)
    for (const path of victims) t.equal(await readFile(path, 'utf8'), 'mine')
  }
  t.strictSame(await readdir(join(storage, 'incoming')), [])
})

t.test('in a bucket the keys of others are out of reach', async t => {
  const standIn = await startFakeS3(t)
  const blobs = await openS3Blobs(standIn.store, KEYS)
  for (const key of ['victim-0', 'files/victim', 'files/tails/a/b.0']) standIn.objects.set(key, Buffer.from('mine'))
  for (const id of FORGED_IDS) await tryAll(t, blobs, id)
  await blobs.removeUnfinished(async () => false)
  t.equal(standIn.requests.filter(request => /^(?:PUT|POST|DELETE|HEAD)/.test(request)).length, 0, 'nothing was asked of the store')
  t.equal(standIn.objects.size, 3)
})

interface Entry { readonly name: string, readonly bytes: Buffer, readonly kind?: string, readonly claimed?: number }

async function readEntries (tar: Buffer): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const { name, bytes } of readTar(Readable.from([tar]))) {
    const parts: Buffer[] = []
    for await (const part of bytes) parts.push(part)
    entries.push({ name, bytes: Buffer.concat(parts) })
  }
  return entries
}

/** With entries of any kind and any claimed size, each with a right checksum. */
async function pack (entries: readonly Entry[]): Promise<Buffer> {
  const blocks: Buffer[] = []
  for (const { name, bytes, kind = '0', claimed = bytes.length } of entries) {
    const one: Buffer[] = []
    async function * entry () { yield { name, size: bytes.length, bytes: Readable.from([bytes]) } }
    for await (const block of writeTar(entry(), 0)) one.push(block)
    const [header = Buffer.alloc(512), ...others] = [Buffer.concat(one).subarray(0, 512), Buffer.concat(one).subarray(512, -1024)]
    header.write(claimed.toString(8).padStart(11, '0'), 124)
    header.write(kind, 156)
    header.fill(' ', 148, 156)
    header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148)
    blocks.push(header, ...others)
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

type Described = Record<string, unknown> & { tables: Record<string, Array<Record<string, unknown>>> }

t.test('a forged snapshot of any kind is refused whole: no file elsewhere is touched, none stays behind', async t => {
  const root = await temporaryFolder(t)
  const before = process.env.TMPDIR
  process.env.TMPDIR = root
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  const emulator = await startTestEmulator(t)
  await writeFile(join(root, 'victim-0'), 'mine')
  await controlCall(emulator, 'POST', '/snapshots', { name: 'honest' })
  const entries = await readEntries(Buffer.from(await (await fetch(`${emulator.controlUrl}/snapshots/honest`)).arrayBuffer()))
  const [description, blob, ...rest] = entries
  if (description === undefined || blob === undefined) throw new Error('an honest snapshot has both')
  const described = (): Described => JSON.parse(String(description.bytes)) as Described
  const changed = (change: (read: Described) => void): Entry[] => {
    const read = described()
    change(read)
    return [{ ...description, bytes: Buffer.from(JSON.stringify(read)) }, blob, ...rest]
  }
  const firstFile = (read: Described): Record<string, unknown> => read.tables.files?.[0] ?? {}
  const put = async (list: readonly Entry[]) => fetch(`${emulator.controlUrl}/snapshots/forged`, { method: 'PUT', body: await pack(list) })
  const folder = async () => (await readdir(root, { recursive: true })).filter(name => !name.includes('node-compile-cache')).sort()
  const tree = await folder()

  const forged: Record<string, readonly Entry[]> = {
    'an entry beside the blobs': [...entries, { name: '../../victim-0', bytes: Buffer.from('forged') }],
    'an entry that leaves the blobs': [...entries, { name: 'blobs/../../victim-0', bytes: Buffer.from('forged') }],
    'an absolute entry': [...entries, { name: join(root, 'victim-0'), bytes: Buffer.from('forged') }],
    'a blob of no file': [...entries, { name: 'blobs/abc-0', bytes: Buffer.from('forged') }],
    'a blob twice': [...entries, blob],
    'a description twice': [...entries, description],
    'a blob that is missing': [description, ...rest],
    'a blob of another size': [description, { ...blob, bytes: Buffer.concat([blob.bytes, Buffer.from('x')]) }, ...rest],
    'a blob of other bytes': [description, { ...blob, bytes: Buffer.alloc(blob.bytes.length, 'x') }, ...rest],
    'an entry longer than the archive': [description, { ...blob, claimed: 8 ** 11 - 1 }, ...rest],
    'no description': [blob, ...rest],
    'a file whose blob leads elsewhere': changed(read => { firstFile(read).blob_id = '../../victim-0' }),
    'two files of one blob': changed(read => { if (read.tables.files?.[1]) read.tables.files[1].blob_id = firstFile(read).blob_id }),
    'a table that is unknown': changed(read => { read.tables.victims = [{ id: 1 }] }),
    'the table of migrations': changed(read => { read.tables.schema_migrations = [{ version: 99, name: 'x' }] }),
    'a table that is no list': changed(read => { read.tables.users = { length: 1 } as never }),
    'a row that is none': changed(read => { read.tables.users = [7 as never] }),
    'a column that is unknown': changed(read => { firstFile(read).evil = 1 }),
    'a column that is SQL': changed(read => { firstFile(read)['id) values (1); drop table users; --'] = 1 }),
    'a column that is missing': changed(read => { delete firstFile(read).name }),
    'a number that is a text': changed(read => { firstFile(read).uploaded_at = 'yesterday' }),
    'a text that is an object': changed(read => { firstFile(read).name = { evil: true } }),
    'a number with a fraction': changed(read => { firstFile(read).downloads = 0.5 }),
    'a size below nothing': changed(read => { firstFile(read).size = -1 }),
    'a file of nobody': changed(read => { firstFile(read).owner_id = 4711 }),
    'a moment that has no name': changed(read => { read.takenAt = 9e15 }),
    'a clock that is none': changed(read => { read.clock = { frozenAt: 'never' } }),
    'a policy that is none': changed(read => { read.policy = { registration: 'perhaps' } }),
    'another field': changed(read => { read.evil = true }),
    'no object': [{ ...description, bytes: Buffer.from('[]') }, blob, ...rest],
    'another schema': changed(read => { read.schema = 1 })
  }
  for (const [kind, name] of [['1', 'a hard link'], ['2', 'a symbolic link'], ['3', 'a character device'], ['4', 'a block device'], ['6', 'a pipe'], ['S', 'a file with holes'], ['L', 'a long name']] as const) {
    forged[name] = [description, { name: blob.name, bytes: Buffer.alloc(0), kind }, blob, ...rest]
  }
  for (const [what, list] of Object.entries(forged)) {
    const response = await put(list)
    t.equal(response.status, 400, `${what}: ${await response.text()}`)
    t.strictSame(await folder(), tree, what)
  }
  t.equal(await readFile(join(root, 'victim-0'), 'utf8'), 'mine')
  t.strictSame((await controlCall(emulator, 'GET', '/snapshots')).body.length, 1)

  const doomed = changed(read => { read.tables.doomed_blobs = [{ blob_id: '../../victim-0' }, { blob_id: String(blob.name.slice('blobs/'.length)) }] })
  t.equal((await put(doomed)).status, 201, 'blobs to remove are left out: their bytes are not in it')
  for (let i = 0; i < 2; i++) t.equal((await controlCall(emulator, 'POST', '/snapshots/forged/restore')).status, 204)
  t.equal((await controlCall(emulator, 'POST', '/snapshots/honest/restore')).status, 204)
  await controlCall(emulator, 'POST', '/clock/advance', { by: '1h' })
  t.equal(await readFile(join(root, 'victim-0'), 'utf8'), 'mine')
  t.ok(await fileOf(emulator, await sessionOf(emulator)), 'those of the others are there')

  const repacked = [{ name: 'blobs/', bytes: Buffer.alloc(0), kind: '5' }, { name: 'PaxHeaders/x', bytes: Buffer.from('13 mtime=1.5\n'), kind: 'x' }, ...rest, blob, description]
  t.equal((await put(repacked)).status, 201, 'one that was unpacked and packed again is as good')
})

/** A backup of a server with two files, and where it is restored to. */
async function honestBackup (t: Test): Promise<{ folder: string, victim: string, forge (change: (copy: string) => unknown): Promise<{ folder: string, storage: string }> }> {
  const root = await temporaryFolder(t)
  const server = await startServer(t)
  const session = await openSession(server)
  for (const name of ['one.bin', 'two.bin']) await uploadFile(server, session, name, Buffer.alloc(5000, name))
  const folder = join(root, 'saved')
  t.equal((await run(['backup', folder, '--storage', server.storage])).status, 0)
  await server.close()
  const victim = join(root, 'victim-0')
  await writeFile(victim, 'mine')
  let count = 0
  return {
    folder,
    victim,
    async forge (change) {
      const copy = join(root, `forged-${++count}`)
      await cp(folder, copy, { recursive: true })
      await change(copy)
      return { folder: copy, storage: join(root, `storage-${count}`) }
    }
  }
}

const readManifest = async (folder: string): Promise<Record<string, unknown>> => JSON.parse(await readFile(join(folder, 'backup.json'), 'utf8')) as Record<string, unknown>

/** Changes the database of a backup, and its sum in the description as a forger would. */
async function alter (folder: string, ...statements: readonly string[]): Promise<void> {
  const manifest = await readManifest(folder)
  const path = join(folder, String(manifest.database))
  const db = openDatabase(path)
  db.exec('pragma journal_mode = DELETE')
  db.exec('pragma foreign_keys = OFF')
  for (const sql of statements) db.exec(sql)
  db.close()
  await writeFile(join(folder, 'backup.json'), JSON.stringify({ ...manifest, sha256: createHash('sha256').update(await readFile(path)).digest('hex') }))
}

t.test('a forged backup of any kind is refused before anything is restored', async t => {
  const { victim, forge } = await honestBackup(t)
  const [blob = ''] = await blobPaths((await forge(() => undefined)).folder)
  const within = (folder: string) => join(folder, blob.slice(blob.indexOf('/blobs/') + 1))
  const database = async (folder: string) => join(folder, String((await readManifest(folder)).database))
  const inPlaceOf = async (path: string, put: (path: string) => unknown) => {
    await rm(path, { recursive: true, force: true })
    await put(path)
  }
  const toPipe = (path: string) => { spawnSync('mkfifo', [path]) }
  const toSocket = (path: string) => new Promise<void>(resolve => {
    const server = createServer()
    t.teardown(() => server.close())
    server.listen(path, resolve)
  })
  const forged: Record<string, (folder: string) => unknown> = {
    'a blob that is a link': folder => inPlaceOf(within(folder), path => symlink(victim, path)),
    'a blob that is a link to a device': folder => inPlaceOf(within(folder), path => symlink('/dev/zero', path)),
    'a blob that is a pipe': folder => inPlaceOf(within(folder), toPipe),
    'a blob that is a folder': folder => inPlaceOf(within(folder), path => mkdir(join(path, 'deep'), { recursive: true })),
    'a folder of blobs that is a link': folder => inPlaceOf(join(within(folder), '..'), path => symlink('/etc', path)),
    'all blobs behind a link': folder => inPlaceOf(join(folder, 'blobs'), path => symlink('/etc', path)),
    'a key that is a link': folder => inPlaceOf(join(folder, 'secret.key'), path => symlink(victim, path)),
    'a key that is a pipe': folder => inPlaceOf(join(folder, 'secret.key'), toPipe),
    'a key that is a socket': folder => inPlaceOf(join(folder, 'secret.key'), toSocket),
    'an authority that is a link': folder => symlink('/etc', join(folder, 'tls')),
    'an authority with a link in it': async folder => {
      await mkdir(join(folder, 'tls'))
      await symlink(victim, join(folder, 'tls', 'ca.key'))
    },
    'a description that is a link': async folder => {
      await rename(join(folder, 'backup.json'), join(folder, 'other.json'))
      await symlink('other.json', join(folder, 'backup.json'))
    },
    'a database that is a link': async folder => {
      const path = await database(folder)
      await rename(path, `${path}-other`)
      await symlink(`${path}-other`, path)
    },
    'a database elsewhere': async folder => writeFile(join(folder, 'backup.json'), JSON.stringify({ ...await readManifest(folder), database: '../victim.sqlite' })),
    'a description without a sum': async folder => writeFile(join(folder, 'backup.json'), JSON.stringify({ ...await readManifest(folder), sha256: undefined })),
    'a file whose blob leads elsewhere': folder => alter(folder, "update files set blob_id = '../../../victim-0' where name = 'one.bin'"),
    'a trigger': folder => alter(folder, 'create trigger evil after insert on sessions begin update users set is_admin = 1; end'),
    'a view': folder => alter(folder, 'create view evil as select * from users'),
    'a virtual table': folder => alter(folder, 'create virtual table evil using fts5(x)'),
    'another table': folder => alter(folder, 'create table evil (x text)'),
    'a table that is missing': folder => alter(folder, 'drop table contacts'),
    'a table of other columns': folder => alter(folder, 'alter table contacts add column evil text'),
    'a column of another type': folder => alter(folder, 'drop table contacts', 'create table contacts (user_id bigint, email_key blob, email text, name text, description text, type bigint, created_at bigint)'),
    'a size that is a text': folder => alter(folder, "update files set size = 'large'"),
    'a size below nothing': folder => alter(folder, 'update files set size = -5'),
    'a name that is a blob': folder => alter(folder, "update files set name = x'00'"),
    'a file of nobody': folder => alter(folder, 'update files set owner_id = 4711'),
    'a later schema': folder => alter(folder, "insert into schema_migrations values (9999, 'x')"),
    'random bytes': async folder => {
      const path = await database(folder)
      await writeFile(path, randomBytes(8192))
      await writeFile(join(folder, 'backup.json'), JSON.stringify({ ...await readManifest(folder), sha256: createHash('sha256').update(await readFile(path)).digest('hex') }))
    }
  }
  for (const [what, change] of Object.entries(forged)) {
    const { folder, storage } = await forge(change)
    const ended = await run(['restore', folder, '--storage', storage])
    t.equal(ended.status, 1, what)
    t.notMatch(ended.stderr, /\n {4}at /, `${what}: a sentence, no stack`)
    t.equal(ended.stdout, '', what)
    const left = existsSync(storage) ? (await readdir(storage)).filter(name => !name.startsWith('server.lock')) : []
    t.strictSame(left, [], `${what}: nothing is left, ${ended.stderr}`)
  }
  t.equal(await readFile(victim, 'utf8'), 'mine')
})

t.test('blobs to remove and uploads of a forged backup are forgotten, not carried out', async t => {
  const { victim, forge } = await honestBackup(t)
  const { folder, storage } = await forge(folder => alter(folder,
    "insert into doomed_blobs values ('../../../victim-0'), ('../victim-0')", 'insert into doomed_blobs select blob_id from files'))
  await writeFile(join(storage, '..', 'victim-0'), 'mine')
  const ended = await run(['restore', folder, '--storage', storage])
  t.equal(ended.status, 0, ended.stderr)
  const server = await startServer(t, { storage })
  await server.app.sweep()
  t.equal((await blobPaths(storage)).length, 2)
  await server.close()
  const db = openDatabase(join(storage, 'respace.sqlite'))
  db.exec("insert into doomed_blobs values ('../../victim-0'), ('../victim-0')")
  db.exec("update files set blob_id = '../../victim-0' where name = 'one.bin'")
  db.close()
  const fsck = await run(['fsck', '--checksums', '--storage', storage])
  t.equal(fsck.status, 1)
  t.match(fsck.stdout, /missing {2}\w+ {2}"one\.bin", 5000 bytes, without a valid blob id/)
  const again = await startServer(t, { storage, seed: 'again' })
  await again.app.sweep()
  t.equal(await readFile(victim, 'utf8'), 'mine')
  t.equal((await again.app.ports.sql.all('select * from doomed_blobs')).length, 0, 'they are not in the way of others')
  const [file] = await again.app.ports.sql.all("select id from files where name = 'one.bin'")
  const answer = await fetch(`${again.url}/pro/dl/${String(file?.id)}`)
  t.ok([404, 503].includes(answer.status), `the file is not there: ${answer.status}`)
  t.notMatch(await answer.text(), 'mine')
})
