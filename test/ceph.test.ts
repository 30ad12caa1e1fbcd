/** Everything about buckets on a real store: Ceph's object gateway. */
import { text } from 'node:stream/consumers'
import t from 'tap'
import { skipWithout } from '../scripts/bring-components.ts'
import { CEPH_KEYS, startCephGateway } from '../scripts/ceph-gateway.ts'
import { createS3 } from '../src/adapters/s3-request.ts'
import { openS3Blobs } from '../src/adapters/s3.ts'
import { readBlobStore } from '../src/domain/blob-store.ts'
import { testBlobs } from './support/blob-suite.ts'
import { goThrough } from './support/s3-flow.ts'
import { temporaryFolder } from './support/server.ts'

t.test('on a real store', { skip: skipWithout('ceph') }, async t => {
  const ceph = await startCephGateway(await temporaryFolder(t))
  t.teardown(ceph.stop)
  const address = `s3://files?endpoint=${ceph.url}`
  const store = readBlobStore(address)
  const s3 = await createS3(store, CEPH_KEYS)

  await t.test('a bucket that is not there, and keys that do not fit, are told at the start', async t => {
    const start = async (keys = CEPH_KEYS) => (await openS3Blobs(store, keys)).removeUnfinished(async () => false)
    await t.rejects(start(), {
      message: `the bucket files at ${ceph.url} cannot be used: the store of files answered 404 NoSuchBucket to GET of the bucket; ` +
      'the bucket, its region and its endpoint must be as the store names them'
    })
    await s3.send({ method: 'PUT', key: '' }, text)
    await start()
    await t.rejects(start({ ...CEPH_KEYS, secretKey: 'another' }), { message: /answered 403 SignatureDoesNotMatch .* RESPACE_S3_ACCESS_KEY/ })
  })

  await t.test('the suite of all blobs', async t => testBlobs(t, await openS3Blobs(store, CEPH_KEYS)))
  await t.test('with a prefix', async t => testBlobs(t, await openS3Blobs({ ...store, prefix: 'a/b/' }, CEPH_KEYS)))
  await t.test('200 MB from the upload to the sweep', async t => goThrough(t, { address, ...CEPH_KEYS }, 200_000_000))
})
