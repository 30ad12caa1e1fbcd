/** Encryption on the way to the mail server, and `respace mail test` and `list`, which show it to the operator. */
// Runs on SQLite only.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { API_KEY, call } from '../support/client.ts'
import { mailSettings, makeCertificates, smtpError, startMailServer } from '../support/mail-server.ts'
import { run, serveProgram } from '../support/cli-process.ts'
import { startServer, temporaryFolder } from '../support/server.ts'
import { until } from '../support/wait-until.ts'
import type { SMTPServerOptions } from 'smtp-server'

const certificates = makeCertificates(t)
const PASSWORD = 'hunter2/hunter2'

/** With STARTTLS, or with TLS from the start, and a password. */
async function encrypted (more: SMTPServerOptions = {}): Promise<SMTPServerOptions> {
  const { key, cert } = await certificates
  return {
    key,
    cert,
    disabledCommands: [],
    onAuth ({ username, password }, _session, callback) {
      if (username === 'me@example.org' && password === PASSWORD) callback(null, { user: username })
      else callback(smtpError(535, `no such user or password: ${Buffer.from(`\0${username ?? ''}\0${password ?? ''}`).toString('base64')}`))
    },
    ...more
  }
}

const login = `me%40example.org:${encodeURIComponent(PASSWORD)}@`

/** What becomes of a mail with these settings: 'delivered' or the sentence of the problem. */
async function tryMail (t: Test, smtpUrl: string, settings: Record<string, string> = {}): Promise<string> {
  const server = await startServer(t, { settings: { ...mailSettings({ port: 1 }), smtpUrl, ...settings } })
  await call(server, 'auth.register', { api_key: API_KEY, user_name: 'carol', full_name: 'Carol', email: 'carol@example.org' })
  await server.app.deliver()
  const row = await server.app.ports.sql.get('select last_error from mails')
  t.notMatch(server.log(), /hunter2|aHVudGVyMi9odW50ZXIy/)
  await server.close()
  return row === undefined ? 'delivered' : String(row.last_error)
}

t.test('STARTTLS and TLS from the start deliver with the authority\'s certificate, and log in', async t => {
  const smtpCa = (await certificates).authority
  for (const [scheme, secure] of [['smtp', false], ['smtps', true]] as const) {
    const mail = await startMailServer(t, await encrypted({ secure }))
    t.equal(await tryMail(t, `${scheme}://${login}127.0.0.1:${mail.port}`, { smtpCa }), 'delivered', scheme)
    t.match(mail.taken, [{ isEncrypted: true, user: 'me@example.org', to: ['carol@example.org'] }])
    t.equal(await tryMail(t, `${scheme}://localhost:${mail.port}`, { smtpCa }), 'delivered', 'without a password')
    t.match(mail.taken[1], { isEncrypted: true, user: undefined })
  }
})

t.test('a certificate of an unknown authority is refused, and the operator reads what to do', async t => {
  for (const [scheme, secure] of [['smtp', false], ['smtps', true]] as const) {
    const mail = await startMailServer(t, await encrypted({ secure }))
    t.match(await tryMail(t, `${scheme}://${login}127.0.0.1:${mail.port}`),
      new RegExp(`^the certificate of 127\\.0\\.0\\.1:${mail.port} is not trusted: set --smtp-ca to the certificate of its authority \\(`))
    t.equal(mail.taken.length, 0)
  }
})

t.test('STARTTLS that is not offered is no reason to send in the open', async t => {
  let commands = ''
  const mail = await startMailServer(t, {
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    onAuth ({ password }, _session, callback) {
      commands += String(password)
      callback(null, { user: 'x' })
    },
    onMailFrom (_address, _session, callback) {
      commands += 'MAIL'
      callback()
    }
  })
  t.match(await tryMail(t, `smtp://${login}127.0.0.1:${mail.port}`), /does not offer STARTTLS \(5.*\): use smtps:\/\/… if it speaks TLS from the start, \?tls=none for no encryption$/)
  t.equal(commands, '', 'neither the password nor the mail was sent')
  t.equal(mail.taken.length, 0)
  t.equal(await tryMail(t, `smtp://${login}127.0.0.1:${mail.port}?tls=none`), 'delivered', 'unless the operator says so')
  t.equal(commands, `${PASSWORD}MAIL`)
})

t.test('no TLS at all uses none, though it is offered', async t => {
  const mail = await startMailServer(t, await encrypted())
  t.equal(await tryMail(t, `smtp://127.0.0.1:${mail.port}?tls=none`), 'delivered')
  t.match(mail.taken, [{ isEncrypted: false }])
})

t.test('other mistakes of a setting are told in a sentence, without the password', async t => {
  const smtpCa = (await certificates).authority
  const implicit = await startMailServer(t, await encrypted({ secure: true }))
  const upgrading = await startMailServer(t, await encrypted())
  t.match(await tryMail(t, `smtps://127.0.0.1:${upgrading.port}`, { smtpCa }), /does not speak TLS from the start: use smtp:\/\/… for STARTTLS/)
  t.match(await tryMail(t, `smtp://127.0.0.1:${implicit.port}`, { smtpCa, smtpTimeout: '300 ms' }), /did not accept the mail in time/)
  const wrong = await tryMail(t, `smtp://you:${encodeURIComponent(PASSWORD)}@127.0.0.1:${upgrading.port}`, { smtpCa })
  t.match(wrong, /^127\.0\.0\.1:\d+ did not accept user and password: 535 no such user or password: \*\*\*$/)
  const noAuth = await startMailServer(t)
  t.match(await tryMail(t, `smtp://${login}127.0.0.1:${noAuth.port}?tls=none`), /did not accept user and password/, 'a mail server without passwords is not sent to as if none was set')
  const picky = await startMailServer(t, { onMailFrom (_address, _session, callback) { callback(smtpError(550, 'not your address')) } })
  t.match(await tryMail(t, `smtp://127.0.0.1:${picky.port}?tls=none`), /did not accept the sender, see RESPACE_MAIL_FROM: 550 not your address/)
})

t.test('respace mail test prints the talk with the mail server, secrets masked', async t => {
  const smtpCa = (await certificates).authority
  const mail = await startMailServer(t, await encrypted())
  const env = { RESPACE_SMTP_URL: `smtp://${login}127.0.0.1:${mail.port}`, RESPACE_MAIL_FROM: 'files@example.org' }
  const good = await run(['mail', 'test', 'bob@example.org', '--smtp-ca', smtpCa], { env })
  t.match(good, { status: 0, stderr: '' })
  for (const line of [/^S: 220 /m, /^C: EHLO /m, /^C: STARTTLS$/m, /^C: AUTH PLAIN /m, /^S: 235 /m, /^C: MAIL FROM:<files@example.org>/m, /^C: RCPT TO:<bob@example.org>/m, /^C: DATA$/m, /^S: 250 /m]) {
    t.match(good.stdout, line)
  }
  t.match(good.stdout, /^C: EHLO example\.org\r?$/m, 'the domain of the sender, where nothing else is known')
  for (const [words, name] of [[['--public-url', 'https://files.example.net/x'], 'files.example.net'], [['--public-url', 'https://files.example.net', '--smtp-name', 'mx.example.com'], 'mx.example.com'], [['--public-url', 'http://192.0.2.1'], 'example.org']] as const) {
    t.match((await run(['mail', 'test', 'bob@example.org', '--smtp-ca', smtpCa, ...words], { env })).stdout, new RegExp(`^C: EHLO ${name}\r?$`, 'm'), words.join(' '))
  }
  t.match(good.stdout, new RegExp(`\n127.0.0.1:${mail.port} accepted the mail to bob@example.org\n$`))
  t.notMatch(good.stdout, /hunter2/)
  t.notMatch(good.stdout, Buffer.from(`\0me@example.org\0${PASSWORD}`).toString('base64'))
  t.match(mail.taken[0], { to: ['bob@example.org'], from: 'files@example.org', isEncrypted: true })

  const untrusted = await run(['mail', 'test', 'bob@example.org'], { env })
  t.match(untrusted, { status: 1, stdout: /^C: STARTTLS$/m, stderr: /^respace: the certificate of 127\.0\.0\.1:\d+ is not trusted: [^\n]*\n$/ })
  const wrong = await run(['mail', 'test', 'bob@example.org', '--smtp-ca', smtpCa], { env: { ...env, RESPACE_SMTP_URL: env.RESPACE_SMTP_URL.replace('me%40', 'you%40') } })
  t.match(wrong, { status: 1, stderr: /did not accept user and password: 535 / })
  for (const { stdout, stderr } of [untrusted, wrong]) t.notMatch(stdout + stderr, /hunter2|aHVudGVyMi/)
  t.match(await run(['mail', 'test', 'bob@example.org']), { status: 1, stderr: 'respace: RESPACE_SMTP_URL is not set: mail is queued in the storage, see respace mail list\n' })
  t.match(await run(['mail', 'test', 'bob'], { env }), { status: 1, stderr: 'respace: expected a mail address, got "bob"\n' })
  t.match(await run(['mail', 'test', 'bob@example.org'], { env: { ...env, RESPACE_SMTP_URL: `smtp://me:hunter2@127.0.0.1:${mail.port}/x` } }), { status: 1, stderr: /^respace: RESPACE_SMTP_URL: expected an address such as (?!.*hunter2)/ })
})

t.test('respace mail list shows what waits, the tries and the last error', async t => {
  const mail = await startMailServer(t, {
    onRcptTo ({ address }, _session, callback) { callback(smtpError(address.startsWith('carol') ? 450 : 550, 'not for\x1b[31m you')) }
  })
  const storage = join(await temporaryFolder(t), 'storage')
  const server = await serveProgram(t, [], { storage, env: { RESPACE_SMTP_URL: `smtp://127.0.0.1:${mail.port}?tls=none`, RESPACE_MAIL_FROM: 'files@example.org' } })
  for (const name of ['carol', 'dave']) {
    await call(server, 'auth.register', { api_key: API_KEY, user_name: name, full_name: 'Some One', email: `${name}@example.org` })
  }
  await until('both were tried', () => ['a mail was given up', 'a mail will be retried'].every(line => server.stdout().includes(line)))
  const { stdout } = await run(['mail', 'list', '--storage', storage])
  t.match(stdout, /^To: carol@example\.org\nSubject: Your password\nQueued: \d{4}-\S+Z\nState: queued, next attempt \d{4}-\S+Z\nTries: 1\nLast error: 450 .*not for.*you\n\nYour account/m)
  t.match(stdout, /^To: dave@example\.org\nSubject: Your password\nQueued: \d{4}-\S+Z\nState: given up\nTries: 1\nLast error: 550 /m)
  t.match(stdout, /^Password: \S+$/m, 'the operator can still hand it over')
  t.notMatch(stdout, '\x1b', 'nothing commands the terminal')
})

t.test('the password of the mail server is in no help', async t => {
  const env = { RESPACE_SMTP_URL: 'smtp://me:hunter2@mail.example.org', RESPACE_MAIL_FROM: 'files@example.org' }
  for (const words of [['serve', '--help'], ['mail', 'test', '--help'], ['mail', 'list', '--help']]) {
    const { stdout, stderr } = await run(words, { env })
    t.notMatch(stdout + stderr, 'hunter2')
    t.notMatch(stdout, '--smtp-url')
  }
  t.match((await run(['serve', '--help'])).stdout, 'RESPACE_SMTP_URL')
})
