/** Many readers of files at once. */
import t from 'tap'
import { openDiskBlobs } from '../../src/adapters/blobs/disk.ts'
import { temporaryFolder } from '../support/server.ts'

const MiB = 1024 * 1024
const ID = `${'a'.repeat(24)}-0`

t.test('few read much at once, of many each less, so that those who take nothing do not fill the memory', async t => {
  const blobs = await openDiskBlobs(await temporaryFolder(t))
  const writer = await blobs.create(ID)
  await writer.write(Buffer.alloc(2 * MiB, 'a'))
  await writer.finish()
  await writer.keep()

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
