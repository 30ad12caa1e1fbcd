/** The part of a disk that uploads leave alone, and what still works when something else has filled it. */
import { spawnSync } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t, { type Test } from 'tap'
import { openDiskRoom } from '../../src/adapters/storage/disk-room.ts'
import type { Room } from '../../src/ports.ts'
import { anonymousTicket, API_KEY, call, element, errorCode, openSession, upload, uploadFile, userTicket } from '../support/client.ts'
import { isOnPostgres } from '../support/database.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { run } from '../support/cli-process.ts'
import { startServer, temporaryFolder, type Teardown, type TestServer } from '../support/server.ts'
import { mountExt4, mountMemory, type SmallDisk } from '../support/small-disk.ts'
import { append, beginAt, offsetOf } from '../support/tus.ts'
import { until } from '../support/wait-until.ts'

const MiB = 1024 * 1024
const NO_ROOM = '<error code="13" text="Upload is temporarily unavailable" info="the server has no disk space left"/>'
/** Where the database is elsewhere there is nothing to keep back for it. */
const inFolder = { skip: isOnPostgres() && 'the database is not on this disk' }

const readiness = async ({ url }: TestServer): Promise<string> => {
  const answer = await fetch(`${url}/readyz`)
  return `${answer.status} ${await answer.text()}`
}

/** What it says is a second old at most. */
const becomes = (server: TestServer, expected: string) => until(`/readyz says ${expected.trim()}`, async () => await readiness(server) === expected)

const DISKS: ReadonlyArray<readonly [string, (t: Teardown) => Promise<SmallDisk | undefined>]> = [
  ['in memory', t => mountMemory(t, 16 * MiB)], ['with ext4', t => mountExt4(t, 24 * MiB)]
]

for (const [name, mount] of DISKS) {
  t.test(`on a full disk ${name} people log in and delete, programs read, the server starts`, inFolder, async t => {
    const disk = await mount(t)
    if (disk === undefined) return t.comment('no such disk may be mounted here')
    const storage = disk.folder
    const server = await startServer(t, { storage })
    const key = await openSession(server)
    const id = await uploadFile(server, key, 'a.txt', 'stays')
    const { body } = await upload(await anonymousTicket(server), [{ name: 'b.txt', bytes: 'goes' }])
    const ticket = await userTicket(server, key)
    await becomes(server, '200 ok\n')
    await fillUp(t, storage)

    await becomes(server, '503 disk: full or read-only\n')
    t.equal((await fetch(`${server.url}/healthz`)).status, 200)
    t.match((await upload(ticket, [{ name: 'c.txt', bytes: 'x' }])).body, /^upload_status=fail\nerror=13 /)
    t.match(await call(server, 'anonymous.uploadGetInfo', { api_key: API_KEY, api_version: '1.0' }), NO_ROOM)
    t.equal((await fetch(element(body, 'delete_url'), { method: 'POST' })).status, 200, 'what is deleted is gone at once')
    for (let i = 0; i < 40; i++) t.ok(await openSession(server, `user${i}`), `login ${i}`)
    t.equal(errorCode(await call(server, 'files.getInfo', { session_key: key, file_id: id })), 0)
    for (const words of [['uploads', 'off'], ['user', 'list'], ['events'], ['uploads', 'on']]) {
      t.match(await run([...words, '--storage', storage]), { status: 0, stderr: '' }, words.join(' '))
    }
    await server.close()

    const again = await startServer(t, { storage })
    t.equal(await (await fetch(`${again.url}/pro/dl/${id}`)).text(), 'stays')
    await becomes(again, '503 disk: full or read-only\n')
    t.equal(errorCode(await call(again, 'files.delete', { session_key: key, file_id: id })), 0)
    await rm(join(storage, 'stuffing'))
    await again.app.sweep()
    t.ok(existsSync(join(storage, 'reserved-space')), 'what was given up is kept back again')
    await becomes(again, '200 ok\n')
    t.ok(await uploadFile(again, key, 'd.txt', 'again'))
    t.strictSame(await brokenInvariants(storage), [])
  })

  t.test(`on a read-only disk ${name} the server serves what is there and says so; commands end with a sentence`, inFolder, async t => {
    const disk = await mount(t)
    if (disk === undefined) return t.comment('no such disk may be mounted here')
    const storage = disk.folder
    const server = await startServer(t, { storage })
    const key = await openSession(server)
    const id = await uploadFile(server, key, 'a.txt', 'stays')
    await server.close()
    disk.mount('ro')
    await servesOnly(t, storage, id, key)
    disk.mount('rw')
    const after = await startServer(t, { storage })
    await becomes(after, '200 ok\n')
    t.ok(await uploadFile(after, key, 'b.txt', 'again'))
  })
}

t.test('on a disk that holds no more files the server serves, and starts', inFolder, async t => {
  const disk = await mountMemory(t, 16 * MiB, 400)
  if (disk === undefined) return t.comment('no such disk may be mounted here')
  const storage = disk.folder
  const server = await startServer(t, { storage })
  const key = await openSession(server)
  const id = await uploadFile(server, key, 'a.txt', 'stays')
  const ticket = await userTicket(server, key)
  await takeAllFiles(storage)
  await becomes(server, '503 disk: full or read-only\n')
  t.match((await upload(ticket, [{ name: 'c.txt', bytes: 'x' }])).body, /^upload_status=fail\nerror=13 /)
  t.ok(await openSession(server, 'bob'))
  await server.close()
  await takeAllFiles(storage)
  await servesOnly(t, storage, id, key)
})

t.test('uploads leave the reserve alone, whether they say how long they are or not', async t => {
  const disk = await mountMemory(t, 40 * MiB)
  if (disk === undefined) return t.comment('no such disk may be mounted here')
  const server = await startServer(t, { storage: disk.folder, settings: { diskReserve: '50 %', maxFileSize: '100 MiB', anonymousStorage: 'unlimited' } })
  const key = await openSession(server)
  const ticket = await userTicket(server, key)
  const announced = await upload(ticket, [{ name: 'large.bin', bytes: Buffer.alloc(22 * MiB) }])
  t.match(announced.body, /^upload_status=fail\nerror=13 /)
  const chunked = await fetch(`${String(ticket.url)}&userfile=large.bin`, { method: 'PUT', body: chunks(30, MiB), duplex: 'half' } as RequestInit)
  t.match(await chunked.text(), /^upload_status=fail\nerror=13 /, 'one that does not say it ends when it gets there')
  const tus = await beginAt(`${server.url}/tus/`, 22 * MiB)
  t.equal(`${tus.status} ${await tus.text()}`, '503 The server has no disk space left. Please try again later.\n')
  const free = Number(/\s(\d+)\s+\d+%/.exec(String(spawnSync('df', ['-B1', '--output=avail,pcent', disk.folder]).stdout))?.[1])
  t.ok(free >= 20 * MiB, `${free} bytes are free`)
  t.match((await upload(ticket, [{ name: 'fits.bin', bytes: Buffer.alloc(10 * MiB) }])).body, /^upload_status=ok/)
  t.strictSame(await brokenInvariants(server.storage), [])
})

t.test('an upload in pieces that reaches the reserve keeps what was acknowledged, and goes on once there is room', async t => {
  const room = switchedRoom()
  const server = await startServer(t, { overrides: { room } })
  const url = server.url + (await beginAt(`${server.url}/tus/`, 3 * MiB)).headers.get('location')
  t.equal((await append(url, 0, Buffer.alloc(MiB, 'a'))).status, 204)
  room.hasRoom = false
  t.equal((await append(url, MiB, Buffer.alloc(2 * MiB, 'b')).then(({ status }) => status, () => 503)), 503)
  t.equal(await offsetOf(url), MiB)
  t.equal((await stat(join(server.storage, 'incoming', `${url.slice(-24)}-0`))).size, MiB)
  room.hasRoom = true
  t.equal((await append(url, MiB, Buffer.alloc(2 * MiB, 'b'))).status, 204)
  t.strictSame(await brokenInvariants(server.storage), [])
})

t.test('every way in says why, and none leaves anything behind', async t => {
  const room = switchedRoom()
  const server = await startServer(t, { overrides: { room } })
  const key = await openSession(server)
  const [own, nobodys] = [await userTicket(server, key), await anonymousTicket(server)]
  room.hasRoom = false
  for (const xml of [await call(server, 'upload.getInfo', { session_key: key }), await call(server, 'anonymous.uploadGetInfo', { api_key: API_KEY, api_version: '1.2' })]) t.match(xml, NO_ROOM)
  t.match((await upload(own, [{ name: 'a', bytes: 'x' }])).body, /^upload_status=fail\nerror=13 /)
  t.match((await upload(nobodys, [{ name: 'a', bytes: 'x' }])).body, NO_ROOM)
  const form = new FormData()
  form.set('userfile', new Blob(['x']), 'x.txt')
  const page = await fetch(`${server.url}/upload`, { method: 'POST', body: form })
  t.match(`${page.status} ${await page.text()}`, /^503 [^]*The server has no disk space left\. Please try again later\./)
  const tus = await beginAt(`${server.url}/tus/`, 1)
  t.equal(`${tus.status} ${await tus.text()}`, '503 The server has no disk space left. Please try again later.\n')
  t.strictSame(await brokenInvariants(server.storage), [])
  room.hasRoom = true
  t.match((await upload(own, [{ name: 'a', bytes: 'x' }])).body, /^upload_status=ok/)
})

t.test('of a bucket with its database in a folder the folder counts, not the bytes that go to the bucket', async t => {
  const folder = await temporaryFolder(t)
  const options = { folder, kept: undefined, unwritable: undefined, isFilledByUploads: false }
  const room = openDiskRoom({ ...options, reserve: { bytes: 0 } })
  t.equal(await room.holds(Number.MAX_SAFE_INTEGER), true)
  t.equal(await room.take(Number.MAX_SAFE_INTEGER), true)
  t.equal(await room.total(), Infinity)
  t.equal(await openDiskRoom({ ...options, reserve: { percent: 100 } }).holds(0), false)
})

/** What is downloaded and read works, and nothing else pretends to. */
async function servesOnly (t: Test, storage: string, id: string, key: string): Promise<void> {
  const server = await startServer(t, { storage })
  t.match(server.log(), 'cannot be written')
  await becomes(server, '503 disk: full or read-only\n')
  t.equal(await (await fetch(`${server.url}/pro/dl/${id}`)).text(), 'stays')
  t.equal((await fetch(`${server.url}/file/${id}`)).status, 200)
  t.equal(errorCode(await call(server, 'files.getInfo', { session_key: key, file_id: id })), 0)
  t.equal(errorCode(await call(server, 'files.delete', { session_key: key, file_id: id })), 15)
  t.equal(await (await fetch(`${server.url}/pro/dl/${id}`)).text(), 'stays')
  t.match(await run(['user', 'list', '--storage', storage]), { status: 0, stdout: 'alice', stderr: '' })
  const refused = await run(['uploads', 'off', '--storage', storage])
  t.equal(refused.status, 1)
  t.match(refused.stderr, /^respace: nothing was changed: the database cannot be written, [^\n]+\n$/)
  await server.close()
}

async function fillUp (t: Test, folder: string): Promise<void> {
  await t.rejects(pipeline(Readable.from(zeros()), createWriteStream(join(folder, 'stuffing'))), { code: 'ENOSPC' })
}

async function takeAllFiles (folder: string): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    try {
      await writeFile(join(folder, `file${i}`), '', { flag: 'wx' })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue
      return
    }
  }
  throw new Error('the disk takes any number of files')
}

function * zeros (): Generator<Buffer> {
  for (let sent = 0; sent < 64 * MiB; sent += 4096) yield Buffer.alloc(4096)
}

async function * chunks (count: number, size: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(size)
}

/** A disk that is full when a test says so. */
function switchedRoom (): Room & { hasRoom: boolean } {
  return {
    hasRoom: true,
    async holds () { return this.hasRoom },
    take () { return this.hasRoom },
    total: async () => Infinity,
    left: async () => Infinity,
    problem: async () => undefined,
    restore: async () => undefined
  }
}
