/** Half a restore, half a backup and half a migration are never taken for a whole storage, wherever they were killed; the same command resumes. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { attribute, call, openSession, uploadFile } from './support/client.ts'
import { startCluster } from './support/cluster.ts'
import { ROOT, run, type Ended } from './support/program.ts'
import { KEYS, startStandIn } from './support/s3-stand-in.ts'
import { startServer, temporaryFolder } from './support/server.ts'
import { readStorage } from './support/storage.ts'

const NAMES = ['one.bin', 'three.bin', 'two.bin']
const bytesOf = (name: string): Buffer => Buffer.alloc(5000, name)
const KILLER = join(ROOT, 'test/support/killed-at.mjs')

/** A storage with an authority and three files, saved. */
async function begin (t: Test): Promise<{ storage: string, saved: string, folder: string }> {
  const folder = await temporaryFolder(t)
  const server = await startServer(t, { settings: { tls: 'auto', listen: 'https://127.0.0.1:0' } })
  const session = await openSession(server)
  for (const name of NAMES) await uploadFile(server, session, name, bytesOf(name))
  const saved = join(folder, 'saved')
  const { status, stderr } = await run(['backup', saved, '--storage', server.storage])
  t.equal(status, 0, stderr)
  await server.close()
  return { storage: server.storage, saved, folder }
}

/** Runs a command that is killed before its n-th change of the file system, unless it has fewer. */
const runKilled = (words: readonly string[], at: number, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  run(words, { env: { ...env, KILLED_AT: String(at) }, before: ['--import', KILLER] })

/** Steps at which a command is killed: the first and the last ones, and some between. */
async function stepsOf (words: readonly string[], env?: Readonly<Record<string, string>>): Promise<number[]> {
  const { status, stderr } = await runKilled(words, 0, env)
  const total = Number(/changes: (\d+)/.exec(stderr)?.[1])
  if (status !== 0 || !(total > 20)) throw new Error(`${words.join(' ')}: ${stderr}`)
  const all = Array.from({ length: total }, (_, i) => i + 1)
  return all.filter(step => step <= 4 || step > total - 7 || step % Math.ceil(total / 6) === 0)
}

async function isWhole (t: Test, storage: string, settings: Record<string, string> = {}): Promise<void> {
  const server = await startServer(t, { storage, seed: 'restored', settings })
  const { files } = await readStorage(storage)
  t.strictSame(files.map(({ name }) => name).sort(), NAMES)
  const session = await openSession(server)
  for (const { id, name } of files) {
    const url = attribute(await call(server, 'download.getInfo', { session_key: session, file_id: id }), 'url')
    t.ok(bytesOf(name).equals(Buffer.from(await (await fetch(url)).arrayBuffer())), name)
  }
  await server.close()
}

const contentsOf = async (storage: string): Promise<string[]> =>
  existsSync(storage) ? (await readdir(storage)).filter(name => !/^(?:server\.lock|\.probe)/.test(name)) : []

t.test('a restore that is killed at any step leaves a folder that only a restore takes, and it resumes', async t => {
  const { saved, folder } = await begin(t)
  const restoreInto = (storage: string) => ['restore', saved, '--storage', storage]
  for (const at of await stepsOf(restoreInto(join(folder, 'counted')))) {
    const storage = join(folder, `restored-${at}`)
    t.equal((await runKilled(restoreInto(storage), at)).signal, 'SIGKILL')
    const contents = await contentsOf(storage)
    const isWholeNow = existsSync(join(storage, 'respace.sqlite')) && !contents.includes('incomplete')
    if (contents.length > 0 && !isWholeNow) {
      t.ok(contents.includes('incomplete'), `${at}: ${contents.join(', ')}`)
      await t.rejects(startServer(t, { storage }), { message: /is incomplete: "respace restore [^"]*" began to fill it and did not end/ }, `at ${at} no server starts`)
      t.strictSame(await contentsOf(storage), contents, 'nor does it leave anything')
      const again = await run(restoreInto(storage))
      t.equal(again.status, 0, `resumed after ${at}: ${again.stderr}`)
    } else if (contents.length === 0) {
      t.equal((await run(restoreInto(storage))).status, 0, `begun anew after ${at}`)
    }
    t.notOk((await contentsOf(storage)).includes('incomplete'))
    if (at % 4 === 0) {
      await isWhole(t, storage)
      t.match(await run(['fsck', '--checksums', '--storage', storage]), { status: 0 }, `whole after ${at}`)
      t.strictSame(await readFile(join(storage, 'tls/ca.key'), 'utf8'), await readFile(join(saved, 'tls/ca.key'), 'utf8'))
    }
    await rm(storage, { recursive: true, force: true })
  }
})

t.test('every command refuses half a storage with a sentence', async t => {
  const { saved, folder } = await begin(t)
  const storage = join(folder, 'half')
  let at = 10
  while (!existsSync(join(storage, 'blobs'))) await runKilled(['restore', saved, '--storage', storage], at++)
  const before = await contentsOf(storage)
  const commands = [
    ['serve', '--port', '0'], ['fsck'], ['fsck', '--repair'], ['user', 'list'], ['user', 'add', 'bob', '--email', 'bob@example.org'], ['user', 'passwd', 'alice'],
    ['events'], ['mail', 'list'], ['uploads', 'off'], ['maintenance', 'on'], ['backup', join(folder, 'another')], ['migrate', '--to', join(folder, 'elsewhere')]
  ]
  for (const words of commands) {
    const ended = await run([...words, '--storage', storage])
    t.equal(ended.status, 1, words.join(' '))
    t.match(ended.stderr, /is incomplete: "respace restore \S+ --storage \S+" began to fill it and did not end\. Run it again: it resumes where it stopped/, words.join(' '))
    t.notMatch(ended.stderr + ended.stdout, /\n {4}at |setup/)
  }
  t.match(await run(['dev', '--port', '0', '--data', storage]), { status: 1, stderr: /is incomplete/ })
  t.match(await run(['serve', '--port', '0', '--storage', storage], { env: { RESPACE_DATABASE: 'postgres://nobody@127.0.0.1:1/none' } }), { status: 1, stderr: /is incomplete/ })
  t.strictSame(await contentsOf(storage), before)
  t.match(await run(['serve', '--port', '0', '--storage', saved]), { status: 1, stderr: /is a backup and not a storage folder/ }, 'nor is a backup a storage')
  const old = join(folder, 'old')
  await mkdir(old)
  await writeFile(join(old, 'respace.sqlite.new'), 'as an earlier version left it')
  t.match(await run(['serve', '--port', '0', '--storage', old]), { status: 1, stderr: /is incomplete: "respace restore"/ })
  t.equal((await run(['restore', saved, '--storage', old])).status, 0)
  await isWhole(t, old)
})

t.test('a restore that is resumed from another backup leaves nothing of the first', async t => {
  const { storage: source, saved, folder } = await begin(t)
  const storage = join(folder, 'half')
  let at = 30
  while (!existsSync(join(storage, 'blobs'))) await runKilled(['restore', saved, '--storage', storage], at++)
  const server = await startServer(t, { storage: source, seed: 'later' })
  const session = await openSession(server)
  for (const { id } of (await readStorage(source)).files) await call(server, 'files.delete', { session_key: session, file_id: id })
  for (const name of NAMES) await uploadFile(server, session, name, bytesOf(name))
  await server.close()
  const later = join(folder, 'later')
  t.equal((await run(['backup', later, '--storage', source])).status, 0)
  t.equal((await run(['restore', later, '--storage', storage])).status, 0)
  t.equal((await readStorage(storage)).blobs.length, 3)
  await isWhole(t, storage)
})

t.test('a backup that is killed at any step is none yet, or a whole one', async t => {
  const { storage, folder } = await begin(t)
  let whole = 0
  const backupInto = (saved: string) => ['backup', saved, '--storage', storage]
  for (const at of await stepsOf(backupInto(join(folder, 'counted')))) {
    const saved = join(folder, `saved-${at}`)
    t.equal((await runKilled(backupInto(saved), at)).signal, 'SIGKILL')
    const restored = join(folder, `restored-${at}`)
    const back = existsSync(saved) ? await run(['restore', saved, '--storage', restored]) : undefined
    if (back?.status === 0) {
      whole++
      if (whole === 1) await isWhole(t, restored)
      else t.match(await run(['fsck', '--checksums', '--storage', restored]), { status: 0 }, `whole after ${at}`)
    } else if (back !== undefined) {
      t.match(back.stderr, /there is no backup in/, `none after ${at}`)
      t.strictSame(await contentsOf(restored), [])
    }
    if (at % 5 === 0) {
      t.equal((await run(backupInto(saved))).status, 0, `goes on after ${at}`)
      const again = join(folder, `again-${at}`)
      t.equal((await run(['restore', saved, '--storage', again])).status, 0)
      t.match(await run(['fsck', '--checksums', '--storage', again]), { status: 0 })
    }
    await rm(saved, { recursive: true, force: true })
    await rm(restored, { recursive: true, force: true })
  }
})

t.test('a migration into a folder that is killed at any step leaves no folder in which a server begins anew', async t => {
  const { storage, folder } = await begin(t)
  const cluster = await startCluster()
  t.teardown(cluster.remove)
  const database = cluster.url('postgres')
  const bucket = `s3://bucket/files?endpoint=${(await startStandIn(t)).url}`
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
      t.match(serve.stderr, /is incomplete: "respace migrate|has not brought everything here yet/, `at ${at}`)
      refused++
    }
    t.equal((await run(migrateInto(target), { env })).status, 0, `resumed after ${at}`)
    await cancel()
    await rm(target, { recursive: true, force: true })
  }
  t.ok(refused > 5, `refused after ${refused} of ${steps.length} steps`)
})
