/** Writes to SQLite in a thread: reads go on meanwhile and see what was acknowledged, errors stay what they are, and a thread that ends loses nothing. */
// Runs on SQLite only.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { openSqlite, type SqliteSql } from '../../src/adapters/database/sqlite.ts'
import { endThread } from '../../src/adapters/database/sqlite-writer.ts'
import { OutcomeUnknown } from '../../src/ports.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { ROOT } from '../support/cli-process.ts'
import { startServer, temporaryFolder, type Teardown } from '../support/server.ts'

async function openTexts (t: Teardown): Promise<{ file: string, sql: SqliteSql }> {
  const file = join(await temporaryFolder(t), 'a.sqlite')
  const sql = openSqlite(file, { hasThread: true })
  t.teardown(() => sql.close())
  await sql.script('create table texts (id integer primary key, text text not null)')
  return { file, sql }
}

const insert = (sql: SqliteSql, id: number): Promise<unknown> => sql.run('insert into texts (id, text) values ($id, $text)', { id, text: 'a' })
const count = async (sql: SqliteSql): Promise<unknown> => (await sql.get('select count(*) as n from texts'))?.n
const turn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

/** Nobody can write until this is called. */
function lock (file: string): () => void {
  const other = openDatabase(file)
  other.exec('begin immediate')
  return () => {
    other.exec('commit')
    other.close()
  }
}

t.test('after it was closed a write is an error, and the file is not opened again', async t => {
  const { file, sql } = await openTexts(t)
  await insert(sql, 1)
  const last = insert(sql, 2)
  await sql.close()
  t.ok(await last)
  await t.rejects(insert(sql, 3), /is closed/)
  await t.rejects(sql.batch([]), /is closed/)
  await t.rejects(count(sql))
  await turn()
  t.same((await readdir(dirname(file))), ['a.sqlite'], 'the log is gone with its connections')
})

t.test('reads go on while a write waits, and do not see it', async t => {
  const { file, sql } = await openTexts(t)
  await insert(sql, 1)
  const unlock = lock(file)
  let isWritten = false
  const written = insert(sql, 2).then(() => { isWritten = true })
  for (let i = 0; i < 200; i++) {
    t.equal(await count(sql), 1)
    await turn()
  }
  t.notOk(isWritten)
  unlock()
  await written
  t.equal(await count(sql), 2)
})

t.test('whoever has an answer reads what it wrote, whatever others read in the same turn', async t => {
  const { sql } = await openTexts(t)
  const over = new AbortController()
  const reading = (async () => {
    for (; !over.signal.aborted; await turn()) await count(sql)
  })()
  for (let id = 1; id <= 300; id++) {
    await insert(sql, id)
    t.equal(await count(sql), id)
  }
  over.abort()
  await reading
})

t.test('writes keep their order, those that come during a write too', async t => {
  const { sql } = await openTexts(t)
  await insert(sql, 1)
  const writes = []
  for (let i = 0; i < 500; i++) {
    writes.push(sql.run('update texts set text = $text || text where id = 1', { text: String(i % 10) }))
    if (i % 7 === 0) await turn()
  }
  await Promise.all(writes)
  t.equal((await sql.get('select text from texts'))?.text, [...Array.from({ length: 500 }, (_, i) => i % 10)].reverse().join('') + 'a')
})

t.test('errors keep their kind and concern their own write only', async t => {
  const { sql } = await openTexts(t)
  const outcomes = await Promise.allSettled([insert(sql, 1), insert(sql, 1), insert(sql, 2), sql.run('update missing set a = 1'), sql.run('update texts set text = $missing'),
    sql.batch([{ sql: "update texts set text = 'b'" }, { sql: 'update texts set text = text where id = 9', must: true }])])
  const told = outcomes.map(outcome => outcome.status === 'fulfilled' ? outcome.value !== undefined : [(outcome.reason as Error).name, (outcome.reason as { code?: string }).code, (outcome.reason as Error).message])
  t.strictSame(told, [
    true, ['SqliteError', 'SQLITE_CONSTRAINT_PRIMARYKEY', 'UNIQUE constraint failed: texts.id'], true, ['SqliteError', 'SQLITE_ERROR', 'no such table: missing'],
    ['RangeError', undefined, 'Missing named parameter "missing"'], false
  ])
  t.strictSame(await sql.all('select id, text from texts'), [{ id: 1, text: 'a' }, { id: 2, text: 'a' }])
})

t.test('a thread that ends in the middle: those it wrote for learn that it is not known, the others are written by the next', async t => {
  const { file, sql } = await openTexts(t)
  await insert(sql, 1)
  const unlock = lock(file)
  const middle = insert(sql, 2).catch((error: unknown) => error)
  await turn()
  await turn()
  const later = [insert(sql, 3), insert(sql, 4)]
  const ended = endThread()
  unlock()
  await ended
  const error = await middle
  if (error !== undefined && !(typeof error === 'object' && error !== null && 'changes' in error)) t.ok(error instanceof OutcomeUnknown, String(error))
  await Promise.all(later)
  await insert(sql, 5)
  t.strictSame((await sql.all('select id from texts where id <> 2')).map(({ id }) => id), [1, 3, 4, 5])
  t.match(await sql.get('pragma integrity_check'), { integrity_check: 'ok' })
})

t.test('a thread that ends while it runs a checkpoint loses nothing, and what it wrote is whole', async t => {
  const { file, sql } = await openTexts(t)
  const size = () => statSync(file).size
  // More pages than the log may have: each commit is followed by a checkpoint, which makes the database itself grow.
  const textOf = (id: number) => String.fromCharCode(97 + id % 26).repeat(8_000_000 + id)
  const acknowledged: number[] = []
  let caught = 0
  for (let id = 1; id <= 12; id++) {
    const before = size()
    const answer = { hasCome: false }
    const written = sql.run('insert into texts (id, text) values ($id, $text)', { id, text: textOf(id) }).then(
      () => { acknowledged.push(id) },
      (error: unknown) => { t.ok(error instanceof OutcomeUnknown, String(error)) }
    ).finally(() => { answer.hasCome = true })
    while (!answer.hasCome && size() === before) await turn()
    if (!answer.hasCome) caught++
    await endThread()
    await written
  }
  t.ok(caught > 0, `it ended in ${caught} checkpoints`)
  await insert(sql, 100)
  const found = await sql.all('select id, text from texts where id < 100')
  for (const id of acknowledged) t.ok(found.some(row => row.id === id), `row ${id} is there`)
  for (const { id, text } of found) t.ok(text === textOf(Number(id)), `row ${id} is whole`)
  t.match(await sql.get('pragma integrity_check'), { integrity_check: 'ok' })
})

t.test('uploads while the thread ends again and again: what was acknowledged is there, whole, and once', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  let ends = 0
  const acknowledged = new Map<string, string>()
  await Promise.all(Array.from({ length: 8 }, async (_, client) => {
    for (let i = 0; i < 10; i++) {
      const name = `${client}-${i}.txt`
      // It may be refused; who is refused may try again.
      const id = await uploadFile(server, key, name, name).catch(() => undefined)
      if (id === undefined) continue
      acknowledged.set(name, id)
      if (acknowledged.size % 5 !== 0) continue
      // In the middle of what the others do.
      await endThread()
      ends++
    }
  }))
  t.ok(ends > 3, `it ended ${ends} times`)
  t.ok(acknowledged.size > 10, `${acknowledged.size} were acknowledged`)
  for (const [name, id] of acknowledged) {
    t.match(await server.app.ports.sql.all('select name from files where id = $id or name = $name', { id, name }), [{ name }], name)
    t.equal(await (await fetch(attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url'))).text(), name)
  }
})

t.test('a program that forgets to close it ends nevertheless', async t => {
  const { file } = await openTexts(t)
  const text = `import { openSqlite } from ${JSON.stringify(join(ROOT, 'src/adapters/database/sqlite.ts'))}
    const sql = openSqlite(${JSON.stringify(file)}, { hasThread: true })
    await sql.run("insert into texts (id, text) values (1, 'a')")
    console.log(JSON.stringify(await sql.all('select * from texts')))`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import=tsx', '--input-type=module', '-e', text], { encoding: 'utf8', cwd: ROOT, timeout: 60_000 })
  t.match({ stdout, stderr, status }, { stdout: '[{"id":1,"text":"a"}]\n', status: 0 })
})
