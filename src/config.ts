/** Every setting: name, kind, default and description. `--help` and `docs/settings.md` are made from this table. */
import { readFileSync } from 'node:fs'
import { reasonOf } from './domain/as-error.ts'
import type { Plans } from './domain/accounts/plan.ts'
import { packagePath } from './package-path.ts'
import { address, hostName, listenAddresses, metricsProblems, tlsProblems, trustedPeers } from './settings/addresses.ts'
import { logoFile, siteColor, siteDarkColor, siteLink, siteName, siteNote } from './settings/branding-kinds.ts'
import { readSettingsFile, type SettingsFile } from './settings/file.ts'
import {
  apiKeys, atLeastOne, blobStore, certificates, choice, connections, count, databaseUrl, duration, flag, location, mailbox, minimumVersions, plan, port, redisUrl, secretKey, size,
  smtpUrl, text, timer, token,
  type Kind
} from './settings/kinds.ts'
import { keyOf, readPlans } from './settings/plans.ts'
import { diskShare, diskShareLimit, lifetime, percentages } from './settings/storage-kinds.ts'

interface Setting<T> {
  readonly kind: Kind<T>
  /** As an operator would write it; '' is "not set". */
  readonly fallback: string
  readonly about: string
  /** Not accepted on the command line, where other users of the machine would see it. */
  readonly isSecret: boolean
}

function setting<T> (kind: Kind<T>, fallback: string, about: string): Setting<T> {
  return { kind, fallback, about, isSecret: false }
}

function optional<T> (kind: Kind<T>, about: string): Setting<T | undefined> {
  return { kind, fallback: '', about, isSecret: false }
}

export const SETTINGS = {
  config: optional(text('file'), 'A file with settings and plans, YAML or JSON. The command line overrides variables, and variables override the file.'),
  host: setting(text('host'), '127.0.0.1', 'The address to listen on; 0.0.0.0 for every network.'),
  port: setting(port, '8080', 'The port to listen on; 0 picks a free one.'),
  listen: setting(listenAddresses, 'none', 'More addresses to listen on, such as http://0.0.0.0:80 and https://0.0.0.0:443; the flag may be repeated.'),
  tlsCert: optional(text('file'), 'The certificate for https:// addresses (PEM, with its chain); reloaded when it changes.'),
  tlsKey: optional(text('file'), 'The private key of that certificate (PEM); reloaded when it changes.'),
  tls: optional(choice('auto'), 'auto creates an authority and a certificate for the names of sendspace and of this server, in the storage folder, and renews them. The startup output shows how to make programs trust it.'),
  proxyMode: setting(flag, 'no', 'Whether to answer requests for sendspace\'s hosts that programs send through http_proxy. Requests for any other host are always refused.'),
  storage: setting(text('folder'), './storage', 'The folder that holds everything: files, database, secret key.'),
  database: { ...optional(databaseUrl, 'PostgreSQL for everything but the bytes of files, such as postgres://user:password@db.example.org/respace; not set: a database in the storage folder.'), isSecret: true },
  databaseConnections: setting(connections, '10', 'The most connections to PostgreSQL.'),
  databaseTimeout: setting(timer(100), '10 seconds', 'A statement that takes PostgreSQL longer than this is cancelled.'),
  redis: { ...optional(redisUrl, 'Redis or Valkey, such as redis://:password@cache.example.org, to share upload progress between several servers on one PostgreSQL; not set: other servers know only the state of an upload, from the database.'), isSecret: true },
  blobs: optional(blobStore, 'The bucket for the bytes of files, in any S3-compatible store: s3://bucket?endpoint=https://s3.example.org, optionally s3://bucket/prefix and &region=…, &style=host, &part-size=… (MiB); not set: the storage folder.'),
  s3AccessKey: { ...optional(text('key'), 'The access key of that bucket.'), isSecret: true },
  s3SecretKey: { ...optional(text('key'), 'The secret key of that bucket.'), isSecret: true },
  blobDownloads: setting(choice('stream', 'redirect'), 'stream', 'How files are downloaded from the bucket: stream, through this server; redirect, directly from the store by a link valid for five minutes. Previews, files with a download limit and accounts with a speed limit always go through this server.'),
  thumbnails: setting(flag, 'yes', 'Whether uploaded images get small pictures for pages, made by sharp in a process of its own; without sharp there are none.'),
  accelRedirect: optional(location, 'The internal location of an nginx in front, such as /stored/, whose alias is the folder blobs in the storage folder: nginx then sends downloads itself (X-Accel-Redirect), except previews, ZIPs and files with a download limit.'),
  publicUrl: optional(address, 'The address in links and tickets, optionally with a path; not set: the scheme and host that the client used, and in mails an address that a logged-in browser used.'),
  trustProxy: setting(trustedPeers, 'no', 'The reverse proxies whose X-Forwarded-For, -Proto, -Host, -Port and -Prefix are trusted: addresses, networks such as 10.0.0.0/8, loopback, private (loopback and all private networks), all or no.'),
  diskReserve: setting(diskShare, '5 %', 'Free space that uploads must leave on the disk of the storage folder: a size, or a percentage of the disk. Below it no upload starts, and a running upload that reaches it fails.'),
  readyFile: optional(text('file'), 'A file to write {"url", "pid"} to once requests are answered.'),
  maxFileSize: optional(size, 'The largest file, for all plans and anonymous uploads; overrides the plans. Not set: 300 MiB for Lite and anonymous, 10 GiB for Pro, 50 GiB for Max.'),
  anonymousStorage: setting(diskShareLimit, '50 %', 'The most space for all files uploaded without an account: a size, a percentage of the disk of the storage folder, or unlimited. A percentage does not limit files in a bucket.'),
  anonymousExpiry: setting(lifetime, '30 days', 'A file uploaded without an account is deleted after this long, unless its uploader chooses another time; never: it is not deleted.'),
  anonymousMaxExpiry: setting(lifetime, '365 days', 'The longest time that the uploader of such a file can choose; never: any.'),
  registration: setting(choice('open', 'invitation', 'closed'), 'open', 'Who may create accounts: open, everybody, by auth.register and on the pages; invitation, only invited people, on the pages; closed, nobody. An administrator\'s choice on the pages overrides it.'),
  accountsPerHour: setting(atLeastOne, '60', 'How many accounts one address may create per hour, and five times as many per day; an IPv6 /64 network counts as one address.'),
  defaultPlan: setting(plan, 'Pro', 'The plan of new accounts.'),
  apiKeys: setting(apiKeys, 'any', 'The API keys that are accepted: any well-formed one, or only those in a list.'),
  minAppVersion: optional(minimumVersions, 'The oldest app_version that gets a token or a ticket, for all programs or by API key.'),
  maxConnections: optional(atLeastOne, 'The most open connections. At the limit, a new connection replaces one without a request. Not set: half of the open files that the process may have (ulimit -n), 10000 at most.'),
  connectionsPerAddress: optional(atLeastOne, 'The most open connections from one address; an IPv6 /64 network counts as one address, and trusted proxies have no such limit. Not set: half of all, 1000 at most.'),
  sessionIdle: setting(duration, '30 minutes', 'A session ends this long after its last use.'),
  tokenLifetime: setting(duration, '30 days', 'How long a token can be used to log in.'),
  deleteByGet: setting(flag, 'no', 'Whether GET /delete/ID/CODE?action=1 deletes. One old client needs it, but link previews follow such links, too.'),
  drainDelay: setting(timer(0), '0 seconds', 'After SIGTERM /readyz answers 503 for this long before the server stops accepting connections: the time that a load balancer needs to notice.'),
  gracePeriod: setting(timer(0), '60 seconds', 'After SIGTERM running transfers have this long to finish.'),
  headersTimeout: setting(timer(100), '30 seconds', 'A request whose headers take longer is closed.'),
  bodyTimeout: setting(timer(100), '30 seconds', 'A request without a file is closed when its body is not complete after this long.'),
  stallTimeout: setting(timer(100), '2 minutes', 'A transfer in which no byte moves for this long is closed. One that still moves is not, except a download slower than 1 KB/s of a file with a download limit, for which others wait.'),
  drainLimit: setting(size, '256 MiB', 'How much of a refused upload is still read, so that simple clients see the answer.'),
  smtpUrl: { ...optional(smtpUrl, 'The mail server, such as smtp://user:password@mail.example.org:587 for STARTTLS, smtps://… for TLS from the start, smtp://…?tls=none for no encryption; not set: mail is queued in the storage, and respace mail list shows it.'), isSecret: true },
  mailFrom: optional(mailbox, 'The sender of mails, such as "Our files <files@example.org>"; needed with RESPACE_SMTP_URL.'),
  smtpName: optional(hostName, 'The name that this server gives to the mail server (EHLO); not set: the host of public-url, or the domain of mail-from.'),
  smtpCa: optional(certificates, 'A file with the certificates (PEM) of the authority that signed the mail server\'s; not set: those that Node.js trusts.'),
  smtpTimeout: setting(timer(100), '1 minute', 'A mail that the mail server has not accepted after this long is tried again later.'),
  storageAlerts: setting(percentages, '80,95', 'When administrators get a mail about the disk, and users about their quota: percentages that are used, separated by commas; none for no such mails. Repeated each day about the disk, each week about a quota.'),
  mailsPerHour: setting(count, '100', 'How many mails a user may send per hour; all people without an account share one such limit.'),
  siteName: setting(siteName, 'Respace', 'The name of the site, on its pages and in its mails. This and the next eight: an administrator\'s choice on the pages overrides it.'),
  siteLogo: optional(logoFile, 'An image in place of the icon of Respace, at most 256 KiB: PNG, JPEG, WebP or SVG. Mails show only PNG and JPEG.'),
  siteColor: optional(siteColor, 'The colour of buttons and links, such as #0a6847. It must be readable on light pages (a contrast of 4.5:1).'),
  siteDarkColor: optional(siteDarkColor, 'The same for dark pages; not set: the nearest one to site-color that is readable there.'),
  siteNote: optional(siteNote, 'A note on the start page; addresses in it become links, and \\n begins a new line.'),
  imprintUrl: optional(siteLink, 'The imprint, linked at the foot of all pages: https://…, mailto:… or a path of this server.'),
  termsUrl: optional(siteLink, 'The same for the terms of use.'),
  privacyUrl: optional(siteLink, 'The same for the privacy policy.'),
  abuseUrl: optional(siteLink, 'The same for reports of abuse.'),
  metricsListen: setting(listenAddresses, 'none', 'Addresses that answer GET /metrics for Prometheus and nothing else, such as http://127.0.0.1:9464.'),
  metricsToken: { ...optional(token, 'With this token (Authorization: Bearer) the main address answers GET /metrics too; not set: it does not.'), isSecret: true },
  logLevel: setting(choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), 'info', 'The lowest level that is logged.'),
  secretKey: { ...optional(secretKey, 'The key that passwords are encrypted with; not set: secret.key in the storage folder, made at the first start.'), isSecret: true }
}

export type SettingName = keyof typeof SETTINGS
export type Config = { readonly [K in SettingName]: typeof SETTINGS[K] extends Setting<infer T> ? T : never } & {
  /** Only the settings file changes them. */
  readonly plans: Plans
  /** Each setting as it was written, '' for one that is not set; `***` for a secret that is set. */
  readonly written: Readonly<Record<string, string>>
}

/** `publicUrl` is `--public-url`, `RESPACE_PUBLIC_URL`, and `public-url` in the settings file. */
export const keyOfSetting = keyOf
export const flagOf = (name: string): string => '--' + keyOf(name)
export const variableOf = (name: string): string => 'RESPACE_' + name.replace(/[A-Z]/g, letter => '_' + letter).toUpperCase()

/** The settings without a flag, for `--help`: one line each. */
export const SECRET_VARIABLES = Object.entries(SETTINGS).filter(([, { isSecret }]) => isSecret)
  .map(([name, { about }]) => `  ${variableOf(name)}  ${about}`).join('\n')

/** Every configuration error, one sentence each. */
export class ConfigProblems extends Error {
  constructor (problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : `the settings have ${problems.length} problems:\n  ${problems.join('\n  ')}`)
  }
}

type Texts = Readonly<Record<string, string | undefined>>

/** Defaults that differ in the emulator: no transfer is worth waiting for, programs with built-in addresses use it as a proxy, and a header is enough to simulate HTTPS. */
export const EMULATOR_DEFAULTS = {
  defaultPlan: 'Lite',
  gracePeriod: '0',
  proxyMode: 'yes',
  trustProxy: 'all',
  logLevel: 'warn',
  // Tests advance the clock by years, on machines whose disks are nearly full.
  diskReserve: '0',
  thumbnails: 'no',
  anonymousStorage: 'unlimited',
  anonymousExpiry: 'never',
  anonymousMaxExpiry: 'never'
} satisfies Texts

/** Variables that `respace exec` sets for its command. They look like settings and are not. */
export const EXEC_VARIABLES = { url: 'RESPACE_URL', apiKey: 'RESPACE_API_KEY', user: 'RESPACE_USER', password: 'RESPACE_PASSWORD' }
/** What `drill` tells its command: also the id of the drill, a file to upload, and a folder for what it saves. */
export const DRILL_VARIABLES = { ...EXEC_VARIABLES, drill: 'RESPACE_DRILL', file: 'RESPACE_FILE', folder: 'RESPACE_FOLDER' }

/** Reads the settings, and the file that they name. Throws ConfigProblems with every error. */
export async function loadConfig (flags: Texts = {}, environment: Texts = process.env, defaults: Texts = {}): Promise<Config> {
  const path = [flags.config, environment[variableOf('config')]].find(text => text !== undefined && text.trim() !== '')
  return readConfig(flags, environment, path === undefined ? undefined : await readSettingsFile(path.trim()), defaults)
}

/** Reads the settings from flags (by name), `RESPACE_` variables and a file; the first that has one wins. Throws ConfigProblems. */
export function readConfig (flags: Texts = {}, environment: Texts = process.env, file?: SettingsFile, defaults: Texts = {}): Config {
  const problems = [...file?.problems ?? []]
  const values: Record<string, unknown> = {}
  const allWritten: Record<string, string> = {}
  for (const [name, { kind, fallback, isSecret }] of Object.entries(SETTINGS)) {
    const sources: Array<[string, string | undefined]> = [
      [flagOf(name), flags[name]], [variableOf(name), environment[variableOf(name)]], [`${file?.path}: ${keyOf(name)}`, file?.settings[keyOf(name)]]
    ]
    const [source, sent] = sources.find(([, text]) => text !== undefined && text.trim() !== '') ?? [name, defaults[name] ?? fallback]
    const written = (sent ?? '').trim()
    allWritten[name] = isSecret && written !== '' ? '***' : written
    try {
      // A shell removes quotes; environment files of Docker and systemd may keep them. Nothing removes the curly quotes of a word processor.
      if (/^(?:(["'`]).*\1|[“”„«»‘’‚].*[“”«»‘’])$/s.test(written)) throw new Error('remove the quotes around the value')
      values[name] = written === '' ? undefined : kind.read(written)
    } catch (error) {
      // An address that contains a password is not repeated either.
      const shown = isSecret || /:\/\/[^/?]*@/.test(sent ?? '') ? '' : `, got ${JSON.stringify(sent)}`
      problems.push(`${source}: ${reasonOf(error)}${shown}`)
    }
  }
  const known = new Set([...Object.keys(SETTINGS).map(variableOf), ...Object.values(DRILL_VARIABLES)])
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('RESPACE_') && !known.has(variable)) problems.push(`${variable}: no such setting; see respace serve --help`)
  }
  problems.push(...unknownKeys(file))
  values.written = allWritten
  values.plans = readPlans(file?.plans ?? {}, (path, problem) => { problems.push(`${file?.path}: ${path}: ${problem}`) })
  if (values.smtpUrl !== undefined && values.mailFrom === undefined && !problems.some(problem => /MAIL_FROM|mail-from/.test(problem))) {
    problems.push(`${variableOf('mailFrom')}: needed with ${variableOf('smtpUrl')}: who sends the mails, such as "Our files <files@example.org>"`)
  }
  if (values.blobs !== undefined && (values.s3AccessKey === undefined || values.s3SecretKey === undefined)) {
    problems.push(`${variableOf('s3AccessKey')} and ${variableOf('s3SecretKey')}: needed with ${flagOf('blobs')}`)
  }
  if (problems.length === 0) problems.push(...tlsProblems(values as Config, defaults !== EMULATOR_DEFAULTS), ...metricsProblems((values as Config).metricsListen))
  if (problems.length > 0) throw new ConfigProblems(problems)
  return values as Config
}

/** A file cannot name another file. */
function unknownKeys (file: SettingsFile | undefined): string[] {
  const known = Object.keys(SETTINGS).map(keyOf).filter(key => key !== 'config')
  return Object.keys(file?.settings ?? {}).filter(key => !known.includes(key)).map(key => {
    const meant = known.find(candidate => candidate === keyOf(key).replace(/[_-]+/g, '-'))
    return `${file?.path}: ${key}: no such setting${meant === undefined ? '; see respace serve --help' : `, perhaps ${meant} is meant`}`
  })
}

/** The environment of this process plus other variables, for a child process. */
export const environmentWith = (others: Texts): Texts => ({ ...process.env, ...others })

/** What a process for the work on strangers' files gets of the environment of this one: nothing that is a secret. */
export const childEnvironment = (): Texts => Object.fromEntries(['PATH', 'SystemRoot', 'TMPDIR', 'TEMP'].map(name => [name, process.env[name]]))

/** An accepted API key, for examples. */
export const sampleKey = ({ apiKeys }: Pick<Config, 'apiKeys'>): string => apiKeys === 'any' ? 'RESPACE001' : [...apiKeys][0] ?? ''

/** From package.json. */
export function readVersion (): string {
  return (JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string }).version
}

/** The commit of this build, '' when it is unknown. */
export function readCommit (): string {
  try {
    return (JSON.parse(readFileSync(packagePath('dist/build.json'), 'utf8')) as { commit: string }).commit
  } catch {
    return ''
  }
}
