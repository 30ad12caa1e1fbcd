/** Everything about buckets on a real store: Ceph's object gateway. */
// Runs first, on SQLite only.
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { CEPH_KEYS, startCephGateway } from '../../scripts/ceph-gateway.ts'
import { createS3 } from '../../src/adapters/blobs/s3-request.ts'
import { openS3Blobs } from '../../src/adapters/blobs/s3.ts'
import { readBlobStore } from '../../src/domain/files/blob-store.ts'
import { testBlobs } from '../support/blob-suite.ts'
import { openSession, uploadFile } from '../support/client.ts'
import { startCluster } from '../support/cluster.ts'
import { run } from '../support/cli-process.ts'
import { goThrough } from '../support/s3-walkthrough.ts'
import { startServer, temporaryFolder } from '../support/server.ts'
import { readStorage } from '../support/storage-contents.ts'

t.test('on a real store', { skip: skipWithout('ceph') }, async t => {
  const ceph = await startCephGateway(await temporaryFolder(t))
  t.teardown(ceph.stop)
  const address = `s3://files?endpoint=${ceph.url}`
  const store = readBlobStore(address)
  const s3 = await createS3(store, CEPH_KEYS)

  await t.test('a bucket that is not there, and keys that do not fit, are told at the start', async t => {
    const start = async (keys = CEPH_KEYS) => (await openS3Blobs(store, keys)).removeUnfinished(async () => false)
    await t.rejects(start(), {
      message: `the bucket files at ${ceph.url} cannot be used: the object store answered 404 NoSuchBucket to GET of the bucket; ` +
      'check the names of the bucket, its region and its endpoint'
    })
    await s3.send({ method: 'PUT', key: '' }, text)
    await start()
    await t.rejects(start({ ...CEPH_KEYS, secretKey: 'another' }), { message: /answered 403 SignatureDoesNotMatch .* RESPACE_S3_ACCESS_KEY/ })
  })

  await t.test('the suite of all blobs', async t => testBlobs(t, await openS3Blobs(store, CEPH_KEYS)))
  await t.test('with a prefix', async t => testBlobs(t, await openS3Blobs({ ...store, prefix: 'a/b/' }, CEPH_KEYS)))
  await t.test('a storage moves into the bucket and back, with its database in PostgreSQL meanwhile', { skip: skipWithout('postgresql') }, async t => {
    const cluster = await startCluster()
    t.teardown(cluster.remove)
    const keys = { RESPACE_S3_ACCESS_KEY: CEPH_KEYS.accessKey, RESPACE_S3_SECRET_KEY: CEPH_KEYS.secretKey }
    const bucket = address.replace('/files', '/files/moved')
    const server = await startServer(t)
    const session = await openSession(server)
    const sizes = [0, 10, 300_000, 12_000_000]
    for (const size of sizes) await uploadFile(server, session, `${size}.bin`, Buffer.alloc(size, `${size} `))
    await server.close()
    const home = join(await temporaryFolder(t), 'home')
    const env = { ...keys, RESPACE_DATABASE: cluster.url('postgres'), RESPACE_BLOBS: bucket }
    t.match(await run(['migrate', '--storage', server.storage, '--to', cluster.url('postgres'), '--blobs', bucket], { env: keys }), { status: 0, stdout: /^4 files copied/ })
    t.match(await run(['migrate', '--storage', server.storage, '--to', home, '--blobs', home], { env }), { status: 0, stdout: /^4 files copied/ })
    t.match(await run(['fsck', '--checksums', '--storage', home]), { status: 0, stdout: /is in order/ })
    const back = await startServer(t, { storage: home, seed: 'home' })
    const { files } = await readStorage(home)
    t.equal(files.length, 4)
    for (const { id, name } of files) {
      const bytes = Buffer.from(await (await fetch(`${back.url}/pro/dl/${id}`)).arrayBuffer())
      t.ok(bytes.equals(Buffer.alloc(parseInt(name), `${parseInt(name)} `)), name)
    }
  })
  await t.test('200 MB from the upload to the sweep', async t => goThrough(t, { address, ...CEPH_KEYS }, 200_000_000))
})
