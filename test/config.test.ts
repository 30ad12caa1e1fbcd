import t from 'tap'
import { ConfigProblems, flagOf, readConfig, SETTINGS, variableOf } from '../src/config.ts'

const problemsOf = (flags: Record<string, string>, environment: Record<string, string> = {}): string[] => {
  try {
    readConfig(flags, environment)
    return []
  } catch (error) {
    if (!(error instanceof ConfigProblems)) throw error
    return error.message.split('\n').map(line => line.trim())
  }
}

t.test('nothing set is a server for this machine alone', async t => {
  const config = readConfig({}, {})
  t.match(config, { host: '127.0.0.1', port: 8080, storage: './storage', registration: 'open', defaultPlan: 'Pro', apiKeys: 'any', trustProxy: false })
  t.equal(config.publicUrl, undefined)
  t.equal(config.maxFileSize, undefined)
  t.equal(config.secretKey, undefined)
})

t.test('every setting is a flag and a variable, and the flag beats the variable', async t => {
  t.equal(flagOf('publicUrl'), '--public-url')
  t.equal(variableOf('publicUrl'), 'RESPACE_PUBLIC_URL')
  t.equal(variableOf('maxFileSize'), 'RESPACE_MAX_FILE_SIZE')
  const environment = { RESPACE_PORT: '81', RESPACE_HOST: '0.0.0.0' }
  t.match(readConfig({}, environment), { port: 81, host: '0.0.0.0' })
  t.match(readConfig({ port: '82' }, environment), { port: 82, host: '0.0.0.0' })
  t.match(readConfig({ port: ' 82 ' }, { RESPACE_HOST: ' ' }), { port: 82, host: '127.0.0.1' }, 'blanks around a value do not count')
})

t.test('sizes are bytes or a number with a unit', async t => {
  const sizes: Array<[string, number]> = [['0', 0], ['1', 1], ['8589934592', 8 * 1024 ** 3], ['8 GiB', 8 * 1024 ** 3], ['8gib', 8 * 1024 ** 3],
    ['1.5 KiB', 1536], ['500 MB', 500_000_000], ['2 TiB', 2 * 1024 ** 4], ['12b', 12]]
  for (const [text, bytes] of sizes) t.equal(readConfig({ maxFileSize: text }, {}).maxFileSize, bytes, text)
  for (const text of ['-1', '8 GiBi', 'GiB', '1,5 GB', '1e3', '9007199254740992', '8 gigabytes']) {
    t.strictSame(problemsOf({ maxFileSize: text }), [`--max-file-size: expected bytes or a size such as 500 MB or 8 GiB, got ${JSON.stringify(text)}`])
  }
})

t.test('durations are seconds or a number with a unit', async t => {
  const durations: Array<[string, number]> = [['0', 0], ['90', 90_000], ['90 s', 90_000], ['250ms', 250], ['1.5 minutes', 90_000], ['1 minute', 60_000],
    ['30 min', 1_800_000], ['2 hours', 7_200_000], ['30 days', 2_592_000_000], ['1 D', 86_400_000]]
  for (const [text, milliseconds] of durations) t.equal(readConfig({ tokenLifetime: text }, {}).tokenLifetime, milliseconds, text)
  for (const text of ['-1', 'soon', '3 weeks', '1 month']) {
    t.strictSame(problemsOf({ tokenLifetime: text }),
      [`--token-lifetime: expected seconds or a duration such as 90 s, 30 minutes or 2 hours, got ${JSON.stringify(text)}`])
  }
})

t.test('a duration that a timer is set to stays within what timers can hold', async t => {
  const day = 24 * 60 * 60 * 1000
  t.equal(readConfig({ gracePeriod: '24 days' }, {}).gracePeriod, 24 * day)
  t.equal(readConfig({ gracePeriod: '0' }, {}).gracePeriod, 0, 'no grace at all')
  t.equal(readConfig({ stallTimeout: '100 ms' }, {}).stallTimeout, 100)
  t.strictSame(problemsOf({ gracePeriod: '25 days' }), ['--grace-period: expected a duration from 0 ms to 24 days, got "25 days"'])
  t.strictSame(problemsOf({ stallTimeout: '99 ms' }), ['--stall-timeout: expected a duration from 100 ms to 24 days, got "99 ms"'])
  t.strictSame(problemsOf({ headersTimeout: '0' }), ['--headers-timeout: expected a duration from 100 ms to 24 days, got "0"'])
})

t.test('each kind says what it expected', async t => {
  const wrong: Array<[Record<string, string>, RegExp]> = [
    [{ port: '65536' }, /^--port: expected a port from 0 to 65535, 0 picks a free one, got "65536"$/],
    [{ port: '80a' }, /expected a port/],
    [{ trustProxy: 'maybe' }, /^--trust-proxy: expected yes or no, got "maybe"$/],
    [{ registration: 'ajar' }, /expected one of open, closed, got "ajar"$/],
    [{ defaultPlan: 'Gold' }, /expected one of Lite, Pro, Max, got "Gold"$/],
    [{ logLevel: 'loud' }, /expected one of trace, debug, info, warn, error, fatal, silent/],
    [{ publicUrl: 'files.example.org' }, /expected an address such as https:\/\/files\.example\.org, without a path/],
    [{ publicUrl: 'https://example.org/files' }, /without a path/],
    [{ publicUrl: 'ftp://example.org' }, /expected an address/],
    [{ publicUrl: 'https://me:pw@example.org' }, /expected an address/],
    [{ apiKeys: 'ABCDEFGHIJ,short' }, /expected any, or keys of 10 characters/]
  ]
  for (const [flags, sentence] of wrong) t.match(problemsOf(flags)[0], sentence)
  const right = readConfig({ trustProxy: 'YES', registration: 'Closed', defaultPlan: 'max', publicUrl: 'https://files.example.org/', apiKeys: 'ABCDEFGHIJ, 0123456789' }, {})
  t.match(right, { trustProxy: true, registration: 'closed', defaultPlan: 'Max', publicUrl: 'https://files.example.org' })
  t.strictSame(right.apiKeys, new Set(['ABCDEFGHIJ', '0123456789']))
})

t.test('all problems are told at once, by the name each was set with', async t => {
  t.strictSame(problemsOf({ maxFileSize: 'huge', port: '-1' }, { RESPACE_PORT: '80', RESPACE_LOG_LEVEL: 'loud', RESPACE_PROT: '80', PORT: 'x' }), [
    'the settings have 4 problems:',
    '--port: expected a port from 0 to 65535, 0 picks a free one, got "-1"',
    '--max-file-size: expected bytes or a size such as 500 MB or 8 GiB, got "huge"',
    'RESPACE_LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"',
    'RESPACE_PROT: no such setting; see respace serve --help'
  ])
})

t.test('a secret is never repeated', async t => {
  const [problem = ''] = problemsOf({}, { RESPACE_SECRET_KEY: 'f00d'.repeat(15) })
  t.equal(problem, 'RESPACE_SECRET_KEY: expected 64 hex digits')
  t.equal(readConfig({}, { RESPACE_SECRET_KEY: 'F00D'.repeat(16) }).secretKey, 'f00d'.repeat(16))
  t.strictSame(Object.entries(SETTINGS).filter(([, { isSecret }]) => isSecret).map(([name]) => name), ['smtpUrl', 'secretKey'])
  for (const url of ['smtp://me:hunter2@', 'http://me:hunter2@mail.example.org', 'smtp://me:hunter2@mail.example.org/?tls=maybe', 'smtps://me:hunter2@mail.example.org?tls=none', 'smtp://me:hunter2%@mail.example.org']) {
    const problems = problemsOf({ mailFrom: 'a@example.org' }, { RESPACE_SMTP_URL: url })
    t.match(problems, [/^RESPACE_SMTP_URL: expected an address such as smtp:/], url)
    t.notMatch(problems.join(), /hunter2/)
  }
})

t.test('a mail server is written as an address', async t => {
  const read = (url: string) => readConfig({ mailFrom: 'a@example.org' }, { RESPACE_SMTP_URL: url }).smtpUrl
  const rest = { host: 'mail.example.org', user: '', password: '' }
  t.strictSame(read('smtp://mail.example.org'), { ...rest, port: 587, encryption: 'starttls' }, 'never plain unless told')
  t.strictSame(read('smtp://mail.example.org:2525/?tls=required'), { ...rest, port: 2525, encryption: 'starttls' })
  t.strictSame(read('smtps://mail.example.org'), { ...rest, port: 465, encryption: 'tls' })
  t.strictSame(read('smtp://mail.example.org?tls=none'), { ...rest, port: 25, encryption: 'none' })
  t.match(read('smtps://me%40example.org:p%2F%40%25w@[::1]:465'), { host: '::1', user: 'me@example.org', password: 'p/@%w' })
})

t.test('who sends mails is needed with a mail server, and is an address', async t => {
  const env = { RESPACE_SMTP_URL: 'smtp://mail.example.org' }
  t.match(problemsOf({}, env), [/^RESPACE_MAIL_FROM: needed with RESPACE_SMTP_URL: who sends the mails/])
  t.strictSame(readConfig({ mailFrom: 'Our files <files@example.org>' }, env).mailFrom, { name: 'Our files', address: 'files@example.org' })
  t.strictSame(readConfig({ mailFrom: 'files@example.org' }, env).mailFrom, { name: '', address: 'files@example.org' })
  for (const mailFrom of ['files', 'Our files files@example.org', 'A\nBcc: b@example.org <files@example.org>']) {
    t.match(problemsOf({ mailFrom }, env), [/^--mail-from: expected an address such as files@example\.org/], mailFrom)
  }
  t.match(problemsOf({ smtpCa: '/nowhere.pem' }), [/^--smtp-ca: expected a file of certificates in PEM form that can be read, got/])
  t.match(problemsOf({ mailsPerHour: '-1' }), [/^--mails-per-hour: expected a whole number, got "-1"/])
})
