/** A server whose files are in a bucket of a store that fails: nothing half, nothing lost, nothing left. */
import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createPartMemory } from '../../src/adapters/blobs/s3-part.ts'
import { openS3Blobs } from '../../src/adapters/blobs/s3.ts'
import { call, errorCode, openSession, progressOf, upload, uploadFile, userTicket } from '../support/client.ts'
import { goThrough, startServerOn, type Bucket } from '../support/s3-walkthrough.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { request } from '../support/raw-http.ts'
import { KEYS, startFakeS3, type FakeS3 } from '../support/fake-s3.ts'
import { readStorage, storageHolds } from '../support/storage-contents.ts'
import { until } from '../support/wait-until.ts'

const MiB = 1024 * 1024
const FAILED = /^upload_status=fail\nerror=13 [^\n]+\n$/

const bucketOf = ({ url }: FakeS3): Bucket => ({ address: `s3://bucket/files?endpoint=${url}`, ...KEYS })

t.test('20 MB from the upload to the sweep', async t => {
  const standIn = await startFakeS3(t)
  await goThrough(t, bucketOf(standIn), 20_000_000)
  t.equal(standIn.objects.size + standIn.unfinished.size, 0)
})

for (const fault of ['busy', 'reset', 'lost answer', 'late error', 'damaged'] as const) {
  t.test(`every request that meets "${fault}" once is sent again`, async t => {
    const standIn = await startFakeS3(t)
    const met = new Set<string>()
    const blobs = await openS3Blobs(standIn.store, KEYS)
    standIn.fault = request => {
      // Only the end of parts tells of failure after 200.
      if (met.has(request) || (fault === 'damaged' && !/^(?:PUT|POST .*uploadId)/.test(request)) || (fault === 'late error' && !/^POST .*uploadId/.test(request))) return undefined
      met.add(request)
      return fault
    }
    const bytes = randomBytes(11 * MiB)
    const writer = await blobs.create('a-0')
    await writer.write(bytes)
    await writer.finish()
    await writer.keep()
    t.ok((await buffer(await blobs.open('a-0', { start: 0, end: bytes.length - 1 }))).equals(bytes))
    await blobs.removeUnfinished(async () => false)
    t.equal(standIn.unfinished.size, 0)
    await blobs.remove(['a-0'])
    t.equal(standIn.objects.size, 0)
    t.ok(met.size > 0)
  })
}

t.test('parts that are sent late and again have their own bytes, whatever was filled meanwhile', async t => {
  const standIn = await startFakeS3(t)
  const blobs = await openS3Blobs(standIn.store, KEYS)
  const tries = new Map<string, number>()
  standIn.fault = async request => {
    const tried = tries.get(request) ?? 0
    tries.set(request, tried + 1)
    const number = Number(/partNumber=(\d+)/.exec(request)?.[1] ?? 0)
    // The other slot goes on meanwhile.
    if (number % 2 === 1 && tried === 0) await until('a later part has come', () => number > 6 || tries.size > number + 1)
    return number % 3 === 0 && tried < 2 ? 'reset' : undefined
  }
  const bytes = randomBytes(42 * MiB)
  const writer = await blobs.create('a-0')
  const chunk = Buffer.alloc(MiB / 4)
  for (let at = 0; at < bytes.length; at += chunk.length) await writer.write(bytes.subarray(at, at + chunk.length))
  await writer.finish()
  await writer.keep()
  t.ok(standIn.objects.get('files/a-0')?.equals(bytes))
})

t.test('parts that were sent give their memory to the next ones, and a small part takes little', t => {
  const memory = createPartMemory()
  const used = new Set<ArrayBufferLike>()
  const leaving: Array<readonly Buffer[]> = []
  for (let number = 0; number < 20; number++) {
    const bytes = randomBytes(5 * MiB)
    const part = memory.newPart()
    for (let at = 0; at < bytes.length; at += 65_000) part.add(bytes.subarray(at, at + 65_000))
    const { blocks, sha256 } = part.seal()
    t.equal(sha256, createHash('sha256').update(bytes).digest('hex'))
    t.ok(Buffer.concat(blocks).equals(bytes))
    for (const { buffer } of blocks) used.add(buffer)
    if (leaving.push(blocks) > 2) memory.reuse(leaving.shift() ?? [])
  }
  const most = [...used].reduce((sum, { byteLength }) => sum + byteLength, 0)
  t.ok(most < 21 * MiB, `${most} bytes for 100 MiB`)
  const small = createPartMemory().newPart()
  for (let i = 0; i < 5000; i++) small.add(Buffer.from([i]))
  const { blocks } = small.copy()
  t.equal(Buffer.concat(blocks).length, 5000)
  t.ok((blocks[0]?.buffer.byteLength ?? Infinity) <= 64 * 1024)
  t.end()
})

t.test('a download that the store cuts goes on where it was', async t => {
  const standIn = await startFakeS3(t)
  const server = await startServerOn(t, bucketOf(standIn))
  const bytes = randomBytes(3 * MiB)
  const id = await uploadFile(server, await openSession(server), 'a.bin', bytes)
  let cuts = 0
  standIn.fault = request => request.startsWith('GET files/') && cuts++ < 3 ? 'cut' : undefined
  t.ok(Buffer.from(await (await fetch(`${server.url}/pro/dl/${id}`)).arrayBuffer()).equals(bytes))
  t.equal(cuts, 4)
})

t.test('a download that the store keeps cutting breaks off and does not count', async t => {
  const standIn = await startFakeS3(t)
  const server = await startServerOn(t, bucketOf(standIn))
  const session = await openSession(server)
  const id = await uploadFile(server, session, 'a.bin', randomBytes(MiB))
  standIn.fault = request => request.startsWith('GET files/') ? 'cut' : undefined
  await t.rejects(async () => (await fetch(`${server.url}/pro/dl/${id}`)).arrayBuffer(), { message: 'terminated' })
  standIn.fault = () => undefined
  t.match(await call(server, 'files.getInfo', { session_key: session, file_id: id }), 'downloads="0"')
})

const STEPS: Readonly<Record<string, RegExp>> = {
  'the beginning of parts': /^POST .*uploads/,
  'a part': /^PUT .*partNumber=2/,
  'the end of parts': /^POST .*uploadId/,
  'a small file': /^PUT [^?]*\?$/
}

for (const [step, pattern] of Object.entries(STEPS)) {
  for (const fault of ['busy', 'reset', 'forbidden', ...step === 'the beginning of parts' ? [] : ['damaged' as const]] as const) {
    t.test(`when ${step} keeps meeting "${fault}" the upload fails and leaves nothing`, async t => {
      const standIn = await startFakeS3(t)
      const server = await startServerOn(t, bucketOf(standIn))
      const ticket = await userTicket(server, await openSession(server))
      const files = [{ name: 'large.bin', bytes: Buffer.alloc(12 * MiB, 'l') }, { name: 'small.bin', bytes: 'small' }]
      standIn.fault = request => pattern.test(request) ? fault : undefined
      t.match((await upload(ticket, files)).body, FAILED)
      t.equal((await progressOf(ticket)).status, 'fail')
      await isUnharmed(t, server.storage, standIn)
      for (const secret of Object.values(KEYS)) t.notMatch(server.log(), secret)
      standIn.fault = () => undefined
      t.equal((await upload(ticket, files)).body.match(/^file_id=/mg)?.length, 2, 'the same ticket goes once the store is back')
    })
  }
}

t.test('while the store is away everything else goes on, and what needs it says so', async t => {
  const standIn = await startFakeS3(t)
  const server = await startServerOn(t, bucketOf(standIn))
  const session = await openSession(server)
  const [kept, deleted] = [await uploadFile(server, session, 'kept.bin', 'kept'), await uploadFile(server, session, 'deleted.bin', 'deleted')]
  standIn.fault = () => 'reset'
  t.equal((await fetch(`${server.url}/pro/dl/${kept}`)).status, 503)
  t.equal(errorCode(await call(server, 'download.getInfo', { session_key: session, file_id: kept })), 12)
  t.equal(errorCode(await call(server, 'files.getInfo', { session_key: session, file_id: kept })), 0)
  t.equal(errorCode(await call(server, 'files.delete', { session_key: session, file_id: deleted })), 0, 'the sweep removes its bytes')
  await t.rejects(server.app.sweep(), { message: /^the bucket bucket at .* cannot be used: .*; it must be running before Respace starts$/ })
  standIn.fault = () => undefined
  t.equal(standIn.objects.size, 2)
  await server.app.sweep()
  t.equal(standIn.objects.size, 1)
  t.equal(await (await fetch(`${server.url}/pro/dl/${kept}`)).text(), 'kept')
})

t.test('an upload that the client cuts, and one whose server dies, leave nothing beyond the next sweep', async t => {
  const standIn = await startFakeS3(t)
  const server = await startServerOn(t, bucketOf(standIn))
  const ticket = await userTicket(server, await openSession(server))
  const bytes = Buffer.concat(request(ticket.url, { 'content-type': 'multipart/form-data; boundary=x' }, formBody('x', [filePart('a.bin', Buffer.alloc(12 * MiB))])))
  const socket = await openSocket(ticket.url)
  socket.write(bytes.subarray(0, 11 * MiB))
  await until('two parts have come', () => standIn.requests.filter(line => /partNumber/.test(line)).length === 2)
  socket.destroy()
  await until('the upload has ended', async () => (await readStorage(server.storage)).ticketsHeld === 0)
  await isUnharmed(t, server.storage, standIn)

  // As a process leaves it that was killed: parts in the bucket, and an object that was kept but never committed.
  const other = await openS3Blobs(standIn.store, KEYS)
  for (const id of ['dead-0', 'dead-1', 'dead-2', 'dead-3', 'dead-4']) {
    const writer = await other.create(id)
    await writer.write(Buffer.alloc(6 * MiB))
    await writer.finish()
    if (id === 'dead-0') await writer.keep()
  }
  await server.app.ports.sql.run("update tickets set upload_id = 'dead' where id = $id", { id: ticket.id })
  t.equal(standIn.objects.size, 1)
  t.equal(standIn.unfinished.size, 4)
  await server.app.sweep()
  await isUnharmed(t, server.storage, standIn)
})

t.test('where it is set, the store itself sends the bytes, but for what only this server can keep account of', async t => {
  const standIn = await startFakeS3(t)
  const server = await startServerOn(t, bucketOf(standIn), { blobDownloads: 'redirect' })
  const session = await openSession(server)
  const id = await uploadFile(server, session, 'a b.txt', 'redirected')
  const ask = (headers: Readonly<Record<string, string>> = {}, method = 'GET') => fetch(link, { method, headers, redirect: 'manual' })
  const link = (await fetch(`${server.url}/pro/dl/${id}`, { redirect: 'manual' })).headers.get('location')?.replace(/^(?=\/)/, server.url) ?? ''
  const answer = await ask()
  t.equal(answer.status, 302)
  t.equal(answer.headers.get('cache-control'), 'no-store')
  const file = await fetch(answer.headers.get('location') ?? '')
  t.equal(file.headers.get('content-disposition'), 'attachment; filename="a b.txt"')
  t.equal(await file.text(), 'redirected')
  t.match(await call(server, 'files.getInfo', { session_key: session, file_id: id }), 'downloads="1"')
  t.equal((await ask({ range: 'bytes=0-2' })).status, 302)
  t.match(await call(server, 'files.getInfo', { session_key: session, file_id: id }), 'downloads="1"', 'only its end counts')
  t.equal((await ask({}, 'HEAD')).status, 200)
  t.equal((await ask({ range: 'bytes=0-2', 'if-range': '"other"' })).status, 200)
  for (const [etag = '', changed = ''] of [file, await ask({}, 'HEAD')].map(({ headers }) => ['etag', 'last-modified'].map(name => headers.get(name) ?? ''))) {
    const downloads = await call(server, 'files.getInfo', { session_key: session, file_id: id })
    for (const headers of [{ 'if-none-match': etag }, { 'if-modified-since': changed }]) t.equal((await ask(headers)).status, 304, JSON.stringify(headers))
    t.equal((await ask({ 'if-match': '"other"' })).status, 412)
    const part = await ask({ range: 'bytes=0-2', 'if-range': etag })
    t.strictSame([part.status, part.headers.get('etag'), await part.text()], [206, etag, 'red'])
    t.equal(await call(server, 'files.getInfo', { session_key: session, file_id: id }), downloads, 'none of these counts')
  }
  await call(server, 'files.setInfo', { session_key: session, file_id: id, downloads_limit: 5 })
  const limited = await fetch(`${server.url}/pro/dl/${id}`)
  t.ok(limited.url.startsWith(server.url))
  t.equal(await limited.text(), 'redirected')
  for (const secret of [KEYS.secretKey, 'X-Amz-Signature']) t.notMatch(server.log(), secret)
})

async function isUnharmed (t: Test, storage: string, standIn: FakeS3): Promise<void> {
  await until('the upload has ended', async () => (await readStorage(storage)).ticketsHeld === 0)
  await storageHolds(t, storage, { files: [], bytesStored: 0, bytesReserved: 0, doomed: 0 })
  t.strictSame([...standIn.objects.keys()], [])
  t.strictSame([...standIn.unfinished.values()].map(({ key }) => key), [])
}
