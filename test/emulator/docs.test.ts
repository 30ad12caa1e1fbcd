/** The examples of docs/emulator.md work as written. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { DEMO_SEED } from '../../src/emulator/state/demo-seed.ts'
import { startEmulator } from '../../src/start-emulator.ts'
import '../support/checked-control.ts'
import { ROOT, run } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'

const page = await readFile(join(ROOT, 'docs/emulator.md'), 'utf8')

/** An example in a language below a heading: the first, or the one `after` others. */
function exampleOf (heading: string, language: string, after = 0): string {
  const section = page.split(/^## /m).find(text => text.startsWith(`${heading}\n`)) ?? ''
  const found = [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))][after]?.[1]
  if (found === undefined) throw new Error(`no ${language} below "${heading}"`)
  return found
}

for (const [language, file, ...program] of [['sh', 'login.sh', 'sh'], ['python', 'login.py', 'python3']] as const) {
  t.test(`the client in ${language} logs in`, async t => {
    const folder = await temporaryFolder(t)
    await writeFile(join(folder, file), exampleOf('With a test suite', language))
    t.match(await run(['exec', '--', ...program, file], { cwd: folder }), { status: 0, stderr: '' })
  })
}

for (const [language, file, after, ...program] of [['sh', 'retry.sh', 1, 'sh'], ['python', 'retry.py', 0, 'python3']] as const) {
  t.test(`the client in ${language} retries after the faults that it armed`, async t => {
    const folder = await temporaryFolder(t)
    await writeFile(join(folder, file), exampleOf('Faults', language, after))
    const { status, stderr } = await run(['exec', '--strict', 'fail', '--', ...program, file], { cwd: folder })
    t.equal(status, 0, stderr)
    t.notMatch(stderr, 'respace:')
  })
}

t.test('the client with a built-in address reaches the emulator, and its control plane in both ways', async t => {
  const { status, stdout, stderr } = await run(['exec', '--as-sendspace', '--', 'sh', '-euc', exampleOf('Clients with a built-in address', 'sh')])
  t.match({ status, stderr }, { status: 0, stderr: '' })
  t.match(stdout, /<token>[^]*"count": 1,[^]*"count": 1,/)
})

/** A stand-in for testcontainers 12 that runs the program of the image instead of a container. */
const STAND_IN = `
import { spawn } from 'node:child_process'
export const Wait = { forHttp: (path, port) => ({ path, port }) }
export class GenericContainer {
  constructor (image) { this.image = image }
  withCommand (words) { this.words = words; return this }
  withExposedPorts (...ports) { this.ports = ports; return this }
  withWaitStrategy (wait) { this.wait = wait; return this }
  async start () {
    const [, ...words] = this.words
    const running = spawn(process.execPath, [...words, '--port', '0'], { cwd: process.env.IMAGE, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise(resolve => { running.once('exit', resolve) })
    let said = ''
    while (!said.includes('curl')) said += await new Promise(resolve => { running.stdout.once('data', resolve) })
    const port = Number(/:(\\d+),/.exec(said)[1])
    if (!(await fetch(\`http://127.0.0.1:\${port}\${this.wait.path}\`)).ok) throw new Error('it is not ready')
    process.stderr.write(JSON.stringify({ image: this.image, program: this.words.slice(0, 2), ports: this.ports, waitsFor: this.wait.port }) + '\\n')
    return {
      getHost: () => '127.0.0.1',
      getMappedPort: wanted => { if (!this.ports.includes(wanted)) throw new Error('not exposed'); return port },
      async stop () { running.kill('SIGTERM'); return ended }
    }
  }
}
`

t.test('the recipe for containers starts the program of the image, waits for it, and reaches it', async t => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'node_modules/testcontainers'), { recursive: true })
  await writeFile(join(folder, 'node_modules/testcontainers/package.json'), '{"type":"module","main":"index.js"}')
  await writeFile(join(folder, 'node_modules/testcontainers/index.js'), STAND_IN)
  await writeFile(join(folder, 'recipe.mjs'), exampleOf('In a container', 'ts'))
  const { stdout, stderr } = await promisify(execFile)('/usr/bin/env', ['-u', 'NODE_OPTIONS', `IMAGE=${ROOT}`, process.execPath, 'recipe.mjs'], { cwd: folder, timeout: 60_000 })
  t.match(stdout, /^[A-Z0-9]{10} http:\/\/127\.0\.0\.1:\d+\/rest\/ http:\/\/127\.0\.0\.1:\d+\/_emulator\/v1\/sandboxes\/\w+\n$/)
  const asked = JSON.parse(stderr) as { readonly image: string, readonly program: readonly string[], readonly ports: readonly number[], readonly waitsFor: number }
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
  t.strictSame(asked.program, (JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '') as string[]).slice(0, 2), 'the program of the image')
  t.strictSame(asked.ports.map(String), /^EXPOSE (.*)$/m.exec(dockerfile)?.slice(1), 'the port of the image')
  t.equal(asked.waitsFor, asked.ports[0])
  t.match((await run(['dev', '--help'])).stdout, new RegExp(`--port <port> .*\\[${asked.waitsFor}\\]`), 'which dev listens on')
  t.match(page, `docker build -t ${asked.image} .`)
})

for (const heading of ['In the process of a test', 'Faults', 'Judge a client']) {
  t.test(`the test in the process of Node below "${heading}" passes`, async t => {
    const folder = await temporaryFolder(t)
    await mkdir(join(folder, 'node_modules'))
    await symlink(ROOT, join(folder, 'node_modules/respace'))
    await writeFile(join(folder, 'example.test.mjs'), exampleOf(heading, 'js'))
    const words = ['-u', 'NODE_OPTIONS', '-u', 'NODE_TEST_CONTEXT', process.execPath, '--test', '--test-reporter=tap', 'example.test.mjs']
    const { stdout } = await promisify(execFile)('/usr/bin/env', words, { cwd: folder, timeout: 60_000 })
    t.match(stdout, /^# pass 1$/m)
    t.match(stdout, /^# fail 0$/m)
  })
}

t.test('the table of accounts is that of the seed', async t => {
  const users = [...page.matchAll(/^\| `(\w+)` \| (?:everything|\d)/gm)].map(([, user]) => user)
  t.strictSame(users, DEMO_SEED.accounts.map(({ user }) => user))
})

t.test('the seed can be planted', async t => {
  const seed = join(await temporaryFolder(t), 'seed.yaml')
  await writeFile(seed, exampleOf('Write a seed', 'yaml'))
  const ended = await run(['exec', '--seed', seed, '--', 'sh', '-c', 'echo $RESPACE_USER $RESPACE_PASSWORD; curl -sS $RESPACE_URL/_emulator/v1/accounts'])
  t.match(ended, { status: 0, stdout: /^carol secret\n.*"used": 5242885,.*"maxSessions": 1,/s })
})

const SCRIPTS: ReadonlyArray<readonly [string, RegExp]> = [
  ['State', /"ends": "2025-12-31T00:00:00.000Z".*"uploads": "temp_error".*"left": 0/s],
  ['Sandboxes', /"apiKey".*"user": "demo".*<token>/s],
  ['Reset and snapshots', /"name": "before".*"name": "again".*"seed": 42/s],
  ['Faults', /"id": "f1".*"error": 9.*"id": "f2".*"atByte": 262144.*"id": "f3".*"effect": "commit".*"state": "armed"/s],
  ['Time', /"mode": "frozen".*"now": "2026-01-02T01:00:00.000Z".*"ran"/s],
  ['Judge a client', /<token>.*"wrong": 1.*auth\.createToken knows no app_verson.*\*\*1 wrong, 0 risky, 0 notes in 1 exchange\*\*/s],
  ['The journal', /<token>.*"params".*"count": 1,.*"sentence".*saw 0; called were auth\.createToken.*"auth\.createToken knows no app_verson; did you mean app_version\?"/s]
]

for (const [heading, expected] of SCRIPTS) {
  t.test(`the control calls below "${heading}" work`, async t => {
    const emulator = await startEmulator()
    t.teardown(() => emulator.close({ unfired: 'ignore' }))
    const script = exampleOf(heading, 'sh').replaceAll('http://127.0.0.1:8080', emulator.url)
    const { stdout } = await promisify(execFile)('sh', ['-euc', script], { cwd: await temporaryFolder(t) })
    t.match(stdout, expected)
  })
}

t.test('every shorthand and every answer in the table of faults can be armed', async t => {
  const emulator = await startEmulator()
  t.teardown(emulator.close)
  const rows = [...page.matchAll(/^\| `(\{.*?\})` \| .*\|$/gm)]
  t.ok(rows.length >= 16, `${rows.length} rows`)
  for (const [, answer = ''] of rows) {
    const match = answer.includes('progress') ? { phase: 'progress' as const } : {}
    const control = await fetch(`${emulator.controlUrl}/faults`, { method: 'POST', body: JSON.stringify({ match, answer: JSON.parse(answer.replace('{…}', '{}')) as unknown }) })
    t.equal(control.status, 201, answer)
  }
  const shorthands = [...page.matchAll(/^\| `[{…].*?` \| (`.*?) \| /gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]*)`/g)].map(([, word = '']) => word))
  t.ok(shorthands.length >= 14, `${shorthands.length} shorthands`)
  for (const shorthand of shorthands) t.match(emulator.faults.add({ answer: shorthand }), { state: 'armed' }, shorthand)
  emulator.faults.clear()
})
