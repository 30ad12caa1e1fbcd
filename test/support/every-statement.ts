/** Runs nearly every statement of a server once: all methods, pages and forms, uploads of each kind, the sweep and what commands read. */
import { join } from 'node:path'
import { METHODS } from '../../src/api/registry.ts'
import { hashKey } from '../../src/domain/accounts/credentials.ts'
import { listAllBytes, findOrphans, listMiscounted, recount } from '../../src/store/uploads/stored-bytes.ts'
import { countWrongTotals } from '../../src/store/files/file-totals.ts'
import { listDue } from '../../src/store/files/expirations.ts'
import { callAtRandom } from './random-calls.ts'
import { attribute, call, openSession, uploadFile } from './client.ts'
import { copyFile } from './insert-files.ts'
import { logInOnPages } from './page-session.ts'
import { beginAt, append } from './tus.ts'
import { startServer, type Teardown, type TestServer } from './server.ts'
import { explainInPostgres, explainInSqlite, recordStatements, type Explainer, type Ran } from './statements.ts'
import { madeDatabase } from './database.ts'

const TOKEN = 'token-of-the-metrics'

/** The statements that a fresh server has run, and what explains them on its engine. */
export async function explainEveryStatement (t: Teardown): Promise<{ readonly ran: ReadonlyMap<string, Ran>, readonly explainer: Explainer }> {
  const server = await startServer(t, { settings: { metricsToken: TOKEN } })
  const ran = recordStatements(server.app.ports.sql)
  await runEveryStatement(server)
  const url = madeDatabase(server.storage)
  const explainer = url === undefined ? await explainInSqlite(join(server.storage, 'respace.sqlite')) : await explainInPostgres(url)
  t.teardown(() => explainer.close())
  return { ran, explainer }
}

async function runEveryStatement (server: TestServer): Promise<void> {
  const key = await openSession(server)
  const { sql } = server.app.ports
  await callEveryMethod(server, key)
  await sql.run('update users set is_admin = 1 where id = 1')
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'Long', shared: 1 }), 'id')
  const inner = attribute(await call(server, 'folders.create', { session_key: key, name: 'Inner', shared: 1, parent_folder_id: folder }), 'id')
  const file = await uploadFile(server, key, 'a.txt', 'a', { folder_id: folder })
  await requireFine(await fetch(`${server.url}/folder/${folder}/zip`), 'an archive')
  await copyFile(server, file, 1300, i => `copy ${i}`)
  await visitPages(server, folder, file)
  await sendForms(server, folder, inner)
  await uploadInPieces(server, key)
  await sendBundle(server)
  await requireFine(await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } }), 'the metrics')
  await sql.run('update files set expires_at = 1, limit_action = 3 where id = $file', { file })
  await server.app.sweep()
  for await (const files of listAllBytes(sql)) await findOrphans(sql, files.slice(0, 3).map(({ blobId }) => blobId))
  await listMiscounted(sql)
  await countWrongTotals(sql)
  await recount(sql)
  await listDue(sql, 0, 1, 1)
}

async function callEveryMethod (server: TestServer, key: string): Promise<void> {
  const isOver = (succeeded: ReadonlyMap<string, number>): boolean => METHODS.every(({ name }) => succeeded.has(name))
  const { failures } = await callAtRandom({ url: server.url, sessionKey: key, clients: 4, isOver })
  if (failures[0] !== undefined) throw new Error(failures[0])
}

async function visitPages (server: TestServer, folder: string, file: string): Promise<void> {
  const visitor = await logInOnPages(server)
  const code = (await server.app.ports.sql.get('select delete_code from files where id = $file', { file }))?.delete_code
  const [first, last] = ['f00210', 'f00900']
  const lists = ['name', '-name', 'size', '-size', 'date', '-date'].flatMap(sort =>
    [`sort=${sort}&page=3`, `sort=${sort}&page=2&after=${first}`, `sort=${sort}&page=2&before=${last}`].flatMap(query => [`/my?folder=${folder}&${query}`, `/folder/${folder}?${query}`]))
  const paths = [
    ...lists, '/', '/my', '/my?q=copy', '/my/shared', '/my/contacts', '/my/requests', '/account', `/edit/${file}/${code}`, `/delete/${file}/${code}`, `/file/${file}`, `/folder/${folder}/rss`,
    '/text', '/admin', '/admin/users', '/admin/users?q=ali', '/admin/users/1', '/admin/users/1/delete', '/admin/files', '/admin/files?order=largest', '/admin/events',
    '/admin/settings', '/admin/branding'
  ]
  for (const path of paths) await requireFine(await visitor.visit(path), path)
}

async function sendForms (server: TestServer, folder: string, inner: string): Promise<void> {
  const visitor = await logInOnPages(server)
  const visit = async (path: string, form?: Readonly<Record<string, string>>): Promise<void> => { await (await visitor.visit(path, form)).arrayBuffer() }
  const { sql } = server.app.ports
  const mine = (form: Readonly<Record<string, string>>) => visit('/my', { folder, ...form })
  await mine({ act: 'create', name: 'made' })
  await mine({ act: 'rename', name: 'renamed', file_f00001: '1' })
  await mine({ act: 'move', target: inner, file_f00002: '1', file_f00003: '1' })
  await mine({ act: 'share', [`folder_${inner}`]: '1' })
  await mine({ act: 'delete', [`folder_${inner}`]: '1', file_f00004: '1' })
  await mine({ act: 'delete-now', [`folder_${inner}`]: '1', file_f00004: '1' })
  await visit('/my/requests', { act: 'add', title: 'Please', folder })
  const id = String((await sql.get('select id from file_requests where owner_id = 1'))?.id)
  await requireFine(await fetch(`${server.url}/request/${id}`), 'a request')
  for (const act of ['ask', 'close', 'open', 'remove']) await visit('/my/requests', { act, id })
  for (const act of ['others', 'programs']) await visit('/account', { act })
  await visit('/admin/registration', { mode: 'open' })
  await visit('/admin/invitation', {})
  await sql.run('insert into invitations (code_hash, created_at, expires_at) values ($hash, 0, 4e12)', { hash: hashKey('code') })
  await visit(`/admin/invitation/${hashKey('code')}`)
  await visit('/admin/invitation/revoke', { id: hashKey('code') })
  const other = (await sql.get('select id from users where id > 1'))?.id
  await visit(`/admin/users/${other}/password`, {})
  await visit(`/admin/users/${other}/delete`, {})
}

async function uploadInPieces (server: TestServer, key: string): Promise<void> {
  const ticket = attribute(await call(server, 'upload.getInfo', { session_key: key }), 'url')
  const begun = await beginAt(`${server.url}/tus${new URL(ticket).search}`, 2)
  const place = begun.headers.get('location')
  if (place === null) return
  for (const [offset, body] of ['a', 'b'].entries()) await (await append(new URL(place, server.url).href, offset, body)).arrayBuffer()
}

async function sendBundle (server: TestServer): Promise<void> {
  const form = new FormData()
  for (const [name, value] of Object.entries({ title: 'Pictures', description: 'All', password: 'pw' })) form.append(name, value)
  for (const name of ['one.txt', 'two.txt']) form.append('userfile', new Blob(['x']), name)
  const card = (await fetch(`${server.url}/upload`, { method: 'POST', body: form, redirect: 'manual' })).headers.get('location') ?? ''
  await requireFine(await fetch(new URL(card, server.url)), card)
  await requireFine(await fetch(`${server.url}/folder/${card.split('/')[2]}`), 'a bundle')
}

async function requireFine (response: Response, path: string): Promise<void> {
  await response.arrayBuffer()
  if (response.status >= 400) throw new Error(`${path}: status ${response.status}`)
}
