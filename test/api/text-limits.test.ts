/** Every text has a limit in bytes: what comes in is refused or cut, and what an older version stored is cut where it is shown. */
import t from 'tap'
import { METHODS } from '../../src/api/registry.ts'
import { UPLOAD_FIELDS } from '../../src/api/upload-documents.ts'
import { cutToBytes } from '../../src/domain/text-limit.ts'
import { attribute, API_KEY, call, errorCode, logIn, openSession, readTicket, upload, uploadFile, userTicket, type Params } from '../support/client.ts'
import { isOnPostgres } from '../support/database.ts'
import { beginRequests } from '../support/file-request.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { openTables } from '../support/database-tables.ts'
import { MAX_BYTES } from '../support/text-columns.ts'
import { append, base64, beginAt, metadataOf } from '../support/tus.ts'
import { logInOnPages } from '../support/page-session.ts'

const KIB = 1024
/** Three bytes a character, so that half of one would be seen. */
const long = (bytes: number): string => '字'.repeat(Math.floor(bytes / 3)) + 'x'.repeat(bytes % 3)

/** A call by POST: what is too long for an address. */
async function post ({ url }: TestServer, method: string, params: Params): Promise<string> {
  const body = new URLSearchParams({ method, ...Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])) })
  return (await fetch(`${url}/rest/`, { method: 'POST', body })).text()
}

t.test('every parameter takes as many bytes as it declares, and one more is 21 with its name', async t => {
  const server = await startServer(t)
  const key = await openSession(server, 'alice', '1.2')
  const id = await uploadFile(server, key, 'a.txt', 'a')
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
  await call(server, 'addressbook.add', { session_key: key, email: 'known@example.org' })
  const good: Params = { session_key: key, api_key: API_KEY, api_version: '1.2', file_id: id, emails: 'to@example.org', sender_email: 'me@example.org', email: 'known@example.org', name: 'n' }
  let count = 0
  for (const { name: method, params } of METHODS) {
    const mandatory = Object.entries(params).filter(([name, { isMandatory }]) => isMandatory && name in good)
    for (const [name, { kind: { maxBytes } }] of Object.entries(params)) {
      if (maxBytes === undefined) continue
      const send = (value: string) => {
        count++
        const others = Object.fromEntries(mandatory.map(([param]) => [param, good[param] ?? '']))
        return post(server, method, {
          session_key: key,
          api_key: API_KEY,
          api_version: '1.2',
          ...others,
          ...(method.startsWith('folders.') && { folder_id: folder }),
          ...(method === 'addressbook.add' && { email: `new${count}@example.org` }),
          [name]: value
        })
      }
      t.equal(errorCode(await send(long(maxBytes - 1))), 0, `${method} ${name}: one byte less`)
      t.equal(errorCode(await send(long(maxBytes))), 0, `${method} ${name}: as many`)
      const refused = await send(long(maxBytes + 1))
      t.equal(errorCode(refused), 21, `${method} ${name}: one byte more`)
      t.equal(attribute(refused, 'info'), name)
    }
  }
  t.ok(count > 40, 'there are such parameters')
})

t.test('a password that is too long is wrong, a name that is too long is nobody\'s', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'a', { password: 'sesame' })
  t.equal(errorCode(await post(server, 'download.getInfo', { session_key: key, file_id: id, password: long(2000) })), 22)
  t.equal(errorCode(await logIn(server, 'alice'.repeat(300))), 8)
  t.equal(errorCode(await post(server, 'auth.register', { api_key: API_KEY, user_name: 'carol', full_name: long(2000), email: 'c@example.org' })), 27)
  t.equal(errorCode(await post(server, 'addressbook.add', { session_key: key, email: `${long(2000)}@example.org` })), 24)
})

t.test('the limits stand on the page of the API and in contract.json', async t => {
  const server = await startServer(t)
  interface Method { readonly name: string, readonly parameters: ReadonlyArray<{ readonly name: string, readonly maxBytes: number | null }> }
  const contract = await (await fetch(`${server.url}/docs/contract.json`)).json() as { readonly methods: readonly Method[], readonly uploadFields: unknown }
  const limitOf = (method: string, name: string) => contract.methods.find(one => one.name === method)?.parameters.find(one => one.name === name)?.maxBytes
  t.strictSame([['files.setInfo', 'name'], ['files.setInfo', 'description'], ['addressbook.add', 'name'], ['addressbook.add', 'description'],
    ['files.sendMail', 'message'], ['auth.createToken', 'app_version'], ['files.setInfo', 'password'], ['files.setInfo', 'time_limit']].map(([method = '', name = '']) => limitOf(method, name)),
  [255, 4096, 255, 1024, 10_240, 64, 1024, null])
  t.strictSame(contract.uploadFields, JSON.parse(JSON.stringify(UPLOAD_FIELDS)))
  const page = await (await fetch(`${server.url}/docs`)).text()
  for (const bytes of [64, 255, 1024, 4096, 10_240]) t.match(page, `At most ${bytes} bytes.`)
})

t.test('fields of an upload are cut between two characters, by a form and in pieces, and its password still opens the file', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const password = long(3000)
  const sent = { description: long(100 * KIB), password, recipient_message: long(100 * KIB), recipient_email: `to@example.org,${'x,'.repeat(50_000)}`, redirect_url: `http://example.org/${'y'.repeat(5000)}` }
  const answer = await upload(await userTicket(server, key), [{ name: `${long(300)}.txt`, bytes: 'a' }], sent)
  t.equal(answer.location?.replace(/&file_id=\w{6}$/, ''), `${sent.redirect_url.slice(0, 1024)}?upload_status=ok`)
  const [id = ''] = /\w{6}$/.exec(answer.location ?? '') ?? []
  const xml = await call(server, 'files.getInfo', { session_key: key, file_id: id })
  t.equal(attribute(xml, 'description'), cutToBytes(sent.description, 4096))
  t.equal(attribute(xml, 'password'), cutToBytes(password, 1024))
  t.equal(attribute(xml, 'name'), `${cutToBytes(long(300), 251)}.txt`)
  t.equal(errorCode(await post(server, 'download.getInfo', { session_key: key, file_id: id, password })), 0, 'the whole of it')
  t.equal(errorCode(await post(server, 'download.getInfo', { session_key: key, file_id: id, password: cutToBytes(password, 1024) })), 0, 'what is left of it')
  t.equal(errorCode(await post(server, 'download.getInfo', { session_key: key, file_id: id, password: password.slice(0, 100) })), 22)

  const pieces = await beginAt(`${server.url}/tus`, 1, metadataOf({ filename: 'b.txt', description: long(6000) }))
  const done = await append(server.url + (pieces.headers.get('location') ?? ''), 0, 'b')
  t.equal(done.status, 204)
  const row = await server.app.ports.sql.get("select description from files where name = 'b.txt'")
  t.equal(row?.description, cutToBytes(long(6000), 4096))
})

t.test('a page says at the field what does not fit, and keeps all that was typed', async t => {
  const { server, key, folder, owner, send } = await beginRequests(t)
  const id = await uploadFile(server, key, 'a.txt', 'a')
  const problem = /the limit is ([\d,]+) bytes/
  const shown = async (answer: Promise<Response>, field: string, limit: string, ...kept: string[]) => {
    const sent = await answer
    const page = await sent.text()
    t.equal(sent.status, 400, field)
    t.equal(problem.exec(page)?.[1], limit, field)
    t.match(page, 'aria-invalid="true"', field)
    for (const text of kept) t.ok(page.includes(text), `${field} keeps ${text.slice(0, 20)}`)
  }
  const name = long(256)
  await shown(owner.visit('/my', { act: 'create', name }), 'a new folder', '255', `value="${name}"`)
  await shown(owner.visit('/my', { act: 'rename', name, [`folder_${folder}`]: '1' }), 'a new name', '255', `value="${name}"`, `name="folder_${folder}" value="1" checked`)
  const note = long(1025)
  await shown(owner.visit('/my/contacts', { act: 'add', email: 'bob@example.org', name: 'Bob', description: note }), 'a note', '1,024', `value="${note}"`, 'value="bob@example.org"', 'value="Bob"')
  await owner.visit('/my/contacts', { act: 'add', email: 'bob@example.org', name: 'Bob' })
  await shown(owner.visit('/my/contacts', { act: 'update', email: 'bob@example.org', name: 'Bobby', description: note }), 'a changed note', '1,024', `value="${note}"`, 'value="Bobby"', '<details open>')
  const message = long(10_241)
  await shown(owner.visit('/my/mail', { send: '1', to: 'bob@example.org', message, [`file_${id}`]: '1' }), 'a message', '10,240', message, 'value="bob@example.org"')
  await shown(send({ act: 'add', title: long(1025), message: 'please', folder }), 'a title', '1,024', `value="${long(1025)}"`, 'please')
  await shown(send({ act: 'add', title: 'Photos', message, folder }), 'the message of a request', '10,240', message, 'value="Photos"')
  const edit = `/edit/${id}/${String((await server.app.ports.sql.get('select delete_code from files where id = $id', { id }))?.delete_code)}`
  const description = long(4097)
  await shown(fetch(server.url + edit, { method: 'POST', body: new URLSearchParams({ name: 'new.txt', password: 'sesame', downloads_limit: '3', limit_action: '2', time_limit: '3600', description }) }),
    'a description', '4,096', description, 'value="new.txt"', 'value="sesame"', 'value="3"', '<option value="2" selected>', '<option value="3600" selected>')
})

t.test('no door lets a longer text into any column of the database', async t => {
  const { server, key, folder, owner, send, make } = await beginRequests(t, { settings: { trustProxy: 'loopback', mailsPerHour: '1000' } })
  const huge = long(40 * KIB)
  const tooLong = { name: huge, description: huge, message: huge, password: huge, app_version: huge, response_format: huge, full_name: huge, user_name: huge, title: huge }
  for (const method of METHODS) {
    for (const name of Object.keys(method.params)) {
      if (!(name in tooLong)) continue
      await post(server, method.name, {
        session_key: key, api_key: API_KEY, api_version: '1.2', folder_id: folder, email: 'a@example.org', emails: 'a@example.org', sender_email: 'a@example.org', full_name: 'Carol', [name]: huge
      })
    }
  }
  // As much as fits.
  await post(server, 'auth.createToken', { api_key: API_KEY, api_version: '1.2', app_version: long(64) })
  await post(server, 'auth.register', { api_key: API_KEY, api_version: '1.2', full_name: '𠀀'.repeat(100), email: `${'𠀀'.repeat(64)}@${'𠀀'.repeat(63)}.${'𠀀'.repeat(63)}.${'𠀀'.repeat(61)}` })
  await post(server, 'folders.create', { session_key: key, name: long(255) })
  await post(server, 'addressbook.add', { session_key: key, email: 'b@example.org', name: long(255), description: long(1024) })
  const recipients = Array.from({ length: 20 }, (_, i) => `${i}${'𠀀'.repeat(60)}@${'𠀀'.repeat(63)}.org`).join(',')
  const fields = { description: huge, password: huge, recipient_message: huge, recipient_email: recipients, notify_uploader: '1', folder_id: folder }
  await upload(await userTicket(server, key), [{ name: long(3 * KIB), bytes: 'a' }, { name: 'b.txt', bytes: 'b' }], fields)
  await upload(readTicket(await call(server, 'anonymous.uploadGetInfo', { api_key: API_KEY, api_version: '1.0' })), [{ name: long(3 * KIB), bytes: 'a' }], fields)
  const id = await make({ title: long(1024), message: long(10_240), password: long(1024), types: 'txt', notify: '1' })
  await send({ act: 'add', title: huge, message: huge, types: huge, password: huge })
  const form = new FormData()
  form.set('request_password', long(1024))
  form.set('description', huge)
  form.set('userfile', new Blob(['x']), 'note.txt')
  t.equal((await fetch(`${server.url}/request/${id}`, { method: 'POST', body: form, redirect: 'manual', headers: { 'x-forwarded-prefix': `/${'p'.repeat(5000)}` } })).status, 303)
  await beginAt(`${server.url}/tus`, 9, `filename ${base64('a.bin')},description ${base64(long(9000))}`)
  await fetch(`${server.url}/login`, { method: 'POST', headers: { 'user-agent': 'x'.repeat(9000), 'x-forwarded-for': 'y'.repeat(5000) }, body: new URLSearchParams({ user_name: 'alice', password: 'secret1' }), redirect: 'manual' })
  for (const act of ['create', 'rename']) await owner.visit('/my', { act, name: huge, [`folder_${folder}`]: '1' })
  await owner.visit('/my/contacts', { act: 'add', email: 'c@example.org', name: huge })
  await server.app.deliver()

  const tables = await (await openTables(t, server.storage)).read()
  const longest = new Map<string, number>()
  for (const [table, rows] of Object.entries(tables)) {
    for (const [column, value] of rows.flatMap(row => Object.entries(row))) {
      if (typeof value === 'string') longest.set(`${table}.${column}`, Math.max(longest.get(`${table}.${column}`) ?? 0, Buffer.byteLength(value)))
    }
  }
  for (const [column, bytes] of longest) t.ok(bytes <= (MAX_BYTES[column] ?? 0), `${column} holds ${bytes} bytes, ${MAX_BYTES[column]} at most`)
  for (const column of ['files.description', 'files.name', 'folders.name', 'contacts.description', 'tokens.app_version', 'file_requests.title', 'file_requests.message']) {
    t.ok((longest.get(column) ?? 0) >= (MAX_BYTES[column] ?? 0) - 3, `${column} is filled to its end`)
  }
})

t.test('every text column has a limit', async t => {
  const server = await startServer(t)
  const { sql } = server.app.ports
  const columns = await sql.all(isOnPostgres()
    ? "select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public' and data_type = 'text' order by 1"
    : `select m.name || '.' || c.name as name from sqlite_master as m join pragma_table_info(m.name) as c
       where m.type = 'table' and lower(c.type) = 'text' order by 1`)
  t.ok(columns.length > 60)
  t.strictSame(columns.map(({ name }) => name).filter(name => !(String(name) in MAX_BYTES)), [], 'say in support/text-columns.ts what bounds it')
})

t.test('what an older version stored is cut where it is shown, and a page of it stays small', async t => {
  const server = await startServer(t, { settings: { mailsPerHour: '100' } })
  const { sql } = server.app.ports
  const key = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'open', shared: 1 }), 'id')
  const id = await uploadFile(server, key, 'a.txt', 'a', { folder_id: folder })
  await call(server, 'addressbook.add', { session_key: key, email: 'bob@example.org' })
  const old = long(1024 * KIB)
  await sql.run('update files set description = $old', { old })
  await sql.run('update contacts set name = $old, description = $old', { old })
  for (let i = 1; i < 200; i++) {
    await sql.run(`insert into files (id, owner_id, folder_id, name, description, size, crc32, blob_id, delete_code, uploaded_at)
      values ($id, 1, $folder, $id, $old, 1, 1, $id, $id, 1)`, { id: String(i).padStart(6, 'f'), folder, old })
  }
  const parents = ['0', ...Array.from({ length: 31 }, (_, i) => String(i).padStart(6, 'p'))]
  const nameOf = (i: number) => `${i} ${long(60 * KIB)}`
  for (const [i, parentId] of parents.slice(0, -1).entries()) {
    await sql.run('insert into folders (id, owner_id, parent_id, name, is_shared, created_at) values ($id, 1, $parentId, $name, 1, 1)', { id: parents[i + 1] ?? '', parentId, name: nameOf(i) })
  }
  for (let i = 0; i < 600; i++) {
    await sql.run('insert into folders (id, owner_id, parent_id, name, is_shared, created_at) values ($id, 1, $parentId, $name, 0, 1)',
      { id: String(i).padStart(6, 'l'), parentId: parents.at(-1) ?? '', name: nameOf(i) })
  }
  const owner = await logInOnPages(server)
  const size = async (answer: Response) => Buffer.byteLength(await answer.text())
  const MIB = 1024 * KIB
  t.ok(await size(await fetch(`${server.url}/folder/${folder}`)) < 2 * MIB, 'the folder\'s page')
  t.ok(await size(await fetch(`${server.url}/folder/${folder}/rss`)) < 2 * MIB, 'its feed')
  t.ok(await size(await fetch(`${server.url}/file/${id}`)) < 50 * KIB, 'the file\'s page')
  for (const path of ['/my', `/my?folder=${folder}`, '/my?q=f', '/my/requests', '/my/contacts']) t.ok(await size(await owner.visit(path)) < 2 * MIB, path)
  const contents = await call(server, 'folders.getContents', { session_key: key, folder_id: folder })
  t.equal(attribute(contents, 'description'), cutToBytes(old, 4096))
  t.ok(Buffer.byteLength(contents) < 2 * MIB)
  t.ok(Buffer.byteLength(await call(server, 'folders.getAll', { session_key: key })) < MIB)
  t.ok(Buffer.byteLength(await call(server, 'addressbook.list', { session_key: key })) < 3 * KIB)
  t.equal(errorCode(await call(server, 'files.setInfo', { session_key: key, file_id: id, name: 'b.txt' })), 0)
  t.equal((await sql.get('select description from files where id = $id', { id }))?.description, old, 'what was not sent stays as it is')
})
