/** A disk that is full fails the upload that meets it, and nothing else. */
// Runs on SQLite only.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readdir, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t, { type Test } from 'tap'
import { openDiskBlobs } from '../../src/adapters/blobs/disk.ts'
import type { Blobs } from '../../src/ports.ts'
import { anonymousTicket, call, element, openSession, progressOf, upload, uploadFile, userTicket } from '../support/client.ts'
import { brokenInvariants } from '../support/invariants.ts'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'
import { bytesOnDisk, readStorage, storageHolds } from '../support/storage-contents.ts'
import { until } from '../support/wait-until.ts'

const MiB = 1024 * 1024
const DISK = 12 * MiB
const FAILED = /^upload_status=fail\nerror=13 [^\n]+\n$/

t.test('on a disk of 12 MiB an upload of 40 fails, its space comes back, all others go on', async t => {
  const storage = await temporaryFolder(t)
  // Without the right to mount one, a disk that only counts stands for the small one.
  const isReal = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'respace-test', storage]).status === 0
  if (isReal) t.teardown(() => spawnSync('umount', [storage]))
  else t.comment('no tmpfs may be mounted here: the disk is simulated')
  const server = await startServer(t, { storage, ...(!isReal && { overrides: { blobs: await smallDisk(storage, DISK) } }) })
  const key = await openSession(server)
  const kept = Buffer.alloc(MiB, 'kept')
  const id = await uploadFile(server, key, 'kept.bin', kept)

  const ticket = await userTicket(server, key)
  const others = await Promise.all([
    upload(ticket, [{ name: 'large.bin', bytes: Buffer.alloc(40 * MiB, 'l') }]).then(({ body }) => t.match(body, FAILED)),
    ...Array.from({ length: 10 }, async () => {
      t.equal(element(await call(server, 'auth.checkSession', { session_key: key }), 'session'), 'ok')
      t.equal(await downloadStart(server, id), `200 ${MiB} kept`)
    })
  ])
  t.equal(others.length, 11)
  t.equal((await progressOf(ticket)).status, 'fail')
  await isUnharmed(t, server, kept.length)
  const anonymous = await upload(await anonymousTicket(server), [{ name: 'large.bin', bytes: Buffer.alloc(40 * MiB, 'l') }])
  t.match(anonymous.body, /<status>fail<\/status>\n\t<error code="13" /)
  await isUnharmed(t, server, kept.length)
  t.match((await upload(ticket, [{ name: 'small.bin', bytes: 'fits' }])).body, /^upload_status=ok\n/, 'what fits goes in, on the same ticket')
})

t.test('on a disk without a byte left the server answers and recovers once there is space', async t => {
  const storage = await temporaryFolder(t)
  if (process.platform !== 'linux' || spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'respace-test', storage]).status !== 0) {
    t.comment('no tmpfs may be mounted here: the steps below are injected instead')
    return
  }
  t.teardown(() => spawnSync('umount', [storage]))
  const server = await startServer(t, { storage })
  const key = await openSession(server)
  const kept = Buffer.alloc(MiB, 'kept')
  const id = await uploadFile(server, key, 'kept.bin', kept)
  const tickets = await Promise.all(Array.from({ length: 8 }, () => userTicket(server, key)))
  const ballast = join(storage, 'ballast')
  await t.rejects(pipeline(Readable.from(zeros(2 * DISK)), createWriteStream(ballast)), { code: 'ENOSPC' })

  const answers = await Promise.all(tickets.map(ticket => upload(ticket, [{ name: 'a.bin', bytes: Buffer.alloc(MiB, 'a') }])))
  for (const { status, body } of answers) t.match(`${status} ${body}`, /^200 (?:upload_status=fail\nerror=13 |[^]*<status>fail<\/status>)/)
  t.equal((await fetch(`${server.url}/healthz`)).status, 200)
  t.equal(await downloadStart(server, id), `200 ${MiB} kept`, 'downloads go on')
  t.equal(element(await call(server, 'auth.checkSession', { session_key: key }), 'session'), 'ok')

  await rm(ballast)
  // What could not even be written down is tidied up by the sweep that runs every minute.
  await server.app.sweep()
  await isUnharmed(t, server, kept.length)
  for (const ticket of tickets) t.match((await upload(ticket, [{ name: 'a.bin', bytes: 'again' }])).body, /^upload_status=ok\n/)
})

t.test('an upload in pieces that meets a full disk keeps what was acknowledged, and goes on once there is space', async t => {
  const storage = await temporaryFolder(t)
  if (process.platform !== 'linux' || spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'respace-test', storage]).status !== 0) {
    t.comment('no tmpfs may be mounted here')
    return
  }
  t.teardown(() => spawnSync('umount', [storage]))
  const server = await startServer(t, { storage })
  const bytes = randomBytes(6 * MiB)
  const tus = { 'tus-resumable': '1.0.0' }
  const begun = await fetch(`${server.url}/tus/`, { method: 'POST', headers: { ...tus, 'upload-length': String(bytes.length) } })
  const url = server.url + begun.headers.get('location')
  const append = (offset: number, body: Buffer) => fetch(url, {
    method: 'PATCH', headers: { ...tus, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) }, body
  })
  const offset = async () => Number((await fetch(url, { method: 'HEAD', headers: tus })).headers.get('upload-offset'))
  t.equal((await append(0, bytes.subarray(0, MiB))).status, 204)
  const ballast = join(storage, 'ballast')
  await writeFile(ballast, Buffer.alloc(8 * MiB))
  for (const attempt of [1, 2, 3]) {
    // Who is still sending may see the connection end before he reads the answer.
    t.not(await append(MiB, bytes.subarray(MiB)).then(({ status }) => status, () => 503), 204, `attempt ${attempt}`)
    t.equal(await offset(), MiB)
    t.equal((await stat(join(storage, 'incoming', `${url.slice(-24)}-0`))).size, MiB, 'what is not acknowledged takes no space from others')
  }
  const open = (await Promise.all((await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')))).filter(path => path.includes('/incoming/'))
  t.strictSame(open, [])
  await rm(ballast)
  t.equal((await append(MiB, bytes.subarray(MiB))).status, 204)
  await server.app.sweep()
  t.strictSame(await brokenInvariants(storage), [])
})

const STEPS = ['create', 'write', 'finish', 'keep'] as const

for (const step of STEPS) {
  t.test(`when space runs out at the step "${step}" the upload fails and leaves nothing`, async t => {
    const storage = await temporaryFolder(t)
    const disk = { fullAt: step as typeof STEPS[number] | undefined }
    const server = await startServer(t, { storage, overrides: { blobs: fullDisk(await openDiskBlobs(storage), disk) } })
    const ticket = await userTicket(server, await openSession(server))
    // The first meets the full disk; the second is as far as it comes meanwhile, and must not stay behind.
    const files = ['full.bin', 'b.bin', 'c.bin'].map(name => ({ name, bytes: Buffer.alloc(3 * MiB, name) }))
    for (const attempt of [1, 2]) {
      t.match((await upload(ticket, files)).body, FAILED, `attempt ${attempt}`)
      t.equal((await progressOf(ticket)).status, 'fail')
      await isUnharmed(t, server, 0)
    }
    t.match(server.log(), /"code":"ENOSPC"/, 'the operator reads why')
    disk.fullAt = undefined
    t.equal((await upload(ticket, files)).body.match(/^file_id=/mg)?.length, 3)
    t.equal((await readStorage(storage)).bytesStored, 9 * MiB)
  })
}

async function isUnharmed (t: Test, server: TestServer, bytes: number): Promise<void> {
  await until('the upload has ended', async () => (await readStorage(server.storage)).ticketsHeld === 0)
  await storageHolds(t, server.storage, { incoming: [], bytesStored: bytes, bytesReserved: 0, ticketsHeld: 0, miscounted: 0 })
  t.equal(await bytesOnDisk(server.storage), bytes, 'the space is given back')
}

/** Status, length and first bytes. */
async function downloadStart ({ url }: TestServer, id: string): Promise<string> {
  const response = await fetch(`${url}/pro/dl/${id}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  return `${response.status} ${bytes.length} ${bytes.toString('latin1', 0, response.status === 200 ? 4 : 2000)}`
}

const noSpace = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })

/** A real folder whose first blob of an upload meets a full disk at one step. */
function fullDisk (blobs: Blobs, disk: { readonly fullAt: typeof STEPS[number] | undefined }): Blobs {
  return {
    ...blobs,
    async create (id) {
      const isFull = (step: typeof STEPS[number]) => id.endsWith('-0') && disk.fullAt === step
      if (isFull('create')) throw noSpace()
      const writer = await blobs.create(id)
      return {
        ...writer,
        write: bytes => isFull('write') ? Promise.reject(noSpace()) : writer.write(bytes),
        finish: () => isFull('finish') ? Promise.reject(noSpace()) : writer.finish(),
        keep: () => isFull('keep') ? Promise.reject(noSpace()) : writer.keep()
      }
    }
  }
}

/** A real folder that takes only so many bytes. */
async function smallDisk (storage: string, size: number): Promise<Blobs> {
  const blobs = await openDiskBlobs(storage)
  return {
    ...blobs,
    async create (id) {
      const writer = await blobs.create(id)
      return {
        ...writer,
        async write (bytes) {
          if (await bytesOnDisk(storage) + bytes.length > size) throw noSpace()
          await writer.write(bytes)
        }
      }
    }
  }
}

function * zeros (bytes: number): Generator<Buffer> {
  for (let sent = 0; sent < bytes; sent += 4096) yield Buffer.alloc(4096)
}
