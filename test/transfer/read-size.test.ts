/** Many readers of files at once. */
import { rm } from 'node:fs/promises'
import t from 'tap'
import type { Blobs } from '../../src/ports.ts'
import { pathOfBlob } from '../../src/adapters/blobs/blob-folder.ts'
import { openDiskBlobs } from '../../src/adapters/blobs/disk.ts'
import { temporaryFolder } from '../support/server.ts'

const MiB = 1024 * 1024
const ID = `${'a'.repeat(24)}-0`

async function keep (blobs: Blobs, id: string, bytes: Buffer): Promise<void> {
  const writer = await blobs.create(id)
  await writer.write(bytes)
  await writer.finish()
  await writer.keep()
}

async function readAll (blobs: Blobs, id: string, start: number, end: number, size?: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of await blobs.read(id, { start, end, size })) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

t.test('few read much at once, of many each less, so that those who take nothing do not fill the memory', async t => {
  const blobs = await openDiskBlobs(await temporaryFolder(t))
  await keep(blobs, ID, Buffer.alloc(2 * MiB, 'a'))

  async function read () {
    const chunks = await blobs.read(ID, { start: 0, end: 2 * MiB - 1, size: 2 * MiB })
    return { chunks, length: (await chunks.next()).value?.length ?? 0 }
  }
  async function readOnce () {
    const { chunks, length } = await read()
    await chunks.return()
    return length
  }
  t.equal(await readOnce(), MiB)

  const open: Array<Awaited<ReturnType<typeof read>>> = []
  for (let i = 0; i < 300; i++) open.push(await read())
  t.strictSame([0, 15, 299].map(i => open[i]?.length), [MiB, MiB / 2, MiB / 16])
  t.ok(open.reduce((sum, { length }) => sum + length, 0) < 48 * MiB)
  const last = await read()
  await Promise.all(open.map(({ chunks }) => chunks.return()))
  t.strictSame([last.length, (await last.chunks.next()).value?.length], [MiB / 16, MiB], 'who reads on reads more when the others have gone')
  await last.chunks.return()
  t.equal(await readOnce(), MiB, 'they have gone')
})

t.test('small files that were read are not read again, as long as they are few', async t => {
  const folder = await temporaryFolder(t)
  const blobs = await openDiskBlobs(folder)
  const idOf = (i: number) => `${String(i).padStart(24, '0')}-0`
  const bytesOf = (i: number, size: number) => Buffer.alloc(size, String(i))
  for (let i = 0; i < 5; i++) await keep(blobs, idOf(i), bytesOf(i, 1000))
  const size = 32 * 1024
  await keep(blobs, idOf(5), bytesOf(5, size))
  await keep(blobs, idOf(6), bytesOf(6, size + 1))
  const lengthOf = (i: number) => i < 5 ? 1000 : size + i - 5
  for (let i = 0; i < 7; i++) t.ok((await readAll(blobs, idOf(i), 0, lengthOf(i) - 1, lengthOf(i))).equals(bytesOf(i, lengthOf(i))))
  await readAll(blobs, idOf(0), 0, 999, 1000)
  for (let i = 0; i < 7; i++) await rm(pathOfBlob(folder, idOf(i)))

  t.ok((await readAll(blobs, idOf(1), 10, 19, 1000)).equals(bytesOf(1, 10)), 'a range')
  t.ok((await readAll(blobs, idOf(5), 0, size - 1, size)).equals(bytesOf(5, size)))
  await t.rejects(readAll(blobs, idOf(6), 0, size, size + 1), { code: 'ENOENT' }, 'a larger one')
  await t.rejects(readAll(blobs, idOf(1), 0, 999, 999), { code: 'ENOENT' }, 'one whose size is another')
  await t.rejects(readAll(blobs, idOf(1), 0, 999), { code: 'ENOENT' }, 'one of which nobody knows the size')
  await t.rejects(blobs.open(idOf(1), { start: 0, end: 999, size: 1000 }), { code: 'ENOENT' }, 'who wants its stream')
  await blobs.remove([idOf(1)])
  await t.rejects(readAll(blobs, idOf(1), 0, 999, 1000), { code: 'ENOENT' }, 'one that was deleted')

  await readAll(blobs, idOf(0), 0, 999, 1000)
  for (let i = 0; i < 1023; i++) await keep(blobs, idOf(100 + i), Buffer.from('x'))
  for (let i = 0; i < 1023; i++) await readAll(blobs, idOf(100 + i), 0, 0, 1)
  t.equal((await readAll(blobs, idOf(0), 0, 999, 1000)).length, 1000, 'the last one of so many')
  await t.rejects(readAll(blobs, idOf(2), 0, 999, 1000), { code: 'ENOENT' }, 'one that was not used for long')

  for (let i = 0; i < 256; i++) await keep(blobs, idOf(5000 + i), bytesOf(7, size))
  for (let i = 0; i < 256; i++) await readAll(blobs, idOf(5000 + i), 0, size - 1, size)
  await t.rejects(readAll(blobs, idOf(0), 0, 999, 1000), { code: 'ENOENT' }, 'one that large ones have pushed out')
})
