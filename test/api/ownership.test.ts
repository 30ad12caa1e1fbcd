/** Rules that hold for every method alike: whose things they are, how many ids they take, what each time looks like. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { attribute, call, element, errorCode, openSession, uploadFile, type Params } from '../support/client.ts'
import { isOnPostgres } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Every method that takes ids of one's own files or folders, with the rest that it needs; `OTHER` stands for an id of another user. */
const TAKING_IDS: ReadonlyArray<readonly [method: string, params: Params, code: number]> = [
  ['files.getInfo', { file_id: 'FILE' }, 9],
  ['files.moveToFolder', { file_id: 'FILE', folder_id: 0 }, 9],
  ['files.setInfo', { file_id: 'FILE', name: 'taken', password: 'x' }, 9],
  ['files.delete', { file_id: 'FILE' }, 9],
  ['files.sendMail', { file_id: 'FILE', emails: 'a@example.org' }, 9],
  ['files.moveToFolder', { file_id: 'MINE', folder_id: 'FOLDER' }, 10],
  ['files.setInfo', { file_id: 'MINE', folder_id: 'FOLDER' }, 10],
  ['files.setInfo', { file_id: 'MINE', limit_action: 3, limit_action_to_folder: 'FOLDER' }, 10],
  ['folders.getInfo', { folder_id: 'FOLDER' }, 10],
  ['folders.create', { name: 'x', parent_folder_id: 'FOLDER' }, 10],
  ['folders.setInfo', { folder_id: 'FOLDER', name: 'taken' }, 10],
  ['folders.setInfo', { folder_id: 'MYFOLD', parent_folder_id: 'FOLDER' }, 10],
  ['folders.delete', { folder_id: 'FOLDER' }, 10],
  ['folders.getContents', { folder_id: 'FOLDER' }, 10],
  ['folders.move', { folder_id: 'FOLDER', parent_folder_id: 0 }, 10],
  ['folders.move', { folder_id: 'MYFOLD', parent_folder_id: 'FOLDER' }, 10],
  ['folders.sendMail', { folder_id: 'FOLDER', emails: 'a@example.org' }, 10]
]

const state = async ({ app: { ports: { sql } } }: TestServer) =>
  JSON.stringify(await Promise.all(['files', 'folders', 'contacts', 'mails'].map(table => sql.all(`select * from ${table} order by 1`))))

for (const version of ['1.0', '1.2']) {
  t.test(`another user's file or folder is as if it did not exist, to every method of version ${version}`, async t => {
    const server = await startServer(t)
    const alice = await openSession(server, 'alice', version)
    const bobby = await openSession(server, 'bobby', version)
    const folder = async (key: string) => attribute(await call(server, 'folders.create', { session_key: key, name: 'f', shared: 1 }), 'id')
    const ids: Readonly<Record<string, string>> = {
      FILE: await uploadFile(server, alice, 'a.txt', 'a', { password: 'secret' }),
      MINE: await uploadFile(server, bobby, 'b.txt', 'b'),
      FOLDER: await folder(alice),
      MYFOLD: await folder(bobby)
    }
    const before = await state(server)
    for (const [method, params, code] of TAKING_IDS) {
      const ask = async (read: (id: string) => string) => call(server, method, {
        session_key: bobby, ...Object.fromEntries(Object.entries(params).map(([name, value]) => [name, read(String(value))]))
      })
      const foreign = await ask(value => ids[value] ?? value)
      const absent = await ask(value => value === 'FILE' || value === 'FOLDER' ? 'zzzzzz' : ids[value] ?? value)
      t.equal(errorCode(foreign), code, `${method} ${JSON.stringify(params)}`)
      t.equal(foreign.replaceAll(ids.FILE ?? '', 'zzzzzz').replaceAll(ids.FOLDER ?? '', 'zzzzzz'), absent, 'in the same words')
    }
    t.equal(await state(server), before, 'nothing has changed')
  })
}

t.test('every list takes a hundred ids, one more is 21', async t => {
  const server = await startServer(t)
  const key = await openSession(server, 'alice', '1.2')
  const emails = 'a@example.org'
  const methods: Array<[string, string, number, Params]> = [
    ['files.getInfo', 'file_id', 9, {}], ['files.moveToFolder', 'file_id', 9, { folder_id: 0 }], ['files.setInfo', 'file_id', 9, {}],
    ['files.delete', 'file_id', 9, {}], ['files.sendMail', 'file_id', 9, { emails }], ['folders.delete', 'folder_id', 10, {}],
    ['folders.sendMail', 'folder_id', 10, { emails }], ['addressbook.delete', 'email', 29, {}]
  ]
  for (const [method, param, absent, others] of methods) {
    for (const [count, code] of [[99, absent], [100, absent], [101, 21]] as const) {
      const list = Array.from({ length: count }, (_, i) => `x${String(i).padStart(5, '0')}`).join(',')
      const xml = await call(server, method, { session_key: key, [param]: list, ...others })
      t.equal(errorCode(xml), code, `${method} with ${count}`)
      if (code === 21) t.equal(attribute(xml, 'info'), param)
    }
  }
})

t.test('the owner alone sees the password of a file, and the disk does not', async t => {
  const server = await startServer(t)
  const alice = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: alice, name: 'f', shared: 1 }), 'id')
  const id = await uploadFile(server, alice, 'a.txt', 'a', { password: 'opensesame', folder_id: folder })
  const owner = { session_key: alice, file_id: id }
  for (const [method, params] of [
    ['files.getInfo', {}], ['files.moveToFolder', { folder_id: folder }], ['files.setInfo', { description: 'd' }]
  ] as Array<[string, Params]>) t.equal(attribute(await call(server, method, { ...owner, ...params }), 'password'), 'opensesame', method)
  t.match(await call(server, 'folders.getContents', { session_key: alice, folder_id: folder }), 'password="opensesame"')
  const bobby = await openSession(server, 'bobby')
  for (const [method, params] of [
    ['folders.getShared', { folder_id: folder }], ['download.getInfo', { file_id: id, password: 'wrong' }], ['files.getInfo', { file_id: id }]
  ] as Array<[string, Params]>) t.notMatch(await call(server, method, { session_key: bobby, ...params }), 'opensesame', method)
  for (const page of [`/file/${id}`, `/folder/${folder}`, `/folder/${folder}/rss`]) t.notMatch(await (await fetch(server.url + page)).text(), 'opensesame', page)
  t.equal(attribute(await call(server, 'files.setInfo', { ...owner, password: '' }), 'password'), '', 'empty clears it')
  await call(server, 'files.setInfo', { ...owner, password: 'opensesame' })
  await server.close()
  const names = (await readdir(server.storage)).filter(name => name.startsWith('respace.sqlite'))
  t.equal(names.length > 0, !isOnPostgres())
  for (const name of names) {
    t.notOk((await readFile(join(server.storage, name))).includes('opensesame'), name)
  }
})

t.test('times of uploads are Unix seconds, from 1.1 on US Eastern time, in summer too', async t => {
  const server = await startServer(t)
  for (const [now, eastern] of [
    [Date.UTC(2026, 2, 8, 6, 59, 59), '2026/03/08 01:59:59'], [Date.UTC(2026, 2, 8, 7), '2026/03/08 03:00:00'],
    [Date.UTC(2026, 6, 1, 3, 4, 5), '2026/06/30 23:04:05'], [Date.UTC(2026, 10, 1, 5, 30), '2026/11/01 01:30:00']
  ] as const) {
    server.clock.time = now
    const old = await openSession(server, 'alice', '1.0')
    const id = await uploadFile(server, old, 'a.txt', 'a')
    t.equal(attribute(await call(server, 'files.getInfo', { session_key: old, file_id: id }), 'upload_time'), String(now / 1000))
    const modern = await openSession(server, 'alice', '1.1')
    t.equal(attribute(await call(server, 'files.getInfo', { session_key: modern, file_id: id }), 'upload_time'), eastern)
  }
})

t.test('a session that idled out is known for thirty days, and its use is written once a minute, ahead of what follows', async t => {
  const server = await startServer(t)
  const lastUse = async () => (await server.app.ports.sql.get('select last_used_at from sessions'))?.last_used_at
  const key = await openSession(server)
  const began = server.clock.now()
  const check = () => call(server, 'auth.checkSession', { session_key: key })
  for (const [after, written] of [[59_999, 60_000], [60_000, 60_000], [119_999, 120_000], [120_000, 120_000]] as const) {
    server.clock.time = began + after
    await check()
    t.equal(await lastUse(), began + written, `${after} ms later`)
  }
  const month = 30 * 24 * 60 * 60 * 1000
  server.clock.time = began + 120_000 + month - 1
  await server.app.sweep()
  t.equal(element(await check(), 'session'), 'expired')
  server.clock.time += 30 * 60 * 1000 + 1
  await server.app.sweep()
  t.equal(errorCode(await check()), 6)
})
