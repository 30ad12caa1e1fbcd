/** What commands do when their output is full, closed, or not read to its end. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { errorCode, logIn } from '../support/client.ts'
import { ROOT, run, serveProgram } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

/** Where the output of a command goes, as a shell writes it; what its exit code must be when all else is right. */
const OUTPUTS = [
  ['>/dev/full', 1],
  ['>&-', 0],
  ['| true', 0],
  ['| head -c 1', 0],
  ['>/dev/full 2>/dev/full', 1],
  ['2>&-', 0]
] as const

/** Runs a command of the program by a shell; its exit code and what it said on standard error. */
async function runInto (output: string, words: readonly string[], input = ''): Promise<{ status: number, stderr: string }> {
  const script = `"$@" ${output}; echo "\${PIPESTATUS[0]}" >&3`
  const child = spawn('bash', ['-c', script, 'bash', '/usr/bin/env', '-u', 'NODE_OPTIONS', process.execPath, join(ROOT, 'dist/main.js'), ...words], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe']
  })
  child.stdin?.on('error', () => undefined).end(input)
  const [status, stderr] = await Promise.all([3, 2].map(number => text(child.stdio[number] as NodeJS.ReadableStream)))
  return { status: Number(status), stderr: stderr ?? '' }
}

t.test('no command ends with a stack, and the exit code is right', { timeout: 300_000 }, async t => {
  const storage = join(await temporaryFolder(t), 'storage')
  await run(['user', 'add', 'alice', '--email', 'alice@example.org', '--password', '--storage', storage], { input: 'secret12\n' })
  const commands = [
    ['--help'], ['user', '--help'], ['--version'], ['user', 'list'], ['user', 'show', 'alice'], ['user', 'set', 'alice', '--plan', 'Lite'],
    ['user', 'passwd', 'alice', '--password'], ['mail', 'list'], ['events'], ['uploads'], ['maintenance', 'off'], ['fsck']
  ]
  for (const [output, expected] of OUTPUTS) {
    for (const words of commands) {
      const where = words[0]?.startsWith('-') || words.includes('--help') ? [] : ['--storage', storage]
      const { status, stderr } = await runInto(output, [...words, ...where], 'secret12\n')
      const name = `respace ${words.join(' ')} ${output}`
      // `events` and `mail list` may have nothing to say on standard output.
      const hasOutput = !['mail list'].includes(words.join(' '))
      t.equal(status, hasOutput ? expected : 0, name)
      t.notMatch(stderr, /^\s+at /m, name)
      t.equal(stderr.includes('standard output cannot be written'), hasOutput && output === '>/dev/full', `${name}: ${stderr}`)
    }
  }
})

t.test('a password that is made is shown before it counts', { timeout: 300_000 }, async t => {
  const storage = join(await temporaryFolder(t), 'storage')
  await run(['user', 'add', 'alice', '--email', 'alice@example.org', '--password', '--storage', storage], { input: 'secret12\n' })
  for (const output of ['>/dev/full', '>&-', '>/dev/null', '>/dev/full 2>/dev/full']) {
    for (const words of [['user', 'add', 'bobby', '--email', 'b@example.org'], ['user', 'passwd', 'alice']]) {
      const { status, stderr } = await runInto(output, [...words, '--storage', storage])
      t.equal(status, 1, `${words.join(' ')} ${output}`)
      if (!output.includes('2>')) t.match(stderr, /^respace: nothing was changed: the new password could not be shown: .*--password reads one from standard input\n/)
    }
  }
  t.notMatch((await run(['user', 'list', '--storage', storage])).stdout, 'bobby')
  t.equal((await runInto('>/dev/full', ['user', 'add', 'bobby', '--email', 'b@example.org', '--password', '--storage', storage], 'hunter222\n')).status, 1, 'a given one is known')
  const read = await run(['user', 'add', 'carol', '--email', 'c@example.org', '--storage', storage])
  const server = await serveProgram(t, [], { storage })
  t.equal(errorCode(await logIn(server, 'alice', 'secret12')), 0, 'the old one still counts')
  t.equal(errorCode(await logIn(server, 'bobby', 'hunter222')), 0)
  t.equal(errorCode(await logIn(server, 'carol', / (\S+)\n$/.exec(read.stdout)?.[1])), 0)
})

t.test('a server whose log cannot be written serves', async t => {
  const storage = join(await temporaryFolder(t), 'storage')
  const child = spawn('bash', ['-c', 'exec "$@" >/dev/full 2>&1', 'bash', '/usr/bin/env', '-u', 'NODE_OPTIONS', process.execPath, join(ROOT, 'dist/main.js'), 'serve', '--port', '0', '--storage', storage, '--ready-file', join(storage, '../ready')], { stdio: 'ignore' })
  const ended = new Promise<number | null>(resolve => { child.once('exit', resolve) })
  t.teardown(() => { child.kill('SIGKILL') })
  let url = ''
  await until('the server is ready', async () => {
    url = (JSON.parse(await readFile(join(storage, '../ready'), 'utf8').catch(() => '{}')) as { readonly url?: string }).url ?? ''
    return url !== ''
  })
  for (let i = 0; i < 20; i++) t.equal((await fetch(`${url}/`)).status, 200)
  child.kill('SIGTERM')
  // What it did was right; that its output is lost is a failure all the same.
  t.equal(await ended, 1)
})
