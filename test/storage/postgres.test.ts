/** PostgreSQL as the engine: what is particular to it, starts at the same time, and restarts under the server. */
// Runs first, on SQLite only.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readMigrations } from '../../src/adapters/database/migration-files.ts'
import { openPostgres } from '../../src/adapters/database/postgres.ts'
import { skipWithout } from '../../scripts/bring-components.ts'
import { migrate } from '../../src/store/operations/migrate.ts'
import type { Sql } from '../../src/ports.ts'
import { call, element, errorCode, openSession, upload, uploadFile, userTicket } from '../support/client.ts'
import { startCluster } from '../support/cluster.ts'
import { usePostgres } from '../support/database.ts'
import { beginUpload, fileIdOf } from '../support/paused-upload.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { run, serveProgram } from '../support/cli-process.ts'
import { startBlackholeProxy } from '../support/blackhole-proxy.ts'
import { startServer, temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const SECRET_KEY = 'ab'.repeat(32)

t.test('PostgreSQL', { skip: skipWithout('postgresql') }, async t => {
  const cluster = await startCluster()
  t.teardown(cluster.remove)
  await usePostgres(t, cluster)

  async function open (t: Test, name: string, timeout = 30_000): Promise<Sql> {
    const admin = await openPostgres(cluster.url('postgres'), 1, 30_000)
    await admin.run(`create database ${name}`)
    await admin.close()
    const sql = await openPostgres(cluster.url(name), 4, timeout)
    t.teardown(() => sql.close())
    return sql
  }

  t.test('values come back as they were given, whatever stood first where a parameter stands', async t => {
    const sql = await open(t, 'values_test')
    await sql.script('create table things (id bigint primary key, name text, size bigint);\n-- A comment may end it.')
    const insert = 'insert into things (id, name, size) select $id, $name, $size where $size = -1 or $size <= $most'
    for (const [id, name, size] of [[1, 'ü 😀 $id', -1], [2, "it's", Number.MAX_SAFE_INTEGER], [3, null, 0]] as const) {
      t.strictSame(await sql.run(insert, { id, name, size, most: Number.MAX_SAFE_INTEGER }), { rows: [], changes: 1 })
    }
    t.strictSame(await sql.all('select name, size from things order by id'), [
      { name: 'ü 😀 $id', size: -1 }, { name: "it's", size: Number.MAX_SAFE_INTEGER }, { name: null, size: 0 }])
    t.strictSame(await sql.get('select count(*) as n, sum(size) as sum, max(id) as last from things'), { n: 3, sum: Number.MAX_SAFE_INTEGER - 1, last: 3 })
    t.strictSame((await sql.run('update things set name = $name where id = $id returning name', { id: 1, name: 'a\0b' })).rows, [{ name: 'a\uFFFDb' }])
    t.equal(await sql.get('select 1 from things where id = $id', { id: 9 }), undefined)
    await t.rejects(sql.get('select $missing'), { message: /missing/ })
  })

  t.test('text is ordered by its bytes, whatever the locale of the database', async t => {
    const admin = await openPostgres(cluster.url('postgres'), 1, 30_000)
    await admin.run("create database locale_test template template0 locale_provider icu icu_locale 'en' locale 'C.UTF-8'")
    await admin.close()
    const sql = await openPostgres(cluster.url('locale_test'), 1, 30_000)
    t.teardown(() => sql.close())
    await sql.script('create table words (word text primary key)')
    for (const word of ['b', 'B', 'a', '_', 'é', 'Z']) await sql.run('insert into words (word) values ($word)', { word })
    t.strictSame((await sql.all('select word from words order by word')).map(row => row.word), ['B', 'Z', '_', 'a', 'b', 'é'])
  })

  t.test('a batch is done as a whole or not at all', async t => {
    const sql = await open(t, 'batch_test')
    await sql.script('create table things (id bigint primary key)')
    const add = (id: number) => ({ sql: 'insert into things (id) values ($id)', params: { id } })
    const change = (id: number) => ({ sql: 'update things set id = id where id = $id', params: { id }, must: true })
    t.strictSame((await sql.batch([add(1), change(1)]))?.map(({ changes }) => changes), [1, 1])
    t.equal(await sql.batch([add(2), change(9), add(3)]), undefined)
    t.equal(await sql.batch([change(9)]), undefined)
    await t.rejects(sql.batch([add(4), { sql: 'insert into nowhere values (1)' }]), { message: /"nowhere" does not exist/ })
    await t.rejects(sql.batch([add(5), add(1)]), { message: /things_pkey/ }, 'what fails however often it is tried')
    // Statements that a connection has not seen before stand behind the one that fails, so the server refuses to prepare them.
    const others = [7, 8].map(id => ({ sql: 'delete from things where id = $id', params: { id } }))
    for (const failing of [add(1), { sql: 'select 1 / $zero', params: { zero: 0 } }]) await t.rejects(sql.batch([failing, ...others, ...others]), { message: /things_pkey|division by zero/ })
    t.equal(await sql.batch([change(9), { sql: 'select 1 / $zero', params: { zero: 0 } }]), undefined, 'the unmet one comes first')
    t.strictSame((await Promise.all(Array.from({ length: 8 }, () => sql.batch([...others, change(1)])))).map(written => written?.at(-1)?.changes), Array(8).fill(1))
    t.strictSame(await sql.all('select id from things'), [{ id: 1 }])
  })

  t.test('those that check and write at once are told apart as if one came after the other', async t => {
    const sql = await open(t, 'race_test')
    await sql.script('create table things (id bigint primary key, name text not null unique)')
    const next = 'insert into things (id, name) select (select coalesce(max(id), 0) + 1 from things), $name where not exists (select 1 from things where name = $name)'
    const done = await Promise.all(Array.from({ length: 12 }, (_, i) => sql.run(next, { name: `n${i % 6}` })))
    t.equal(done.filter(({ changes }) => changes === 1).length, 6)
    t.strictSame((await sql.all('select id from things order by id')).map(row => row.id), [1, 2, 3, 4, 5, 6])
  })

  t.test('two that wait for each other are both done in the end', async t => {
    const sql = await open(t, 'deadlock_test')
    await sql.script('create table things (id bigint primary key, n bigint not null); insert into things values (1, 0), (2, 0)')
    const add = (id: number) => ({ sql: 'update things set n = n + 1 where id = $id', params: { id }, must: true })
    await Promise.all(Array.from({ length: 8 }, (_, i) => sql.batch(i % 2 === 0 ? [add(1), add(2)] : [add(2), add(1)])))
    t.strictSame(await sql.all('select n from things'), [{ n: 8 }, { n: 8 }])
  })

  t.test('a statement that takes too long is given up, and the next one is served', async t => {
    const sql = await open(t, 'timeout_test', 200)
    await t.rejects(sql.get('select pg_sleep(20)'), { message: /statement timeout/ })
    t.strictSame(await sql.get('select 1 as one'), { one: 1 })
    await sql.script('select pg_sleep(0.4)')
  })

  t.test('ten servers that start together on an empty database make it once, and all serve', { timeout: 240_000 }, async t => {
    await open(t, 'start_test')
    const storage = await temporaryFolder(t)
    const env = { RESPACE_DATABASE: cluster.url('start_test'), RESPACE_SECRET_KEY: SECRET_KEY, RESPACE_DATABASE_CONNECTIONS: '2' }
    const servers = await Promise.all(Array.from({ length: 10 }, () => serveProgram(t, [], { env, storage })))
    const keys = []
    for (const [i, server] of servers.entries()) keys.push(await openSession(server, `user${i}`))
    for (const [i, key] of keys.entries()) {
      const other = servers[(i + 1) % 10]
      if (other) t.equal(errorCode(await call(other, 'folders.getAll', { session_key: key })), 0, 'a session is good on every server')
    }
    const sql = await openPostgres(cluster.url('start_test'), 1, 30_000)
    t.teardown(() => sql.close())
    t.match(await sql.get('select count(*) as n from schema_migrations'), { n: (await readMigrations()).length })
    await t.rejects(migrate(sql, []), { message: /newer Respace/ })
    t.match(await sql.get('select count(*) as n from servers'), { n: 10 })
    servers[0]?.kill('SIGTERM')
    await servers[0]?.ended
    t.match(await sql.get('select count(*) as n from servers'), { n: 9 }, 'who ends well is forgotten')
    const listed = await run(['user', 'list', '--storage', storage], { env })
    t.match(listed.stdout, /^user9 /m, 'a command works beside them')
    const wrong = await run(['serve', '--port', '0', '--storage', storage], { env: { ...env, RESPACE_SECRET_KEY: 'cd'.repeat(32) } })
    t.match(wrong, { status: 1, stderr: /the secret key does not open/ })
    const embedded = await run(['serve', '--port', '0', '--storage', storage])
    t.match(embedded, { status: 1, stderr: /another Respace server runs on the storage folder/ })
  })

  t.test('a database that is not there is told of at the start, without the password', async t => {
    const storage = await temporaryFolder(t)
    const url = cluster.url('nowhere').replace('respace@', 'respace:geheim@')
    const { status, stdout, stderr } = await run(['serve', '--port', '0', '--storage', storage], { env: { RESPACE_DATABASE: url } })
    t.equal(status, 1)
    t.match(stderr, /^respace: the database postgres:\/\/127\.0\.0\.1:\d+\/nowhere cannot be used: database "nowhere" does not exist\n$/)
    t.notMatch(stdout + stderr, 'geheim')
    const bad = await run(['serve', '--port', '0', '--storage', storage], { env: { RESPACE_DATABASE: 'mysql://respace:geheim@localhost/x' } })
    t.match(bad, { status: 1, stderr: /RESPACE_DATABASE: expected an address that begins with postgres:\/\/ or postgresql:\/\// })
    t.notMatch(bad.stderr, 'geheim')
  })

  for (const mode of ['fast', 'immediate'] as const) {
    t.test(`when the database server restarts (${mode}) calls wait for it, and what was acknowledged is there`, { timeout: 120_000 }, async t => {
      const server = await startServer(t)
      const key = await openSession(server)
      const acknowledged = [await uploadFile(server, key, 'before', 'x')]
      const failures: string[] = []
      const ending = new AbortController()

      async function keepCalling (work: () => Promise<void>): Promise<void> {
        while (!ending.signal.aborted) await work().catch((error: unknown) => { failures.push(String(error)) })
      }
      const reading = keepCalling(async () => {
        const code = errorCode(await call(server, 'folders.getAll', { session_key: key }))
        if (code !== 0) failures.push(`a read: ${code}`)
      })
      const writing = Promise.all([1, 2].map(() => keepCalling(async () => {
        const { body } = await upload(await userTicket(server, key), [{ name: 'during', bytes: Buffer.alloc(10_000) }])
        const id = /^file_id=(\w+)/m.exec(body)?.[1]
        if (id !== undefined) acknowledged.push(id)
      })))
      const slow = await beginUpload(server, key, 1_000_000)

      await until('some were uploaded', () => acknowledged.length > 5)
      cluster.stop(mode)
      const then = acknowledged.length
      cluster.start()
      await until('more are uploaded', () => acknowledged.length > then + 5)
      ending.abort()
      await Promise.all([reading, writing])
      acknowledged.push(fileIdOf(await slow.finish()))

      t.strictSame(failures.filter(text => text.startsWith('a read')), [], 'reads only wait')
      for (const id of acknowledged) t.equal(errorCode(await call(server, 'files.getInfo', { session_key: key, file_id: id })), 0)
      server.clock.time += 1000
      await server.app.sweep()
      t.strictSame(await brokenInvariants(server.storage), [])
      t.equal(element(await call(server, 'auth.checkSession', { session_key: key }), 'session'), 'ok')
    })
  }

  t.test('while the database server is away calls end with a temporary error, and it serves again by itself', { timeout: 120_000 }, async t => {
    const server = await startServer(t)
    const key = await openSession(server)
    cluster.stop('fast')
    const response = await fetch(`${server.url}/rest/?method=folders.getAll&session_key=${key}`)
    const text = await response.text()
    t.notMatch(text, /postgres|ECONNREFUSED|127\.0\.0\.1/)
    t.not(errorCode(text), 0)
    cluster.start()
    t.equal(errorCode(await call(server, 'folders.getAll', { session_key: key })), 0)
  })

  t.test('a database that swallows what it is sent is given up, and used again at once when it answers', { timeout: 120_000 }, async t => {
    await open(t, 'silent_test')
    const { port } = new URL(cluster.url('silent_test'))
    const relay = await startBlackholeProxy(t, Number(port))
    const storage = await temporaryFolder(t)
    const env = {
      RESPACE_DATABASE: cluster.url('silent_test').replace(port, String(relay.port)),
      RESPACE_SECRET_KEY: SECRET_KEY,
      RESPACE_DATABASE_TIMEOUT: '1 second',
      RESPACE_DATABASE_CONNECTIONS: '4',
      RESPACE_METRICS_TOKEN: 'a-token-of-enough-length'
    }
    const server = await serveProgram(t, ['--grace-period', '2s'], { env, storage })
    const key = await openSession(server)
    const list = () => call(server, 'folders.getAll', { session_key: key })
    t.equal(errorCode(await list()), 0)
    await Promise.all(Array.from({ length: 8 }, list))
    const metrics = async () => (await fetch(`${server.url}/metrics`, { headers: { authorization: 'Bearer a-token-of-enough-length' } })).text()

    relay.hush()
    const since = performance.now()
    const calls = Promise.all(Array.from({ length: 8 }, list))
    for (let i = 0; i < 5; i++) {
      const began = performance.now()
      const ready = await fetch(`${server.url}/readyz`)
      t.strictSame([ready.status, await ready.text()], [503, 'database: no answer\n'])
      t.ok(performance.now() - began < 5000, 'as fast as ever')
      await sleep(300)
    }
    t.strictSame((await calls).map(errorCode), Array.from({ length: 8 }, () => 15))
    t.ok(performance.now() - since < 20_000, `${performance.now() - since} ms`)

    relay.speak()
    const healing = performance.now()
    await until('it answers again', async () => errorCode(await list()) === 0)
    t.ok(performance.now() - healing < 15_000, 'none of the old connections is waited for')
    await until('it is ready again', async () => (await fetch(`${server.url}/readyz`)).status === 200)
    t.strictSame((await Promise.all(Array.from({ length: 8 }, list))).map(errorCode), Array.from({ length: 8 }, () => 0))

    relay.hush()
    let text = ''
    await until('the metrics tell', async () => {
      text = await metrics()
      return text.includes('respace_up{part="database"} 0')
    })
    t.match(text, /^respace_up\{part="database"\} 0$/m)
    t.match(text, /^respace_up\{part="disk"\} 1$/m)
    t.match(text, /^respace_errors_total\{part="database"\} [1-9]/m)
    t.match(text, /^respace_database_connections\{state="busy"\} \d+$/m)
    const hanging = list().catch(() => undefined)
    const ending = performance.now()
    server.kill('SIGTERM')
    t.equal((await server.ended).status, 0)
    t.ok(performance.now() - ending < 15_000, `it ends: ${performance.now() - ending} ms`)
    await hanging
  })

  t.test('a migration may take longer than a statement', async t => {
    const sql = await open(t, 'long_test', 200)
    await sql.script('create table things (id bigint); select pg_sleep(2)')
    t.strictSame(await sql.all('select id from things'), [])
  })

  t.test('SQLite alone is loaded by a server that needs nothing else', async t => {
    const loaded = await loadedBy('main.js')
    for (const name of ['better-sqlite3', 'fastify']) t.ok(loaded.has(name), name)
    for (const name of ['pg', 'ioredis', 'aws4fetch', 'prom-client', 'nodemailer', 'node-forge']) t.notOk(loaded.has(name), name)
  })
})

/** The packages that a built file imports or contains, it and the built files that it imports, before anything runs. */
async function loadedBy (file: string, found = new Set<string>()): Promise<Set<string>> {
  found.add(file)
  const text = await readFile(`dist/${file}`, 'utf8')
  for (const [, name = ''] of text.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)) found.add(name)
  for (const [, name = ''] of text.matchAll(/^(?:import|export)\s*(?:[^"';]*?from\s*)?["']([^"']+)["']/gm)) {
    const own = name.startsWith('./')
    if (!own) found.add(name)
    else if (!found.has(name.slice(2))) await loadedBy(name.slice(2), found)
  }
  return found
}
