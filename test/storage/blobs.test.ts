/** The same bytes in a folder and in a bucket; a hostile store is `s3.test.ts`, a real one `ceph.test.ts`. */
import t from 'tap'
import { openDiskBlobs } from '../../src/adapters/blobs/disk.ts'
import { openS3Blobs } from '../../src/adapters/blobs/s3.ts'
import { LEAST_PART, MAX_PARTS, partSizeAfter, readBlobStore } from '../../src/domain/files/blob-store.ts'
import { testBlobs } from '../support/blob-suite.ts'
import { KEYS, startFakeS3 } from '../support/fake-s3.ts'
import { temporaryFolder } from '../support/server.ts'

t.test('in a folder', async t => {
  const { link, ...blobs } = await openDiskBlobs(await temporaryFolder(t))
  t.equal(link, undefined)
  await testBlobs(t, blobs)
})

t.test('in a bucket', async t => {
  await testBlobs(t, await openS3Blobs((await startFakeS3(t)).store, KEYS))
})

t.test('in a bucket of a store that is below a path', async t => {
  await testBlobs(t, await openS3Blobs((await startFakeS3(t, '', '/storage/v1/s3')).store, KEYS))
})

t.test('in a bucket with parts of one size', async t => {
  const standIn = await startFakeS3(t, '&part-size=6')
  const blobs = await openS3Blobs(standIn.store, KEYS)
  const writer = await blobs.create('a-0')
  await writer.write(Buffer.alloc(20 * 1024 * 1024, 'a'))
  await writer.finish()
  t.strictSame([...standIn.unfinished.values()].flatMap(({ parts }) => [...parts].sort(([a], [b]) => a - b).map(([, { length }]) => length / 1024 / 1024)), [6, 6, 6, 2])
  await writer.keep()
  t.equal(standIn.objects.get('files/a-0')?.length, 20 * 1024 * 1024)
})

t.test('10,000 parts hold 5 TiB, and the parts of small files are small', async t => {
  let bytes = 0
  let largest = 0
  let part = 0
  while (bytes < 5 * 1024 ** 4) {
    part++
    largest = partSizeAfter(bytes, undefined)
    bytes += largest
    if (part === 1000) t.equal(largest, LEAST_PART)
  }
  t.ok(part <= MAX_PARTS, `${part} parts`)
  t.ok(largest <= 5 * 1024 ** 3, `the largest has ${largest} bytes`)
  t.equal(partSizeAfter(50 * 1024 ** 3, undefined) <= 41 * 1024 * 1024, true, 'of the largest file of a plan')
})

t.test('an address of a bucket is read, or told what is wrong with it', async t => {
  t.strictSame(readBlobStore('s3://files'), {
    bucket: 'files', prefix: '', endpoint: 'https://s3.us-east-1.amazonaws.com', region: 'us-east-1', style: 'path', partSize: undefined
  })
  t.strictSame(readBlobStore('s3://files/a/b/?endpoint=http://127.0.0.1:9000/&region=eu&style=host&part-size=8'), {
    bucket: 'files', prefix: 'a/b/', endpoint: 'http://127.0.0.1:9000', region: 'eu', style: 'host', partSize: 8 * 1024 * 1024
  })
  for (const path of ['/storage/v1/s3', '/storage/v1/s3/']) t.equal(readBlobStore(`s3://files?endpoint=https://a${path}`).endpoint, 'https://a/storage/v1/s3')
  for (const wrong of ['files', 'https://files', 's3://', 's3://Files', 's3://files?endpoint=ftp://a', 's3://files?endpoint=https://a/b?c', 's3://files?endpoint=https://a/b%252f', 's3://files?endpoint=https://a/b//c', 's3://files?size=1',
    's3://files?style=dns', 's3://files:80', 's3://files?endpoint=https://u:p@a']) {
    t.throws(() => readBlobStore(wrong), { message: /^expected an address such as s3:/ }, wrong)
  }
  for (const size of ['4', '1025', '5.5', '0']) t.throws(() => readBlobStore(`s3://files?part-size=${size}`), { message: /part-size/ }, size)
  t.throws(() => readBlobStore('s3://key:secret@files'), { message: 'the keys must not be in the address: set RESPACE_S3_ACCESS_KEY and RESPACE_S3_SECRET_KEY' })
})
