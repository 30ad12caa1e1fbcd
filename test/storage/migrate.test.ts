/** A storage moves to PostgreSQL and a bucket and back: nothing is lost, nothing is served twice, and what was killed goes on. */
// Runs first, on SQLite only.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { pathOfBlob } from '../../src/adapters/blobs/blob-folder.ts'
import { readMigrations } from '../../src/adapters/database/migration-files.ts'
import { findDifference, moveRows, readMovedShapes } from '../../src/adapters/operator/move-rows.ts'
import { openPostgres } from '../../src/adapters/database/postgres.ts'
import { openSqlite } from '../../src/adapters/database/sqlite.ts'
import { loadConfig } from '../../src/config.ts'
import { moveStorage } from '../../src/commands/migrate.ts'
import { explain } from '../../src/commands/problem.ts'
import { showProgress } from '../../src/commands/progress-line.ts'
import { withPorts } from '../../src/commands/user.ts'
import type { Sql, SqlRow } from '../../src/ports.ts'
import { addContact } from '../../src/store/accounts/contacts.ts'
import { migrate as migrateSchema } from '../../src/store/operations/migrate.ts'
import { requireNotMoved } from '../../src/store/operations/storage-moves.ts'
import { textOf } from '../../src/store/sql.ts'
import { call, errorCode, logIn, openSession, register, upload, uploadFile, userTicket } from '../support/client.ts'
import { startCluster, type Cluster } from '../support/cluster.ts'
import { run, serveProgram, start } from '../support/cli-process.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { KEYS, startFakeS3 } from '../support/fake-s3.ts'
import { readStorage } from '../support/storage-contents.ts'
import { until } from '../support/wait-until.ts'

const TUS = { 'tus-resumable': '1.0.0' }
const S3 = { RESPACE_S3_ACCESS_KEY: KEYS.accessKey, RESPACE_S3_SECRET_KEY: KEYS.secretKey }

/** What a file of a name holds. */
const bytesOf = (name: string): Buffer => name.startsWith('empty') ? Buffer.alloc(0) : Buffer.alloc(name.startsWith('large') ? 5_500_000 : 1000 + 7919 * name.length, `${name} `)

t.test('migrate', { skip: skipWithout('postgresql') }, async t => {
  const cluster = await startCluster()
  t.teardown(cluster.remove)
  let databases = 0

  /** An empty database and an empty bucket, with what a command must know of them. */
  async function makeTarget (t: Test) {
    const standIn = await startFakeS3(t)
    const database = await createDatabase(cluster, `target_${databases++}`)
    const blobs = `s3://bucket/files?endpoint=${standIn.url}`
    return { standIn, database, blobs, words: ['--to', database, '--blobs', blobs], env: { ...S3, RESPACE_DATABASE: database, RESPACE_BLOBS: blobs } }
  }

  type Target = Awaited<ReturnType<typeof makeTarget>>

  const serveOn = (t: Test, storage: string, { database, blobs }: Partial<Pick<Target, 'database' | 'blobs'>>, seed: string): Promise<TestServer> =>
    startServer(t, { storage, seed, settings: { ...database !== undefined && { database }, ...blobs !== undefined && { blobs } }, variables: S3 })

  async function openTarget (t: Test, { database }: Pick<Target, 'database'>): Promise<Sql> {
    const sql = await openPostgres(database, 1, 30_000)
    t.teardown(() => sql.close())
    return sql
  }

  await t.test('everything there and back: rows, bytes, sessions, tickets, mail, and ids that go on', async t => {
    const target = await makeTarget(t)
    const server = await startServer(t)
    const { storage } = server
    const session = await openSession(server)
    await register(server, 'bob')
    const ids = new Map<string, string>()
    for (const name of ['a.bin', 'empty.bin', 'large.bin', 'ü & 😀.bin', 'e.bin', 'ff.bin', 'ggg.bin']) ids.set(name, await uploadFile(server, session, name, bytesOf(name)))
    await call(server, 'folders.create', { session_key: session, name: 'Folder', parent_folder_id: 0 })
    await addContact(server.app.ports.sql, 1, { email: 'c@example.org', name: 'null byte \0 in it', description: '', type: 0 }, 10, 0)
    await call(server, 'auth.register', { api_key: 'RESPACE001', user_name: 'carol', full_name: 'Carol Singer', email: 'carol@example.org' })
    await login(server)
    const ticket = await userTicket(server, session)
    const waiting = await begin(server, 10)
    t.equal((await append(waiting, 0, 'half')).status, 204)
    await server.app.ports.sql.run('update files set running_downloads = 1 where id = $id', { id: ids.get('a.bin') ?? '' })
    await server.close()

    const there = await migrate(storage, target.words, S3)
    t.match(there, { status: 0, stdout: /Moved: 7 files/ }, there.stderr)
    t.match(there.stderr, /^bytes: 100 %, (\S+ MB) of \1/m)
    for (const secret of [KEYS.secretKey, 'respace@127']) t.notMatch(there.stdout + there.stderr, secret)
    const [before, after] = [await rowsIn(await sqlite(t, storage)), await rowsIn(await openTarget(t, target))]
    const count = Object.values(before).reduce((sum, rows) => sum + rows.length, 0)
    t.ok(count > 30 && ['mails', 'page_sessions', 'contacts', 'folders', 'tickets', 'sessions', 'events'].every(name => (before[name] ?? []).length > 0), `${count} rows, of each kind`)
    t.strictSame(after, expected(before, true))

    await t.rejects(startServer(t, { storage }), { message: /^this storage was moved by respace migrate: the database in postgres:\/\/127\.0\.0\.1:\d+\/target_\d+, the bytes/ })
    const on = await serveOn(t, storage, target, 'there')
    await servesAll(t, on, session)
    t.equal((await fetch(waiting.replace(server.url, on.url), { method: 'HEAD', headers: TUS })).status, 404, 'an upload that waited begins anew')
    const moved = { ...ticket, url: ticket.url.replace(server.url, on.url) }
    t.match((await upload(moved, [{ name: 'later.bin', bytes: bytesOf('later.bin') }])).body, /^upload_status=ok\n/, 'a ticket of before')
    await register(on, 'dave')
    t.match(await on.app.ports.sql.get('select count(*) as n, max(id) as last from users'), { n: 4, last: 4 })
    t.equal(errorCode(await logIn(on, 'bob')), 0)
    t.equal(errorCode(await call(on, 'files.delete', { session_key: session, file_id: ids.get('ff.bin') ?? '' })), 0)
    await on.app.sweep()
    t.equal(target.standIn.objects.size, 7)
    await on.close()

    const home = join(await temporaryFolder(t), 'home')
    const back = await migrate(storage, ['--to', home, '--blobs', home], target.env)
    t.match(back, { status: 0, stdout: /Moved: 7 files/ }, back.stderr)
    t.strictSame(await rowsIn(await sqlite(t, home)), expected(await rowsIn(await openTarget(t, target)), true))
    await t.rejects(serveOn(t, storage, target, 'gone'), { message: /^this storage was moved .* the database in the storage folder/ })
    t.equal(await readFile(join(home, 'secret.key'), 'utf8'), await readFile(join(storage, 'secret.key'), 'utf8'))
    t.match(await run(['fsck', '--checksums', '--storage', home]), { status: 0, stdout: `${home} is in order\n` })
    const last = await startServer(t, { storage: home, seed: 'home' })
    await servesAll(t, last, session)
    t.equal((await readStorage(home)).files.length, 7)
    await register(last, 'erin')
    t.match(await last.app.ports.sql.get('select max(id) as last from users'), { last: 5 })
  })

  await t.test('bytes come beside the running server, the rest once it has ended; what was deleted meanwhile leaves nothing', async t => {
    const target = await makeTarget(t)
    const server = await serveProgram(t)
    const session = await openSession(server)
    const doomed = await uploadFile(server, session, 'doomed.bin', bytesOf('doomed.bin'))
    await uploadFile(server, session, 'early.bin', bytesOf('early.bin'))
    const prepared = await migrate(server.storage, [...target.words, '--prepare'], S3)
    t.match(prepared, { status: 0, stdout: /^2 files copied .*\nPrepared/ }, prepared.stderr)
    t.equal(target.standIn.objects.size, 2)
    await t.rejects(open(server.storage, target.env), UNFINISHED)
    await t.rejects(open(server.storage, { ...S3, RESPACE_BLOBS: target.blobs }), UNFINISHED)

    const [copy, saved] = [join(await temporaryFolder(t), 'copy'), await temporaryFolder(t)]
    await cp(server.storage, copy, { recursive: true })
    t.equal((await run(['backup', saved, '--storage', server.storage])).status, 0)
    const [database = ''] = (await readdir(saved)).filter(name => name.endsWith('.sqlite'))
    const backup = openSqlite(join(saved, database))
    t.strictSame(await backup.all('select * from moves'), [], 'a backup goes on with nothing')
    await backup.close()

    await uploadFile(server, session, 'second.bin', bytesOf('second.bin'))
    const moving = start(['migrate', '--storage', server.storage, ...target.words], { env: S3 })
    await until('it waits', () => moving.stdout().includes('Stop it now'))
    t.match(moving.stdout(), /^1 file copied .*, 2 already there/)
    t.match(await migrate(server.storage, target.words, S3), { status: 1, stderr: /another respace migrate is using/ })
    await uploadFile(server, session, 'late.bin', bytesOf('late.bin'))
    t.equal(errorCode(await call(server, 'files.delete', { session_key: session, file_id: doomed })), 0)
    server.kill('SIGTERM')
    await server.ended
    const ended = await moving.ended
    t.match(ended, { status: 0, stdout: /Moved: 3 files/ }, ended.stderr)
    t.equal(target.standIn.objects.size, 3, 'what was deleted is not there')
    const on = await serveProgram(t, [], { storage: server.storage, env: target.env })
    t.equal(errorCode(await call(on, 'folders.getAll', { session_key: session })), 0)
    await isServed(t, on, (await rowsIn(await openTarget(t, target))).files ?? [])
    t.match(await migrate(server.storage, target.words, S3), { status: 0, stdout: /Moved: 3 files/ }, 'again it tells the same')
    t.match(await migrate(copy, target.words, S3), { status: 1, stderr: /is not empty, it has rows in/ }, 'an old copy of the folder brings nothing back')
    t.equal((await rowsIn(await openTarget(t, target))).files?.length, 3)
  })

  await t.test('killed while bytes are brought, it goes on with those that are missing', async t => {
    const target = await makeTarget(t)
    const server = await startServer(t)
    const session = await openSession(server)
    for (let i = 0; i < 6; i++) await uploadFile(server, session, `large${i}.bin`, bytesOf(`large${i}.bin`))
    await server.close()
    const { standIn } = target
    const isPart = (line: string) => line.startsWith('PUT ') && line.includes('partNumber=1')
    const killed = start(['migrate', '--storage', server.storage, ...target.words], { env: S3 })
    standIn.fault = async line => {
      if (standIn.requests.filter(isPart).length === 4 && isPart(line)) killed.kill('SIGKILL')
      return undefined
    }
    t.equal((await killed.ended).signal, 'SIGKILL')
    standIn.fault = () => undefined
    await t.rejects(open(server.storage), CUT_SHORT)
    t.match(await migrate(server.storage, ['--cancel']), { status: 0, stdout: /stays in its old place/ })
    await open(server.storage)
    // By now the store has carried out what it was asked before.
    const there = standIn.objects.size
    t.ok(there > 0 && there < 6 && standIn.unfinished.size > 0, `${there} were there, ${standIn.unfinished.size} not whole`)
    const done = await migrate(server.storage, target.words, S3)
    t.match(done, { status: 0, stdout: `${6 - there} files copied and compared by checksum, ${there} already there` }, done.stderr)
    t.equal(standIn.unfinished.size, 0)
    await servesAll(t, await serveOn(t, server.storage, target, 'there'), session)
  })

  await t.test('killed while rows are brought, or between the two last steps, neither place is served until it was run again', async t => {
    const target = await makeTarget(t)
    const server = await startServer(t)
    await openSession(server)
    await server.close()
    const source = await sqlite(t, server.storage)
    await fillContacts(source, 20_000)
    const sql = await openTarget(t, target)
    const killed = start(['migrate', '--storage', server.storage, '--to', target.database])
    await until('rows come', async () => await sql.get('select 1 as one from contacts limit 1').catch(() => undefined) !== undefined)
    killed.kill('SIGKILL')
    t.equal((await killed.ended).signal, 'SIGKILL')
    const env = { RESPACE_DATABASE: target.database }
    await t.rejects(open(server.storage, env), UNFINISHED)
    await t.rejects(open(server.storage), CUT_SHORT)
    const done = await migrate(server.storage, ['--to', target.database])
    t.equal(done.status, 0, done.stderr)
    t.strictSame(await rowsIn(sql), expected(await rowsIn(source), false))

    await sql.run("update moves set state = 'arriving'")
    await t.rejects(open(server.storage, env), UNFINISHED)
    t.match(await migrate(server.storage, ['--cancel']), { status: 1, stderr: /was moved by respace migrate/ })
    t.equal((await migrate(server.storage, ['--to', target.database])).status, 0)
    t.match(await run(['user', 'list', '--storage', server.storage], { env }), { status: 0, stdout: /alice/ })
  })

  await t.test('only the database, only the bytes: an upload that waits goes on with the former, and each old place is refused', async t => {
    const target = await makeTarget(t)
    const server = await startServer(t)
    const { storage } = server
    const session = await openSession(server)
    for (const name of ['a.bin', 'large.bin']) await uploadFile(server, session, name, bytesOf(name))
    const waiting = await begin(server, 10)
    t.equal((await append(waiting, 0, '01234')).status, 204)
    await server.close()
    const rows = await migrate(storage, ['--to', target.database])
    t.equal(rows.status, 0, rows.stderr)
    const half = await serveOn(t, storage, { database: target.database }, 'half')
    await servesAll(t, half, session)
    const done = await append(waiting.replace(server.url, half.url), 5, '56789')
    t.match(done.headers.get('respace-edit'), /edit/)
    await half.close()
    const files = async () => (await rowsIn(await openTarget(t, target))).files ?? []
    t.equal((await files()).length, 3)

    const env = { ...S3, RESPACE_DATABASE: target.database }
    const bytes = await migrate(storage, ['--blobs', target.blobs], env)
    t.match(bytes, { status: 0, stdout: /^3 files copied/ }, bytes.stderr)
    await t.rejects(serveOn(t, storage, { database: target.database }, 'old'), { message: /^respace migrate moved the bytes of files to s3:\/\/bucket\/files\/ at / })
    const whole = await serveOn(t, storage, target, 'whole')
    await isServed(t, whole, (await files()).filter(({ name }) => name !== 'file'))
    await uploadFile(whole, session, 'new.bin', bytesOf('new.bin'))
    await whole.close()

    // Back into the folder where three of the four still are, one of them rotten by now.
    const rotten = (await files()).find(({ name }) => name === 'a.bin')
    const path = pathOfBlob(storage, String(rotten?.blob_id))
    await rm(path)
    await writeFile(path, Buffer.alloc(Number(rotten?.size), '?'))
    const back = await migrate(storage, ['--blobs', storage, '--checksums'], target.env)
    t.match(back, { status: 0, stdout: /^2 files copied and compared by checksum, 2 already there\n/ }, back.stderr)
    await t.rejects(serveOn(t, storage, target, 'bucket'), { message: /respace migrate moved the bytes of files to the storage folder/ })
    const again = await serveOn(t, storage, { database: target.database }, 'again')
    await isServed(t, again, (await files()).filter(({ name }) => name !== 'file'))
  })

  await t.test('bytes that are lost end it, and are left out only when that is said', async t => {
    const target = await makeTarget(t)
    const server = await startServer(t)
    const session = await openSession(server)
    const missing = await uploadFile(server, session, 'missing.bin', bytesOf('missing.bin'))
    const damaged = await uploadFile(server, session, 'damaged.bin', bytesOf('damaged.bin'))
    await uploadFile(server, session, 'good.bin', bytesOf('good.bin'))
    await server.close()
    const { files } = await readStorage(server.storage)
    const pathOf = (id: string) => pathOfBlob(server.storage, files.find(file => file.id === id)?.blobId ?? '')
    await rm(pathOf(missing))
    await writeFile(pathOf(damaged), Buffer.alloc(bytesOf('damaged.bin').length, '?'))
    t.match(await migrate(server.storage, [...target.words, '--prepare'], S3), { status: 1, stdout: /^1 file copied .*\nPrepared/, stderr: /missing or damaged: 2 files, the last step will fail/ })
    const ended = await migrate(server.storage, target.words, S3)
    t.equal(ended.status, 1)
    t.match(ended.stderr, `missing  ${missing}  "missing.bin"`)
    t.match(ended.stderr, `damaged  ${damaged}  "damaged.bin"`)
    t.match(ended.stderr, 'respace: the bytes of 2 files are missing or damaged: the source is unchanged.')
    t.equal(target.standIn.objects.size, 1, 'what is damaged is never visible')
    await open(server.storage)
    const done = await migrate(server.storage, [...target.words, '--without-lost'], S3)
    t.match(done, { status: 0, stdout: /Moved: 1 file with/, stderr: /missing or damaged: 2 files, left out/ }, done.stderr)
    const on = await serveOn(t, server.storage, target, 'there')
    await servesAll(t, on, session)
    t.match(await on.app.ports.sql.get('select bytes_stored from users'), { bytes_stored: bytesOf('good.bin').length })
  })

  await t.test('what would harm something is refused with a sentence, and changes nothing', async t => {
    const target = await makeTarget(t)
    const server = await startServer(t)
    const { storage } = server
    await uploadFile(server, await openSession(server), 'a.bin', bytesOf('a.bin'))
    await server.close()
    const before = await rowsIn(await sqlite(t, storage))
    const refused = async ([to, blobs]: ReadonlyArray<string | undefined>, reason: RegExp, env: Record<string, string> = S3) => {
      const ended = loadConfig({ storage }, env).then(config => moveStorage(config, { ...to !== undefined && { to }, ...blobs !== undefined && { blobs } }))
      const sentence = await ended.then(() => 'nothing refused', explain)
      t.match(sentence, reason)
      t.notMatch(sentence, /\n|very-secret/, 'a sentence, no stack')
    }
    // A server that is not there is waited for, ten seconds.
    const stranger = await startServer(t)
    await register(stranger)
    await stranger.close()
    const away = moveStorage(await loadConfig({ storage: stranger.storage }, {}), { to: 'postgres://x:very-secret@127.0.0.1:1/none' }).catch(explain)
    await refused([], /nothing to move: set --to/)
    await refused(['mysql://very-secret@x/y'], /--to: expected an address that begins with postgres:\/\//)
    await refused([undefined, 's3://bucket?endpoint=nowhere'], /--blobs: expected an address such as s3:/)
    await refused([undefined, target.blobs], /RESPACE_S3_ACCESS_KEY and RESPACE_S3_SECRET_KEY: needed/, {})
    await refused([join(storage, 'other')], /--to: it is already in a storage folder/)
    await refused([undefined, storage], /--blobs: it is already in a storage folder/)
    await refused([undefined, storage], /--blobs: it is already in a storage folder/, { RESPACE_DATABASE: target.database })
    await refused([`${storage}/other`], /the other part stays in the storage folder .*: use that folder/, { RESPACE_DATABASE: target.database })
    await refused(['a', 'b'], /use the same storage folder for both/, target.env)
    await refused([undefined, target.blobs.replace('/files', '')], /use two prefixes/, target.env)
    await refused([cluster.url('none')], /cannot be used: database "none" does not exist/)
    await refused([cluster.url('none').replace('respace@', 'nobody:very-secret@')], /cannot be used: role "nobody" does not exist/)
    target.standIn.fault = () => 'forbidden'
    await refused([target.database, target.blobs], /the bucket bucket at .* cannot be used: .* 403 AccessDenied .* must be keys with read and write access/)
    target.standIn.fault = () => undefined
    target.standIn.objects.set('files/thesis.pdf', Buffer.from('mine'))
    await refused([target.database, target.blobs], /s3:\/\/bucket\/files\/ at .* is not empty: use an empty one/)
    target.standIn.objects.clear()

    const sql = await openTarget(t, target)
    await sql.script('create table customers (id bigint); create table users (id bigint)')
    await refused([target.database, target.blobs], /target_\d+ has tables of another program \(customers, users\): use an empty database/)
    await sql.script('drop table customers; drop table users')
    const other = await startServer(t, { settings: { database: target.database } })
    await register(other)
    await refused([target.database, target.blobs], /target_\d+ is not empty, it has rows in .*users/)
    await refused([target.database, target.blobs], /is not empty, it has rows in/)
    await sql.script("insert into schema_migrations values (9999, 'later')")
    await refused([target.database, target.blobs], /the database has schema version 9999, but this Respace knows only versions up to \d+/)
    await other.close()
    t.strictSame(await rowsIn(await sqlite(t, storage)), before)
    t.equal((await rowsIn(sql)).users?.length, 1)

    const [first, second] = [await makeTarget(t), await makeTarget(t)]
    t.equal((await migrate(storage, [...first.words, '--prepare'], S3)).status, 0)
    t.match(await away, /^the database postgres:\/\/127\.0\.0\.1:1\/none cannot be used: connect ECONNREFUSED 127.0.0.1:1$/)
    t.match(await migrate(stranger.storage, ['--to', first.database]), { status: 1, stderr: /has data of another unfinished move/ })
    t.equal((await migrate(storage, second.words, S3)).status, 0, 'who changes his mind gives another target')
    t.match(await migrate(storage, first.words, S3), { status: 1, stderr: /this storage was moved/ })
    t.match(await migrate(storage, ['--to', storage, '--blobs', storage], second.env), { status: 1, stderr: /respace\.sqlite has the old data of a storage that was moved away: put it aside/ })
    await rm(join(storage, 'respace.sqlite'))
    await rm(join(storage, 'respace.sqlite-wal'), { force: true })
    await rm(join(storage, 'respace.sqlite-shm'), { force: true })
    t.match(await migrate(storage, ['--to', storage, '--blobs', storage], second.env), { status: 0, stdout: /^0 files copied and compared by checksum, 1 already there with the right size\n/ })
    t.match(await run(['fsck', '--checksums', '--storage', storage]), { status: 0 })
  })

  await t.test('another server that serves the same PostgreSQL is waited for', async t => {
    const target = await makeTarget(t)
    const elsewhere = await temporaryFolder(t)
    const env = { RESPACE_DATABASE: target.database, RESPACE_SECRET_KEY: 'ab'.repeat(32) }
    const server = await serveProgram(t, [], { env, storage: elsewhere })
    await register(server)
    const storage = join(await temporaryFolder(t), 'home')
    await mkdir(storage)
    const moving = start(['migrate', '--storage', storage, '--to', storage], { env })
    await until('it waits', () => moving.stdout().includes('Stop it now'))
    t.equal(errorCode(await logIn(server)), 0)
    server.kill('SIGTERM')
    await server.ended
    const ended = await moving.ended
    t.match(ended, { status: 0, stdout: /Moved: 0 files/ }, ended.stderr)
    t.match(await run(['user', 'list', '--storage', storage], { env: { RESPACE_SECRET_KEY: env.RESPACE_SECRET_KEY } }), { status: 0, stdout: /^alice/m })
    t.notOk((await readdir(storage)).includes('secret.key'), 'a key that is in a variable stays there')
    t.match(await run(['serve', '--port', '0', '--storage', elsewhere], { env }), { status: 1, stderr: /was moved/ })
  })

  await t.test('a server that was just starting when its storage began to leave does not serve', async t => {
    const target = await makeTarget(t)
    const server = await startServer(t, { settings: { database: target.database } })
    const sql = await openTarget(t, target)
    const row = { token: 'x', state: 'leaving', a: 'a', b: 'b', c: 'c', d: 'd' }
    await sql.run('insert into moves values (1, $token, $state, $a, $b, $c, $d)', row)
    await t.rejects(requireNotMoved(sql, 'a'), CUT_SHORT)
    // It looked before the mark was there; what it does next is to say that it serves, and to look again.
    const free = await createDatabase(cluster, `target_${databases++}`)
    await t.rejects(startServer(t, { settings: { database: free }, overrides: { sql, server: { id: 'late', isAlone: false } } }), CUT_SHORT)
    t.strictSame(await sql.all("select id from servers where id = 'late'"), [], 'and nobody waits for it')
    t.equal((await fetch(`${server.url}/readyz`)).status, 200)
  })

  await t.test('a disk that is full on the way back ends it; with space it goes on', async t => {
    const target = await makeTarget(t)
    const server = await serveOn(t, await temporaryFolder(t), target, 'bucket')
    const session = await openSession(server)
    for (let i = 0; i < 4; i++) await uploadFile(server, session, `large${i}.bin`, bytesOf(`large${i}.bin`))
    await server.close()
    const disk = await temporaryFolder(t)
    if (process.platform !== 'linux' || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=14m', 'respace-test', disk]).status !== 0) {
      t.comment('no tmpfs may be mounted here')
      return
    }
    t.teardown(() => spawnSync('umount', [disk]))
    const words = ['--to', disk, '--blobs', disk]
    const full = await migrate(server.storage, words, target.env)
    t.match(full, { status: 1, stderr: /respace: interrupted; the source storage is unchanged: ENOSPC: no space left on device, write; run the command again to resume\n$/ })
    t.strictSame(await readdir(join(disk, 'incoming')), [], 'nothing half is left')
    await open(server.storage, target.env)
    t.equal(spawnSync('mount', ['-o', 'remount,size=60m', disk]).status, 0)
    const done = await migrate(server.storage, words, target.env)
    t.match(done, { status: 0, stdout: /^[123] files? copied .*, [123] already there/ }, done.stderr)
    const on = await startServer(t, { storage: disk, seed: 'disk' })
    await servesAll(t, on, session)
    await on.close()
  })
})

t.test('a copy that is not the same is noticed, wherever it differs', async t => {
  const [from, to] = [openSqlite(':memory:'), openSqlite(':memory:')]
  t.teardown(() => Promise.all([from.close(), to.close()]))
  for (const sql of [from, to]) await migrateSchema(sql, await readMigrations())
  const shapes = await readMovedShapes()
  t.ok(shapes.length > 20, `${shapes.length} tables`)
  await from.run("insert into users (id, user_name, user_name_key, full_name, email, email_key, sealed_password, plan, created_at) values (1, 'a', 'a', 'a', 'a', 'a', 'a', 'Pro', 1)")
  await fillContacts(from, 4001)
  const compare = () => findDifference(from, to, shapes, () => undefined)
  const copy = () => moveRows(from, to, shapes, () => undefined)
  t.equal(await compare(), 'users does not have the same rows, the first that differs is number 1 of a page')
  await copy()
  t.equal(await compare(), undefined)
  await to.run("update contacts set name = 'other' where created_at = 3999")
  t.match(await compare(), /^contacts does not have the same rows/)
  await copy()
  await to.run('delete from contacts where created_at = 17')
  t.match(await compare(), /^contacts does not have the same rows/)
  await copy()
  await to.run("insert into contacts values (1, '\u{10ffff}', '', '', '', 0, 0)")
  t.match(await compare(), /^contacts does not have the same rows/)
  await copy()
  await to.run("insert into pauses values ('downloads', 1)")
  t.match(await compare(), /^pauses does not have the same rows|^pauses has too many rows/)
  await copy()
  t.equal(await compare(), undefined, 'what was there is gone')
})

t.test('progress is a bar on a terminal and a line now and then elsewhere', async t => {
  let now = 0
  const shown: string[] = []
  const screen = (isTTY: boolean) => ({ isTTY, write: (text: string) => { shown.push(text) } })
  const bar = showProgress(screen(true), 'bytes', 4_000_000, 'bytes', () => now)
  for (let i = 0; i < 10; i++) {
    now += 100
    bar.advance(400_000)
  }
  bar.end()
  t.equal(shown[0], '\rbytes [##......................] 10 %, 400.0 kB of 4.0 MB, 4.0 MB/s, 1 s left\x1b[K')
  t.equal(shown.length, 5 + 2, 'five pictures a second')
  showProgress({ ...screen(true), columns: 20 }, 'bytes', 10, 'bytes', () => now).advance(5)
  t.equal(shown.pop(), '\rbytes [############\x1b[K', 'never longer than a line')
  t.strictSame(shown.slice(-2), ['\rbytes [########################] 100 %, 4.0 MB of 4.0 MB, 4.0 MB/s\x1b[K', '\n'])
  shown.length = 0
  const lines = showProgress(screen(false), 'rows copied', 1_000_000, 'rows', () => now)
  for (let i = 0; i < 25; i++) {
    now += 1000
    lines.advance(100)
  }
  lines.end()
  t.strictSame(shown, [
    'rows copied: 0 %, 1000 of 1000000, 100/s, 2 h 47 min left\n', 'rows copied: 0 %, 2000 of 1000000, 100/s, 2 h 46 min left\n', 'rows copied: 0 %, 2500 of 1000000, 100/s, 2 h 46 min left\n'])
  shown.length = 0
  showProgress(screen(false), 'bytes', 0, 'bytes', () => now).end()
  t.strictSame(shown, ['bytes: 100 %, 0 B of 0 B, 0 B/s\n'])
})

const migrate = (storage: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) => run(['migrate', '--storage', storage, ...words], { env })

const UNFINISHED = { message: /^respace migrate has not copied everything here yet: run it again to finish, or start the server in the old place: the database in / }
const CUT_SHORT = { message: /^respace migrate is moving this storage, or was interrupted: .* or run respace migrate --cancel to keep the storage here$/ }

/** What each command, and the server, does first. */
const open = async (storage: string, env: Readonly<Record<string, string>> = {}): Promise<void> => withPorts(await loadConfig({ storage }, env), async () => undefined)

async function createDatabase (cluster: Cluster, name: string): Promise<string> {
  const admin = await openPostgres(cluster.url('postgres'), 1, 30_000)
  await admin.run(`create database ${name}`)
  await admin.close()
  return cluster.url(name)
}

async function sqlite (t: Test, storage: string): Promise<Sql> {
  const sql = openSqlite(join(storage, 'respace.sqlite'))
  t.teardown(() => sql.close())
  return sql
}

type Rows = Record<string, readonly SqlRow[]>

/** All rows of all tables but the note of the move, in an order that depends on nothing but them. */
async function rowsIn (sql: Sql): Promise<Rows> {
  const names = await sql.all("select name from sqlite_master where type = 'table'").catch(() =>
    sql.all("select table_name as name from information_schema.tables where table_schema = 'public'"))
  const rows = await Promise.all(names.map(async row => [textOf(row, 'name'), sorted(await sql.all(`select * from ${textOf(row, 'name')}`))] as const))
  return Object.fromEntries(rows.filter(([name]) => name !== 'moves'))
}

const sorted = (rows: readonly SqlRow[] = []): SqlRow[] => rows.map(row => [JSON.stringify(row), row] as const).sort(([a], [b]) => a < b ? -1 : 1).map(([, row]) => row)

/** What must come of rows: all as they were, but for what only running processes hold, and uploads that cannot go on elsewhere. */
function expected (rows: Rows, areBytesMoved: boolean): Rows {
  const change = (name: string, work: (row: SqlRow) => SqlRow) => sorted(rows[name]?.map(work))
  return {
    ...rows,
    contacts: change('contacts', row => JSON.parse(JSON.stringify(row).replaceAll('\\u0000', '\uFFFD')) as SqlRow),
    files: change('files', row => ({ ...row, running_downloads: 0, running_bytes: 0 })),
    servers: [],
    duties: [],
    held_places: [],
    ...areBytesMoved && {
      tickets: change('tickets', row => row.upload_id === null ? row : { ...row, upload_id: null, reserved_bytes: 0, started_at: null }),
      resumable_uploads: sorted(rows.resumable_uploads?.filter(row => row.file_id !== null)),
      doomed_blobs: []
    }
  }
}

async function login (server: TestServer): Promise<void> {
  const answer = await fetch(`${server.url}/login`, { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  if (answer.status !== 303) throw new Error(`${answer.status}`)
}

/** Begins an upload that may come in pieces; its address. */
async function begin (server: TestServer, length: number): Promise<string> {
  return server.url + (await fetch(`${server.url}/tus/`, { method: 'POST', headers: { ...TUS, 'upload-length': String(length) } })).headers.get('location')
}

const append = (url: string, offset: number, body: string) =>
  fetch(url, { method: 'PATCH', headers: { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) }, body })

/** A session of before is good, and so is every file. */
async function servesAll (t: Test, server: TestServer, session: string): Promise<void> {
  t.equal(errorCode(await call(server, 'folders.getAll', { session_key: session })), 0)
  await isServed(t, server, await server.app.ports.sql.all("select * from files where name <> 'file'"))
}

async function isServed (t: Test, server: Pick<TestServer, 'url'>, files: readonly SqlRow[]): Promise<void> {
  t.ok(files.length > 0)
  for (const { id, name } of files) {
    const answer = await fetch(`${server.url}/pro/dl/${id}`)
    t.ok(bytesOf(String(name)).equals(Buffer.from(await answer.arrayBuffer())), String(name))
  }
}

async function fillContacts (sql: Sql, count: number): Promise<void> {
  await sql.run(`insert into contacts (user_id, email_key, email, name, description, type, created_at)
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < $count)
    select 1, case n % 5 when 0 then 'é' when 1 then 'Z' when 2 then '😀' else '' end || n || '@example.org', n || '@example.org', 'Name ' || n, '', 0, n from numbers`, { count })
}
