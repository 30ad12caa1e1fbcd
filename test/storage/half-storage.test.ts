/** Half a restore and half a backup are never taken for a whole storage, wherever they were killed; the same command resumes. */
// Runs first, on SQLite only.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { call, openSession, uploadFile } from '../support/client.ts'
import { begin, bytesOf, contentsOf, isWhole, NAMES, runKilled, stepsOf } from '../support/half-storage.ts'
import { run } from '../support/cli-process.ts'
import { startServer } from '../support/server.ts'
import { readStorage } from '../support/storage-contents.ts'

t.test('a restore that is killed at any step leaves a folder that only a restore takes, and it resumes', async t => {
  const { saved, folder } = await begin(t)
  const restoreInto = (storage: string) => ['restore', saved, '--storage', storage]
  let halves = 0
  for (const at of await stepsOf(restoreInto(join(folder, 'counted')))) {
    const storage = join(folder, `restored-${at}`)
    t.equal((await runKilled(restoreInto(storage), at)).signal, 'SIGKILL')
    const contents = await contentsOf(storage)
    const isWholeNow = existsSync(join(storage, 'respace.sqlite')) && !contents.includes('incomplete')
    if (contents.length > 0 && !isWholeNow) {
      halves++
      t.ok(contents.includes('incomplete'), `${at}: ${contents.join(', ')}`)
      await t.rejects(startServer(t, { storage }), { message: /is incomplete: "respace restore [^"]*" did not finish/ }, `at ${at} no server starts`)
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
  t.ok(halves > 5, `${halves} halves`)
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
    t.match(ended.stderr, /is incomplete: "respace restore \S+ --storage \S+" did not finish\. Run it again: it resumes where it stopped/, words.join(' '))
    t.notMatch(ended.stderr + ended.stdout, /\n {4}at |setup/)
  }
  t.match(await run(['dev', '--port', '0', '--data', storage]), { status: 1, stderr: /is incomplete/ })
  t.match(await run(['serve', '--port', '0', '--storage', storage], { env: { RESPACE_DATABASE: 'postgres://nobody@127.0.0.1:1/none' } }), { status: 1, stderr: /is incomplete/ })
  t.strictSame(await contentsOf(storage), before)
  t.match(await run(['serve', '--port', '0', '--storage', saved]), { status: 1, stderr: /is a backup, not a storage folder/ }, 'nor is a backup a storage')
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
  let halves = 0
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
      halves++
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
  t.ok(whole > 0 && halves > 3, `${whole} whole ones, ${halves} halves`)
})
