/** The index of names finds what reading all names finds, whatever happens to files, and nobody else's. */
import { join } from 'node:path'
import t from 'tap'
import { openSqlite } from '../../src/adapters/database/sqlite.ts'
import type { Sql } from '../../src/ports.ts'
import { anywhere } from '../../src/store/sql.ts'
import { run } from '../support/cli-process.ts'
import { call, openSession, uploadFile } from '../support/client.ts'
import { isOnPostgres } from '../support/database.ts'
import { temporaryFolder, startServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const giveWay = async () => undefined

const TEXTS = ['holiday', 'HOLIDAY', 'Übung', 'übung', '"quo', '100%_', 'a\\b', 'abcabc', '日本語', 'nowhere', 'image 000 x', '\u{1F600}\u{1F601}\u{1F602}']

const NAMES = ['Holiday 1.jpg', 'my HOLIDAY.png', 'Übung.txt', 'übung.txt', 'say "quote".txt', '100%_sure.txt', 'a\\b.txt', 'abc bca cab', 'abcabc', '日本語の名前', 'x',
  'image 000 y, image 00 x', '\u{1F600}\u{1F601}\u{1F602}.gif', '']

const byReading = async (sql: Sql, ownerId: number, text: string) =>
  (await sql.all("select id from files where owner_id = $ownerId and lower(name) like $pattern escape '\\' order by id", { ownerId, pattern: anywhere(text) })).map(row => row.id)

const byIndex = async (sql: Sql, ownerId: number, text: string) => (await sql.names?.find(ownerId, text, 5000, giveWay))?.map(row => row.id).sort()

const whenMade = (sql: Sql, ownerId: number) => until('the index is made', async () => await byIndex(sql, ownerId, 'zzz') !== undefined)

let added = 0

async function addNames (sql: Sql, ownerId: number | null, names: readonly string[]): Promise<void> {
  await sql.fill('files', { id: 'text', owner_id: 'bigint', name: 'text', size: 'bigint', crc32: 'bigint', blob_id: 'text', delete_code: 'text', uploaded_at: 'bigint' },
    names.map((name, i) => ({ id: `file-${added}`, owner_id: ownerId, name, size: 1, crc32: 0, blob_id: `blob-${added++}`, delete_code: '', uploaded_at: i })))
}

t.test('it follows files that are added, renamed and deleted, while it is made and afterwards', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { sql } = server.app.ports
  await sql.run("insert into users (id, user_name, user_name_key, full_name, email, email_key, sealed_password, plan, created_at) values (2, 'b', 'b', 'B', 'b', 'b', 'x', 'Pro', 0)")
  await addNames(sql, 1, NAMES)
  await addNames(sql, 2, NAMES)
  await addNames(sql, null, NAMES)
  await addNames(sql, 1, Array.from({ length: 5000 }, (_, i) => i % 5 === 0 ? `many and some abc ${i}` : `many abc ${i}`))
  const same = async (when: string) => {
    for (const text of TEXTS) t.strictSame(await byIndex(sql, 1, text), await byReading(sql, 1, text), `${text} ${when}`)
  }

  t.equal(await byIndex(sql, 1, 'abc'), undefined, 'it is made when it is first asked for')
  await sql.run("update files set name = 'Holiday, renamed while it is made' where id = 'file-7'")
  await sql.run("delete from files where id = 'file-1'")
  await whenMade(sql, 1)
  await same('at first')
  t.equal((await sql.names?.find(1, 'some', 900, giveWay))?.length, 900, 'no more than asked for')
  t.equal((await byIndex(sql, 1, 'some'))?.length, 1000)
  t.equal((await byIndex(sql, 1, 'many'))?.length, isOnPostgres() ? 5000 : undefined, 'what nearly all names contain is found sooner by reading')
  t.equal(await byIndex(sql, 1, 'ab'), undefined, 'too short')

  const file = await uploadFile(server, key, 'holiday, uploaded.txt', 'a')
  t.ok((await byIndex(sql, 1, 'holiday'))?.includes(file))
  await call(server, 'files.setInfo', { session_key: key, file_id: file, name: '日本語.txt' })
  await same('after a new name')
  t.ok((await byIndex(sql, 1, '日本語'))?.includes(file))
  await call(server, 'files.delete', { session_key: key, file_id: file })
  await addNames(sql, 1, ['holiday at last'])
  await same('after a deletion, and a file that may have the number of the deleted one')

  await whenMade(sql, 2)
  for (const text of TEXTS) t.strictSame(await byIndex(sql, 2, text), await byReading(sql, 2, text), `${text} of another account`)
  await same('with the index of another account')
})

t.test('fsck tells of names that are missing in it, and a backup has neither it nor its triggers', { skip: isOnPostgres() && 'of a storage folder' }, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const { sql } = server.app.ports
  const ids = []
  for (const name of ['one holiday.txt', 'two holidays.txt']) ids.push(await uploadFile(server, key, name, 'a'))
  await byIndex(sql, 1, 'abc')
  await whenMade(sql, 1)
  const { storage } = server
  t.match(await run(['fsck', '--storage', storage]), { status: 0 })

  const saved = join(await temporaryFolder(t), 'saved')
  t.match(await run(['backup', saved, '--storage', storage]), { status: 0 })
  const restored = join(await temporaryFolder(t), 'restored')
  t.match(await run(['restore', saved, '--storage', restored]), { status: 0 })
  const copy = openSqlite(join(restored, 'respace.sqlite'))
  t.strictSame(await copy.all("select name from sqlite_master where name like 'name_index%'"), [])
  await copy.close()

  await sql.script('drop trigger name_index_renamed')
  await call(server, 'files.setInfo', { session_key: key, file_id: ids[0] ?? '', name: 'a journey.txt' })
  await sql.script('create trigger name_index_renamed after update of name, owner_id on files begin select 1; end')
  t.strictSame(await byIndex(sql, 1, 'journey'), [], 'a name is missing')
  await server.app.close()
  t.match(await run(['fsck', '--storage', storage]), { status: 1, stdout: /^index +names that a search does not find: 1$/m })
  t.match(await run(['fsck', '--repair', '--storage', storage]), { status: 0, stdout: /the index is removed/ })
  t.match(await run(['fsck', '--storage', storage]), { status: 0 })
})

t.test('without one of its triggers it counts as missing, and is made again', { skip: isOnPostgres() && 'its index has no triggers' }, async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  await openSession(server)
  await addNames(sql, 1, NAMES)
  await byIndex(sql, 1, 'abc')
  await whenMade(sql, 1)
  await sql.script('drop trigger name_index_added')
  await sql.run("insert into files (id, owner_id, name, size, crc32, blob_id, delete_code, uploaded_at) values ('unseen', 1, 'holiday unseen', 1, 0, 'unseen', '', 0)")
  t.equal(await byIndex(sql, 1, 'holiday'), undefined)
  await whenMade(sql, 1)
  t.ok((await byIndex(sql, 1, 'holiday'))?.includes('unseen'))
})
