/** Half a migration is never taken for a whole storage, wherever it was killed; the same command resumes. */
// Runs on SQLite only.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { skipWithout } from '../../scripts/bring-components.ts'
import { startCluster } from '../support/cluster.ts'
import { begin, contentsOf, runKilled, stepsOf } from '../support/half-storage.ts'
import { run } from '../support/cli-process.ts'
import { KEYS, startFakeS3 } from '../support/fake-s3.ts'

t.test('a migration into a folder that is killed at any step leaves no folder in which a server begins anew', { skip: skipWithout('postgresql') }, async t => {
  const { storage, folder } = await begin(t)
  const cluster = await startCluster()
  t.teardown(cluster.remove)
  const database = cluster.url('postgres')
  const bucket = `s3://bucket/files?endpoint=${(await startFakeS3(t)).url}`
  const keys = { RESPACE_S3_ACCESS_KEY: KEYS.accessKey, RESPACE_S3_SECRET_KEY: KEYS.secretKey }
  const moved = await run(['migrate', '--to', database, '--blobs', bucket, '--storage', storage], { env: keys })
  t.equal(moved.status, 0, moved.stderr)
  const env = { ...keys, RESPACE_DATABASE: database, RESPACE_BLOBS: bucket }
  const cancel = async () => { t.equal((await run(['migrate', '--cancel', '--storage', storage], { env })).status, 0) }
  const migrateInto = (target: string) => ['migrate', '--to', target, '--blobs', target, '--prepare', '--storage', storage]
  const steps = await stepsOf(migrateInto(join(folder, 'counted')), env)
  await cancel()
  let refused = 0
  for (const at of steps) {
    const target = join(folder, `target-${at}`)
    t.equal((await runKilled(migrateInto(target), at, env)).signal, 'SIGKILL')
    const contents = await contentsOf(target)
    if (contents.length > 0) {
      const serve = await run(['serve', '--port', '0', '--storage', target])
      t.equal(serve.status, 1, `at ${at}: ${contents.join(', ')}`)
      t.match(serve.stderr, /is incomplete: "respace migrate|has not copied everything here yet/, `at ${at}`)
      refused++
    }
    t.equal((await run(migrateInto(target), { env })).status, 0, `resumed after ${at}`)
    await cancel()
    await rm(target, { recursive: true, force: true })
  }
  t.ok(refused > 5, `refused after ${refused} of ${steps.length} steps`)
})
