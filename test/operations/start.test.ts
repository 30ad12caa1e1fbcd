/** When a server must not start, it says why in one sentence, and the storage stays as it was. */
// Runs on SQLite only.
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { openSqlite } from '../../src/adapters/database/sqlite.ts'
import { migrate, type Migration } from '../../src/store/operations/migrate.ts'
import { errorCode, logIn, register } from '../support/client.ts'
import { run, serveProgram, type Ended } from '../support/cli-process.ts'
import { temporaryFolder, type Teardown } from '../support/server.ts'

const isRoot = process.getuid?.() === 0

/** A storage folder that a server has used and left, with an account in it. */
async function usedStorage (t: Teardown, env: Record<string, string> = {}): Promise<string> {
  const server = await serveProgram(t, [], { env })
  await register(server)
  server.kill('SIGTERM')
  await server.ended
  return server.storage
}

const serve = (storage: string, env: Record<string, string> = {}, words: string[] = ['--port', '0']): Promise<Ended> =>
  run(['serve', '--storage', storage, ...words], { env })

/** One line on standard error, none on standard output, exit code 1. */
function refuses (t: Test, ended: Ended, sentence: RegExp, name = String(sentence)): void {
  t.match(ended, { status: 1, signal: null, stdout: '', stderr: sentence }, name)
  t.match(ended.stderr, /^respace: [^\n]*\n$/, 'one line')
}

t.test('a second server on the same storage is refused, short commands are not', async t => {
  const server = await serveProgram(t)
  await register(server)
  refuses(t, await serve(server.storage), /another Respace server runs on the storage folder .*: stop it first, or choose another folder for this one with --storage, for dev with --data/)
  t.match((await run(['user', 'list', '--storage', server.storage])).stdout, /alice@example\.org/)
  t.equal(errorCode(await logIn(server)), 0, 'the first has not noticed')
  server.kill('SIGKILL')
  await server.ended
  const next = await serveProgram(t, [], { storage: server.storage })
  t.equal(errorCode(await logIn(next)), 0, 'a killed server leaves no lock')
})

t.test('a port in use is named', async t => {
  const other = createServer()
  await new Promise<void>(resolve => { other.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => other.close())
  const bound = other.address()
  const port = String(typeof bound === 'object' && bound ? bound.port : 0)
  const storage = join(await temporaryFolder(t), 'storage')
  refuses(t, await serve(storage, {}, ['--port', port]), new RegExp(`cannot listen on port ${port} of 127\\.0\\.0\\.1: another program uses it; stop that program, or choose another port with --port`))
  refuses(t, await serve(storage, {}, ['--port', '0', '--host', '192.0.2.1']), /cannot listen on port 0 of 192\.0\.2\.1: this machine has no such address; choose another with --host/)
})

t.test('a storage folder that cannot be written is refused', async t => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'file'), '')
  refuses(t, await serve(join(folder, 'file')), /the storage folder .*file must be a folder that this user can write/)
  refuses(t, await serve(join(folder, 'file/storage')), /the storage folder .* must be a folder that this user can write/)
  await mkdir(join(folder, 'readonly'), { mode: 0o555 })
  await mkdir(join(folder, 'database/respace.sqlite'), { recursive: true })
  await writeFile(join(folder, 'database/secret.key'), 'a'.repeat(64))
  refuses(t, await serve(join(folder, 'database')), /respace\.sqlite must be a database of Respace that this user can write/)
  await rm(join(folder, 'database/respace.sqlite'), { recursive: true })
  await writeFile(join(folder, 'database/respace.sqlite'), 'not a database, whatever its name says\n'.repeat(100))
  refuses(t, await serve(join(folder, 'database')), /respace\.sqlite must be a database of Respace that this user can write: file is not a database/)
  // Root may write anywhere: it becomes somebody else for this one.
  const nobody = 65534
  if (isRoot) await chown(folder, nobody, nobody)
  const ended = await run(['serve', '--port', '0', '--storage', join(folder, 'readonly')], isRoot ? { uid: nobody } : {})
  refuses(t, ended, /the storage folder .*readonly must be a folder that this user can write: EACCES/)
  t.strictSame(await readdir(join(folder, 'readonly')), [])
})

t.test('a database that can be read and not written is named, and so is its log', async t => {
  const storage = await usedStorage(t)
  // Root may write anywhere: it becomes somebody else for this one.
  const owner = isRoot ? 65534 : undefined
  if (owner !== undefined) {
    const names = await readdir(storage, { recursive: true })
    for (const path of [dirname(storage), storage, ...names.map(name => join(storage, name))]) await chown(path, owner, owner)
  }
  for (const name of ['respace.sqlite', 'respace.sqlite-wal']) {
    const file = join(storage, name)
    await writeFile(file, '', { flag: 'a' })
    if (owner !== undefined) await chown(file, owner, owner)
    await chmod(file, 0o444)
    const ended = await run(['serve', '--port', '0', '--storage', storage], owner === undefined ? {} : { uid: owner })
    refuses(t, ended, new RegExp(`${name} must be a file that this user can read and write: EACCES`), name)
    await chmod(file, 0o644)
  }
})

t.test('a key that every user may read is named at the start, one that is kept is not', async t => {
  const storage = await usedStorage(t)
  const logOf = async () => {
    const server = await serveProgram(t, [], { storage })
    server.kill('SIGTERM')
    return (await server.ended).stdout
  }
  t.notMatch(await logOf(), 'secret.key')
  await chmod(join(storage, 'secret.key'), 0o644)
  t.match(await logOf(), /"level":40[^\n]*secret\.key can be read by every user of this machine, who can decrypt all stored passwords with it: run chmod 600 on it/)
})

t.test('a storage of a newer Respace is left alone', async t => {
  const storage = await usedStorage(t)
  const db = openDatabase(join(storage, 'respace.sqlite'))
  const read = () => db.prepare('select * from schema_migrations order by version').all()
  db.exec("insert into schema_migrations values (9999, 'from-the-future')")
  const before = read()
  const sentence = /the database has schema version 9999, but this Respace knows only versions up to \d+: start the newer Respace, or restore a backup made before the upgrade/
  refuses(t, await serve(storage), sentence)
  refuses(t, await run(['user', 'list', '--storage', storage]), sentence)
  t.strictSame(read(), before)
  db.exec('delete from schema_migrations where version = 9999')
  db.close()
  t.equal(errorCode(await logIn(await serveProgram(t, [], { storage }))), 0)
})

t.test('another secret key than the first is refused at the start', async t => {
  const storage = await usedStorage(t)
  const key = join(storage, 'secret.key')
  const sentence = /the secret key does not open what is stored here: put back the original secret\.key \(or RESPACE_SECRET_KEY\) of this storage/
  const sealed = 'f00d'.repeat(16)
  const ended = await serve(storage, { RESPACE_SECRET_KEY: sealed })
  refuses(t, ended, sentence)
  t.notMatch(ended.stderr, sealed)

  await rename(key, key + '.kept')
  await writeFile(key, sealed)
  refuses(t, await serve(storage), sentence)
  refuses(t, await run(['user', 'add', 'bob', '--email', 'bob@example.org', '--storage', storage]), sentence)
  await writeFile(key, 'my key')
  refuses(t, await serve(storage), /secret\.key must contain 64 hex digits/)
  await rm(key)
  refuses(t, await serve(storage), /secret\.key is missing, but .*respace\.sqlite needs it: put it back, or set RESPACE_SECRET_KEY/)
  t.notOk((await readdir(storage)).includes('secret.key'), 'and none is made that would be of no use')
  await mkdir(key)
  refuses(t, await serve(storage), /secret\.key cannot be read: EISDIR/)
  await rm(key, { recursive: true })
  await rename(key + '.kept', key)
  t.equal(errorCode(await logIn(await serveProgram(t, [], { storage }))), 0)
})

t.test('a secret key in a setting is kept in no file', async t => {
  const env = { RESPACE_SECRET_KEY: '0123456789abcdef'.repeat(4) }
  const storage = await usedStorage(t, env)
  t.notOk((await readdir(storage)).includes('secret.key'))
  refuses(t, await serve(storage), /secret\.key is missing/)
  t.equal(errorCode(await logIn(await serveProgram(t, [], { storage, env }))), 0)
})

t.test('commands that start together in an empty folder all find their way', async t => {
  for (let round = 0; round < 3; round++) {
    const storage = join(await temporaryFolder(t), 'storage')
    const names = ['ann', 'ben', 'cleo', 'dan']
    const ended = await Promise.all(names.map(name => run(['user', 'add', name, '--email', `${name}@example.org`, '--storage', storage])))
    for (const { status, stderr } of ended) t.strictSame({ status, stderr }, { status: 0, stderr: '' })
    const { stdout } = await run(['user', 'list', '--storage', storage])
    t.strictSame(stdout.split('\n').slice(1, -1).map(line => line.split(' ')[0]), names)
  }
})

const numbered = (...texts: string[]): Migration[] => texts.map((text, index) => ({ version: index + 1, name: `step-${index + 1}`, text }))

t.test('a migration runs once, in order', async t => {
  const sql = openSqlite(':memory:')
  t.teardown(() => sql.close())
  const one = 'create table things (name text not null);'
  const two = "insert into things values ('first');"
  await migrate(sql, numbered(one))
  await migrate(sql, numbered(one, two))
  await migrate(sql, numbered(one, two))
  t.strictSame(await sql.all('select name from things'), [{ name: 'first' }])
  t.strictSame(await sql.all('select version, name from schema_migrations order by version'), [{ version: 1, name: 'step-1' }, { version: 2, name: 'step-2' }])
  await t.rejects(migrate(sql, numbered(one)), /schema version 2, but this Respace knows only versions up to 1/)
})

t.test('a migration that fails leaves nothing, of those with it neither', async t => {
  const sql = openSqlite(':memory:')
  t.teardown(() => sql.close())
  const good = 'create table things (name text not null);'
  const bad = "create table others (name text); insert into things values ('half'); insert into nowhere values (1);"
  await t.rejects(migrate(sql, numbered(good, bad)), /no such table: nowhere/)
  t.strictSame(await sql.all('select version from schema_migrations'), [])
  t.strictSame(await sql.all("select name from sqlite_master where name in ('things', 'others')"), [])
  await migrate(sql, numbered(good))
  await t.rejects(migrate(sql, numbered(good, bad)), /no such table: nowhere/)
  t.strictSame(await sql.all('select version from schema_migrations'), [{ version: 1 }], 'what was there before stays')
  t.strictSame(await sql.all('select name from things'), [])
  await migrate(sql, numbered(good, "insert into things values ('whole');"))
  t.strictSame(await sql.all('select name from things'), [{ name: 'whole' }])
})
