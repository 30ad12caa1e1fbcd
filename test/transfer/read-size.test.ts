/** Many readers of files at once. */
import type { Readable } from 'node:stream'
import t from 'tap'
import { openDiskBlobs } from '../../src/adapters/blobs/disk.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const MiB = 1024 * 1024
const ID = `${'a'.repeat(24)}-0`

t.test('few read much at once, of many each less, so that those who take nothing do not fill the memory', async t => {
  const blobs = await openDiskBlobs(await temporaryFolder(t))
  const writer = await blobs.create(ID)
  await writer.write(Buffer.alloc(2 * MiB, 'a'))
  await writer.finish()
  await writer.keep()

  async function read () {
    const bytes = await blobs.open(ID, { start: 0, end: 2 * MiB - 1, size: 2 * MiB })
    const [first] = await (bytes as Readable).take(1).toArray() as Buffer[]
    return first?.length ?? 0
  }
  t.equal(await read(), MiB)

  const open: Readable[] = []
  for (let i = 0; i < 300; i++) {
    const bytes = await blobs.open(ID, { start: 0, end: 2 * MiB - 1, size: 2 * MiB })
    await new Promise(resolve => { bytes.once('readable', resolve) })
    open.push(bytes)
  }
  const pieces = open.map(bytes => bytes.readableLength)
  t.strictSame([pieces[0], pieces[15], pieces[299]], [MiB, MiB / 2, MiB / 16])
  t.ok(pieces.reduce((sum, size) => sum + size, 0) < 48 * MiB)
  await Promise.all(open.map(bytes => new Promise(resolve => { bytes.once('close', resolve).destroy() })))
  await until('they are counted no more', async () => await read() === MiB)
  t.equal(await read(), MiB, 'they have gone')
})
