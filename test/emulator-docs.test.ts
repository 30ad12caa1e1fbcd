/** The examples of docs/emulator.md work as they stand there. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { DEMO_SEED } from '../src/emulator/demo-seed.ts'
import { startEmulator } from '../src/start-emulator.ts'
import { ROOT, run } from './support/program.ts'
import { temporaryFolder } from './support/server.ts'

const page = await readFile(join(ROOT, 'docs/emulator.md'), 'utf8')

/** The first example in a language below a heading. */
function exampleOf (heading: string, language: string): string {
  const section = page.split(/^## /m).find(text => text.startsWith(`${heading}\n`)) ?? ''
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(section)?.[1]
  if (found === undefined) throw new Error(`no ${language} below "${heading}"`)
  return found
}

for (const [language, file, ...program] of [['sh', 'login.sh', 'sh'], ['python', 'login.py', 'python3']] as const) {
  t.test(`the client in ${language} logs in`, async t => {
    const folder = await temporaryFolder(t)
    await writeFile(join(folder, file), exampleOf('Beside a test suite', language))
    t.match(await run(['exec', '--', ...program, file], { cwd: folder }), { status: 0, stderr: '' })
  })
}

t.test('the test in the process of Node passes', async t => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'node_modules'))
  await symlink(ROOT, join(folder, 'node_modules/respace'))
  await writeFile(join(folder, 'upload.test.mjs'), exampleOf('In the process of a test', 'js'))
  const words = ['-u', 'NODE_OPTIONS', '-u', 'NODE_TEST_CONTEXT', process.execPath, '--test', '--test-reporter=tap', 'upload.test.mjs']
  const { stdout } = await promisify(execFile)('/usr/bin/env', words, { cwd: folder, timeout: 60_000 })
  t.match(stdout, /^# pass 1$/m)
  t.match(stdout, /^# fail 0$/m)
})

t.test('the table of accounts is that of the seed', async t => {
  const users = [...page.matchAll(/^\| `(\w+)` \| (?:everything|\d)/gm)].map(([, user]) => user)
  t.strictSame(users, DEMO_SEED.accounts.map(({ user }) => user))
})

t.test('the seed can be planted', async t => {
  const seed = join(await temporaryFolder(t), 'seed.yaml')
  await writeFile(seed, exampleOf('A seed of your own', 'yaml'))
  const ended = await run(['exec', '--seed', seed, '--', 'sh', '-c', 'echo $RESPACE_USER $RESPACE_PASSWORD; curl -sS $RESPACE_URL/_emulator/v1/accounts'])
  t.match(ended, { status: 0, stdout: /^carol secret\n.*"used": 5242885,.*"maxSessions": 1,/s })
})

t.test('the control calls work', async t => {
  const emulator = await startEmulator()
  t.teardown(emulator.close)
  const script = exampleOf('State', 'sh').replace('http://127.0.0.1:8080', emulator.url)
  const { stdout } = await promisify(execFile)('sh', ['-euc', script])
  t.match(stdout, /"ends": "2025-12-31T00:00:00.000Z".*"uploads": "temp_error".*"left": 0/s)
})
