/** Calls that cross each other: whoever wins, the answers are true and nothing is left half done. */
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { attribute, call, element, errorCode, logIn, openSession, upload, uploadFile, userTicket, type Params } from '../support/client.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { readStorage } from '../support/storage-contents.ts'
import { until } from '../support/wait-until.ts'

interface Caller {
  readonly server: TestServer
  readonly key: string
  call (method: string, params?: Params): Promise<string>
  code (method: string, params?: Params): Promise<number>
  createFolder (parent?: string): Promise<string>
}

async function prepare (t: Test, version = '1.0'): Promise<Caller> {
  const server = await startServer(t)
  const key = await openSession(server, 'alice', version)
  const asAlice = (method: string, params: Params = {}) => call(server, method, { session_key: key, ...params })
  return {
    server,
    key,
    call: asAlice,
    code: async (method, params) => errorCode(await asAlice(method, params)),
    createFolder: async (parent = '0') => attribute(await asAlice('folders.create', { name: 'f', parent_folder_id: parent }), 'id')
  }
}

async function isSound (t: Test, { server }: Caller): Promise<void> {
  await until('no download runs', async () =>
    (await server.app.ports.sql.get('select count(*) as n from files where running_downloads <> 0'))?.n === 0)
  await server.app.sweep()
  t.strictSame(await brokenInvariants(server.storage), [])
  t.notMatch(server.log(), /"level":50/, 'no bug on the way')
}

const times = <T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, i) => work(i)))

/** The owner's link of a file. */
const linkOf = async (caller: Caller, id: string): Promise<string> => attribute(await caller.call('files.getInfo', { file_id: id }), 'direct_download_url')

t.test('of moves that would close a circle together one loses, fifty times', async t => {
  const caller = await prepare(t)
  for (let round = 0; round < 50; round++) {
    const ids = await times(round % 2 === 0 ? 2 : 3, () => caller.createFolder())
    const codes = await times(ids.length, i => caller.code(i === 0 ? 'folders.setInfo' : 'folders.move',
      { folder_id: ids[i] ?? '', parent_folder_id: ids[(i + 1) % ids.length] ?? '' }))
    t.strictSame(codes.sort(), [...ids.slice(1).map(() => 0), 31])
  }
  await isSound(t, caller)
})

t.test('an empty folder is either deleted or filled, never both', async t => {
  const caller = await prepare(t)
  const mover = await uploadFile(caller.server, caller.key, 'mover', 'x')
  const ways: Readonly<Record<string, (folder: string) => Promise<number>>> = {
    upload: async folder => {
      const { body } = await upload(await userTicket(caller.server, caller.key), [{ name: 'a', bytes: 'a' }], { folder_id: folder })
      return body.startsWith('upload_status=ok\n') ? 0 : Number(/^error=(\d+)/m.exec(body)?.[1])
    },
    moveToFolder: folder => caller.code('files.moveToFolder', { file_id: mover, folder_id: folder }),
    setInfo: folder => caller.code('files.setInfo', { file_id: mover, folder_id: folder, description: 'moved' }),
    create: folder => caller.code('folders.create', { name: 'inner', parent_folder_id: folder }),
    move: async folder => caller.code('folders.move', { folder_id: await caller.createFolder(), parent_folder_id: folder })
  }
  for (const [name, fill] of Object.entries(ways)) {
    const seen = new Set<string>()
    for (let round = 0; round < 25; round++) {
      const folder = await caller.createFolder()
      const remove = () => caller.code('folders.delete', { folder_id: folder })
      const outcomes = round % 2 === 0 ? await Promise.all([fill(folder), remove()]) : (await Promise.all([remove(), fill(folder)])).reverse()
      seen.add(outcomes.join(' '))
      await caller.call('files.moveToFolder', { file_id: mover, folder_id: 0 })
    }
    // Filled first: it is not empty. Deleted first: there is nothing to fill.
    t.strictSame([...seen].filter(outcome => outcome !== '0 14' && outcome !== '10 0'), [], name)
  }
  await isSound(t, caller)
})

t.test('what comes into a folder while all of it is deleted goes with it or is refused', async t => {
  const caller = await prepare(t, '1.2')
  for (let round = 0; round < 15; round++) {
    const folder = await caller.createFolder()
    const inner = await caller.createFolder(folder)
    const [a, b, c] = await times(3, i => uploadFile(caller.server, caller.key, `${i}`, 'x', { folder_id: i === 2 ? inner : '0' }))
    const [deleted, ...codes] = await Promise.all([
      caller.code('folders.delete', { folder_id: folder }),
      caller.code('files.moveToFolder', { file_id: a ?? '', folder_id: inner }),
      caller.code('files.setInfo', { file_id: b ?? '', folder_id: folder }),
      caller.code('files.moveToFolder', { file_id: c ?? '', folder_id: 0 }),
      caller.code('folders.create', { name: 'n', parent_folder_id: inner }),
      uploadFile(caller.server, caller.key, 'new', 'x', { folder_id: inner }).then(() => 0, () => 10)
    ])
    t.equal(deleted, 0)
    t.ok(codes.every(code => [0, 9, 10].includes(code)), codes.join(' '))
    t.equal(await caller.code('folders.getInfo', { folder_id: folder }), 10)
  }
  await isSound(t, caller)
})

t.test('limits that change while downloads run hold from then on, and no place stays taken', async t => {
  const caller = await prepare(t)
  const bytes = randomBytes(3_000_000)
  for (let round = 0; round < 8; round++) {
    const id = await uploadFile(caller.server, caller.key, 'a.bin', bytes)
    const fetchOnce = async () => {
      const response = await fetch(`${caller.server.url}/pro/dl/${id}`)
      const got = Buffer.from(await response.arrayBuffer())
      if (response.status === 200) t.ok(got.equals(bytes), 'all of it')
      return response.status
    }
    const changes = [{ downloads_limit: 2 }, { downloads_limit: 4, limit_action: 1 }, { downloads_limit: '' }, { downloads_limit: 3 }]
    const [statuses, codes] = await Promise.all([times(8, fetchOnce), times(4, i => caller.code('files.setInfo', { file_id: id, ...changes[i] }))])
    t.strictSame(codes, [0, 0, 0, 0])
    t.ok(statuses.every(status => [200, 403, 410].includes(status)), statuses.join(' '))
    const succeeded = statuses.filter(status => status === 200).length
    await until('each is counted', async () =>
      attribute(await caller.call('files.getInfo', { file_id: id }), 'downloads') === String(succeeded))
    await caller.code('files.setInfo', { file_id: id, downloads_limit: succeeded + 2 })
    t.strictSame((await times(6, fetchOnce)).sort(), [200, 200, 403, 403, 403, 403], 'exactly what is left')
  }
  await isSound(t, caller)
})

t.test('the action of a limit set during the last download is carried out when it ends', async t => {
  const caller = await prepare(t)
  const id = await uploadFile(caller.server, caller.key, 'a.bin', randomBytes(30_000_000))
  const response = await fetch(await linkOf(caller, id))
  t.equal(await caller.code('files.setInfo', { file_id: id, downloads_limit: 1, limit_action: 2 }), 0)
  await response.arrayBuffer()
  await until('the file is gone', async () => (await readStorage(caller.server.storage)).files.length === 0)
  await isSound(t, caller)
})

t.test('a file that is deleted during its downloads is sent whole or not at all', async t => {
  const caller = await prepare(t)
  const bytes = randomBytes(2_000_000)
  for (let round = 0; round < 10; round++) {
    const id = await uploadFile(caller.server, caller.key, 'a.bin', bytes)
    if (round % 2 === 0) await caller.call('files.setInfo', { file_id: id, downloads_limit: 100 })
    const link = await linkOf(caller, id)
    const [code, ...answers] = await Promise.all([
      caller.code('files.delete', { file_id: id }),
      ...Array.from({ length: 6 }, async () => {
        const response = await fetch(link)
        return { status: response.status, body: Buffer.from(await response.arrayBuffer()) }
      })
    ])
    t.equal(code, 0)
    for (const { status, body } of answers) t.ok(status === 404 || (status === 200 && body.equals(bytes)), `${status} with ${body.length} bytes`)
    t.equal((await fetch(link)).status, 404)
  }
  await isSound(t, caller)
})

t.test('a file that is deleted while its link is asked for is not found, and no fault of the server', async t => {
  const caller = await prepare(t)
  const id = await uploadFile(caller.server, caller.key, 'a.bin', 'abc')
  const { blobs } = caller.server.app.ports
  const has = blobs.has.bind(blobs)
  Object.assign(blobs, {
    has: async (blobId: string) => {
      t.equal(await caller.code('files.delete', { file_id: id }), 0)
      await caller.server.app.sweep()
      return has(blobId)
    }
  })
  t.equal(await caller.code('download.getInfo', { file_id: id }), 9)
})

t.test('one of many logins gets the last session, the others are 30', async t => {
  const caller = await prepare(t)
  for (let i = 1; i < 99; i++) {
    await caller.server.app.ports.sql.run(`
    insert into sessions (session_key, user_id, api_version, created_at, last_used_at)
    select $key, user_id, api_version, created_at, last_used_at from sessions limit 1`, { key: `${i}`.padStart(32, '0') })
  }
  t.strictSame((await times(8, async () => errorCode(await logIn(caller.server)))).sort((a, b) => a - b), [0, ...Array.from({ length: 7 }, () => 30)])
  await isSound(t, caller)
})

t.test('one of many additions gets the last contact, one of many the same address', async t => {
  const caller = await prepare(t)
  const add = (email: string) => caller.code('addressbook.add', { email })
  t.strictSame((await times(8, i => add(i % 2 === 0 ? 'same@example.org' : 'SAME@example.org'))).sort((a, b) => a - b), [0, ...Array.from({ length: 7 }, () => 28)])
  for (let i = 2; i < 1000; i++) {
    await caller.server.app.ports.sql.run(`
    insert into contacts (user_id, email_key, email, name, description, type, created_at) values (1, $email, $email, '', '', 0, 0)`, { email: `${i}@example.org` })
  }
  t.strictSame((await times(8, i => add(`new${i}@example.org`))).sort((a, b) => a - b), [0, ...Array.from({ length: 7 }, () => 32)])
  await isSound(t, caller)
})

t.test('of uploads on one ticket one runs, the others are told so', async t => {
  const caller = await prepare(t)
  const bytes = randomBytes(500_000)
  let succeeded = 0
  for (let round = 0; round < 10; round++) {
    const ticket = await userTicket(caller.server, caller.key)
    const bodies = (await times(4, i => upload(ticket, [{ name: `${i}`, bytes }]))).map(({ body }) => body)
    const good = bodies.filter(body => body.startsWith('upload_status=ok\n')).length
    t.ok(good >= 1, 'one at least')
    for (const body of bodies) t.match(body, /^upload_status=(?:ok\nfile_id=\w{6}\n|fail\nerror=13 )/)
    succeeded += good
  }
  t.equal((await readStorage(caller.server.storage)).files.length, succeeded)
  t.equal(element(await caller.call('auth.checkSession'), 'session'), 'ok')
  await isSound(t, caller)
})
