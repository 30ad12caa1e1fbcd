/** PostgreSQL behind PgBouncer, which hands the connections of the server around between its clients. */
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { openPostgres } from '../../src/adapters/database/postgres.ts'
import { call, errorCode, openSession, uploadFile } from '../support/client.ts'
import { startCluster } from '../support/cluster.ts'
import { usePostgres } from '../support/database.ts'
import { keepsPreparedStatements, startPgBouncer, type PoolMode } from '../support/pgbouncer.ts'
import { run, serveProgram } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'

const SECRET_KEY = 'ab'.repeat(32)
const IGNORE = 'ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout'

/** The ways in which a pooler shares connections: by transaction, without and with prepared statements of its own, and by session. */
const WAYS: ReadonlyArray<readonly [name: string, mode: PoolMode, settings: readonly string[], skip: string | false]> = [
  ['transaction mode without prepared statements', 'transaction', keepsPreparedStatements() ? ['max_prepared_statements = 0'] : [], false],
  ['transaction mode with prepared statements', 'transaction', ['max_prepared_statements = 100'], keepsPreparedStatements() ? false : 'this PgBouncer is older than 1.21'],
  ['session mode', 'session', [], false]
]

t.test('PgBouncer', { skip: skipWithout('postgresql') || skipWithout('pgbouncer') }, async t => {
  const cluster = await startCluster()
  t.teardown(cluster.remove)
  await usePostgres(t, cluster)

  for (const [name, mode, settings, skip] of WAYS) {
    if (skip !== false) {
      t.comment(`${name}: ${skip}`)
      continue
    }
    t.test(name, async t => {
      // In session mode a client keeps its connection; in transaction mode two of the server's serve all.
      const through = await startPgBouncer(t, cluster, mode, mode === 'session' ? 20 : 2, [IGNORE, ...settings])
      const database = `pooled_${mode}_${settings.length}`
      cluster.create(database)

      await t.test('two clients never run each other\'s statements', async t => {
        const one = await openPostgres(through(database), 3, 30_000)
        const other = await openPostgres(through(database), 3, 30_000)
        t.teardown(async () => { await Promise.all([one.close(), other.close()]) })
        await one.script('create table things (id bigint primary key, name text not null)')
        // The order in which each client meets them differs, as does what they return.
        const statements = Array.from({ length: 12 }, (_, i) => ({ sql: `select $value as v${i}${', $value as w'.repeat(i % 3 === 0 ? 1 : 0)}`, column: `v${i}` }))
        const ask = async (sql: typeof one, order: typeof statements) => {
          for (const { sql: text, column } of order) {
            for (const value of [7, 'seven']) t.equal((await sql.get(text, { value }))?.[column], value, `${column} ${value}`)
          }
        }
        await Promise.all([...[1, 2, 3].map(() => ask(one, statements)), ...[1, 2, 3].map(() => ask(other, [...statements].reverse()))])
        // Writes, alone and in batches, exactly once each.
        const insert = (id: number) => ({ sql: 'insert into things (id, name) values ($id, $name)', params: { id, name: `n${id}` } })
        await Promise.all(Array.from({ length: 40 }, async (_, i) => {
          const sql = i % 2 === 0 ? one : other
          if (i % 4 < 2) await sql.run(insert(i).sql, insert(i).params)
          else await sql.batch([insert(i), { sql: 'update things set name = $name where id = $id', params: { id: i, name: `m${i}` }, must: true }])
        }))
        t.strictSame((await other.all('select id, name from things order by id')).map(row => `${row.id} ${row.name}`),
          Array.from({ length: 40 }, (_, i) => `${i} ${i % 4 < 2 ? 'n' : 'm'}${i}`))
        await t.rejects(one.run('insert into things (id, name) values ($id, $name)', { id: 1, name: 'again' }), /duplicate key/)
      })

      await t.test('two servers serve through it', { timeout: 120_000 }, async t => {
        cluster.create(`${database}_served`)
        const env = { RESPACE_DATABASE: through(`${database}_served`), RESPACE_SECRET_KEY: SECRET_KEY, RESPACE_DATABASE_CONNECTIONS: '3' }
        const storage = await temporaryFolder(t)
        const first = await serveProgram(t, [], { env, storage })
        const second = await serveProgram(t, [], { env, storage })
        const key = await openSession(first, 'alice')
        for (let i = 0; i < 6; i++) {
          const [here, there] = i % 2 === 0 ? [first, second] : [second, first]
          const id = await uploadFile(here, key, `file ${i}`, 'hello')
          t.equal(errorCode(await call(there, 'files.getInfo', { session_key: key, file_id: id })), 0)
          t.match(await call(there, 'folders.getInfo', { session_key: key, folder_id: '0' }), `total_files="${i + 1}"`)
        }
        const codes = await Promise.all(Array.from({ length: 40 }, async (_, i) =>
          errorCode(await call(i % 2 === 0 ? first : second, i % 3 === 0 ? 'folders.create' : 'folders.getAll', { session_key: key, name: `f${i}` }))))
        t.strictSame(codes.filter(code => code !== 0), [])
      })
    })
  }

  t.test('a pooler that refuses our settings is named at the start, with what to change', async t => {
    const through = await startPgBouncer(t, cluster, 'transaction', 2)
    const { status, stderr } = await run(['serve', '--port', '0', '--storage', await temporaryFolder(t)], { env: { RESPACE_DATABASE: through('postgres') } })
    t.equal(status, 1)
    t.match(stderr, /cannot be used: unsupported startup parameter: \w+; set ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout in PgBouncer\n$/)
  })
})
