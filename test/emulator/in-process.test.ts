/** `respace/emulator` in the process of a test. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startEmulator } from '../../src/start-emulator.ts'
import { call, element, errorCode, logIn, register, uploadFile } from '../support/client.ts'
import { ROOT } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import '../support/checked-control.ts'
import { until } from '../support/wait-until.ts'

const run = promisify(execFile)

/** Open files and sockets of this process, except for those of the runtime. */
const openFiles = (): string[] => readdirSync('/proc/self/fd').flatMap(fd => {
  try {
    return [readlinkSync(`/proc/self/fd/${fd}`)]
  } catch {
    return []
  }
}).filter(target => /respace|^socket:/.test(target)).sort()

t.test('an emulator answers at its address, with the demo accounts', async t => {
  const emulator = await startEmulator()
  t.teardown(emulator.close)
  t.match(emulator.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.equal(emulator.restUrl, `${emulator.url}/rest/`)
  t.strictSame(emulator.account, { user: 'demo', password: 'demo' })
  const answer = await (await fetch(`${emulator.restUrl}?method=auth.createToken&api_key=${emulator.apiKey}&api_version=1.0`)).text()
  t.equal(errorCode(answer), 0)
  t.equal(errorCode(await logIn(emulator, 'demo', 'demo')), 0)
})

t.test('several emulators in one process share nothing, and leave no file, socket or port', async t => {
  const before = openFiles()
  const emulators = await Promise.all(Array.from({ length: 10 }, () => startEmulator({ seed: 'none' })))
  await Promise.all(emulators.map((emulator, i) => register(emulator, `user${i}`)))
  for (const [i, emulator] of emulators.entries()) {
    t.equal(errorCode(await logIn(emulator, `user${i}`)), 0)
    t.equal(errorCode(await logIn(emulator, `user${(i + 1) % 10}`)), 8)
  }
  t.ok(openFiles().length >= before.length + emulators.length, 'what they have open is seen')
  await Promise.all(emulators.map(emulator => emulator.close()))
  // The client's sockets close when it notices.
  await until('everything is closed', () => openFiles().length <= before.length)
  for (const { url } of emulators) await t.rejects(fetch(url), { cause: { code: 'ECONNREFUSED' } })
  await t.resolves(emulators[0]?.close() ?? Promise.reject(new Error('there is none')), 'twice does no harm')
})

t.test('a start that fails leaves nothing', async t => {
  const before = openFiles()
  const taken = createServer()
  await new Promise<void>(resolve => { taken.listen(0, '127.0.0.1', resolve) })
  const address = taken.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await t.rejects(startEmulator({ port }), { cause: { code: 'EADDRINUSE' } })
  await new Promise(resolve => { taken.close(resolve) })
  await t.rejects(startEmulator({ seed: { accounts: [{ user: 'x' }] } }), { message: '/accounts/0: The user name must have 3 to 20 letters or digits.' })
  await t.rejects(startEmulator({ seed: { acounts: [] } }), { message: '/acounts: no such field; did you mean accounts?' })
  await until('everything is closed', () => openFiles().length <= before.length)
})

t.test('a seed may be given as data', async t => {
  const emulator = await startEmulator({ seed: { accounts: [{ user: 'carol', password: 'carol1', files: [{ name: 'a.bin', size: 1000 }] }] } })
  t.teardown(emulator.close)
  t.strictSame(emulator.account, { user: 'carol', password: 'carol1' })
  const key = element(await logIn(emulator, 'carol', 'carol1'), 'session_key')
  t.match(await call(emulator, 'folders.getContents', { session_key: key, folder_id: '0' }), 'file_size="1000"')
})

t.test('its clock can be shifted and frozen: sessions expire without waiting', async t => {
  const emulator = await startEmulator()
  t.teardown(emulator.close)
  const key = element(await logIn(emulator, 'demo', 'demo'), 'session_key')
  const state = async () => element(await call(emulator, 'auth.checkSession', { session_key: key }), 'session')
  const start = emulator.clock.now().getTime()
  emulator.clock.freeze(new Date(start + 30 * 60_000 - 1000))
  t.equal(await state(), 'ok')
  t.equal(emulator.clock.now().getTime(), start + 30 * 60_000 - 1000)
  emulator.clock.shift(61 * 60_000)
  t.equal(await state(), 'expired')
  emulator.clock.shift(0)
  t.ok(Math.abs(emulator.clock.now().getTime() - Date.now()) < 1000)
})

t.test('mails stay in its outbox', async t => {
  const emulator = await startEmulator()
  t.teardown(emulator.close)
  const key = element(await logIn(emulator, 'demo', 'demo'), 'session_key')
  const id = await uploadFile(emulator, key, 'a.txt', 'hello', { recipient_email: 'bob@example.org' })
  const mails = await emulator.outbox()
  t.equal(mails.length, 1)
  t.match(mails[0], { to: 'bob@example.org', text: `${emulator.url}/file/${id}` })
})

t.test('data in a folder is kept for the next start', async t => {
  const data = join(await temporaryFolder(t), 'data')
  const first = await startEmulator({ data, seed: 'none' })
  await register(first)
  await first.close()
  t.ok(existsSync(join(data, 'respace.sqlite')))
  const second = await startEmulator({ data, seed: 'none' })
  t.teardown(second.close)
  t.equal(errorCode(await logIn(second)), 0)
})

t.test('the package exports it, with types; a program that has closed it ends by itself', async t => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'node_modules'))
  await symlink(ROOT, join(folder, 'node_modules/respace'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(join(folder, 'client.mts'), `import { startEmulator, type RunningEmulator } from 'respace/emulator'
const emulator: RunningEmulator = await startEmulator({ port: 0, seed: 'demo' })
const answer: string = await (await fetch(\`\${emulator.restUrl}?method=auth.createToken&api_key=\${emulator.apiKey}&api_version=1.0\`)).text()
console.log(answer.includes('status="ok"'))
await emulator.close()
// @ts-expect-error a port is a number
export const wrong = () => startEmulator({ port: 'x' })
`)
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const words = ['--module', 'nodenext', '--target', 'es2023', '--strict', '--skipLibCheck', 'false', '--lib', 'es2023,esnext.disposable', '--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types'), 'client.mts']
  const compiled = await run(process.execPath, [compiler, ...words], { cwd: folder }).catch((error: { stdout: string }) => error)
  t.equal(compiled.stdout, '')
  const { stdout } = await run('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, 'client.mjs'], { cwd: folder, timeout: 60_000 })
  t.equal(stdout, 'true\n')
})
