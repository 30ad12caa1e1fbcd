/** The log of SQLite, which no reader may make grow for good. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { openDatabase } from '../../src/adapters/database/open-database.ts'
import { openSqlite } from '../../src/adapters/database/sqlite.ts'
import { temporaryFolder } from '../support/server.ts'

const MiB = 1024 * 1024

t.test('a log that grew behind a long reader shrinks once that one is done', async t => {
  const file = join(await temporaryFolder(t), 'a.sqlite')
  const sql = openSqlite(file)
  t.teardown(() => sql.close())
  const logSize = async () => (await stat(`${file}-wal`)).size
  await sql.script('create table texts (id bigint primary key, text text not null)')
  const reader = openDatabase(file)
  reader.exec('begin; select count(*) from texts')
  for (let round = 0; round < 20; round++) {
    await sql.fill('texts', { id: 'bigint', text: 'text' }, Array.from({ length: 100 }, (_, i) => ({ id: round * 100 + i, text: 'x'.repeat(10_000) })))
  }
  t.ok(await logSize() > 20 * MiB, 'it holds all that the reader does not see')
  reader.exec('commit')
  reader.close()
  for (let i = 0; i < 3; i++) await sql.run('update texts set text = $text where id = 0', { text: String(i) })
  t.ok(await logSize() <= 4 * MiB, `${await logSize()} bytes`)
  t.match(await sql.get('select count(*) as n from texts'), { n: 2000 })
})
