/** The commands of the built program, as an operator runs them. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { flagOf, SETTINGS } from '../../src/config.ts'
import { API_KEY, attribute, call, element, errorCode, logIn, register, uploadFile, userTicket, upload, openSession } from '../support/client.ts'
import { run, serveProgram, start } from '../support/cli-process.ts'
import { temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

t.test('help names every command, every setting, and the variable of the one that has no flag', async t => {
  const help = await run(['--help'])
  t.equal(help.status, 0)
  for (const name of ['serve', 'dev', 'exec', 'user', 'mail', 'events', 'backup', 'restore', 'fsck', 'migrate', 'maintenance', 'uploads', 'downloads']) t.match(help.stdout, new RegExp(`^ {2}${name}\\b`, 'm'))
  const serve = await run(['serve', '--help'])
  t.equal(serve.status, 0)
  for (const [name, { fallback, about, isSecret }] of Object.entries(SETTINGS)) {
    t.ok(serve.stdout.includes(about), about)
    if (isSecret) t.notOk(serve.stdout.includes(`  ${flagOf(name)} <`), 'a secret on the command line is seen by other users')
    else t.ok(serve.stdout.includes(`  ${flagOf(name)} <`), flagOf(name))
    if (fallback !== '') t.ok(serve.stdout.includes(`${about} [${fallback}]\n`), `the default of ${name}`)
  }
  t.match(serve.stdout, 'RESPACE_SECRET_KEY')
  for (const words of [['user'], ['mail']]) t.match((await run(words)).stderr, /Usage: respace \w+ \[options\] \[command\]/)
})

t.test('version is that of the package', async t => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { readonly version: string }
  t.strictSame(await run(['--version']), { status: 0, signal: null, stdout: `${version}\n`, stderr: '' })
})

t.test('what is written wrong is refused with a hint', async t => {
  for (const words of [['sreve'], ['serve', '--prot', '80'], ['user', 'add'], ['serve', 'here']]) {
    const ended = await run(words)
    t.equal(ended.status, 1, words.join(' '))
    t.match(ended.stderr, /^error: .*\n.*\(see respace --help\)/s)
  }
})

t.test('serve writes its address to the ready file once it answers, and prints a line to try', async t => {
  const server = await serveProgram(t)
  t.equal(readFileSync(server.readyFile, 'utf8'), `{"url":"${server.url}","pid":${server.pid}}\n`)
  t.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  for (const path of ['/healthz', '/readyz']) t.equal(await (await fetch(server.url + path)).text(), 'ok\n')
  const shown = server.stdout()
  t.match(shown, `Web pages      ${server.url}/\n`)
  t.match(shown, `API endpoint   ${server.url}/rest/\n`)
  t.match(shown, `Storage        ${server.storage}\n`)
  const line = /^ {2}(curl .*)$/m.exec(shown)?.[1] ?? ''
  const { stdout } = await promisify(execFile)('sh', ['-c', line])
  t.match(element(stdout, 'token'), /^[a-z0-9]{32}$/)
})

t.test('the line to try uses a key that is accepted', async t => {
  const server = await serveProgram(t, ['--api-keys', 'MYOWNKEY01,MYOWNKEY02'])
  const line = /^ {2}(curl .*)$/m.exec(server.stdout())?.[1] ?? ''
  t.equal(errorCode((await promisify(execFile)('sh', ['-c', line])).stdout), 0)
})

t.test('nobody else may read what the server stores', async t => {
  const server = await serveProgram(t)
  await uploadFile(server, await openSession(server), 'a.txt', 'private')
  t.equal(await modeOf(server.storage), '700')
  for (const name of ['secret.key', 'respace.sqlite', 'respace.sqlite-wal', 'respace.sqlite-shm', 'server.lock']) {
    t.equal(await modeOf(join(server.storage, name)), '600', name)
  }
  for (const name of ['blobs', 'incoming']) t.equal(await modeOf(join(server.storage, name)), '700', name)
  t.match(readFileSync(join(server.storage, 'secret.key'), 'utf8'), /^[0-9a-f]{64}\n$/)
  t.equal(await modeOf(server.readyFile), '644', 'the address is no secret')
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} ends the server with exit code 0 and removes the ready file`, async t => {
    const server = await serveProgram(t)
    server.kill(signal)
    t.match(await server.ended, { status: 0, signal: null, stderr: '' })
    t.notOk(existsSync(server.readyFile))
    t.match(server.stdout(), `"signal":"${signal}"`)
  })
}

t.test('a ready file that a killed server left is gone before the next one answers', async t => {
  const first = await serveProgram(t)
  first.kill('SIGKILL')
  await first.ended
  t.ok(existsSync(first.readyFile))
  const next = start(['serve', '--port', new URL(first.url).port, '--storage', join(first.storage, 'secret.key'), '--ready-file', first.readyFile])
  t.equal((await next.ended).status, 1, 'this one cannot start')
  t.notOk(existsSync(first.readyFile))
})

t.test('SIGTERM lets a running upload finish, a second signal does not', async t => {
  for (const signals of [1, 2]) {
    const server = await serveProgram(t, ['--log-level', 'info'])
    const ticket = await userTicket(server, await openSession(server), { speed_limit: 100 })
    const uploading = upload(ticket, [{ name: 'slow.bin', bytes: Buffer.alloc(120 * 1024) }]).catch((error: unknown) => String(error))
    await until('bytes have come', async () => /<uploaded_bytes>[1-9]/.test(await (await fetch(ticket.progressUrl)).text()))
    const asked = performance.now()
    server.kill('SIGTERM')
    await until('the server is closing', () => server.stdout().includes('"signal":"SIGTERM"'))
    if (signals === 2) server.kill('SIGTERM')
    const [answer, ended] = [await uploading, await server.ended]
    if (signals === 1) {
      t.match(answer, { status: 200, body: /^upload_status=ok\nfile_id=\w{6}\n/ })
      t.match(ended, { status: 0, signal: null })
      t.ok(performance.now() - asked < 30_000, 'once it has finished nothing is waited for, the client\'s open connection neither')
    } else {
      t.type(answer, 'string', 'the connection breaks')
      t.match(ended, { status: 1, signal: null })
    }
  }
})

t.test('accounts are opened, listed and changed without a server', async t => {
  const storage = join(await temporaryFolder(t), 'storage')
  const user = (...words: string[]) => run(['user', ...words, '--storage', storage])
  const added = await user('add', 'alice', '--email', 'alice@example.org', '--full-name', 'Alice Example', '--plan', 'lite')
  t.match(added, { status: 0, stderr: '', stdout: /^added alice, password \S{8,20}\n$/ })
  const given = await run(['user', 'add', 'bob', '--email', 'bob@example.org', '--password', '--storage', storage], { input: 'hunter22\nignored\n' })
  t.strictSame(given, { status: 0, signal: null, stdout: 'added bob\n', stderr: '' }, 'a given password is not repeated')
  t.match(await user('set', 'BOB@example.org', '--quota', '1 MiB', '--disabled', 'yes'), { status: 0, stdout: 'changed BOB@example.org\n' })
  t.equal((await user('list')).stdout, [
    'user name  e-mail             plan  stored bytes  quota       state',
    'alice      alice@example.org  Lite  0             2147483647  active',
    'bob        bob@example.org    Pro   0             1048576     disabled', ''].join('\n'))

  await user('set', 'bob', '--disabled', 'no')
  const server = await serveProgram(t, [], { storage })
  t.equal(errorCode(await logIn(server, 'bob', 'hunter22')), 0)
  t.equal(errorCode(await logIn(server, 'alice', / (\S+)\n$/.exec(added.stdout)?.[1])), 0)
})

t.test('what a command cannot do it says in one sentence', async t => {
  const storage = join(await temporaryFolder(t), 'storage')
  const user = (words: string[], input = '') => run(['user', ...words, '--storage', storage], { input })
  await user(['add', 'alice', '--email', 'alice@example.org'])
  const wrong: Array<[string[], RegExp, string?]> = [
    [['add', 'ALICE', '--email', 'other@example.org'], /the user name or the e-mail address is taken/],
    [['add', 'bob', '--email', 'Alice@example.org'], /the user name or the e-mail address is taken/],
    [['add', 'b', '--email', 'bob@example.org'], /The user name must have 3 to 20 letters or digits/],
    [['add', 'bob', '--email', 'bob'], /The e-mail address is not valid/],
    [['add', 'bob', '--email', 'bob@example.org', '--plan', 'gold'], /--plan: expected one of Lite, Pro, Max, got "gold"/],
    [['add', 'bob', '--email', 'bob@example.org', '--password'], /expected the password on standard input/],
    [['add', 'bob', '--email', 'bob@example.org', '--password'], /The password must have 4 to 128 characters/, 'abc\n'],
    [['passwd', 'alice', '--password'], /The password must have 4 to 128 characters/, 'abc\n'],
    [['passwd', 'nobody'], /there is no user called "nobody"/],
    [['set', 'nobody', '--plan', 'Max'], /there is no user called "nobody"/],
    [['set', 'alice'], /nothing to change: use one of --plan, --plan-ends, --quota, /],
    [['set', 'alice', '--quota', 'much'], /--quota: expected bytes or a size such as 500 MB or 8 GiB, or unlimited, or plan, got "much"/],
    [['set', 'alice', '--disabled', 'maybe'], /--disabled: expected one of yes, no, got "maybe"/]
  ]
  for (const [words, sentence, input] of wrong) {
    const ended = await user(words, input)
    t.match(ended, { status: 1, stdout: '', stderr: sentence }, words.join(' '))
    t.equal(ended.stderr.split('\n').length, 2, 'one line')
  }
  t.equal((await user(['list'])).stdout.split('\n').length, 3, 'none of them changed anything')
})

t.test('user set tells all that is wrong at once, and user show what it has set', async t => {
  const storage = join(await temporaryFolder(t), 'storage')
  const user = (...words: string[]) => run(['user', ...words, '--storage', storage])
  await user('add', 'alice', '--email', 'alice@example.org')
  const wrong = await user('set', 'alice', '--plan', 'gold', '--plan-ends', '2027-02-29', '--sessions', 'many', '--contacts', '-1', '--bandwidth', '1 TiB', '--capabilities', 'fly', '--https', 'maybe')
  t.equal(wrong.status, 1)
  t.equal(wrong.stderr, [
    'respace: 6 options are not valid:',
    '  --plan: expected one of Lite, Pro, Max, got "gold"',
    '  --plan-ends: expected a day such as 2027-01-31, or a moment such as 2027-01-31T12:00:00Z or 2027-01-31T12:00:00+01:00, or never, got "2027-02-29"',
    '  --sessions: expected a whole number from 0 to 999999999, or unlimited, or plan, got "many"',
    '  --contacts: expected a whole number from 0 to 999999999, or unlimited, or plan, got "-1"',
    '  --capabilities: expected all, none, or a list of upload, download, folders, files, or plan, got "fly"',
    '  --https: expected one of forbidden, allowed, got "maybe"', ''].join('\n'))
  const shown = async () => (await user('show', 'alice')).stdout
  const before = await shown()
  t.match(before, /^bandwidth {5}plan$/m, 'nothing was changed')
  t.match(before, /^downloaded {4}0 bytes of 1099511627776 in 30 days$/m)
  await user('set', 'alice', '--plan', 'lite', '--plan-ends', '2027-01-31', '--quota', '1 KiB', '--bandwidth', 'unlimited', '--sessions', '3', '--contacts', 'unlimited',
    '--capabilities', 'files,upload', '--https', 'forbidden', '--disabled', 'yes')
  t.equal(await shown(), [
    'user name     alice', 'full name     alice', 'e-mail        alice@example.org', 'plan          Lite', 'plan-ends     2027-01-31T23:59:59.999Z', 'quota         1024',
    'bandwidth     unlimited', 'sessions      3', 'contacts      unlimited', 'capabilities  upload,files', 'https         forbidden', 'admin         no', 'disabled      yes',
    'stored        0 bytes of 1024', 'downloaded    0 bytes of unlimited in 30 days', ''].join('\n'))
  await user('set', 'alice', '--plan', 'pro', '--plan-ends', 'never', '--quota', 'plan', '--bandwidth', 'plan', '--sessions', 'plan', '--contacts', 'plan',
    '--capabilities', 'plan', '--https', 'allowed', '--disabled', 'no')
  t.equal(await shown(), before, 'all of it can be taken back')
  t.match(await run(['uploads', 'maybe', '--storage', storage]), { status: 1, stderr: 'respace: uploads: expected on or off, got "maybe"\n' })
})

t.test('beside a running server every change counts at once', async t => {
  const server = await serveProgram(t)
  const user = (words: string[], input = '') => run(['user', ...words, '--storage', server.storage], { input })
  t.match(await user(['add', 'alice', '--email', 'alice@example.org', '--password'], 'secret1\n'), { status: 0 })
  const key = element(await logIn(server), 'session_key')
  const login = async () => {
    const xml = await logIn(server)
    return { plan: element(xml, 'membership_type'), left: element(xml, 'diskspace_left') }
  }
  t.strictSame(await login(), { plan: 'Pro', left: String(100 * 1024 ** 3) })

  await user(['set', 'alice', '--plan', 'Lite'])
  t.strictSame(await login(), { plan: 'Lite', left: '2147483647' })
  t.equal(attribute(await call(server, 'upload.getInfo', { session_key: key }), 'max_file_size'), String(300 * 1024 ** 2))
  await user(['set', 'alice', '--plan', 'Max'])
  t.strictSame(await login(), { plan: 'Max', left: '-1' })

  await uploadFile(server, key, 'a.txt', Buffer.alloc(1000))
  await user(['set', 'alice', '--quota', '1500'])
  t.equal((await login()).left, '500')
  t.match((await upload(await userTicket(server, key), [{ name: 'b.txt', bytes: Buffer.alloc(501) }])).body, /^upload_status=fail\nerror=20 /)
  t.match((await upload(await userTicket(server, key), [{ name: 'b.txt', bytes: Buffer.alloc(500) }])).body, /^upload_status=ok\n/)
  t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: key })), 20, 'no space, no ticket')
  t.match((await user(['list'])).stdout, /^alice {6}alice@example\.org {2}Max {3}1500 {10}1500 {3}active$/m)
  await user(['set', 'alice', '--quota', 'unlimited', '--plan', 'Lite'])
  t.equal((await login()).left, '-1')
  await user(['set', 'alice', '--quota', 'plan'])
  t.equal((await login()).left, String(2147483647 - 1500))

  const ticket = await userTicket(server, key)
  await user(['set', 'alice', '--disabled', 'yes'])
  t.equal(errorCode(await logIn(server)), 11)
  t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: key })), 6, 'the open session is refused')
  t.equal(errorCode(await call(server, 'auth.checkSession', { session_key: key })), 6)
  t.match((await upload(ticket, [{ name: 'c.txt', bytes: 'x' }])).body, /status.*fail/, 'and a ticket it still has')
  await user(['set', 'alice', '--disabled', 'no'])
  t.equal(errorCode(await call(server, 'upload.getInfo', { session_key: key })), 0)

  t.match((await user(['passwd', 'alice', '--password'], 'secret2\n')).stdout, /^changed the password of alice\n$/)
  t.equal(errorCode(await logIn(server, 'alice', 'secret1')), 8)
  t.equal(errorCode(await logIn(server, 'alice', 'secret2')), 0)
  const made = /: (\S+)\n$/.exec((await user(['passwd', 'alice'])).stdout)?.[1]
  t.equal(errorCode(await logIn(server, 'alice', made)), 0)
})

t.test('mail that waits is shown, oldest first', async t => {
  const server = await serveProgram(t)
  const mails = () => run(['mail', 'list', '--storage', server.storage])
  t.match(await mails(), { status: 0, stdout: '', stderr: 'no mail is queued, and none was given up\n' })
  t.match(await run(['events', '--storage', server.storage]), { status: 0, stdout: '', stderr: 'the security log is empty\n' })
  for (const name of ['carol', 'dave']) {
    await call(server, 'auth.register', { api_key: API_KEY, user_name: name, full_name: 'Some One', email: `${name}@example.org` })
  }
  const { stdout } = await mails()
  t.strictSame([...stdout.matchAll(/^To: (.*)$/gm)].map(([, to]) => to), ['carol@example.org', 'dave@example.org'])
  const [, password = ''] = /Password: (\S+)/.exec(stdout) ?? []
  t.equal(errorCode(await logIn(server, 'carol', password)), 0)
})

t.test('settings come from variables too', async t => {
  const storage = join(await temporaryFolder(t), 'elsewhere')
  const env = { RESPACE_STORAGE: storage, RESPACE_DEFAULT_PLAN: 'Max' }
  await run(['user', 'add', 'alice', '--email', 'alice@example.org'], { env })
  t.match((await run(['user', 'list'], { env })).stdout, /alice .* Max /)
  const server = await serveProgram(t, ['--max-file-size', '8 GiB'], { storage, env: { RESPACE_PUBLIC_URL: 'https://files.example.org', RESPACE_MAX_FILE_SIZE: '1' } })
  t.match(server.url, /^http:\/\/127/, 'the ready file says where it listens')
  const ticket = await call(server, 'anonymous.uploadGetInfo', { api_key: API_KEY, api_version: '1.0' })
  t.equal(attribute(ticket, 'max_file_size'), String(8 * 1024 ** 3))
  t.match(attribute(ticket, 'url'), /^https:\/\/files\.example\.org\/apiupload\?/)
  await register(server, 'bob')
  const bad = await run(['serve', '--storage', storage, '--port', 'x'], { env: { RESPACE_SECRET_KEY: 'not-hex-at-all', RESPACE_TYPO: '1' } })
  t.equal(bad.status, 1)
  t.equal(bad.stderr, [
    'respace: the settings have 3 problems:',
    '  --port: expected a port from 0 to 65535; 0 picks a free one, got "x"',
    '  RESPACE_SECRET_KEY: expected 64 hex digits',
    '  RESPACE_TYPO: no such setting; see respace serve --help', ''].join('\n'))
})

t.test('a ready file that cannot be written ends the server with a sentence', async t => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'file'), '')
  const ended = await run(['serve', '--port', '0', '--storage', join(folder, 'storage'), '--ready-file', join(folder, 'file/ready')])
  t.match(ended, { status: 1, stderr: /^respace: .*ready-file: cannot write .*\n$/ })
})

t.test('a command on a folder that is no storage makes none there', async t => {
  const nowhere = join(await temporaryFolder(t), 'mistyped')
  for (const words of [['user', 'list'], ['user', 'passwd', 'alice'], ['mail', 'list'], ['events'], ['uploads']]) {
    const { status, stderr } = await run([...words, '--storage', nowhere])
    t.equal(status, 1, words.join(' '))
    t.match(stderr, `respace: there is no storage of Respace at ${nowhere}; see --storage`)
  }
  t.notOk(existsSync(nowhere))
  t.equal((await run(['user', 'add', 'alice', '--email', 'alice@example.org', '--storage', nowhere])).status, 0)
  await run(['user', 'passwd', 'alice', '--storage', nowhere])
  await run(['user', 'set', 'alice', '--plan', 'Max', '--storage', nowhere])
  const { stdout } = await run(['events', '--storage', nowhere])
  t.strictSame(stdout.trim().split('\n').map(line => JSON.parse(line) as Readonly<Record<string, string>>).map(({ kind, about, address }) => `${kind} ${about} ${address}`),
    ['registered alice command line', 'password-reset alice command line', 'account-changed alice command line'], 'what was done here is in the log')
})
