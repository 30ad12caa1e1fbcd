/** What the bytes of files must do wherever they are kept. */
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import type { Test } from 'tap'
import type { Blobs } from '../../src/ports.ts'

const MiB = 1024 * 1024
const PART = 5 * MiB

/** Around what is kept in memory, one part, and several. */
const SIZES = [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 7]

export async function testBlobs (t: Test, blobs: Blobs): Promise<void> {
  let count = 0
  const newId = (): string => `suite${process.pid}x${count++}-0`

  async function write (id: string, bytes: Buffer, step = 64 * 1024) {
    const writer = await blobs.create(id)
    for (let at = 0; at < bytes.length; at += step) await writer.write(bytes.subarray(at, at + step))
    return writer
  }

  async function read (id: string, start: number, end: number): Promise<Buffer> {
    return buffer(await blobs.open(id, { start, end }))
  }

  for (const size of SIZES) {
    await t.test(`${size} bytes are invisible until they are kept, and come out as they went in`, async t => {
      const [id, bytes] = [newId(), randomBytes(size)]
      const writer = await write(id, bytes)
      t.strictSame(await writer.finish(), { size, crc32: crc32(bytes) })
      t.equal(await blobs.has(id), false)
      await t.rejects(blobs.open(id, { start: 0, end: 0 }), { code: 'ENOENT' })
      await writer.keep()
      t.equal(await blobs.has(id), true)
      if (size > 0) t.ok((await read(id, 0, size - 1)).equals(bytes))
      await blobs.remove([id])
      t.equal(await blobs.has(id), false)
    })
  }

  await t.test('one large buffer and many single bytes are the same bytes', async t => {
    const bytes = randomBytes(2 * PART + 3)
    const single = newId()
    const writer = await write(single, bytes.subarray(0, 5000), 1)
    await writer.write(bytes.subarray(5000))
    t.equal((await writer.finish()).crc32, crc32(bytes))
    await writer.keep()
    t.ok((await read(single, 0, bytes.length - 1)).equals(bytes))
  })

  await t.test('ranges have both their ends', async t => {
    const [id, bytes] = [newId(), randomBytes(2 * PART + 5)]
    const writer = await write(id, bytes)
    await writer.finish()
    await writer.keep()
    for (const [start, end] of [[0, 0], [1, 2], [PART - 1, PART], [bytes.length - 1, bytes.length - 1], [7, bytes.length - 1]] as const) {
      t.ok((await read(id, start, end)).equals(bytes.subarray(start, end + 1)), `${start}-${end}`)
    }
    const stream = await blobs.open(id, { start: 0, end: bytes.length - 1 })
    stream.destroy()
    t.equal((await read(id, 3, 4)).length, 2, 'a reader that breaks off hurts no other')
  })

  await t.test('what is discarded at any step is gone', async t => {
    for (const step of ['at once', 'after bytes', 'after finish', 'after keep'] as const) {
      const id = newId()
      const writer = await write(id, randomBytes(step === 'at once' ? 0 : PART + 1))
      if (step === 'after finish' || step === 'after keep') await writer.finish()
      if (step === 'after keep') await writer.keep()
      await writer.discard()
      t.equal(await blobs.has(id), false, step)
    }
  })

  await t.test('unfinished blobs are forgotten, but for live ones', async t => {
    const ids = Array.from({ length: 5 }, newId)
    const writers = await Promise.all(ids.map(id => write(id, randomBytes(PART + 1))))
    for (const writer of writers) await writer.finish()
    await blobs.removeUnfinished(async id => id === ids[3])
    await writers[3]?.keep()
    t.equal(await blobs.has(ids[3] ?? ''), true)
    await t.rejects(async () => writers[0]?.keep(), { message: /are missing|the object store answered/ })
    t.strictSame(await Promise.all(ids.map(id => blobs.has(id))), [false, false, false, true, false])
    for (const writer of writers) await writer.discard()
  })

  await t.test('sizes are told of those that are kept, all of these are listed, and nothing that is under way', async t => {
    const ids = Array.from({ length: 9 }, newId).sort()
    for (const [i, id] of ids.entries()) {
      const writer = await write(id, Buffer.alloc(i * 1000))
      await writer.finish()
      if (i === 4) t.teardown(() => writer.discard())
      else await writer.keep()
    }
    const kept = ids.filter((_, i) => i !== 4)
    t.strictSame(await blobs.sizes(ids), new Map(kept.map(id => [id, ids.indexOf(id) * 1000])))
    t.strictSame(await blobs.sizes([ids[3], ids[4]].map(String)), new Map([[ids[3], 3000]]))
    t.strictSame(await blobs.sizes(['suite']), new Map())
    const listed: string[] = []
    for await (const some of blobs.list()) listed.push(...some)
    t.strictSame(listed.filter(id => ids.includes(id)).sort(), kept)
    t.equal(new Set(listed).size, listed.length)
    await blobs.remove(kept)
    t.strictSame(await blobs.sizes(ids), new Map())
  })

  await t.test('removing what is not there is no error', async t => {
    await blobs.remove([newId(), newId()])
    t.equal(await blobs.has(newId()), false)
  })

  await t.test('a blob goes on where it was finished, also where a later end was never told of', async t => {
    const [id, bytes] = [newId(), randomBytes(3 * PART + 9)]
    await (await blobs.create(id)).finish()
    let durable = { size: 0, crc32: 0 }
    // Nothing new, a few bytes, a part that one of them ends, and more than a part.
    for (const end of [0, 10, 1000, PART, PART + 20, PART + 20, 3 * PART + 2, bytes.length]) {
      const lost = await blobs.resume(id, durable)
      await lost.write(bytes.subarray(durable.size, Math.min(end + PART, bytes.length)))
      await lost.finish()
      const writer = await blobs.resume(id, durable)
      if (end > durable.size) await writer.write(bytes.subarray(durable.size, end))
      durable = await writer.finish()
      t.strictSame(durable, { size: end, crc32: crc32(bytes.subarray(0, end)) })
      t.equal(await blobs.has(id), false)
    }
    await blobs.removeUnfinished(async live => live === id)
    const writer = await blobs.resume(id, durable)
    await writer.finish()
    await writer.keep()
    t.ok((await read(id, 0, bytes.length - 1)).equals(bytes))
    await blobs.removeUnfinished(async () => false)
    t.ok((await read(id, 0, bytes.length - 1)).equals(bytes))
  })

  await t.test('a blob that goes on and is small', async t => {
    const id = newId()
    await (await blobs.create(id)).finish()
    const first = await blobs.resume(id, { size: 0, crc32: 0 })
    await first.write(Buffer.from('one '))
    const second = await blobs.resume(id, await first.finish())
    await second.write(Buffer.from('two'))
    await second.finish()
    await second.keep()
    t.equal(String(await read(id, 0, 6)), 'one two')
    const other = newId()
    await (await blobs.create(other)).finish()
    const gone = await blobs.resume(other, { size: 0, crc32: 0 })
    await gone.write(Buffer.from('one'))
    const durable = await gone.finish()
    await gone.discard()
    await blobs.removeUnfinished(async () => false)
    await t.rejects(blobs.resume(other, durable), { message: /are missing|the object store answered/ })
  })

  async function finished (bytes: Buffer, parts: readonly number[]) {
    const id = newId()
    await (await blobs.create(id)).finish()
    let durable = { size: 0, crc32: 0 }
    for (const end of parts) {
      const writer = await blobs.resume(id, durable)
      await writer.write(bytes.subarray(durable.size, end))
      durable = await writer.finish()
      await writer.forgetEarlier()
    }
    return { id, durable }
  }

  await t.test('what is missing of a blob that goes on is never made up', async t => {
    const bytes = randomBytes(PART + 100)
    const { id, durable } = await finished(bytes, [50, PART + 20])
    t.equal(await blobs.holds(id, durable), true)
    const listed: string[] = []
    for await (const some of blobs.list()) listed.push(...some)
    t.notOk(listed.some(name => name.includes(id)), 'nor is it listed as what is kept')
    const longer = { size: durable.size + 1, crc32: durable.crc32 }
    t.equal(await blobs.holds(id, longer), false)
    await t.rejects(blobs.resume(id, longer), /the received bytes of .* are missing/)
    await t.rejects(blobs.resume(id, longer, { from: '', to: 'copy' }), /are missing/)
    t.equal(await blobs.holds(newId(), durable), false)
    await t.rejects(blobs.resume(newId(), durable), /are missing/)
    const writer = await blobs.resume(id, durable)
    await writer.write(bytes.subarray(durable.size))
    await writer.finish()
    await writer.keep()
    t.ok((await read(id, 0, bytes.length - 1)).equals(bytes), 'a wrong question harms nothing')
  })

  await t.test('who still writes to a blob that another has gone on with harms none of its bytes, at any step', async t => {
    const bytes = randomBytes(2 * PART + 1000)
    for (const first of [0, 10, PART + 10]) {
      for (const late of ['write', 'finish', 'leave', 'go on'] as const) {
        const { id, durable } = await finished(bytes, first === 0 ? [] : [first])
        const zombie = await blobs.resume(id, durable)
        await zombie.write(bytes.subarray(first, first + 7))
        let other = await blobs.resume(id, durable, { from: '', to: 'b' })
        await other.write(bytes.subarray(first, first + 500))
        const noted = await other.finish()
        t.strictSame(noted, { size: first + 500, crc32: crc32(bytes.subarray(0, first + 500)) })
        await other.forgetEarlier()
        if (late !== 'leave') await zombie.write(bytes.subarray(first + 7, first + 9))
        if (late === 'finish') await zombie.finish()
        if (late === 'go on') await (await blobs.resume(id, durable, { from: '', to: 'c' }).catch(() => zombie)).leave()
        await zombie.leave()
        t.equal(await blobs.holds(id, noted, 'b'), true)
        other = await blobs.resume(id, noted, { from: 'b', to: 'b' })
        await other.write(bytes.subarray(noted.size))
        t.strictSame(await other.finish(), { size: bytes.length, crc32: crc32(bytes) })
        await other.keep()
        t.ok((await read(id, 0, bytes.length - 1)).equals(bytes), `${late} after ${first}`)
      }
    }
    await blobs.removeUnfinished(async () => false)
  })

  await t.test('what is removed is gone with all that was begun of it', async t => {
    const bytes = randomBytes(100)
    const { id, durable } = await finished(bytes, [100])
    const copy = await blobs.resume(id, durable, { from: '', to: 'b' })
    await copy.finish()
    await blobs.removeUnfinished(async live => live === id)
    t.equal(await blobs.holds(id, durable, 'b'), true, 'a copy is as live as its blob')
    await blobs.removeUnfinished(async () => false)
    t.equal(await blobs.holds(id, durable), false)
    t.equal(await blobs.holds(id, durable, 'b'), false)
  })

  if (blobs.link === undefined) return
  await t.test('anybody can GET its links, and they are answered as asked', async t => {
    const [id, bytes] = [newId(), randomBytes(1000)]
    const writer = await write(id, bytes)
    await writer.finish()
    await writer.keep()
    const disposition = 'attachment; filename="a b+c.txt"; filename*=UTF-8\'\'%e2%82%ac.txt'
    const link = await blobs.link?.(id, { 'content-disposition': disposition, 'content-type': 'application/octet-stream' }) ?? ''
    const response = await fetch(link, { headers: { range: 'bytes=10-19' } })
    t.equal(response.status, 206)
    t.equal(response.headers.get('content-disposition'), disposition)
    t.ok(Buffer.from(await response.arrayBuffer()).equals(bytes.subarray(10, 20)))
  })
}
