import t from 'tap'
import { attribute, call, element, errorCode, openSession, upload, uploadFile, userTicket, type Params } from '../support/client.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const setInfo = async (server: TestServer, key: string, id: string, params: Params) =>
  call(server, 'files.setInfo', { session_key: key, file_id: id, ...params })

const status = async (url: string) => {
  const response = await fetch(url)
  await response.arrayBuffer()
  return response.status
}

const linkOf = async (server: TestServer, key: string, id: string) =>
  attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'direct_download_url')

t.test('files.setInfo changes what is sent, and empty clears', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'hello')
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
  const full = { name: 'b.txt', description: 'd', password: 'p', folder_id: folder, time_limit: 60, downloads_limit: 2, limit_action: 3, limit_action_to_folder: folder }
  const shown = (xml: string) => ['name', 'description', 'password', 'folder_id', 'time_limit', 'download_limit', 'limit_action', 'limit_action_to_folder'].map(name => attribute(xml, name))
  t.strictSame(shown(await setInfo(server, key, id, full)), ['b.txt', 'd', 'p', folder, '60', '2', '3', folder])
  t.strictSame(shown(await setInfo(server, key, id, { description: 'e' })), ['b.txt', 'e', 'p', folder, '60', '2', '3', folder], 'the rest stays')
  server.clock.time += 20_000
  t.equal(attribute(await setInfo(server, key, id, {}), 'time_limit'), '40', 'the seconds that remain')
  const cleared = { description: '', password: '', folder_id: '', time_limit: '', downloads_limit: '', limit_action: '' }
  t.strictSame(shown(await setInfo(server, key, id, cleared)), ['b.txt', '', '', '0', '', '', '', ''])
  t.equal(attribute(await setInfo(server, key, id, { download_limit: 5 }), 'download_limit'), '5', 'the name of 1.2')
  t.equal(attribute(await setInfo(server, key, id, { name: '../x/y.txt' }), 'name'), 'y.txt', 'a name is never a path')
})

t.test('files.setInfo refuses by the code that fits and changes nothing', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'hello')
  const foreign = attribute(await call(server, 'folders.create', { session_key: await openSession(server, 'bobby'), name: 'f' }), 'id')
  const before = await call(server, 'files.getInfo', { session_key: key, file_id: id })
  const cases: Array<[Params, number]> = [
    [{ name: '' }, 21], [{ time_limit: 'soon' }, 16], [{ time_limit: -1 }, 21], [{ time_limit: '1.5' }, 16],
    [{ time_limit: 3153600001 }, 21], [{ downloads_limit: '9007199254740993' }, 21], [{ limit_action: 4 }, 21], [{ limit_action: 'x' }, 16],
    [{ limit_action: 3 }, 4], [{ limit_action: 3, limit_action_to_folder: foreign }, 10], [{ folder_id: foreign }, 10], [{ folder_id: 'bad' }, 16]
  ]
  for (const [params, code] of cases) t.equal(errorCode(await setInfo(server, key, id, { ...params, description: 'changed' })), code, JSON.stringify(params))
  t.equal(await call(server, 'files.getInfo', { session_key: key, file_id: id }), before)
  t.equal(errorCode(await setInfo(server, await openSession(server, 'bobby'), id, { name: 'x' })), 9, 'another user\'s file')
})

t.test('a change of name, password or limits ends the links handed out before, others leave them', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'hello')
  for (const [params, expected] of [[{ description: 'd' }, 200], [{ folder_id: 0 }, 200], [{ name: 'b' }, 410], [{ password: 'p' }, 410], [{ downloads_limit: 9 }, 410]] as Array<[Params, number]>) {
    const link = await linkOf(server, key, id)
    await setInfo(server, key, id, params)
    t.equal(await status(link), expected, JSON.stringify(params))
  }
})

t.test('files.moveToFolder and files.delete do what works and report the rest', async t => {
  const server = await startServer(t)
  for (const version of ['1.0', '1.2']) {
    const key = await openSession(server, 'alice', version)
    const [a, b] = [await uploadFile(server, key, 'a', 'aaa'), await uploadFile(server, key, 'b', 'b')]
    const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
    const moved = await call(server, 'files.moveToFolder', { session_key: key, file_id: `${a},zzzzzz,${b}`, folder_id: folder })
    t.equal(moved.includes(`\t<id>${a},${b}</id>\n\t<file id=`), version === '1.2')
    t.equal([...moved.matchAll(new RegExp(`folder_id="${folder}"`, 'g'))].length, 2)
    t.match(moved, '\t<error code="9" text="File not found" id="zzzzzz"/>\n</result>')
    t.equal(errorCode(await call(server, 'files.moveToFolder', { session_key: key, file_id: a, folder_id: 'zzzzzz' })), 10)
    t.equal(errorCode(await call(server, 'files.moveToFolder', { session_key: key, file_id: a })), 4)
    const deleted = await call(server, 'files.delete', { session_key: key, file_id: `${b},${a},zzzzzz` })
    t.equal(element(deleted, 'id'), `${b},${a}`)
    t.equal(deleted.includes(`\t<file id="${b}"/>\n\t<file id="${a}"/>\n`), version === '1.2')
    t.equal(errorCode(await call(server, 'files.delete', { session_key: key, file_id: `${b},${a}` })), 9)
  }
  t.equal((await server.app.ports.sql.get('select bytes_stored from users'))?.bytes_stored, 0, 'the space is back')
  await server.app.sweep()
  t.strictSame(await server.app.ports.sql.all('select * from doomed_blobs'), [])
})

t.test('a file whose limit is reached is blocked, deleted or moved', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
  const limited = async (params: Params) => {
    const id = await uploadFile(server, key, 'a.txt', 'hello')
    await setInfo(server, key, id, params)
    return { id, page: `${server.url}/file/${id}`, link: await linkOf(server, key, id) }
  }
  const info = async (id: string) => errorCode(await call(server, 'download.getInfo', { session_key: key, file_id: id }))
  for (const [name, params, reach] of [
    ['its downloads', { downloads_limit: 1 }, async (link: string) => { await status(link) }],
    ['its time', { time_limit: 60 }, async () => { server.clock.time += 60_000 }]
  ] as Array<[string, Params, (link: string) => Promise<void>]>) {
    const blocked = await limited({ ...params, limit_action: 1 })
    await reach(blocked.link)
    await until(`${name} are over`, async () => await status(blocked.page) === 403)
    t.strictSame([await status(blocked.link), await info(blocked.id)], [403, 11], `block after ${name}`)

    const deleted = await limited({ ...params, limit_action: 2 })
    await reach(deleted.link)
    await until(`${name} are over`, async () => await status(deleted.page) === 404)
    t.strictSame([await status(deleted.link), await info(deleted.id)], [404, 9], `delete after ${name}`)

    const moved = await limited({ ...params, limit_action: 3, limit_action_to_folder: folder })
    await reach(moved.link)
    await until(`${name} are over`, async () => await status(moved.link) === 410)
    const xml = await call(server, 'files.getInfo', { session_key: key, file_id: moved.id })
    t.strictSame(['folder_id', 'time_limit', 'download_limit', 'limit_action'].map(attr => attribute(xml, attr)), [folder, '', '', ''], `move after ${name}`)
    t.equal(await status(moved.page), 200)
  }
})

t.test('a change that reaches a limit at once is answered with the file as changed, then carried out', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'hello')
  await status(await linkOf(server, key, id))
  await until('its download is counted', async () => attribute(await call(server, 'files.getInfo', { session_key: key, file_id: id }), 'downloads') === '1')
  // The limit that was reached before it was set deletes the file.
  const folder = attribute(await call(server, 'folders.create', { session_key: key, name: 'f' }), 'id')
  const moved = await setInfo(server, key, id, { downloads_limit: 1, limit_action: 3, limit_action_to_folder: folder })
  t.strictSame(['folder_id', 'download_limit', 'limit_action', 'limit_action_to_folder'].map(name => attribute(moved, name)), ['0', '1', '3', folder], 'as changed')
  const after = await call(server, 'files.getInfo', { session_key: key, file_id: id })
  t.strictSame(['folder_id', 'download_limit', 'limit_action', 'limit_action_to_folder'].map(name => attribute(after, name)),
    [folder, '', '', ''], 'carried out')
  const deleted = await setInfo(server, key, id, { downloads_limit: 1, limit_action: 2 })
  t.equal(errorCode(deleted), 0)
  t.strictSame(['download_limit', 'limit_action'].map(name => attribute(deleted, name)), ['1', '2'])
  t.strictSame(await server.app.ports.sql.all('select id from files'), [])
  t.equal(errorCode(await setInfo(server, key, id, { name: 'x' })), 9, 'afterwards it is not there')
})

t.test('limit_action and its folder each keep what is stored of the other', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const folder = async (name: string) => attribute(await call(server, 'folders.create', { session_key: key, name }), 'id')
  const [one, two, foreign] = [await folder('one'), await folder('two'), attribute(await call(server, 'folders.create', { session_key: await openSession(server, 'bobby'), name: 'f' }), 'id')]
  const id = await uploadFile(server, key, 'a.txt', 'hello')
  const other = await uploadFile(server, key, 'b.txt', 'hello')
  const change = async (params: Params) => {
    const xml = await setInfo(server, key, id, params)
    return errorCode(xml) === 0 ? [attribute(xml, 'limit_action'), attribute(xml, 'limit_action_to_folder')] : errorCode(xml)
  }
  t.equal(await change({ limit_action: 3 }), 4, 'nothing to move it to')
  t.strictSame(await change({ limit_action_to_folder: one }), ['', one], 'the folder alone')
  t.strictSame(await change({ limit_action: 3 }), ['3', one], 'the action alone')
  t.strictSame(await change({ limit_action_to_folder: two }), ['3', two], 'the folder alone again')
  t.strictSame(await change({ limit_action: 1 }), ['1', two])
  t.strictSame(await change({ limit_action: 3, limit_action_to_folder: '' }), ['3', '0'], 'empty is the root')
  t.equal(await change({ limit_action_to_folder: foreign }), 10)
  for (const action of [0, 1, 2]) t.equal(await change({ limit_action: action, limit_action_to_folder: foreign }), 10, `whatever the action: ${action}`)
  t.equal(errorCode(await setInfo(server, key, `${id},${other}`, { limit_action: 3 })), 4, 'one of several has no folder')
  t.equal(attribute(await setInfo(server, key, other, {}), 'limit_action'), '', 'and nothing has changed')
  t.strictSame(await change({ limit_action: '' }), ['', ''], 'without an action there is no folder either')
})

t.test('a file of one\'s own is known by a link to any address of the server', async t => {
  const server = await startServer(t, { settings: { publicUrl: 'https://files.example:8443/share', trustProxy: 'loopback' } })
  const key = await openSession(server)
  const ticket = await userTicket(server, key)
  const { body } = await upload({ url: ticket.url.replace('https://files.example:8443/share', server.url) }, [{ name: 'a.txt', bytes: 'hello' }])
  const id = /^file_id=(\w+)$/m.exec(body)?.[1] ?? ''
  const { port } = new URL(server.url)
  const code = async (link: string) => errorCode(await call(server, 'files.getInfo', { session_key: key, file_id: link }))
  for (const base of [
    'https://files.example:8443/share', 'http://files.example:8443/share', 'HTTPS://FILES.example:8443/share', server.url, `https://localhost:${port}`, `http://[::1]:${port}`,
    `http://127.0.0.1:${port}/share`, 'http://www.sendspace.com', 'https://sendspace.com', 'http://sendspace.com:80'
  ]) {
    t.equal(await code(`${base}/file/${id}`), 0, base)
    t.equal(await code(`${base}/pro/dl/${id}?x#y`), 0, base)
    t.equal(await code(`${base}/file/${id.toUpperCase().replace(/\d/g, 'A')}`), 26, `${base} in capitals`)
  }
  for (const base of ['https://files.example:8443', 'https://files.example/share', 'http://localhost:1', 'https://files.example:8443.example.org/share', `http://me@127.0.0.1:${port}`, 'ftp://www.sendspace.com', 'http://example.org']) {
    t.equal(await code(`${base}/file/${id}`), 26, base)
  }
})

t.test('the sweep carries out what nobody asked for', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'hello')
  await setInfo(server, key, id, { time_limit: 60, limit_action: 2 })
  server.clock.time += 59_999
  await server.app.sweep()
  t.equal((await server.app.ports.sql.all('select id from files')).length, 1)
  server.clock.time += 1
  await server.app.sweep()
  t.strictSame(await server.app.ports.sql.all('select id from files'), [])
  t.equal((await server.app.ports.sql.get('select bytes_stored from users'))?.bytes_stored, 0)
})

t.test('of many that race for the last downloads exactly the limit succeed', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.bin', Buffer.alloc(300_000))
  await setInfo(server, key, id, { downloads_limit: 7, limit_action: 1 })
  const link = await linkOf(server, key, id)
  const answers = await Promise.all(Array.from({ length: 20 }, () => status(link)))
  t.strictSame(answers.filter(code => code === 200).length, 7)
  t.strictSame(answers.filter(code => code === 403).length, 13)
})

t.test('a download that breaks off frees its place, a range that does not end the file needs none', async t => {
  const server = await startServer(t)
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.bin', Buffer.alloc(30_000_000))
  await setInfo(server, key, id, { downloads_limit: 1 })
  const link = await linkOf(server, key, id)
  const socket = await openSocket(server.url)
  socket.write(`GET ${new URL(link).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise(resolve => { socket.once('data', resolve) })
  socket.pause()
  t.equal(await status(link), 403, 'the place is held')
  const piece = await fetch(link, { headers: { range: 'bytes=0-9' } })
  t.equal((await piece.arrayBuffer()).byteLength, 10)
  socket.destroy()
  await until('the place is free', async () => (await server.app.ports.sql.get('select running_downloads from files'))?.running_downloads === 0)
  t.equal(await status(link), 200)
})
