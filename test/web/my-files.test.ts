/** One's own files on pages: without scripts by forms, with them by keys and dragging. */
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { logInByForm, navigate, openBrowser } from '../support/browser.ts'
import { recount } from '../../src/store/uploads/stored-bytes.ts'
import { attribute, call, openSession, uploadFile } from '../support/client.ts'
import { takeScreenshot } from '../support/screenshots.ts'
import { copyFile } from '../support/insert-files.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { logInOnPages } from '../support/page-session.ts'

const needsBrowser = { skip: skipWithout('chromium') }

const createFolder = async (server: TestServer, key: string, name: string, parent = '0'): Promise<string> =>
  attribute(await call(server, 'folders.create', { session_key: key, name, parent_folder_id: parent }), 'id')

/** A server with an account, its session of the API and its pages. */
async function begin (t: Parameters<typeof startServer>[0]) {
  const server = await startServer(t)
  const key = await openSession(server)
  const visitor = await logInOnPages(server)
  const text = async (path: string) => (await visitor.visit(path)).text()
  const send = (form: Readonly<Record<string, string>>, path = '/my') => visitor.visit(path, form)
  const infoOf = (id: string) => call(server, 'files.getInfo', { session_key: key, file_id: id })
  return { server, key, visitor, text, send, infoOf }
}

t.test('whoever is not logged in is led to the form and back', async t => {
  const server = await startServer(t)
  for (const path of ['/my', '/my/contacts']) {
    t.equal((await fetch(server.url + path, { redirect: 'manual' })).headers.get('location'), `/login?to=${path}`)
    t.equal((await fetch(server.url + path, { method: 'POST', body: 'act=create', redirect: 'manual' })).status, 303)
  }
})

t.test('an address that asks for what every object has says nothing', async t => {
  const { visitor } = await begin(t)
  for (const path of ['/my', '/my/contacts', '/my/requests', '/account']) {
    for (const done of ['constructor', '__proto__']) t.equal((await visitor.visit(`${path}?done=${done}`)).status, 200, path)
  }
})

t.test('folders and files are listed with a way up, sorted as asked', async t => {
  const { server, key, text } = await begin(t)
  const photos = await createFolder(server, key, 'Photos')
  const inner = await createFolder(server, key, '<b>2026</b>', photos)
  await uploadFile(server, key, 'b.txt', 'bb', { folder_id: inner })
  await uploadFile(server, key, 'a.txt', 'aaaa', { folder_id: inner, password: 'pw' })
  t.match(await text('/my'), /My files[^]*Photos/)
  const page = await text(`/my?folder=${inner}&sort=size`)
  t.match(page, new RegExp(`href="/my">My files</a> / <a href="/my\\?folder=${photos}">Photos</a> / &lt;b&gt;2026&lt;/b&gt;`))
  t.match(page, /b\.txt[^]*a\.txt/)
  t.match(await text(`/my?folder=${inner}&sort=-size`), /a\.txt[^]*b\.txt/)
  t.match(page, '<span class="tag">password</span>')
  t.equal((await (await fetch(`${server.url}/my?folder=zzzzzz`)).text()).includes('2026'), false)
  t.match(await text('/my?folder=zzzzzz'), 'Page not found')
})

t.test('what is ticked is moved, renamed, made public and, once more asked, deleted', async t => {
  const { server, key, text, send, infoOf } = await begin(t)
  const done = async (form: Readonly<Record<string, string>>) => (await send(form)).headers.get('location')
  t.equal(await done({ folder: '0', act: 'create', name: 'Photos' }), '/my?folder=0&done=create')
  const photos = /name="folder_(\w+)"/.exec(await text('/my'))?.[1] ?? ''
  const file = await uploadFile(server, key, 'a.txt', 'a')
  const other = await uploadFile(server, key, 'b.txt', 'b')
  t.match(await done({ folder: '0', act: 'move', target: photos, [`file_${file}`]: '1', [`file_${other}`]: '1' }), /^\/my\?folder=0&done=move&undo=v1\.[\w-]+$/)
  t.equal(attribute(await infoOf(file), 'folder_id'), photos)
  t.match(await text(`/my?folder=${photos}&done=move`), 'Moved.')
  await done({ folder: photos, act: 'rename', name: 'new & name.txt', [`file_${file}`]: '1' })
  t.equal(attribute(await infoOf(file), 'name'), 'new & name.txt')
  await done({ folder: '0', act: 'rename', name: 'Pictures', [`folder_${photos}`]: '1' })
  await done({ folder: '0', act: 'share', [`folder_${photos}`]: '1' })
  t.match(await (await fetch(`${server.url}/folder/${photos}`)).text(), 'Pictures')
  await done({ folder: '0', act: 'unshare', [`folder_${photos}`]: '1' })
  t.equal((await fetch(`${server.url}/folder/${photos}`)).status, 404)
  const question = await (await send({ folder: '0', act: 'delete', [`folder_${photos}`]: '1' })).text()
  t.match(question, 'Pictures and everything in it')
  t.match(await infoOf(file), 'status="ok"', 'not yet')
  await done({ folder: '0', act: 'delete-now', [`folder_${photos}`]: '1' })
  t.match(await infoOf(file), 'code="9"')
  t.match(await infoOf(other), 'code="9"')
})

t.test('a form that asks for nothing possible says so and changes nothing', async t => {
  const { server, key, send, infoOf } = await begin(t)
  const photos = await createFolder(server, key, 'Photos')
  const inner = await createFolder(server, key, 'Inner', photos)
  const file = await uploadFile(server, key, 'a.txt', 'a')
  const other = await uploadFile(server, key, 'b.txt', 'b')
  const said: ReadonlyArray<readonly [Readonly<Record<string, string>>, string]> = [
    [{ act: 'move', target: photos }, 'Nothing selected.'],
    [{ act: 'delete' }, 'Nothing selected.'],
    [{ act: 'rename', name: 'x', [`file_${file}`]: '1', [`file_${other}`]: '1' }, 'Select one item to rename.'],
    [{ act: 'rename', name: '', [`folder_${photos}`]: '1' }, 'Please fill in all fields.'],
    [{ act: 'share', [`file_${file}`]: '1' }, 'Select a folder'],
    [{ act: 'move', target: inner, [`folder_${photos}`]: '1' }, 'It cannot be moved to this folder.'],
    [{ act: 'move', target: 'zzzzzz', [`file_${file}`]: '1' }, 'The folder no longer exists.'],
    [{ act: 'create', name: '' }, 'Please fill in all fields.']
  ]
  for (const [form, sentence] of said) {
    const answer = await send({ folder: '0', ...form })
    t.equal(answer.status, 400, JSON.stringify(form))
    t.match(await answer.text(), sentence)
  }
  t.equal(attribute(await infoOf(file), 'folder_id'), '0')
  t.equal((await server.app.ports.sql.all('select id from folders')).length, 2)
})

t.test('a move and a new name are taken back, item by item, and what has changed since stays', async t => {
  const { server, key, text, send, infoOf } = await begin(t)
  const [photos, music, old] = [await createFolder(server, key, 'Photos'), await createFolder(server, key, 'Music'), await createFolder(server, key, 'Old')]
  const inner = await createFolder(server, key, 'Inner', old)
  const files = [await uploadFile(server, key, 'a.txt', 'a'), await uploadFile(server, key, 'b.txt', 'b', { folder_id: old }), await uploadFile(server, key, 'c.txt', 'c')] as const
  const parentOf = async (id: string) => attribute(await infoOf(id), 'folder_id')
  const ticked: Readonly<Record<string, string>> = { ...Object.fromEntries(files.map(id => [`file_${id}`, '1'])), [`folder_${inner}`]: '1' }
  /** Does it, and follows to the page that offers to take it back; what its form would send. */
  const act = async (form: Readonly<Record<string, string>>) => {
    const location = (await send({ folder: '0', q: 't', ...form })).headers.get('location') ?? ''
    const page = await text(location)
    return { page, undo: { folder: '0', q: 't', act: 'undo', undo: /name="undo" value="([^"]*)"/.exec(page)?.[1] ?? '' } }
  }
  const said = async (form: Readonly<Record<string, string>>) => /class="msg[^>]*>([^<]*)/.exec((await act(form)).page)?.[1]
  const move = await act({ act: 'move', target: photos, ...ticked })
  t.strictSame(await Promise.all(files.map(parentOf)), [photos, photos, photos])
  t.equal(await said(move.undo), 'Undone.')
  t.strictSame(await Promise.all(files.map(parentOf)), ['0', old, '0'], 'each where it was')
  t.equal((await server.app.ports.sql.get('select parent_id from folders where id = $inner', { inner }))?.parent_id, old)
  t.match(await said(move.undo), 'Nothing was undone', 'once')

  const second = await act({ act: 'move', target: photos, ...ticked })
  await call(server, 'files.moveToFolder', { session_key: key, file_id: files[0], folder_id: music })
  await call(server, 'files.delete', { session_key: key, file_id: files[2] })
  t.equal(await said(second.undo), 'Undone, except for what has changed since.')
  t.strictSame([await parentOf(files[0]), await parentOf(files[1])], [music, old])

  const renamed = await act({ act: 'rename', name: 'x/new.txt', [`file_${files[1]}`]: '1' })
  t.equal(attribute(await infoOf(files[1]), 'name'), 'new.txt')
  t.equal(await said(renamed.undo), 'Undone.')
  t.equal(attribute(await infoOf(files[1]), 'name'), 'b.txt')
  const folder = await act({ act: 'rename', name: 'Pictures', [`folder_${photos}`]: '1' })
  await createFolder(server, key, 'photos')
  t.match(await said(folder.undo), 'Nothing was undone', 'its old name is taken')
  t.equal((await act({ act: 'move', target: old, [`file_${files[1]}`]: '1' })).undo.undo, '', 'nothing has moved')

  const mine = await act({ act: 'move', target: music, [`file_${files[1]}`]: '1' })
  await openSession(server, 'bobby')
  const bob = await logInOnPages(server, 'secret1', 'bobby')
  t.notMatch(await (await bob.visit(`/my?done=move&undo=${mine.undo.undo}`)).text(), 'name="undo"', 'nobody else is offered it')
  t.match((await bob.visit('/my', mine.undo)).headers.get('location'), 'done=undo-none')
  t.equal(await parentOf(files[1]), music)
  for (const undo of ['', 'x', 'v1.x', mine.undo.undo.slice(0, -2), 'v1.' + 'A'.repeat(20_000)]) t.match(await said({ ...mine.undo, undo }), 'Nothing was undone')
  server.clock.time += 61 * 60 * 1000
  t.match(await said(mine.undo), 'Nothing was undone', 'after an hour')
})

t.test('hundreds of items from many folders are taken back, and the address stays short', async t => {
  const { server, key, send, text } = await begin(t)
  const { sql } = server.app.ports
  const target = await createFolder(server, key, 'Target')
  await uploadFile(server, key, 'n', 'x')
  await copyFile(server, String((await sql.get('select id from files'))?.id), 199, i => `n${i}`)
  await sql.batch([...Array(200).keys()].map(i => ({ sql: "insert into folders (id, owner_id, parent_id, name, is_shared, created_at) values ($id, 1, '0', $id, 0, 0)", params: { id: `g${String(i).padStart(5, '0')}` } })))
  const files = (await sql.all('select id from files order by id')).map(({ id }) => String(id))
  await sql.batch(files.map((id, i) => ({ sql: 'update files set folder_id = $folder where id = $id', params: { id, folder: `g${String(i).padStart(5, '0')}` } })))
  const before = await sql.all('select id, folder_id from files order by id')
  const location = (await send({ q: 'n', act: 'move', target, ...Object.fromEntries(files.map(id => [`file_${id}`, '1'])) })).headers.get('location') ?? ''
  t.ok(location.length < 8000, `${location.length}`)
  t.equal((await sql.get('select count(distinct folder_id) as places from files'))?.places, 1)
  const undo = /name="undo" value="([^"]*)"/.exec(await text(location))?.[1] ?? ''
  t.match((await send({ q: 'n', act: 'undo', undo })).headers.get('location'), /done=undo$/)
  t.strictSame(await sql.all('select id, folder_id from files order by id'), before)
})

t.test('the question before deleting names what goes, with all that is in folders, and at most twenty names', async t => {
  const { server, key, send } = await begin(t)
  const photos = await createFolder(server, key, 'Photos')
  const inner = await createFolder(server, key, 'Inner', photos)
  await uploadFile(server, key, 'a.txt', 'aaa', { folder_id: photos })
  await uploadFile(server, key, 'b.txt', 'bbbb', { folder_id: inner })
  const file = await uploadFile(server, key, 'first', 'x')
  await copyFile(server, file, 30, i => `copy ${i}`)
  const ids = (await server.app.ports.sql.all("select id from files where folder_id = '0'")).map(row => `file_${row.id}`)
  const page = await (await send({ folder: '0', act: 'delete', [`folder_${photos}`]: '1', ...Object.fromEntries(ids.map(name => [name, '1'])) })).text()
  t.match(page, /Photos and everything in it<\/span> <span class="quiet">2 files, 7 bytes/)
  t.equal([...page.matchAll(/<li>/g)].length, 21)
  t.match(page, 'and 12 more')
  t.match(page, /33 files, 2 folders, /)
  t.equal([...page.matchAll(/name="(?:file|folder)_/g)].length, 32, 'all of them go')
})

t.test('folders say what is in them, pictures are shown, and a grid is remembered', async t => {
  const { server, key, visitor, text } = await begin(t)
  const photos = await createFolder(server, key, 'Photos')
  await createFolder(server, key, 'Inner', photos)
  const picture = await uploadFile(server, key, 'a.jpg', 'x'.repeat(100))
  await uploadFile(server, key, 'b.jpg', 'x')
  await server.app.ports.sql.run('update files set thumbnail = 1 where id = $picture', { picture })
  for (const name of ['1', '2']) await uploadFile(server, key, name, 'x', { folder_id: photos })
  const page = await text('/my')
  t.match(page, '<small>2 files, 1 folder</small>')
  t.match(page, `<img src="/file/${picture}/thumbnail" alt="" loading="lazy"`)
  t.equal([...page.matchAll(/<img [^>]*thumbnail/g)].length, 1, 'only where there is one')
  t.match(await text(`/my?folder=${photos}`), '<small>empty</small>')
  t.notMatch(page, 'as-grid')
  const grid = await visitor.visit('/my?view=grid')
  t.match(await grid.text(), 'as-grid')
  t.match(grid.headers.get('set-cookie'), /^respace_view=grid; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax/)
})

t.test('many folders come in pages, with the files', async t => {
  const { server, key, text } = await begin(t)
  await createFolder(server, key, 'first')
  await server.app.ports.sql.batch([...Array(200).keys()].map(i => ({
    sql: "insert into folders (id, owner_id, parent_id, name, is_shared, created_at) values ($id, 1, '0', $name, 0, 0)",
    params: { id: `g${String(i).padStart(5, '0')}`, name: `n${i}` }
  })))
  await uploadFile(server, key, 'a.txt', 'a')
  const shown = async (page: number) => [...(await text(`/my?page=${page}`)).matchAll(/name="(?:file|folder)_\w+"/g)].map(([name]) => name)
  t.equal((await shown(1)).length, 201, 'and the file')
  t.equal((await shown(2)).length, 1)
  t.equal(new Set([...await shown(1), ...await shown(2)]).size, 202)
})

t.test('what others can open is listed with its links, and can be taken back', async t => {
  const { server, key, text, send } = await begin(t)
  t.match(await text('/my/shared'), 'Nothing is shared yet')
  const photos = await createFolder(server, key, 'Photos')
  const inner = await createFolder(server, key, 'Inner & more', photos)
  await createFolder(server, key, 'Hidden')
  await call(server, 'folders.setInfo', { session_key: key, folder_id: inner, shared: '1' })
  await uploadFile(server, key, 'a.txt', 'abc', { folder_id: inner })
  await server.app.ports.sql.run('update files set downloads = 4')
  const page = await text('/my/shared')
  t.match(page, new RegExp(`Inner &amp; more[^]*1 file, 3 bytes · Downloaded 4 times[^]*value="${server.url}/folder/${inner}"`))
  t.notMatch(page, 'Hidden')
  t.match(page, '<a href="/my/shared" aria-current="page">Shared links</a>')
  const below = await createFolder(server, key, 'Below', inner)
  await call(server, 'folders.setInfo', { session_key: key, folder_id: below, shared: '1' })
  await uploadFile(server, key, 'b.txt', 'd', { folder_id: below })
  await server.app.ports.sql.run("insert into bundles (folder_id, delete_code, message, sealed_password, expires_at) values ($inner, $code, '', 'x', 1893456000000)", { inner, code: 'c'.repeat(32) })
  const bundle = await text('/my/shared')
  t.notMatch(bundle, 'Below', 'it is reached by the one around it')
  t.match(bundle, new RegExp(`Inner &amp; more</a></b> <span class="tag">password</span>[^]*2 files, 4 bytes[^]*2030[^]*href="/bundle/${inner}/c{32}"`))
  await call(server, 'folders.setInfo', { session_key: key, folder_id: below, shared: '0' })
  await openSession(server, 'bobby')
  const bob = await logInOnPages(server, 'secret1', 'bobby')
  t.equal((await bob.visit('/my/shared', { id: inner })).status, 400)
  t.match(await (await bob.visit('/my/shared')).text(), 'Nothing is shared yet')
  t.equal((await send({ id: inner, form_token: 'x' }, '/my/shared')).status, 403)
  t.equal((await send({ id: inner }, '/my/shared')).headers.get('location'), '/my/shared?done=unshare')
  t.match(await text('/my/shared?done=unshare'), /Folder is private\.[^]*Nothing is shared yet/)
})

t.test('nobody reaches what is not his, and no form is taken without its token', async t => {
  const { server, key, infoOf } = await begin(t)
  const file = await uploadFile(server, key, 'a.txt', 'a')
  const folder = await createFolder(server, key, 'Photos')
  await openSession(server, 'bobby')
  const bob = await logInOnPages(server, 'secret1', 'bobby')
  for (const act of ['move', 'rename', 'delete', 'delete-now', 'share']) {
    await bob.visit('/my', { folder: '0', act, target: '0', name: 'stolen', [`file_${file}`]: '1', [`folder_${folder}`]: '1' })
    t.equal((await bob.visit('/my', { form_token: 'x', act })).status, 403)
  }
  t.equal((await bob.visit('/my/mail', { form_token: 'x' })).status, 403)
  t.equal((await bob.visit('/my/contacts', { form_token: 'x' })).status, 403)
  await bob.visit('/my/mail', { [`file_${file}`]: '1', to: 'x@example.org', send: '1' })
  t.equal((await server.app.ports.sql.all('select * from mails')).length, 0)
  t.equal((await bob.visit(`/my?folder=${folder}`)).status, 404)
  t.equal(attribute(await infoOf(file), 'name'), 'a.txt')
  t.notMatch(await (await bob.visit('/my?q=a')).text(), 'a.txt')
})

t.test('the search finds parts of names anywhere, without case, and means what it says', async t => {
  const { server, key, text } = await begin(t)
  const folder = await createFolder(server, key, 'Holiday')
  await uploadFile(server, key, 'Beach 100%.jpg', 'a', { folder_id: folder })
  await uploadFile(server, key, 'beach_1000.jpg', 'a')
  const found = async (search: string) => [...(await text(`/my?q=${encodeURIComponent(search)}`)).matchAll(/value="1" aria-label="Select ([^"]*)"/g)].map(([, name]) => name)
  t.strictSame(await found('BEACH'), ['Beach 100%.jpg', 'beach_1000.jpg'])
  t.strictSame(await found('0%'), ['Beach 100%.jpg'])
  t.strictSame(await found('h_1'), ['beach_1000.jpg'])
  t.strictSame(await found('\\'), [])
  t.strictSame(await found('holi'), ['Holiday'])
  t.match(await text('/my?q=nothing'), /No matches[^]*Show all files/)
})

t.test('a folder with more than a page of files, all of which can be deleted at once', async t => {
  const { server, key, text, send } = await begin(t)
  await uploadFile(server, key, 'first', 'a')
  await copyFile(server, String((await server.app.ports.sql.get('select id from files'))?.id), 200, i => `n${i}`)
  const page = await text('/my')
  t.match(page, /Page 1 of 2.*<a href="\/my\?folder=0&(?:amp;)?page=2">Next/)
  t.equal([...page.matchAll(/name="file_/g)].length, 200)
  t.equal([...(await text('/my?folder=0&page=2')).matchAll(/name="file_/g)].length, 1)
  t.match(await text('/my?page=99'), 'Page 2 of 2')
  const all = Object.fromEntries([...page.matchAll(/name="(file_\w+)"/g)].map(([, name = '']) => [name, '1']))
  t.equal((await send({ folder: '0', act: 'delete-now', ...all })).status, 303)
  t.equal((await server.app.ports.sql.all('select id from files')).length, 1)
})

t.test('a long list is the same whatever page of it is asked for: each file once, in order, with what was searched for', async t => {
  const { server, key, text, send } = await begin(t)
  const id = await uploadFile(server, key, 'N 1.txt', 'a')
  const listed = async (query: string) => {
    const names: string[] = []
    for (let page = 1; ; page++) {
      const list = await text(`/my?${query}&page=${page}`)
      names.push(...[...list.matchAll(/aria-label="Select (N [^"]*)"/g)].map(([, name = '']) => name))
      if (!list.includes('>Next</a>')) return names
    }
  }
  await copyFile(server, id, 999, i => `N ${i + 2}.txt`)
  const numbered = [...Array(1000).keys()].map(i => `N ${i + 1}.txt`)
  t.strictSame(await listed(''), numbered, 'numbers in names count as numbers')
  t.strictSame(await listed('sort=-name'), [...numbered].reverse())
  t.strictSame(await listed('sort=date'), numbered)
  const one = await text('/my?q=n+1&sort=-size&page=2')
  t.strictSame((await listed('q=N+1&sort=-size')).length, 112)
  t.match(one, 'name="q" value="n 1"')
  await server.app.ports.sql.run("update files set name = 'n 1.TXT' where id = $id", { id })
  await server.app.ports.sql.run('insert into files (id, owner_id, folder_id, name, description, size, crc32, blob_id, delete_code, uploaded_at) ' +
    "select 'more01', owner_id, folder_id, 'N 0.txt', description, 3, crc32, 'more01', delete_code, uploaded_at from files where id = $id", { id })
  await recount(server.app.ports.sql)
  for (const sort of ['name', '-name', 'size', '-size', 'date', '-date']) {
    const names = await listed(`sort=${sort}&q=n`)
    t.strictSame([names.length, new Set(names).size], [1000, 1000], `${sort}, and one that the pattern above passes over`)
  }
  const bySize = await text('/my?q=n&sort=-size&page=3')
  t.match(bySize, /Page 3 of 6[^]*href="\/my\?folder=0&amp;q=n&amp;sort=-size&amp;page=2">Previous<[^]*page=4">Next</)
  t.match(bySize, /<a href="\?folder=0&amp;q=n&amp;sort=name">/, 'another order begins at the first page')
  const chosen = { folder: '0', q: 'n', sort: '-size', page: '3', [`file_${id}`]: '1' }
  t.match((await send({ ...chosen, act: 'rename', name: 'renamed' })).headers.get('location'), /^\/my\?folder=0&q=n&sort=-size&page=3&done=rename&undo=/)
  t.match(await (await send({ ...chosen, act: 'delete' })).text(), /name="page" value="3"[^]*href="\/my\?folder=0&amp;q=n&amp;sort=-size&amp;page=3">Keep it/)
  t.match(await (await send({ ...chosen, act: 'move', target: 'zzzzzz' })).text(), /no longer exists[^]*Page 3 of 6/)
  for (const page of ['0', '-1', 'x', '1e9', '99']) t.match(await text(`/my?page=${page}`), /Page [16] of 6/, page)
})

t.test('folders in one place have names that can be told apart, though programs may do otherwise', async t => {
  const { server, key, send } = await begin(t)
  const photos = await createFolder(server, key, 'Photos')
  const other = await createFolder(server, key, 'Other')
  const inner = await createFolder(server, key, 'photos', other)
  const said = async (form: Readonly<Record<string, string>>) => {
    const answer = await send({ folder: '0', ...form })
    return answer.status === 400 ? /role="alert">([^<]*)/.exec(await answer.text())?.[1] : answer.status
  }
  const TAKEN = 'A folder with this name already exists here.'
  t.equal(await said({ act: 'create', name: ' photos ' }), TAKEN)
  t.match(await (await send({ folder: '0', act: 'create', name: 'Photos' })).text(), /name="name" value="Photos" aria-invalid="true"/)
  t.equal(await said({ act: 'rename', name: 'Photos', [`folder_${other}`]: '1' }), TAKEN)
  t.equal(await said({ act: 'move', target: '0', [`folder_${inner}`]: '1' }), TAKEN)
  const twin = await createFolder(server, key, 'Photos')
  t.match(twin, /^\w{6}$/, 'the API does as it always did')
  t.equal(await said({ act: 'move', target: other, [`folder_${twin}`]: '1' }), TAKEN)
  t.equal(await said({ act: 'rename', name: 'PHOTOS 2', [`folder_${twin}`]: '1' }), 303)
  t.equal(await said({ act: 'rename', name: 'photos', [`folder_${photos}`]: '1' }), 303, 'its own name in other letters')
  t.equal(await said({ act: 'move', target: '0', [`folder_${photos}`]: '1' }), 303)
  t.equal((await server.app.ports.sql.all('select id from folders')).length, 4)
})

t.test('the links of files and folders are mailed, also to people from the address book, who is collected there', async t => {
  const { server, key, text, send } = await begin(t)
  const mails = () => server.app.ports.sql.all('select recipient, sealed_text from mails order by recipient')
  await call(server, 'addressbook.add', { session_key: key, email: 'bob@example.org', name: 'Bob' })
  const folder = await createFolder(server, key, 'Photos')
  const file = await uploadFile(server, key, 'a.txt', 'a', { password: 'pw' })
  const form = await (await send({ folder: '0', [`file_${file}`]: '1', [`folder_${folder}`]: '1' }, '/my/mail')).text()
  t.match(form, /<option value="bob@example.org">Bob<\/option>/)
  t.match(form, 'Photos is private')
  t.match(form, 'a.txt has a password')
  t.match(form, 'name="contact_0" value="bob@example.org"')
  const chosen = { folder: '0', [`file_${file}`]: '1', send: '1' }
  const wrong = await send({ ...chosen, to: 'no address', message: 'Hello <you>' }, '/my/mail')
  t.equal(wrong.status, 400)
  t.match(await wrong.text(), /An e-mail address is not valid\.[^]*value="no address"[^]*Hello &lt;you&gt;/, 'what was typed stays')
  t.match(await (await send(chosen, '/my/mail')).text(), 'Please fill in all fields.')
  t.equal((await mails()).length, 0)
  t.equal((await send({ ...chosen, to: 'carol@example.org, ', contact_0: 'bob@example.org', message: 'Hello' }, '/my/mail')).headers.get('location'), '/my?folder=0&done=queued')
  t.strictSame((await mails()).map(row => row.recipient), ['bob@example.org', 'carol@example.org'])
  t.match(server.app.ports.vault.open(String((await mails())[0]?.sealed_text), 'mail'), `/file/${file}`)
  t.match(await text('/my/contacts'), /bob@example\.org[^]*carol@example\.org[^]*added by e-mail/)
  t.equal((await send({ folder: '0' }, '/my/mail')).headers.get('location'), '/my?folder=0&done=none')
})

t.test('contacts are added, changed and removed, within the plan', async t => {
  const { server, key, text, send } = await begin(t)
  const done = async (form: Readonly<Record<string, string>>) => send(form, '/my/contacts')
  t.equal((await done({ act: 'add', email: ' bob@example.org ', name: 'Bob', description: '"quoted"' })).headers.get('location'), '/my/contacts?done=add')
  t.match(await text('/my/contacts?done=add'), /Added\.[^]*1 contact[^]*Bob[^]*&quot;quoted&quot;/)
  t.match(await (await done({ act: 'add', email: 'BOB@example.org' })).text(), 'This contact already exists.')
  t.match(await (await done({ act: 'add', email: 'nobody', name: 'Kept' })).text(), /An e-mail address is not valid\.[^]*value="Kept"/)
  await done({ act: 'update', email: 'bob@example.org', name: 'Robert', description: '' })
  t.match(await call(server, 'addressbook.list', { session_key: key }), 'email="bob@example.org" name="Robert" description=""')
  await done({ act: 'remove', email: 'bob@example.org' })
  t.match(await text('/my/contacts?done=remove'), /Removed\.[^]*No contacts yet/)
  t.match(await (await done({ act: 'remove', email: 'bob@example.org' })).text(), 'The contact no longer exists.')
})

t.test('an upload goes into the folder that the page was opened for', async t => {
  const { server, key, text } = await begin(t)
  const folder = await createFolder(server, key, 'Photos')
  t.match(await text(`/?folder=${folder}`), new RegExp(`<a href="/my\\?folder=${folder}">Photos</a>[^]*name="folder_id" value="${folder}"`))
  t.notMatch(await text('/?folder=zzzzzz'), 'folder_id')
  t.notMatch(await (await fetch(`${server.url}/?folder=${folder}`)).text(), 'Photos')
})

t.test('the keyboard alone moves through the list, renames, deletes and searches', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await uploadFile(server, key, name, name)
  const folder = await createFolder(server, key, 'Photos')
  const page = await openBrowser(t)
  await logInByForm(page, server, '/my')
  await page.getByLabel('Select Photos').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('F2')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('renamed.txt')
  await navigate(page, () => page.keyboard.press('Enter'))
  await page.getByText('Renamed.', { exact: true }).waitFor()
  await page.getByLabel('Select renamed.txt').waitFor()
  await page.getByLabel('Select a.txt').focus()
  await navigate(page, () => page.keyboard.press('Delete'))
  await page.getByRole('heading', { name: 'Delete these items?' }).waitFor()
  await navigate(page, () => page.getByRole('button', { name: 'Delete' }).click())
  await page.getByText('Deleted.').waitFor()
  t.equal(await page.getByLabel('Select a.txt').count(), 0)
  await page.keyboard.press('/')
  await page.keyboard.type('renam')
  await navigate(page, () => page.keyboard.press('Enter'))
  await page.getByRole('heading', { name: 'Results for renam' }).waitFor()
  await page.getByLabel('Select renamed.txt').focus()
  await navigate(page, () => page.keyboard.press('Enter'))
  await page.getByRole('heading', { name: 'Your shared file' }).waitFor()
  await page.goBack()
  await page.goto(`${server.url}/my`)
  await page.getByLabel('Select Photos').focus()
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/my?folder=${folder}`)
})

t.test('all of a page are chosen by one box, which says that the other pages are not', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  await createFolder(server, key, 'Photos')
  await copyFile(server, await uploadFile(server, key, 'first', 'a'), 1100, i => `n${i}`)
  const page = await openBrowser(t)
  await logInByForm(page, server, '/my')
  await page.getByLabel('Select n0', { exact: true }).check()
  await page.getByText('1 of 1,102 selected · 0 bytes', { exact: true }).first().waitFor()
  t.equal(await page.evaluate('document.querySelector("#choose-all").indeterminate'), true)
  await page.getByLabel('Select all on this page').check()
  await page.getByText(/^201 of 1,102 selected on this page · \d+ bytes$/).first().waitFor()
  t.ok(await takeScreenshot(page, 'my-files-long'), 'fits a phone')
  await page.getByLabel('Select all on this page').uncheck()
  t.equal(await page.locator('#chosen').textContent(), '')
  await page.getByLabel('Select n0', { exact: true }).focus()
  await page.keyboard.press('Control+a')
  await navigate(page, () => page.getByRole('button', { name: 'Delete' }).click())
  await page.getByRole('heading', { name: 'Delete these items?' }).waitFor()
  await navigate(page, () => page.getByRole('button', { name: 'Delete' }).click())
  await page.getByText('Deleted.').waitFor()
  t.equal((await server.app.ports.sql.all('select id from files')).length, 901)
})

t.test('files are dragged onto folders and onto the way up, and chosen ones are uploaded into the folder of the page', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await uploadFile(server, key, name, name)
  const photos = await createFolder(server, key, 'Photos')
  const music = await createFolder(server, key, 'Music')
  const page = await openBrowser(t)
  await logInByForm(page, server, '/my')
  t.ok(await takeScreenshot(page, 'my-files'), 'fits a phone')
  await page.getByLabel('Select a.txt').check()
  await page.getByLabel('Select b.txt').check()
  const row = (name: string) => page.locator('tbody tr', { hasText: name })
  await navigate(page, () => row('a.txt').dragTo(row('Photos')))
  await page.getByText('Moved.').waitFor()
  const folderOf = async (name: string) => (await server.app.ports.sql.get('select folder_id from files where name = $name', { name }))?.folder_id
  t.strictSame([await folderOf('a.txt'), await folderOf('b.txt'), await folderOf('c.txt')], [photos, photos, '0'])
  await navigate(page, () => row('Photos').dragTo(row('Music')))
  await page.locator('tbody tr', { hasText: 'Photos' }).waitFor({ state: 'detached' })
  t.equal((await server.app.ports.sql.get('select parent_id from folders where id = $photos', { photos }))?.parent_id, music)
  await page.goto(`${server.url}/my?folder=${photos}`)
  await navigate(page, () => row('a.txt').dragTo(page.locator('.crumbs a', { hasText: 'My files' })))
  await page.getByText('Moved.').waitFor()
  t.equal(await folderOf('a.txt'), '0')
  await page.goto(`${server.url}/my?folder=${photos}`)
  await page.locator('#chosen-files').setInputFiles({ name: 'new.txt', mimeType: 'text/plain', buffer: Buffer.from('x') })
  await row('new.txt').waitFor()
  t.equal(await folderOf('new.txt'), photos)
})

t.test('the letter completes addresses one after another', needsBrowser, async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  for (const name of ['bob', 'carol']) await call(server, 'addressbook.add', { session_key: key, email: `${name}@example.org`, name })
  await uploadFile(server, key, 'a.txt', 'a')
  const page = await openBrowser(t)
  await logInByForm(page, server, '/my')
  await page.getByLabel('Select a.txt').check()
  await navigate(page, () => page.getByRole('button', { name: 'Send by e-mail' }).click())
  await page.getByLabel('To', { exact: true }).pressSequentially('bob@example.org, c')
  t.strictSame(await page.evaluate('[...document.querySelectorAll("#contacts option")].map(option => option.value)'), ['bob@example.org, carol@example.org'])
  await page.getByText('From the address book').click()
  t.ok(await takeScreenshot(page, 'my-mail'), 'fits a phone')
  await page.getByLabel('To', { exact: true }).fill('bob@example.org')
  await page.getByLabel('carol').check()
  await navigate(page, () => page.getByRole('button', { name: 'Send', exact: true }).click())
  await page.getByText('the mails will be sent once there is one').waitFor()
  t.equal((await server.app.ports.sql.all('select * from mails')).length, 2)
  await navigate(page, () => page.getByRole('link', { name: 'Address book' }).click())
  await page.locator('summary', { hasText: 'Change' }).first().click()
  t.ok(await takeScreenshot(page, 'my-contacts'), 'fits a phone')
})
