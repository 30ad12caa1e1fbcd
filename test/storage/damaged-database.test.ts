/** Pages of the database that cannot be read: they fail requests and not the process, and neither fsck nor backup passes them over. */
// Runs first, on SQLite only.
import { chmod, chown, cp, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { findDamage } from '../../src/adapters/database/database-check.ts'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { openSqlite } from '../../src/adapters/database/sqlite.ts'
import { API_KEY, call, md5, openSession, uploadFile, userTicket } from '../support/client.ts'
import { pathOfBlob } from '../../src/adapters/blobs/blob-folder.ts'
import { run } from '../support/cli-process.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { readStorage } from '../support/storage-contents.ts'
import { beginAt } from '../support/tus.ts'
import { logInOnPages } from '../support/page-session.ts'

interface Root {
  readonly name: string
  readonly table: string
  readonly type: string
  readonly page: number
}

/** A storage with something in every table that people fill; its roots, and what a client knows of it. */
async function begin (t: Test) {
  const server = await startServer(t)
  const session = await openSession(server)
  const file = await uploadFile(server, session, 'one.txt', 'one')
  await uploadFile(server, session, 'two.txt', 'two', { recipient_email: 'bob@example.org' })
  await call(server, 'folders.create', { session_key: session, name: 'Photos', shared: 1 })
  await call(server, 'addressbook.add', { session_key: session, email: 'carol@example.org', name: 'Carol' })
  const visitor = await logInOnPages(server)
  await visitor.visit('/account/uploader', { kind: 'sharex' })
  const ticket = await userTicket(server, session)
  const [folder] = await server.app.ports.sql.all('select id from folders')
  await server.close()
  const db = openDatabase(join(server.storage, 'respace.sqlite'))
  db.exec('pragma wal_checkpoint(truncate)')
  const roots = db.prepare<[], Root>('select name, tbl_name as "table", type, rootpage as page from sqlite_master where rootpage > 0 order by rootpage').all()
  const size = Number(db.prepare<[], { page_size: number }>('pragma page_size').get()?.page_size)
  db.close()
  return { storage: server.storage, session, file, ticket, folder: String(folder?.id), roots, size }
}

async function zero (storage: string, { page }: Root, size: number): Promise<void> {
  const handle = await open(join(storage, 'respace.sqlite'), 'r+')
  await handle.write(Buffer.alloc(size), 0, size, (page - 1) * size)
  await handle.close()
}

/** One of everything that a stranger or a client with a session may ask, none of which may end the process. */
async function askAll (t: Test, server: TestServer, name: string, { session, file, folder, ticket }: Awaited<ReturnType<typeof begin>>): Promise<number> {
  const asked = async (what: string, response: Promise<Response>) => {
    const answer = await response
    const text = await answer.text()
    const isTold = answer.status < 500 || answer.status === 503
    if (!isTold || /SQLITE|database|malformed|sqlite/.test(text)) t.fail(`${name}: ${what} answered ${answer.status} ${text.slice(0, 300)}`)
    return answer.status === 503 || /code="15"/.test(text) ? 1 : 0
  }
  const api = (method: string, params: Record<string, string>) => asked(method, fetch(`${server.url}/rest/?${new URLSearchParams({ method, ...params })}`))
  const page = (path: string, init: RequestInit = {}) => asked(path, fetch(server.url + path, { redirect: 'manual', ...init }))
  const madeUp = 'a'.repeat(32)
  const upload = new FormData()
  upload.set('userfile', new Blob(['bytes']), 'a.txt')
  const counts = await Promise.all([
    api('auth.checkSession', { session_key: madeUp }), api('folders.getAll', { session_key: session }), api('files.getInfo', { session_key: session, file_id: file }),
    api('auth.createToken', { api_key: API_KEY, api_version: '1.2' }), api('auth.login', { token: madeUp, user_name: 'alice', tokened_password: md5('x') }),
    api('auth.register', { api_key: API_KEY, user_name: `new${Math.random()}`.replace('.', '').slice(0, 18), full_name: 'New One', email: 'new@example.org', password: 'secret1' }),
    api('upload.getInfo', { session_key: session }), api('download.getInfo', { session_key: session, file_id: file }), api('addressbook.list', { session_key: session }),
    api('folders.getShared', { session_key: session, folder_id: folder }), api('anonymous.uploadGetInfo', { api_key: API_KEY, api_version: '1.2' }),
    page('/'), page(`/file/${file}`), page(`/folder/${folder}`), page(`/folder/${folder}/rss`), page(`/folder/${folder}/zip`), page(`/pro/dl/${file}`), page('/my', { headers: { cookie: `respace_session=${madeUp}` } }),
    page('/login', { method: 'POST', body: new URLSearchParams({ user_name: 'alice', password: 'wrong' }) }), page(`/edit/${file}/${madeUp}`), page(`/request/${madeUp}`), page(`/setup/${madeUp}`),
    page('/upload', { method: 'POST', body: upload }), page('/upload/key', { method: 'POST', headers: { authorization: `Bearer ${madeUp}` }, body: upload }),
    asked('an upload', fetch(ticket.url.replace(/^https?:\/\/[^/]*/, server.url), { method: 'POST', body: upload })),
    asked('progress', fetch(ticket.progressUrl.replace(/^https?:\/\/[^/]*/, server.url))),
    asked('tus', beginAt(`${server.url}/tus/`, 5)), page('/readyz'), page('/metrics')
  ])
  return counts.reduce<number>((sum, count) => sum + count, 0)
}

t.test('with the root page of any table or index zeroed the server answers each request, and stays up', async t => {
  const made = await begin(t)
  t.ok(made.roots.length > 40, `${made.roots.length} roots`)
  let started = 0
  let failed = 0
  for (const root of made.roots) {
    const storage = join(await temporaryFolder(t), 'storage')
    await cp(made.storage, storage, { recursive: true })
    await zero(storage, root, made.size)
    let server: TestServer
    try {
      server = await startServer(t, { storage, seed: root.name })
    } catch (error) {
      // Without these nobody knows what the database is.
      t.ok(['schema_migrations', 'key_check', 'moves'].includes(root.table), `${root.name}: ${String(error)}`)
      t.equal((error as Error).constructor.name, 'StorageProblem', `${root.name}: a sentence`)
      continue
    }
    started++
    const failures = await askAll(t, server, root.name, made)
    failed += failures
    await server.app.sweep().catch(() => undefined)
    await server.app.deliver().catch(() => undefined)
    t.equal(await (await fetch(`${server.url}/healthz`)).text(), 'ok\n', `${root.name} (${failures} failures)`)
    const lines = server.log().split('\n').filter(line => line.includes('"level":50')).map(line => JSON.parse(line) as { reqId?: string })
    const requests = lines.flatMap(({ reqId }) => reqId ?? [])
    t.equal(new Set(requests).size, requests.length, `${root.name}: logged once for each request`)
    await server.close()
  }
  t.ok(started > 35 && failed > 100, `${started} servers started, ${failed} requests failed`)
})

t.test('what is read and written beside a failing statement in the same turn is as good as ever', async t => {
  const made = await begin(t)
  const sessions = made.roots.find(({ name }) => name === 'sqlite_autoindex_sessions_1')
  if (sessions === undefined) throw new Error('the index is there')
  await zero(made.storage, sessions, made.size)
  const sql = openSqlite(join(made.storage, 'respace.sqlite'))
  t.teardown(() => sql.close())
  for (let round = 0; round < 5; round++) {
    const outcomes = await Promise.allSettled([
      sql.get('select count(*) as n from users'),
      sql.get('select * from sessions where session_key = $key', { key: 'made up' }),
      sql.run('insert into pauses (name, paused_at) values ($name, 1)', { name: `round ${round}` }),
      sql.run("insert into sessions values ('x', 1, '1.0', 1, 1)"),
      sql.batch([{ sql: "insert into pauses (name, paused_at) values ('undone', 1)" }, { sql: "update sessions set user_id = 2 where session_key = 'x'" }]),
      sql.get('select count(*) as n from files')
    ])
    t.strictSame(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'rejected', 'fulfilled'])
    t.match(await sql.all('select name from pauses order by name'), Array.from({ length: round + 1 }, (_, i) => ({ name: `round ${i}` })))
  }
  t.equal((await sql.all("select * from pauses where name = 'undone'")).length, 0)
})

t.test('every damage is found by the check that fsck and backup make', async t => {
  const made = await begin(t)
  const sound = openSqlite(join(made.storage, 'respace.sqlite'))
  t.strictSame(await findDamage(sound), [])
  await sound.close()
  for (const root of made.roots) {
    const copy = join(await temporaryFolder(t), 'respace.sqlite')
    await cp(join(made.storage, 'respace.sqlite'), copy)
    await zero(dirname(copy), root, made.size)
    const sql = openSqlite(copy)
    t.ok((await findDamage(sql)).length > 0, root.name)
    await sql.close()
  }
})

t.test('fsck names a damaged database and repairs nothing, backup refuses it unless forced', async t => {
  const made = await begin(t)
  const names = ['sqlite_autoindex_sessions_1', 'files_by_folder', 'files', 'contacts', 'events_by_time']
  for (const root of made.roots.filter(({ name }) => names.includes(name))) {
    const folder = await temporaryFolder(t)
    const storage = join(folder, 'storage')
    await cp(made.storage, storage, { recursive: true })
    const saved = join(folder, 'saved')
    t.equal((await run(['backup', saved, '--storage', storage])).status, 0)
    const manifest = await readFile(join(saved, 'backup.json'), 'utf8')
    await zero(storage, root, made.size)
    const before = await readdir(join(storage, 'blobs'), { recursive: true })
    for (const words of [['fsck'], ['fsck', '--checksums'], ['fsck', '--repair']]) {
      const found = await run([...words, '--storage', storage])
      t.equal(found.status, 1, `${root.name}: ${words.join(' ')}`)
      t.match(found.stdout, 'database respace.sqlite is damaged: ')
      t.match(found.stdout + found.stderr, 'See "A damaged database" in docs/operations.md')
      t.notMatch(found.stdout, 'is in order')
      t.notMatch(found.stderr, /\n {4}at /)
    }
    t.strictSame(await readdir(join(storage, 'blobs'), { recursive: true }), before, 'nothing is removed by the word of a damaged database')
    const refused = await run(['backup', saved, '--storage', storage])
    t.match(refused, { status: 1, stdout: '', stderr: /is damaged: [^]*Nothing was saved, an earlier backup is unchanged/ }, root.name)
    t.equal(await readFile(join(saved, 'backup.json'), 'utf8'), manifest)
    const rescued = join(folder, 'rescued')
    const forced = await run(['backup', '--force', rescued, '--storage', storage])
    t.equal(forced.status, 1, 'also when it could save something')
    t.notMatch(forced.stderr, /\n {4}at /, root.name)
    if (root.type === 'table') continue
    t.match(forced.stdout, /^saved 2 files/, `${root.name}: an index is built anew`)
    const restored = join(folder, 'restored')
    t.equal((await run(['restore', rescued, '--storage', restored])).status, 0)
    t.match(await run(['fsck', '--checksums', '--storage', restored]), { status: 0, stdout: /is in order/ })
  }
})

t.test('fsck goes on after a file and a folder that it may not read, repairs the others, and says that these stay', async t => {
  const made = await begin(t)
  const folder = await temporaryFolder(t)
  await chmod(folder, 0o755)
  const storage = join(folder, 'storage')
  await cp(made.storage, storage, { recursive: true })
  const nobody = 65_534
  const { files: [first, second] } = await readStorage(storage)
  if (first === undefined || second === undefined) throw new Error('there are two')
  const owned = async (path: string): Promise<void> => {
    await chown(path, nobody, nobody)
    for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) await chown(join(entry.parentPath, entry.name), nobody, nobody)
  }
  await owned(storage)
  const fsck = (...words: string[]) => run(['fsck', '--checksums', ...words, '--storage', storage], { uid: nobody })
  t.match(await fsck(), { status: 0, stdout: /is in order/ })
  await chown(pathOfBlob(storage, first.blobId), 0, 0)
  await chmod(pathOfBlob(storage, first.blobId), 0o600)
  await rm(pathOfBlob(storage, second.blobId))
  await writeFile(pathOfBlob(storage, 'orphan-0'), 'x')
  await chown(pathOfBlob(storage, 'orphan-0'), nobody, nobody)
  const found = await fsck()
  t.equal(found.status, 1)
  t.match(found.stdout, new RegExp(`^unread   ${first.id}  .*EACCES`, 'm'))
  t.match(found.stdout, new RegExp(`^missing  ${second.id}`, 'm'))
  t.match(found.stdout, /^orphan/m)
  t.match(found.stdout, /^2 found, --repair repairs them$/m)
  t.match(found.stdout, /^1 cannot be read and was not changed/m)
  const repaired = await fsck('--repair')
  t.equal(repaired.status, 1, repaired.stderr)
  t.match(repaired.stdout, /^2 found and repaired$/m)
  t.strictSame((await readStorage(storage)).files.map(({ id }) => id), [first.id], 'it may be whole')
  t.ok(await readFile(pathOfBlob(storage, first.blobId)))

  await chown(pathOfBlob(storage, first.blobId), nobody, nobody)
  const shard = dirname(pathOfBlob(storage, first.blobId))
  await rename(shard, `${shard}-away`)
  await mkdir(shard, { mode: 0o700 })
  const hidden = await fsck()
  t.match(hidden.stdout, /^unread {3}EACCES[^\n]*scandir/m)
  t.match(hidden.stdout, new RegExp(`^unread   ${first.id}`, 'm'))
  t.equal(hidden.status, 1)
})
