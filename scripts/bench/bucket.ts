/** Uploads into a bucket, which Ceph's gateway keeps in the memory of this machine, compared with the same on the disk. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createS3 } from '../../src/adapters/blobs/s3-request.ts'
import { readBlobStore } from '../../src/domain/files/blob-store.ts'
import { CEPH_KEYS, startCephGateway } from '../ceph-gateway.ts'
import { upload } from './curl.ts'
import type { Figure } from './figure.ts'
import { serve, ticketUrl, type Respace } from './respace.ts'
import { compare } from './rounds.ts'
import { withServices } from './services.ts'
import { smallUploadsOn } from './small-uploads.ts'
import { filesBelow, MIB, tidy, writeRandomFile } from './workspace.ts'

const ROUNDS = 5
const SIZE = 128 * MIB

export function measureBucket (folder: string): Promise<Figure[]> {
  return withServices(async services => {
    const place = join(folder, 'ceph')
    mkdirSync(place)
    const ceph = await startCephGateway(place)
    services.teardown(ceph.stop)
    const blobs = `s3://files?endpoint=${ceph.url}`
    await (await createS3(readBlobStore(blobs), CEPH_KEYS)).send({ method: 'PUT', key: '' }, text)
    const bucket = await serve(join(folder, 'storage-with-bucket'), {
      RESPACE_BLOBS: blobs, RESPACE_S3_ACCESS_KEY: CEPH_KEYS.accessKey, RESPACE_S3_SECRET_KEY: CEPH_KEYS.secretKey
    })
    const disk = await serve(join(folder, 'storage-without-bucket'))

    const file = writeRandomFile(join(folder, 'for-the-bucket.bin'), SIZE)
    async function speedOn (respace: Respace): Promise<number> {
      const { seconds } = await upload(await ticketUrl(respace), file)
      await tidy(...respace === disk ? filesBelow(join(respace.storage, 'blobs')) : [])
      return SIZE / MIB / seconds
    }
    const large = () => [() => speedOn(bucket), () => speedOn(disk)] as const
    await compare(1, ...large())
    const one = await compare(ROUNDS, ...large())
    const small = () => [smallUploadsOn(bucket), smallUploadsOn(disk)] as const
    await compare(1, ...small())
    const many = await compare(ROUNDS, ...small())
    await bucket.stop()
    await disk.stop()
    await tidy(file)
    return [
      { work: '128 MiB multipart upload into a bucket ÷ on the disk', ours: `${one.ours.toFixed(0)} MiB/s`, theirs: `${one.theirs.toFixed(0)} MiB/s`, value: one.ratio, spread: one.spread },
      { work: '10 KiB uploads into a bucket ÷ on the disk', ours: `${many.ours.toFixed(0)}/s`, theirs: `${many.theirs.toFixed(0)}/s`, value: many.ratio, spread: many.spread }
    ]
  })
}
