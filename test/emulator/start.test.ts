/** `respace dev` and `respace exec`, as the built program runs them. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { API_KEY, call, element, errorCode, logIn, openSession, uploadFile } from '../support/client.ts'
import { run, start, type Ended } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import '../support/checked-control.ts'
import { until } from '../support/wait-until.ts'

/** `respace dev` on a free port, with private temporary folders, once it is ready. */
async function startDev (t: Test, words: readonly string[] = [], temporary?: string) {
  const folder = temporary ?? await temporaryFolder(t)
  const readyFile = join(await temporaryFolder(t), 'ready.json')
  const running = start(['dev', '--port', '0', '--ready-file', readyFile, ...words], { env: { TMPDIR: folder } })
  t.teardown(async () => {
    running.kill('SIGKILL')
    await running.ended
  })
  let ended: Ended | undefined
  running.ended.then(end => { ended = end }, () => undefined)
  await until('the emulator is ready', () => {
    if (ended) throw new Error(`the emulator ended: ${ended.stderr}`)
    return existsSync(readyFile) && running.stdout().includes('curl')
  })
  return { ...running, folder, readyFile, url: (JSON.parse(readFileSync(readyFile, 'utf8')) as { readonly url: string }).url }
}

t.test('dev prints what a client needs in one line, and its sample command works', async t => {
  const emulator = await startDev(t)
  t.match(emulator.stdout(), `Respace emulator on ${emulator.url}, API key RESPACE001, user demo, password demo\n`)
  const line = /^ {2}(curl .*)$/m.exec(emulator.stdout())?.[1] ?? ''
  t.equal(errorCode((await promisify(execFile)('sh', ['-c', line])).stdout), 0)
  const xml = await logIn(emulator, 'demo', 'demo')
  t.equal(element(xml, 'membership_type'), 'Pro')
})

t.test('a signal ends dev at once, with exit code 0, and nothing is left behind', async t => {
  const emulator = await startDev(t)
  const key = element(await logIn(emulator, 'demo', 'demo'), 'session_key')
  await uploadFile(emulator, key, 'a.txt', 'hello')
  t.equal(readdirSync(emulator.folder).length, 1, 'blobs are in a temporary folder')
  // A client with an open connection does not delay it.
  emulator.kill('SIGTERM')
  t.match(await emulator.ended, { status: 0, stderr: '' })
  t.strictSame(readdirSync(emulator.folder), [])
  t.notOk(existsSync(emulator.readyFile))
})

t.test('dev ends with its standard input if it is told to, with exit code 0, and nothing is left', async t => {
  const folder = await temporaryFolder(t)
  const readyFile = join(await temporaryFolder(t), 'ready.json')
  const ended = await run(['dev', '--port', '0', '--ready-file', readyFile, '--exit-on-stdin-close'], { env: { TMPDIR: folder }, input: 'not read\n' })
  t.match(ended, { status: 0, stdout: /^Respace emulator on /, stderr: '' })
  t.strictSame(readdirSync(folder), [])
  t.notOk(existsSync(readyFile))
})

t.test('a program with a built-in address reaches dev as its proxy, unless that is switched off', async t => {
  const ask = async ({ url }: { url: string }) => (await promisify(execFile)('curl', ['-sS', '--proxy', url,
    `http://api.sendspace.com/rest/?method=auth.createToken&api_key=${API_KEY}&api_version=1.0`])).stdout
  t.equal(errorCode(await ask(await startDev(t))), 0)
  t.match(await ask(await startDev(t, ['--proxy-mode', 'no'])), 'This server is not a proxy.')
})

t.test('below a path the control plane and the journal work as at the root', async t => {
  const { url } = await startDev(t, ['--public-url', 'http://files.example.org/share'])
  t.equal((await fetch(`${url}/share/_emulator/v1/health`)).status, 200)
  t.equal(errorCode(await (await fetch(`${url}/share/rest/?method=auth.createToken&api_key=${API_KEY}&api_version=1.0`)).text()), 0)
  const counted = await fetch(`${url}/share/_emulator/v1/journal/count`, { method: 'POST', body: '{"method":"auth.createToken"}' })
  t.match(await counted.json(), { count: 1 })
})

t.test('accounts registered with dev are Lite', async t => {
  const emulator = await startDev(t, ['--seed', 'none'])
  t.match(emulator.stdout(), /, no account\n/)
  t.equal(errorCode(await logIn(emulator, 'demo', 'demo')), 8)
  await openSession(emulator)
  t.equal(element(await logIn(emulator), 'membership_type'), 'Lite')
})

t.test('with --data everything is kept for the next start, and the seed is not created twice', async t => {
  const data = join(await temporaryFolder(t), 'data')
  const first = await startDev(t, ['--data', data])
  const key = element(await logIn(first, 'demo', 'demo'), 'session_key')
  const id = await uploadFile(first, key, 'kept.txt', 'kept')
  first.kill('SIGTERM')
  await first.ended
  const second = await startDev(t, ['--data', data])
  const xml = await call(second, 'folders.getContents', { session_key: key, folder_id: '0' })
  t.match(xml, `id="${id}"`)
  t.equal(xml.match(/name="hello\.txt"/g)?.length, 1)
})

t.test('dev and serve refuse folders of each other', async t => {
  const folder = await temporaryFolder(t)
  const [developed, served] = [join(folder, 'developed'), join(folder, 'served')]
  t.equal((await run(['exec', '--data', developed, '--', 'true'])).status, 0)
  t.equal((await run(['user', 'add', 'alice', '--email', 'alice@example.org', '--storage', served])).status, 0)
  const asServer = await run(['serve', '--port', '0', '--storage', developed])
  t.match(asServer, { status: 1, stderr: /developed was created by respace dev.*--storage\n$/ })
  const asEmulator = await run(['dev', '--port', '0', '--data', served])
  t.match(asEmulator, { status: 1, stderr: /served was created by respace serve and has real files.*--data.*\n$/ })
  t.equal((await run(['user', 'list', '--storage', served])).status, 0, 'and leave it as it was')
})

t.test('a seed is YAML or JSON; an error in it is reported with its place', async t => {
  const folder = await temporaryFolder(t)
  const good = join(folder, 'good.yaml')
  await writeFile(good, `accounts:
  - user: carol
    password: carol1
    membership: { type: Max, ends: 2030-01-31 }
    diskspace: { limit: 5 GiB }
    folders: [{ name: Inbox }]
    files: [{ name: note.txt, content: hi, folder: Inbox }]
`)
  const emulator = await startDev(t, ['--seed', good])
  t.match(emulator.stdout(), ', user carol, password carol1\n')
  const xml = await logIn(emulator, 'carol', 'carol1')
  t.equal(element(xml, 'membership_type'), 'Max')
  t.equal(element(xml, 'diskspace_left'), String(5 * 1024 ** 3 - 2))

  const cases: Array<[string, string]> = [
    ['{"accounts":[{"user":"carol","maxSesions":1}]}', '/accounts/0/maxSesions: no such field; did you mean maxSessions?'],
    ['{"accounts":[{"user":"carol","membership":{"type":"Gold"}}]}', '/accounts/0/membership/type: expected one of Lite, Pro, Max, got "Gold"'],
    ['{"accounts":[{"user":"x"}]}', '/accounts/0: The user name must have 3 to 20 letters or digits.'],
    ['{"accounts":[{"user":"carol"},{"user":"CAROL"}]}', '/accounts/1/user: the user name CAROL'],
    ['{"accounts":[{"user":"carol","files":[{"name":"a","folder":"Nowhere"}]}]}', '/accounts/0/files/0/folder: there is no folder "Nowhere" before it'],
    ['{"accounts":[{}]}', '/accounts/0: user is missing'],
    ['[]', 'expected an object with accounts, got []'],
    ['{"accounts', 'respace: Missing closing "quote at line 1, column 11 (in the seed ']
  ]
  for (const [text, problem] of cases) {
    const bad = join(folder, 'bad.json')
    await writeFile(bad, text)
    const ended = await run(['exec', '--seed', bad, '--', 'true'])
    t.equal(ended.status, 1, text)
    t.ok(ended.stderr.includes(problem), ended.stderr)
    t.equal(ended.stderr.split('\n').length, 2, 'one line')
  }
  t.match((await run(['exec', '--seed', join(folder, 'none.yaml'), '--', 'true'])).stderr, 'a seed is demo, none or a file')
})

t.test('exec gives its command the address of the emulator, and returns its exit code', async t => {
  const folder = await temporaryFolder(t)
  const login = 'curl -s "$RESPACE_URL/rest/?method=auth.createToken&api_key=$RESPACE_API_KEY&api_version=1.0"; echo "$RESPACE_USER $RESPACE_PASSWORD"; exit 7'
  const ended = await run(['exec', '--', 'sh', '-c', login], { env: { TMPDIR: folder } })
  t.equal(ended.status, 7)
  t.match(element(ended.stdout, 'token'), /^[a-z0-9]{32}$/)
  t.match(ended.stdout, 'demo demo\n')
  t.strictSame(readdirSync(folder), [], 'nothing is left')
  t.match(await run(['exec', 'sh', '-c', 'echo "$0 $1"; exit 3', '--seed', 'x']), { status: 3, stdout: '--seed x\n' }, 'flags after a command are its own')
  t.equal((await run(['exec', '--', 'true'])).status, 0)
  t.equal((await run(['exec', '--', 'sh', '-c', 'kill -TERM $$'])).status, 143)
  t.match(await run(['exec', '--', 'no-such-program']), { status: 127, stderr: 'respace: there is no program "no-such-program"\n' })
  const script = join(folder, 'script')
  await writeFile(script, 'exit 0\n')
  t.match(await run(['exec', '--', script]), { status: 126, stderr: `respace: "${script}" cannot be run: it is not executable, or a folder\n` })
  await chmod(script, 0o755)
  await writeFile(script, '#!/no/such/shell\n')
  t.match(await run(['exec', '--', script]), { status: 127, stderr: `respace: there is no program "${script}", or the interpreter in its first line is missing\n` })
})

t.test('exec without an account sets none, and its variables are no settings of a server', async t => {
  const env = { RESPACE_URL: 'http://elsewhere', RESPACE_USER: 'somebody', RESPACE_PASSWORD: 'secret', RESPACE_API_KEY: API_KEY }
  const ended = await run(['exec', '--seed', 'none', '--', 'sh', '-c', 'echo "[$RESPACE_USER$RESPACE_PASSWORD]"'], { env })
  t.match(ended, { status: 0, stdout: '[]\n' })
  t.equal((await run(['user', 'add', 'alice', '--email', 'alice@example.org', '--storage', join(await temporaryFolder(t), 'storage')], { env })).status, 0)
})

t.test('a signal to exec reaches its command', async t => {
  const running = start(['exec', '--', 'sh', '-c', 'trap "echo caught; exit 9" TERM; echo waiting; while :; do sleep 0.05; done'])
  t.teardown(() => { running.kill('SIGKILL') })
  await until('the command runs', () => running.stdout().includes('waiting'))
  running.kill('SIGTERM')
  t.match(await running.ended, { status: 9, stdout: 'waiting\ncaught\n' })
})

t.test('exec --strict fail fails for a client that violates the guide, and only then', async t => {
  const call = (query: string) => ['sh', '-c', `curl -sSf "$RESPACE_URL/rest/?method=auth.createToken&api_key=$RESPACE_API_KEY&api_version=1.0${query}"`]
  t.match(await run(['exec', '--strict', 'fail', '--', ...call('')]), { status: 0, stderr: '' })
  t.match(await run(['exec', '--strict', 'fail', '--', ...call('&app_verson=1')]),
    { status: 1, stdout: /<token>/, stderr: 'respace: against the guide: auth.createToken knows no app_verson; did you mean app_version?\n' })
  t.match(await run(['exec', '--', ...call('&app_verson=1')]), { status: 0, stderr: '' })
  t.match(await run(['exec', '--strict', 'fail', '--', 'sh', '-c', 'curl -sS "$RESPACE_URL/rest/?method=x&api_version=1.0"; exit 7']), { status: 7 })
  t.match(await run(['exec', '--strict', 'hard', '--', 'true']), { status: 1, stderr: 'respace: --strict: expected one of off, warn, fail, got "hard"\n' })
})

t.test('dev --strict fail ends with exit code 1 and says why', async t => {
  const emulator = await startDev(t, ['--strict', 'fail'])
  await call(emulator, 'auth.createToken', { api_key: API_KEY, api_version: '1.0', app_verson: '1' })
  emulator.kill('SIGTERM')
  t.match(await emulator.ended, { status: 1, stderr: /app_verson; did you mean app_version\?/ })
})

t.test('exec and dev say which faults were never applied, also those of sandboxes, and fail for them only with --strict fail', async t => {
  const script = `
    control=$RESPACE_URL/_emulator/v1
    post () { curl -sSf -o /dev/null "$control$1" -d "$2"; }
    post /sandboxes '{"id":"open"}' && post /sandboxes '{"id":"ended"}'
    post /faults '{"answer":"http:500","match":{"method":"auth.logout"}}'
    post /sandboxes/open/faults '{"answer":"http:500"}'
    post /sandboxes/ended/faults '{"answer":"http:501"}'
    curl -sSf "$RESPACE_URL/_s/ended/rest/?method=auth.createToken&api_key=RESPACE001&api_version=1.0&app_verson=1" -o /dev/null || true
    post /sandboxes/ended/faults '{"answer":"http:502"}'
    curl -sSf -X DELETE "$control/sandboxes/ended"`
  const unfired = [
    /^respace: the fault f1 was never applied: \{"match":\{"method":"auth\.logout"\}/m,
    /^respace: sandbox ended: the fault f2 was never applied: .*502/m,
    /^respace: sandbox open: the fault f1 was never applied: .*500/m
  ]
  const ended = await run(['exec', '--', 'sh', '-c', script])
  t.equal(ended.status, 0)
  for (const sentence of unfired) t.match(ended.stderr, sentence)
  const strict = await run(['exec', '--strict', 'fail', '--', 'sh', '-c', script])
  t.equal(strict.status, 1)
  for (const sentence of unfired) t.match(strict.stderr, sentence)
  t.match(strict.stderr, 'respace: sandbox ended: against the guide: auth.createToken knows no app_verson; did you mean app_version?\n')
  const emulator = await startDev(t)
  await fetch(`${emulator.url}/_emulator/v1/faults`, { method: 'POST', body: '{"answer":"http:500"}' })
  emulator.kill('SIGTERM')
  t.match(await emulator.ended, { status: 0, stderr: /^respace: the fault f1 was never applied: .*\n$/ })
})
