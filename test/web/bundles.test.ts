/** Bundles: many files behind one link. */
import t from 'tap'
import { attribute, call, openSession } from '../support/client.ts'
import { beginRequests } from '../support/file-request.ts'
import { logInOnPages } from '../support/page-session.ts'
import { startServer, type Teardown, type TestServer } from '../support/server.ts'
import { isOnPostgres } from '../support/database.ts'
import { append, beginAt, metadataOf } from '../support/tus.ts'
import { ownedBy, treeOf } from '../../src/store/files/folder-tree.ts'

interface Made {
  readonly id: string
  readonly code: string
  /** Where it is changed. */
  readonly edit: string
}

const form = (fields: Readonly<Record<string, string>>) => ({ method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' as const })

async function makeBundle (server: TestServer, fields: Readonly<Record<string, string>> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Made> {
  const answer = await fetch(`${server.url}/bundle`, { ...form({ title: 'Trip', ...fields }), headers })
  const [, id = '', code = ''] = /\/bundle\/([a-z0-9]{6})\/([0-9a-f]{32})$/.exec(answer.headers.get('location') ?? '') ?? []
  return { id, code, edit: `${server.url}/bundle/${id}/${code}` }
}

/** Adds a file; the id of the file, or the status of a refusal. */
async function add (server: TestServer, { id, code }: Made, name: string, text = 'hello', path = ''): Promise<string> {
  const begun = await beginAt(`${server.url}/tus/`, Buffer.byteLength(text), metadataOf({ filename: name, bundle: id, bundle_code: code, path }))
  if (begun.status !== 201) return `${begun.status} ${await begun.text()}`
  const ended = text === '' ? begun : await append(server.url + (begun.headers.get('location') ?? ''), 0, text)
  return /\/edit\/([a-z0-9]{6})\//.exec(ended.headers.get('respace-edit') ?? '')?.[1] ?? `${ended.status}`
}

const change = (bundle: Made, fields: Readonly<Record<string, string>>) => fetch(bundle.edit, form(fields))
const pageOf = async (server: TestServer, path: string, headers: Readonly<Record<string, string>> = {}) => {
  const answer = await fetch(server.url + path, { headers, redirect: 'manual' })
  return { status: answer.status, text: await answer.text() }
}
const linkIn = (page: string): string => /href="([^"]*\/dl\/[^"]+)"/.exec(page)?.[1] ?? ''
const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')?.split(';')[0] ?? ''

/** An anonymous bundle with two files, one in a folder. */
async function makeTrip (t: Teardown, fields: Readonly<Record<string, string>> = {}) {
  const server = await startServer(t)
  const bundle = await makeBundle(server, fields)
  const first = await add(server, bundle, 'a.txt', 'first')
  const second = await add(server, bundle, 'b.txt', 'second', 'Days/One')
  return { server, bundle, first, second }
}

t.test('files that come together have one page, one archive, one feed, and each its own link', async t => {
  const { server, bundle, first, second } = await makeTrip(t)
  const page = await pageOf(server, `/folder/${bundle.id}`)
  t.equal(page.status, 200)
  t.match(page.text, '<h1>Trip</h1>')
  t.match(page.text, 'Download all (2 files, 11 byte')
  t.match(page.text, `/file/${first}`)
  t.match(page.text, '>Days</a>', 'a folder keeps its place')
  t.notMatch(page.text, bundle.code)
  t.match((await pageOf(server, `/folder/${bundle.id}/rss`)).text, `/file/${first}`)
  const archive = Buffer.from(await (await fetch(`${server.url}/folder/${bundle.id}/zip`)).arrayBuffer()).toString('latin1')
  t.match(archive, 'Days/One/b.txt')
  t.equal((await pageOf(server, `/file/${second}`)).status, 200)
  const card = (await pageOf(server, `/bundle/${bundle.id}/${bundle.code}`)).text
  t.match(card, 'Days / One / ')
  t.match(card, `/folder/${bundle.id}/qr.svg`)
  t.equal((await fetch(`${server.url}/folder/${bundle.id}/qr.svg`)).status, 200)

  const key = await openSession(server)
  const listed = await call(server, 'folders.getShared', { session_key: key, folder_id: bundle.id })
  t.match(listed, `id="${first}"`, 'programs see it')
  t.match(listed, 'name="Days"')
})

t.test('a wrong code changes nothing', async t => {
  const { server, bundle, first } = await makeTrip(t)
  const wrong = { ...bundle, code: '0'.repeat(32), edit: `${server.url}/bundle/${bundle.id}/${'0'.repeat(32)}` }
  t.equal((await fetch(wrong.edit)).status, 404)
  t.equal((await change(wrong, { title: 'Mine' })).status, 404)
  t.equal((await fetch(`${wrong.edit}/delete`, { method: 'POST' })).status, 404)
  t.match(await add(server, wrong, 'c.txt'), /^403/)
  t.equal((await pageOf(server, `/file/${first}`)).status, 200)
  // A code of a file is none of the bundle.
  const other = await makeBundle(server, { title: 'Other' })
  await change(other, { remove_now: first })
  t.equal((await pageOf(server, `/file/${first}`)).status, 200, 'a file of another bundle stays')
})

t.test('one password for all: before it neither page, feed, archive nor API tell a name', async t => {
  const { server, bundle, first, second } = await makeTrip(t)
  t.equal((await change(bundle, { title: 'Trip', message: 'For you', password: 'open' })).status, 303)
  for (const path of [`/folder/${bundle.id}`, `/folder/${bundle.id}/rss`, `/folder/${bundle.id}/zip`]) {
    const { status, text } = await pageOf(server, path)
    t.equal(status, path.endsWith(bundle.id) ? 200 : 403, path)
    for (const secret of ['Trip', 'For you', 'a.txt', 'Days', '11 byte', first]) t.notMatch(text, secret, `${path}: ${secret}`)
  }
  const key = await openSession(server)
  t.match(await call(server, 'folders.getShared', { session_key: key, folder_id: bundle.id }), 'code="33"')
  for (const id of [first, second]) t.match((await pageOf(server, `/file/${id}`)).text, 'name="filepassword"', 'each file has it, too')
  const late = await add(server, bundle, 'late.txt', 'late')
  t.match((await pageOf(server, `/file/${late}`)).text, 'name="filepassword"', 'and what is added later')

  t.equal((await fetch(`${server.url}/folder/${bundle.id}`, form({ password: 'wrong' }))).status, 403)
  const right = await fetch(`${server.url}/folder/${bundle.id}`, form({ password: 'open' }))
  t.equal(right.status, 303)
  const cookie = cookieOf(right)
  t.notMatch(cookie, 'open')
  const inside = await pageOf(server, `/folder/${bundle.id}`, { cookie })
  t.match(inside.text, 'Download all (3 files')
  const days = /href="\/folder\/(\w{6})">Days/.exec(inside.text)?.[1] ?? ''
  t.match((await pageOf(server, `/folder/${days}`)).text, 'name="password"', 'its folders are behind the password, too')
  t.equal((await pageOf(server, `/folder/${days}`, { cookie })).status, 200)
  t.equal(await (await fetch(server.url + linkIn(inside.text))).text(), 'first')
  const archive = Buffer.from(await (await fetch(`${server.url}/folder/${bundle.id}/zip`, { headers: { cookie } })).arrayBuffer()).toString('latin1')
  for (const name of ['a.txt', 'Days/One/b.txt', 'late.txt']) t.match(archive, name)
  t.notMatch((await pageOf(server, `/file/${first}`, { cookie })).text, 'name="filepassword"', 'it is asked for once')

  await change(bundle, { title: 'Trip', password: 'other' })
  t.match((await pageOf(server, `/folder/${bundle.id}`, { cookie })).text, 'name="password"', 'a new password is asked for again')
  await change(bundle, { title: 'Trip', password: '' })
  t.match((await pageOf(server, `/folder/${bundle.id}`)).text, '<h1>Trip</h1>')
  t.equal((await pageOf(server, `/file/${late}`)).status, 200)
})

t.test('each file can be downloaded n times, alone or in the archive, and not once more', async t => {
  const { server, bundle, first } = await makeTrip(t)
  await change(bundle, { title: 'Trip', downloads_limit: '2', limit_action: '1' })
  const zip = () => fetch(`${server.url}/folder/${bundle.id}/zip`)
  const namesIn = async (answer: Response) => Buffer.from(await answer.arrayBuffer()).toString('latin1')
  t.match(await namesIn(await zip()), 'a.txt', 'n - 1')
  const link = linkIn((await pageOf(server, `/file/${first}`)).text)
  t.equal(await (await fetch(link)).text(), 'first', 'n')
  const rest = await namesIn(await zip())
  t.notMatch(rest, 'a.txt', 'n + 1: left out')
  t.match(rest, 'b.txt')
  t.equal((await pageOf(server, `/file/${first}`)).status, 404, 'what belongs to nobody is deleted then')
  const over = await pageOf(server, `/folder/${bundle.id}`)
  t.equal(over.status, 403)
  t.match(over.text, 'All files have reached the download limit')
  const late = await add(server, bundle, 'late.txt', 'late')
  t.match((await pageOf(server, `/folder/${bundle.id}`)).text, late, 'what is added has its own count')
})

t.test('of downloads at the same moment only as many succeed as are allowed', async t => {
  const { server, bundle, first } = await makeTrip(t)
  await change(bundle, { title: 'Trip', downloads_limit: '3', limit_action: '1' })
  const link = linkIn((await pageOf(server, `/file/${first}`)).text)
  const answers = await Promise.all([...Array(6).keys()].map(async i => i % 2 === 0
    ? (await fetch(link)).text()
    : Buffer.from(await (await fetch(`${server.url}/folder/${bundle.id}/zip`)).arrayBuffer()).toString('latin1')))
  t.equal(answers.filter(text => text.includes('first')).length, 3)
})

t.test('its time is over for all at once', async t => {
  const { server, bundle, first } = await makeTrip(t)
  await change(bundle, { title: 'Trip', time_limit: '3600', limit_action: '1' })
  t.match((await pageOf(server, `/folder/${bundle.id}`)).text, 'Available until')
  await server.app.ports.sql.run('update bundles set expires_at = 1')
  await server.app.ports.sql.run('update files set expires_at = 1')
  for (const path of [`/folder/${bundle.id}`, `/folder/${bundle.id}/zip`]) t.equal((await pageOf(server, path)).status, 403, path)
  t.equal((await pageOf(server, `/file/${first}`)).status, 404)
  t.match(await add(server, bundle, 'late.txt'), /^403 These files have expired/)
  await change(bundle, { title: 'Trip', time_limit: '0' })
  t.equal((await pageOf(server, `/folder/${bundle.id}`)).status, 200, 'its owner opens it again')
})

t.test('files are taken out one by one, and all at once, only after a question', async t => {
  const { server, bundle, first, second } = await makeTrip(t)
  const asked = await change(bundle, { remove: first })
  t.equal(asked.status, 200)
  t.match(await asked.text(), 'a.txt will be deleted')
  t.equal((await pageOf(server, `/file/${first}`)).status, 200)
  t.equal((await change(bundle, { remove_now: first })).status, 303)
  t.equal((await pageOf(server, `/file/${first}`)).status, 404)
  t.equal((await pageOf(server, `/bundle/${bundle.id}/${bundle.code}/delete`)).status, 200)
  t.equal((await pageOf(server, `/file/${second}`)).status, 200)
  t.equal((await fetch(`${bundle.edit}/delete`, { method: 'POST' })).status, 200)
  for (const path of [`/file/${second}`, `/folder/${bundle.id}`, `/bundle/${bundle.id}/${bundle.code}`]) t.equal((await pageOf(server, path)).status, 404, path)
  const { sql } = server.app.ports
  t.strictSame(await sql.all('select * from folders'), [])
  t.equal((await sql.get("select bytes from storage_totals where name = 'anonymous'"))?.bytes, 0)
})

t.test('bad values are told at their field, and nothing is lost', async t => {
  const { server, bundle } = await makeTrip(t)
  const long = await change(bundle, { title: 'Trip', message: 'x'.repeat(10_241), password: 'kept' })
  t.equal(long.status, 400)
  const page = await long.text()
  t.match(page, 'aria-describedby="message_problem"')
  t.match(page, 'value="kept"')
  t.equal((await change(bundle, { title: '', message: '' })).status, 400)
  t.equal((await change(bundle, { title: 'Trip', limit_action: '3', limit_action_to_folder: '0' })).status, 400, 'nobody has folders to move to')
  for (const path of ['../x', '/x', 'a//b', Array(40).fill('d').join('/')]) t.match(await add(server, bundle, 'x.txt', 'x', path), /^403/, path)
})

t.test('without scripts several files of a form become a bundle, one file does not', async t => {
  const server = await startServer(t)
  const upload = (names: readonly string[], path = '/upload') => {
    const body = new FormData()
    body.set('description', 'For you')
    body.set('password', 'pw')
    for (const name of names) body.append('userfile', new File(['x'], name))
    return fetch(server.url + path, { method: 'POST', body, redirect: 'manual' })
  }
  const several = await upload(['a.txt', 'b.txt'])
  t.equal(several.status, 303)
  const edit = several.headers.get('location') ?? ''
  t.match(edit, /^\/bundle\/\w{6}\/\w{32}$/)
  const card = (await pageOf(server, edit)).text
  t.match(card, '<p class="about">For you</p>')
  t.match(card, 'value="pw"')
  t.match((await upload(['a.txt'])).headers.get('location'), /^\/edit\//)
  const more = new FormData()
  more.append('userfile', new File(['y'], 'c.txt'))
  t.equal((await fetch(`${server.url}${edit}/files`, { method: 'POST', body: more, redirect: 'manual' })).status, 303)
  t.match((await pageOf(server, edit)).text, '3 files, 3 byte')
})

t.test('a bundle of an account lies in it as a folder, and obeys the rules of its folders', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const visitor = await logInOnPages(server)
  const answer = await visitor.visit('/bundle', { title: 'Mine', for_account: 'alice' })
  t.equal(answer.status, 303, await answer.text())
  const [, id = '', code = ''] = /\/bundle\/(\w{6})\/(\w{32})$/.exec(answer.headers.get('location') ?? '') ?? []
  const bundle = { id, code, edit: `${server.url}/bundle/${id}/${code}` }
  const file = await add(server, bundle, 'a.txt', 'mine')
  t.match(await call(server, 'folders.getContents', { session_key: key, folder_id: id }), `id="${file}"`)
  t.match(await call(server, 'folders.getAll', { session_key: key }), 'name="Mine" shared="1"')
  await change(bundle, { title: 'Mine', password: 'open' })

  // What is moved in gets its password; what is moved out keeps it.
  const other = attribute(await call(server, 'folders.create', { session_key: key, name: 'Other' }), 'id')
  await call(server, 'files.moveToFolder', { session_key: key, file_id: file, folder_id: other })
  t.match((await pageOf(server, `/file/${file}`)).text, 'name="filepassword"')
  await call(server, 'files.setInfo', { session_key: key, file_id: file, password: '' })
  t.notMatch((await pageOf(server, `/file/${file}`)).text, 'name="filepassword"')
  await call(server, 'files.moveToFolder', { session_key: key, file_id: file, folder_id: id })
  t.match((await pageOf(server, `/file/${file}`)).text, 'name="filepassword"')
  await call(server, 'files.setInfo', { session_key: key, file_id: file, password: '', folder_id: other })
  await call(server, 'folders.move', { session_key: key, folder_id: other, parent_folder_id: id })
  t.match((await pageOf(server, `/file/${file}`)).text, 'name="filepassword"', 'a folder that is moved in, too')

  await call(server, 'folders.setInfo', { session_key: key, folder_id: id, shared: 0 })
  t.equal((await pageOf(server, `/folder/${id}`)).status, 404, 'made private it has no page')
  t.equal((await fetch(bundle.edit)).status, 200)

  const target = attribute(await call(server, 'folders.create', { session_key: key, name: 'Done' }), 'id')
  t.equal((await change(bundle, { title: 'Mine', limit_action: '3', limit_action_to_folder: other, time_limit: '60' })).status, 400, 'not into itself')
  t.equal((await change(bundle, { title: 'Mine', limit_action: '3', limit_action_to_folder: target, time_limit: '60' })).status, 303)
  await server.app.ports.sql.run('update files set expires_at = 1')
  await server.app.sweep()
  t.match(await call(server, 'files.getInfo', { session_key: key, file_id: file }), `folder_id="${target}"`)
})

t.test('whoever is logged out in the middle never uploads anonymously', async t => {
  const server = await startServer(t)
  t.equal((await fetch(`${server.url}/bundle`, form({ title: 'x', for_account: 'alice' }))).status, 401)
  const begun = await beginAt(`${server.url}/tus/`, 5, metadataOf({ filename: 'a.txt', for_account: 'alice' }))
  t.equal(begun.status, 401)
  t.match(await begun.text(), 'You are no longer logged in')
  const body = new FormData()
  body.append('userfile', new File(['x'], 'a.txt'))
  t.equal((await fetch(`${server.url}/upload?for_account=alice`, { method: 'POST', body })).status, 401)
  t.strictSame(await server.app.ports.sql.all('select id from files'), [])
})

t.test('empty bundles of nobody go, and there is a limit to them', async t => {
  const server = await startServer(t)
  const kept = await makeBundle(server)
  await add(server, kept, 'a.txt')
  const empty = await makeBundle(server)
  const { sql, clock } = server.app.ports
  await server.app.sweep()
  t.equal((await fetch(empty.edit)).status, 200, 'its files may be on their way')
  await sql.run('update folders set created_at = $then', { then: clock.now() - 25 * 60 * 60 * 1000 })
  await server.app.sweep()
  t.equal((await fetch(empty.edit)).status, 404)
  t.equal((await fetch(kept.edit)).status, 200)
})

t.test('a file request keeps the folders of its visitors only where its owner allows it', async t => {
  const { server, make, folder } = await beginRequests(t)
  const { sql } = server.app.ports
  const send = async (request: string, path: string) => {
    const begun = await beginAt(`${server.url}/request/${request}/tus`, 1, metadataOf({ filename: 'a.txt', path }))
    return begun.status === 201 ? (await append(server.url + (begun.headers.get('location') ?? ''), 0, 'x')).status : begun.status
  }
  t.equal(await send(await make(), 'Trip/One'), 204)
  t.equal((await sql.get('select folder_id from files'))?.folder_id, folder, 'side by side')
  t.equal((await sql.all('select id from folders')).length, 1)
  server.clock.time += 1000
  const shaped = await make({ keep_folders: '1' })
  for (let i = 0; i < 2; i++) t.equal(await send(shaped, 'Trip/One'), 204)
  t.strictSame((await sql.all('select name from folders order by created_at, name')).map(row => row.name), ['Received', 'One', 'Trip'])
  t.equal((await sql.all("select files.id from files join folders on folders.id = folder_id where folders.name = 'One'")).length, 2)
  t.equal(await send(shaped, '../../x'), 403)
})

/** An account with a bundle; the bundle, and the session of the API. */
async function makeOwnBundle (server: TestServer, fields: Readonly<Record<string, string>> = {}) {
  const key = await openSession(server)
  const visitor = await logInOnPages(server)
  const answer = await visitor.visit('/bundle', { title: 'Outer', for_account: 'alice', ...fields })
  const [, id = '', code = ''] = /\/bundle\/(\w{6})\/(\w{32})$/.exec(answer.headers.get('location') ?? '') ?? []
  return { key, visitor, bundle: { id, code, edit: `${server.url}/bundle/${id}/${code}` } }
}

t.test('a bundle inside another keeps its own password, and the one around it tells nothing of it', async t => {
  const server = await startServer(t)
  const { key, visitor, bundle: outer } = await makeOwnBundle(server)
  const answer = await visitor.visit('/bundle', { title: 'Locked', password: 'pw', folder_id: outer.id })
  const [, id = '', code = ''] = /\/bundle\/(\w{6})\/(\w{32})$/.exec(answer.headers.get('location') ?? '') ?? []
  const file = await add(server, { id, code, edit: '' }, 'secret.txt', 'secret')
  await add(server, outer, 'open.txt', 'open')
  const isLocked = async () => (await pageOf(server, `/file/${file}`)).text.includes('name="filepassword"')
  t.ok(await isLocked())
  await change(outer, { title: 'Outer', password: 'other' })
  await change(outer, { title: 'Outer', password: '' })
  t.ok(await isLocked(), 'the rules of the outer one stop there')
  const plain = attribute(await call(server, 'folders.create', { session_key: key, name: 'Plain' }), 'id')
  await call(server, 'folders.move', { session_key: key, folder_id: id, parent_folder_id: plain })
  await call(server, 'folders.move', { session_key: key, folder_id: plain, parent_folder_id: outer.id })
  t.ok(await isLocked(), 'moved in with a folder')
  await call(server, 'folders.move', { session_key: key, folder_id: id, parent_folder_id: outer.id })
  const { text } = await pageOf(server, `/folder/${outer.id}`)
  t.match(text, 'Download all (1 file, 4 bytes)')
  t.notMatch(text, 'Locked')
  const archive = Buffer.from(await (await fetch(`${server.url}/folder/${outer.id}/zip`)).arrayBuffer()).toString('latin1')
  t.notMatch(archive, 'Locked')
})

t.test('what leaves a bundle with a password is not public by itself, and its folders are private with it', async t => {
  const server = await startServer(t)
  const { key, bundle } = await makeOwnBundle(server, { password: 'pw' })
  await add(server, bundle, 'a.txt', 'a', 'Inner')
  const inner = String((await server.app.ports.sql.get("select id from folders where name = 'Inner'"))?.id)
  t.match((await pageOf(server, `/folder/${inner}`)).text, 'name="password"')
  await call(server, 'folders.setInfo', { session_key: key, folder_id: bundle.id, shared: 0 })
  t.equal((await pageOf(server, `/folder/${inner}`)).status, 404)
  await call(server, 'folders.setInfo', { session_key: key, folder_id: bundle.id, shared: 1 })
  t.equal((await pageOf(server, `/folder/${inner}`)).status, 200)
  await call(server, 'folders.move', { session_key: key, folder_id: inner, parent_folder_id: 0 })
  t.equal((await pageOf(server, `/folder/${inner}`)).status, 404)
})

t.test('an edit link of a bundle gives no mail in its owner\'s name, and a file\'s link no password of the bundle', async t => {
  const server = await startServer(t)
  const { bundle } = await makeOwnBundle(server, { password: 'bundlepw' })
  const { sql } = server.app.ports
  const metadata = metadataOf({ filename: 'a.txt', bundle: bundle.id, bundle_code: bundle.code, recipient_email: 'x@example.org', notify_uploader: '1' })
  const begun = await beginAt(`${server.url}/tus/`, 1, metadata)
  t.equal((await append(server.url + (begun.headers.get('location') ?? ''), 0, 'x')).status, 204)
  t.strictSame(await sql.all('select * from upload_notices'), [])
  const row = await sql.get('select id, delete_code from files')
  const edit = `${server.url}/edit/${String(row?.id)}/${String(row?.delete_code)}`
  t.notMatch(await (await fetch(edit)).text(), 'bundlepw')
  t.equal((await fetch(edit, form({ name: 'b.txt' }))).status, 303)
  t.equal((await sql.get('select name, sealed_password from files'))?.sealed_password === null, false, 'nor takes it off')
})

t.test('a bundle that ends or goes while a file is on its way refuses it; one with an unfinished upload is not empty', async t => {
  const { server, bundle } = await makeTrip(t)
  const { sql, clock } = server.app.ports
  const begin = async () => server.url + ((await beginAt(`${server.url}/tus/`, 1, metadataOf({ filename: 'late.txt', bundle: bundle.id, bundle_code: bundle.code, path: 'New' }))).headers.get('location') ?? '')
  const late = await begin()
  await sql.run('update bundles set expires_at = 1')
  t.equal((await append(late, 0, 'x')).status, 403)
  t.equal(await sql.get("select 1 from folders where name = 'New'"), undefined, 'no folder is made for it')
  await sql.run('update bundles set expires_at = null')
  const slow = await begin()
  await sql.run('delete from files')
  await sql.run('update folders set created_at = $then', { then: clock.now() - 25 * 60 * 60 * 1000 })
  await server.app.sweep()
  t.equal((await append(slow, 0, 'x')).status, 204)
})

t.test('a tree is walked by its index, whatever else its owner has', { skip: isOnPostgres() && 'the plan is SQLite\'s' }, async t => {
  const server = await startServer(t)
  for (const [ownerId, which] of [[1, 'all'], [1, 'public'], [1, 'ruled'], [null, 'all']] as const) {
    const plan = await server.app.ports.sql.all(`explain query plan select * from files where folder_id in ${treeOf(ownerId, which)}`, { id: 'a', ...ownedBy(ownerId).params })
    const steps = plan.map(({ detail }) => String(detail))
    t.ok(steps.some(step => /folders USING (?:COVERING )?INDEX folders_by_parent \(owner_id=\? AND parent_id=\?\)/.test(step)), steps.join('; '))
    t.notOk(steps.some(step => /^SCAN folders/.test(step)))
  }
})
