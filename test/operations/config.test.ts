import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigProblems, EMULATOR_DEFAULTS, flagOf, loadConfig, readConfig, SETTINGS, variableOf } from '../../src/config.ts'
import { keyOf } from '../../src/settings/plans.ts'
import { DEFAULT_PLANS } from '../../src/domain/accounts/plan.ts'
import { temporaryFolder } from '../support/server.ts'

const problemsOf = (flags: Record<string, string>, environment: Record<string, string> = {}, defaults?: Record<string, string>): string[] => {
  try {
    readConfig(flags, environment, undefined, defaults)
    return []
  } catch (error) {
    if (!(error instanceof ConfigProblems)) throw error
    return error.message.split('\n').map(line => line.trim())
  }
}

t.test('nothing set is a server for this machine alone', async t => {
  const config = readConfig({}, {})
  t.match(config, { host: '127.0.0.1', port: 8080, storage: './storage', registration: 'open', defaultPlan: 'Pro', apiKeys: 'any', proxyMode: false })
  t.strictSame(config.listen, [])
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
  for (const text of ['-1', '8 GiBi', 'GiB', '1,5 GB', '1e3', '8 gigabytes']) {
    t.strictSame(problemsOf({ maxFileSize: text }), [`--max-file-size: expected bytes or a size such as 500 MB or 8 GiB, got ${JSON.stringify(text)}`])
  }
  t.strictSame(problemsOf({ maxFileSize: '9007199254740992' }), ['--max-file-size: expected at most 9007199254740991 bytes, got "9007199254740992"'])
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
    [{ port: '65536' }, /^--port: expected a port from 0 to 65535; 0 picks a free one, got "65536"$/],
    [{ port: '80a' }, /expected a port/],
    [{ trustProxy: 'maybe' }, /^--trust-proxy: expected no, all, or a list of addresses, networks such as 10\.0\.0\.0\/8, loopback and private, got "maybe"$/],
    [{ trustProxy: '10.0.0.0/33' }, /^--trust-proxy: expected no, all/],
    [{ listen: '0.0.0.0' }, /^--listen: expected HOST:PORT, http:\/\/HOST:PORT or https:\/\/HOST:PORT, several with commas, got "0.0.0.0"$/],
    [{ listen: '127.0.0.1:80,ftp://x:1' }, /^--listen: expected/],
    [{ listen: 'x:65536' }, /^--listen: expected/],
    [{ registration: 'ajar' }, /expected one of open, invitation, closed, got "ajar"$/],
    [{ defaultPlan: 'Gold' }, /expected one of Lite, Pro, Max, got "Gold"$/],
    [{ logLevel: 'loud' }, /expected one of trace, debug, info, warn, error, fatal, silent/],
    [{ publicUrl: 'files.example.org' }, /expected an address such as https:\/\/files\.example\.org or https:\/\/example\.org\/share\//],
    [{ publicUrl: 'https://example.org/a b' }, /expected an address/],
    [{ publicUrl: 'https://example.org/share?x=1' }, /expected an address/],
    [{ publicUrl: 'ftp://example.org' }, /expected an address/],
    [{ publicUrl: 'https://me:pw@example.org' }, /expected an address/],
    [{ apiKeys: 'ABCDEFGHIJ,short' }, /expected any, or keys of 10 characters/]
  ]
  for (const [flags, sentence] of wrong) t.match(problemsOf(flags)[0], sentence)
  const right = readConfig({ registration: 'Closed', defaultPlan: 'max', publicUrl: 'https://files.example.org/', apiKeys: 'ABCDEFGHIJ, 0123456789' }, {})
  t.match(right, { registration: 'closed', defaultPlan: 'Max', publicUrl: 'https://files.example.org' })
  t.strictSame(right.apiKeys, new Set(['ABCDEFGHIJ', '0123456789']))
})

t.test('a public address may have a path, which ends without a slash', async t => {
  for (const [written, read] of [['https://example.org/share/', 'https://example.org/share'], ['http://example.org:81/a/b', 'http://example.org:81/a/b'], ['https://example.org/', 'https://example.org']]) {
    t.equal(readConfig({ publicUrl: written }, {}).publicUrl, read)
  }
})

t.test('addresses to listen on have a host, a port and perhaps a scheme', async t => {
  t.strictSame(readConfig({ listen: '0.0.0.0:80, http://[::1]:8081,localhost:65535' }, {}).listen,
    [{ host: '0.0.0.0', port: 80, isSecure: false }, { host: '::1', port: 8081, isSecure: false }, { host: 'localhost', port: 65535, isSecure: false }])
  t.strictSame(readConfig({ tls: 'auto' }, { RESPACE_LISTEN: 'HTTPS://0.0.0.0:443/' }).listen, [{ host: '0.0.0.0', port: 443, isSecure: true }])
})

t.test('a certificate and an address for it need each other', async t => {
  const listen = 'https://127.0.0.1:0'
  t.match(problemsOf({ tls: 'auto' }), [/^--listen: the certificate is not used by any address/])
  t.match(problemsOf({ listen }), [/^--listen: https:\/\/ needs a certificate: set --tls-cert and --tls-key, or --tls auto/])
  t.match(problemsOf({ listen }, {}, EMULATOR_DEFAULTS), [/^--listen: https:\/\/ needs a certificate: set --tls-cert and --tls-key$/], 'dev has no --tls auto')
  t.match(problemsOf({ listen, tlsCert: 'a' }), [/^--tls-cert and --tls-key: each needs the other/])
  t.match(problemsOf({ listen, tls: 'auto', tlsCert: 'a', tlsKey: 'b' }), [/^--tls auto: creates a certificate/])
  t.strictSame(problemsOf({ listen, tlsCert: 'a', tlsKey: 'b' }), [])
})

t.test('a list of trusted proxies holds addresses, networks and names of networks', async t => {
  const trusts = (trustProxy: string, address: string | undefined) => readConfig({ trustProxy }, {}).trustProxy(address)
  for (const [list, address] of [['10.1.2.3', '10.1.2.3'], ['10.1.2.3', '::ffff:10.1.2.3'], ['10.0.0.0/8, ::1', '::1'], ['10.0.0.0/8', '10.255.255.255'],
    ['loopback', '127.0.0.1'], ['loopback', '::1'], ['private', '172.31.255.255'], ['Private', 'fd00::1'], ['private', '127.0.0.1'], ['all', '203.0.113.1']] as const) {
    t.ok(trusts(list, address), `${list} has ${address}`)
  }
  for (const [list, address] of [['no', '127.0.0.1'], ['10.1.2.3', '10.1.2.4'], ['10.0.0.0/8', '11.0.0.0'], ['loopback', '10.0.0.1'],
    ['private', '172.32.0.0'], ['private', '203.0.113.1'], ['private', undefined], ['private', 'nonsense']] as const) {
    t.notOk(trusts(list, address), `${list} has not ${address}`)
  }
})

t.test('quotes that a file of variables has kept are refused, whatever the setting', async t => {
  for (const name of Object.keys(SETTINGS)) {
    for (const mark of ['"', "'", '`']) {
      t.throws(() => readConfig({ [name]: `${mark}/data${mark}` }, {}), new RegExp(`${flagOf(name)}: remove the quotes around the value`), `${name} ${mark}`)
    }
  }
  for (const [open, close] of ['“”', '„“', '‘’', '«»', '»«']) {
    t.throws(() => readConfig({ storage: `${open}/data${close}` }, {}), /--storage: remove the quotes around the value/, `${open}${close}`)
  }
  t.throws(() => readConfig({}, { RESPACE_STORAGE: ' "/data" ' }), /RESPACE_STORAGE: remove the quotes around the value/)
  t.equal(readConfig({ storage: '/da"ta', mailFrom: '"Our files" <files@example.org>' }, {}).storage, '/da"ta')
})

t.test('all problems are told at once, by the name each was set with', async t => {
  t.strictSame(problemsOf({ maxFileSize: 'huge', port: '-1' }, { RESPACE_PORT: '80', RESPACE_LOG_LEVEL: 'loud', RESPACE_PROT: '80', PORT: 'x' }), [
    'the settings have 4 problems:',
    '--port: expected a port from 0 to 65535; 0 picks a free one, got "-1"',
    '--max-file-size: expected bytes or a size such as 500 MB or 8 GiB, got "huge"',
    'RESPACE_LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"',
    'RESPACE_PROT: no such setting; see respace serve --help'
  ])
})

t.test('a secret is never repeated', async t => {
  const [problem = ''] = problemsOf({}, { RESPACE_SECRET_KEY: 'f00d'.repeat(15) })
  t.equal(problem, 'RESPACE_SECRET_KEY: expected 64 hex digits')
  t.equal(readConfig({}, { RESPACE_SECRET_KEY: 'F00D'.repeat(16) }).secretKey, 'f00d'.repeat(16))
  t.strictSame(Object.entries(SETTINGS).filter(([, { isSecret }]) => isSecret).map(([name]) => name), ['database', 'redis', 's3AccessKey', 's3SecretKey', 'smtpUrl', 'metricsToken', 'secretKey'])
  for (const url of ['smtp://me:hunter2@', 'http://me:hunter2@mail.example.org', 'smtp://me:hunter2@mail.example.org/?tls=maybe', 'smtps://me:hunter2@mail.example.org?tls=none', 'smtp://me:hunter2%@mail.example.org']) {
    const problems = problemsOf({ mailFrom: 'a@example.org' }, { RESPACE_SMTP_URL: url })
    t.match(problems, [/^RESPACE_SMTP_URL: expected an address such as smtp:/], url)
    t.notMatch(problems.join(), /hunter2/)
  }
})

t.test('a bucket needs its keys, which never stand in its address', async t => {
  t.strictSame(problemsOf({ blobs: 's3://files' }, { RESPACE_S3_ACCESS_KEY: 'a' }), ['RESPACE_S3_ACCESS_KEY and RESPACE_S3_SECRET_KEY: needed with --blobs'])
  t.strictSame(problemsOf({ blobs: 's3://key:hunter2@files' }, {}),
    ['--blobs: the keys must not be in the address: set RESPACE_S3_ACCESS_KEY and RESPACE_S3_SECRET_KEY'])
  const keys = { RESPACE_S3_ACCESS_KEY: 'a', RESPACE_S3_SECRET_KEY: 'hunter2' }
  t.match(readConfig({ blobs: 's3://files' }, keys), { blobs: { bucket: 'files' }, s3AccessKey: 'a', s3SecretKey: 'hunter2' })
  t.notMatch(JSON.stringify(readConfig({ blobs: 's3://files' }, keys).written), 'hunter2')
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
  t.match(problemsOf({ smtpCa: '/nowhere.pem' }), [/^--smtp-ca: expected a readable file of certificates in PEM format, got/])
  t.match(problemsOf({ mailsPerHour: '-1' }), [/^--mails-per-hour: expected a whole number from 0 to 999999999, got "-1"/])
})

/** Reads settings with a file of this content; the problems, with FILE for its path. */
async function withFile (t: Test, content: string, flags: Record<string, string> = {}, environment: Record<string, string> = {}) {
  const file = join(await temporaryFolder(t), 'respace.yaml')
  await writeFile(file, content)
  try {
    return { config: await loadConfig({ config: file, ...flags }, environment), problems: [] }
  } catch (error) {
    if (!(error instanceof ConfigProblems)) throw error
    return { config: undefined, problems: error.message.replaceAll(file, 'FILE').split('\n').map(line => line.trim()) }
  }
}

t.test('a file holds settings and plans; variables beat it, and the command line beats both', async t => {
  const { config } = await withFile(t, `
port: 81
host: 0.0.0.0
log-level: debug
trust-proxy: [loopback, 10.0.0.0/8]
api-keys: [0123456789, AAAAAAAAAA]
plans:
  lite: { disk: 5 GiB, bandwidth: unlimited, sessions: 7, contacts: unlimited, capabilities: "upload, download", upload-speed: 100, download-speed: unlimited, max-file-size: 1 MiB }
  Max:
    capabilities: [folders, files]
    sessions: 0
  anonymous: { capabilities: none, max-file-size: 5 MB }
`, { port: '83' }, { RESPACE_PORT: '82', RESPACE_HOST: '::1' })
  t.match(config, { port: 83, host: '::1', logLevel: 'debug' })
  t.ok(config?.trustProxy('127.0.0.1'))
  t.strictSame(config?.apiKeys, new Set(['0123456789', 'AAAAAAAAAA']), 'digits stay digits')
  t.strictSame(config?.plans, {
    anonymous: { ...DEFAULT_PLANS.anonymous, capabilities: new Set(), maxFileSize: 5_000_000 },
    Lite: {
      maxFileSize: 1024 ** 2, disk: 5 * 1024 ** 3, bandwidth: -1, sessions: 7, contacts: -1, capabilities: new Set(['upload', 'download']), uploadSpeed: 100, downloadSpeed: 0
    },
    Pro: DEFAULT_PLANS.Pro,
    Max: { ...DEFAULT_PLANS.Max, capabilities: new Set(['folders', 'files']), sessions: 0 }
  }, 'what is not said stays as it is')
})

t.test('a file may be JSON, empty, or named by a variable', async t => {
  t.match((await withFile(t, '{ "port": 81, "plans": { "Pro": { "disk": "1 TiB", "sessions": 5 } } }')).config, { port: 81, plans: { Pro: { disk: 1024 ** 4, sessions: 5 } } })
  for (const content of ['', '# nothing\n', '\uFEFFport: 8080\nplans: {}\n', 'plans:\nhost:\n', 'plans: { Lite: }']) t.match((await withFile(t, content)).config, { port: 8080, plans: DEFAULT_PLANS }, JSON.stringify(content))
  const file = join(await temporaryFolder(t), 'by-variable.yaml')
  await writeFile(file, 'port: 81')
  t.equal((await loadConfig({}, { RESPACE_CONFIG: file })).port, 81)
})

t.test('all that is wrong with a file is told at once, together with what is wrong elsewhere', async t => {
  const { problems } = await withFile(t, `
port: 80000
publicUrl: https://files.example.org
config: other.yaml
colour: blue
host: { a: b }
secret-key: not-to-be-shown
plans:
  Lite: { disk: lots, bandwith: 1 GiB, sessions: 1.5, capabilities: fly }
  Gold: { disk: 1 }
  Pro: 5
  anonymous: { disk: 5, capabilities: folders, upload-speed: fast }
`, { logLevel: 'loud' })
  t.strictSame(problems, [
    'the settings have 16 problems:',
    'FILE: host: expected a value',
    'FILE: port: expected a port from 0 to 65535; 0 picks a free one, got "80000"',
    '--log-level: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"',
    'FILE: secret-key: expected 64 hex digits',
    'FILE: publicUrl: no such setting, perhaps public-url is meant',
    'FILE: config: no such setting; see respace serve --help',
    'FILE: colour: no such setting; see respace serve --help',
    'FILE: plans.Lite.disk: expected bytes or a size such as 500 MB or 8 GiB, or unlimited, got "lots"',
    'FILE: plans.Lite.bandwith: no such setting; expected max-file-size, disk, bandwidth, sessions, contacts, capabilities, upload-speed, download-speed',
    'FILE: plans.Lite.sessions: expected a whole number from 0 to 999999999, or unlimited, got "1.5"',
    'FILE: plans.Lite.capabilities: expected all, none, or a list of upload, download, folders, files, got "fly"',
    'FILE: plans.Gold: no such plan; expected Lite, Pro, Max or anonymous',
    'FILE: plans.Pro: expected the settings of a plan',
    'FILE: plans.anonymous.disk: no such setting; expected max-file-size, capabilities, upload-speed, download-speed',
    'FILE: plans.anonymous.capabilities: expected all, none, or a list of upload, got "folders"',
    'FILE: plans.anonymous.upload-speed: expected KB/s as a whole number from 0 to 999999999, or unlimited, got "fast"'
  ])
})

t.test('a file that cannot be read or understood is told with the place, and never shown', async t => {
  const wrong: Array<[string, RegExp]> = [
    ['- port', /^FILE: expected settings as lines such as "port: 8080"$/],
    ['port: 1\nport: 2', /^FILE: Map keys must be unique at line 2, column 1$/],
    ['port: *nothing', /^FILE: /],
    ['plans: [Lite]', /^FILE: plans: expected plans by name$/],
    ['secret-key: "hush\nport: 1', /^FILE: .* at line 2/]
  ]
  for (const [content, sentence] of wrong) {
    const { problems } = await withFile(t, content)
    t.match(problems[0], sentence, content)
    t.notMatch(problems.join(), 'hush')
  }
  await t.rejects(loadConfig({ config: '/nowhere/respace.yaml' }, {}), { message: /^the settings file cannot be read: ENOENT.*respace\.yaml/ })
})

t.test('the example is what the server does without a file, names every setting, and is right in every comment', async t => {
  const example = await readFile(join(import.meta.dirname, '../../respace.example.yaml'), 'utf8')
  const { config } = await withFile(t, example)
  const bare = readConfig({}, {})
  t.strictSame({ ...config, config: undefined, written: { ...config?.written, config: '' } }, { ...bare, config: undefined, written: { ...bare.written, config: '' } })
  for (const name of Object.keys(SETTINGS).filter(name => name !== 'config')) t.match(example, new RegExp(`^(?:# )?${keyOf(name)}: `, 'm'))
  const plans = example.slice(example.indexOf('plans:'))
  for (const [plan, values] of Object.entries(DEFAULT_PLANS)) {
    const [, lines = ''] = new RegExp(`^ {2}${plan}:\n((?: {4}.*\n)*)`, 'm').exec(plans) ?? []
    for (const name of Object.keys(values)) t.match(lines, `    ${keyOf(name)}: `, `${plan} ${name}`)
  }
  const listen = 'listen: https://127.0.0.1:0'
  const needed: Readonly<Record<string, string>> = {
    blobs: 's3-access-key: a\ns3-secret-key: b', 'smtp-url': 'mail-from: a@example.org', listen: 'tls: auto', tls: listen, 'tls-cert': `${listen}\ntls-key: key.pem`, 'tls-key': `${listen}\ntls-cert: cert.pem`
  }
  const lines = [...example.matchAll(/^# (([a-z-]+): .*)$/gm)]
  t.ok(lines.length > 20, `${lines.length} settings in comments`)
  for (const [, line = '', key] of lines) {
    if (key === 'smtp-ca' || key === 'site-logo') continue
    const { problems } = await withFile(t, `${line}\n${needed[key ?? ''] ?? ''}`)
    t.strictSame(problems, [], line)
  }
})
