/** Every setting: name, kind, default and a sentence. `--help` and the README's table are made from this table. */
import { readFileSync } from 'node:fs'
import { reasonOf } from './domain/as-error.ts'
import type { Plans } from './domain/accounts/plan.ts'
import { packagePath } from './package-path.ts'
import { address, hostName, listenAddresses, metricsProblems, tlsProblems, trustedPeers } from './settings/addresses.ts'
import { readSettingsFile, type SettingsFile } from './settings/file.ts'
import {
  apiKeys, atLeastOne, blobStore, certificates, choice, connections, count, databaseUrl, duration, flag, location, mailbox, minimumVersions, plan, port, redisUrl, secretKey, size,
  smtpUrl, text, timer, token,
  type Kind
} from './settings/kinds.ts'
import { keyOf, readPlans } from './settings/plans.ts'
import { diskShare, diskShareLimit, lifetime } from './settings/storage-kinds.ts'

interface Setting<T> {
  readonly kind: Kind<T>
  /** As it would be written; '' is "not set". */
  readonly fallback: string
  readonly about: string
  /** Never on the command line, where other users of the machine see it. */
  readonly isSecret: boolean
}

function setting<T> (kind: Kind<T>, fallback: string, about: string): Setting<T> {
  return { kind, fallback, about, isSecret: false }
}

function optional<T> (kind: Kind<T>, about: string): Setting<T | undefined> {
  return { kind, fallback: '', about, isSecret: false }
}

export const SETTINGS = {
  config: optional(text('file'), 'A file with settings and plans, YAML or JSON; the command line beats variables, and those beat the file.'),
  host: setting(text('host'), '127.0.0.1', 'The address to listen on; 0.0.0.0 for every network.'),
  port: setting(port, '8080', 'The port to listen on; 0 picks a free one.'),
  listen: setting(listenAddresses, 'none', 'Further addresses to listen on, such as http://0.0.0.0:80 and https://0.0.0.0:443; the flag may be given several times.'),
  tlsCert: optional(text('file'), 'The certificate for https:// addresses (PEM, with those that lead to its authority); read again when it changes.'),
  tlsKey: optional(text('file'), 'The private key of that certificate (PEM); read again when it changes.'),
  tls: optional(choice('auto'), 'auto makes an authority and a certificate for the names of sendspace and of this server into the storage, renewed in time; the start tells how programs trust it.'),
  proxyMode: setting(flag, 'no', 'Whether requests that programs send through http_proxy for the hosts of sendspace are answered; any other host never is.'),
  storage: setting(text('folder'), './storage', 'The folder that holds everything: files, database, secret key.'),
  database: { ...optional(databaseUrl, 'PostgreSQL for everything but the bytes of files, such as postgres://user:password@db.example.org/respace; not set: a database in the storage folder.'), isSecret: true },
  databaseConnections: setting(connections, '10', 'How many connections to PostgreSQL there are at most.'),
  databaseTimeout: setting(timer(100), '10 seconds', 'A statement that PostgreSQL has not carried out after this long is given up.'),
  redis: { ...optional(redisUrl, 'Redis or Valkey, such as redis://:password@cache.example.org, through which several servers on one PostgreSQL know how far each other\'s uploads are; not set: from the database, without numbers.'), isSecret: true },
  blobs: optional(blobStore, 'The bucket that holds the bytes of files, in any store that speaks S3: s3://bucket?endpoint=https://s3.example.org, perhaps s3://bucket/prefix and &region=…, &style=host, &part-size=… (MiB); not set: the storage folder.'),
  s3AccessKey: { ...optional(text('key'), 'The access key of that bucket.'), isSecret: true },
  s3SecretKey: { ...optional(text('key'), 'The secret key of that bucket.'), isSecret: true },
  blobDownloads: setting(choice('stream', 'redirect'), 'stream', 'How files come out of the bucket: stream, through this server; redirect, from the store itself by a link that holds for five minutes, but for previews, files with a download limit and accounts with a speed limit.'),
  accelRedirect: optional(location, 'The internal location of an nginx in front, such as /stored/, whose alias is the folder blobs in the storage folder: it then sends downloads itself (X-Accel-Redirect), but for previews, ZIPs and files with a download limit.'),
  publicUrl: optional(address, 'The address in links and tickets, perhaps with a path below which everything is; not set: the scheme and host the client used, and in mails an address that a logged-in browser used.'),
  trustProxy: setting(trustedPeers, 'no', 'The reverse proxies whose X-Forwarded-For, -Proto, -Host, -Port and -Prefix are believed: addresses, networks such as 10.0.0.0/8, loopback, private (loopback and all networks that the internet does not know), all or no.'),
  diskReserve: setting(diskShare, '5 %', 'Free space that uploads leave on the disk of the storage folder, a size or a part of the disk: below it no upload begins, and one that reaches it ends.'),
  readyFile: optional(text('file'), 'A file to write {"url", "pid"} to once requests are answered.'),
  maxFileSize: optional(size, 'The largest file, for all plans and anonymous uploads at once, whatever the plans say; not set: 300 MiB for Lite and anonymous, 10 GiB for Pro, 50 GiB for Max.'),
  anonymousStorage: setting(diskShareLimit, '50 %', 'How much all files of uploads without an account may take together: a size, a part of the disk of the storage folder, or unlimited; a part is no limit for files in a bucket.'),
  anonymousExpiry: setting(lifetime, '30 days', 'A file that was uploaded without an account is deleted after this long unless its uploader chooses another time; never: it stays.'),
  anonymousMaxExpiry: setting(lifetime, '365 days', 'The longest time that the uploader of such a file can choose; never: any.'),
  registration: setting(choice('open', 'invitation', 'closed'), 'open', 'Who may open accounts: open, everybody, by auth.register and on the pages; invitation, whoever an administrator invited, on the pages; closed, nobody. What an administrator chooses on the pages beats it.'),
  accountsPerHour: setting(atLeastOne, '60', 'How many accounts one address may open in each hour, and five times as many in a day; an IPv6 network of 64 bits counts as one.'),
  defaultPlan: setting(plan, 'Pro', 'The plan of new accounts.'),
  apiKeys: setting(apiKeys, 'any', 'The API keys that are accepted: any well-formed one, or those in a list.'),
  minAppVersion: optional(minimumVersions, 'The oldest app_version that gets a token or a ticket, for all programs or by API key.'),
  maxConnections: optional(atLeastOne, 'How many connections are open at once; where there are as many, those without a request give way. Not set: half of what the process may have open (ulimit -n), 10000 at most.'),
  connectionsPerAddress: optional(atLeastOne, 'How many of them one address may have, an IPv6 network of 64 bits counting as one; trusted proxies have no such limit. Not set: half of all, 1000 at most.'),
  sessionIdle: setting(duration, '30 minutes', 'A session ends this long after its last use.'),
  tokenLifetime: setting(duration, '30 days', 'How long a token can be logged in with.'),
  deleteByGet: setting(flag, 'no', 'Whether GET /delete/ID/CODE?action=1 deletes; one old client needs it, but link previews follow links.'),
  drainDelay: setting(timer(0), '0 seconds', 'After SIGTERM /readyz says 503 for this long before no connection is accepted any more: set it to what a balancer needs to notice.'),
  gracePeriod: setting(timer(0), '60 seconds', 'After SIGTERM running transfers have this long to finish.'),
  headersTimeout: setting(timer(100), '30 seconds', 'A request whose headers take longer is closed.'),
  bodyTimeout: setting(timer(100), '30 seconds', 'A request that brings no file is closed when its body has not come whole after this long.'),
  stallTimeout: setting(timer(100), '2 minutes', 'A transfer in which no byte moves for this long is closed; one that still moves never is, but for a download at less than 1 KB/s of a file with a download limit, for which others wait.'),
  drainLimit: setting(size, '256 MiB', 'A refused upload is read on up to this size, so that simple clients see the answer.'),
  smtpUrl: { ...optional(smtpUrl, 'The mail server, such as smtp://user:password@mail.example.org:587 for STARTTLS, smtps://… for TLS from the start, smtp://…?tls=none for no encryption; not set: mail waits in the storage, for respace mail list to show.'), isSecret: true },
  mailFrom: optional(mailbox, 'The sender of mails, such as "Our files <files@example.org>"; needed with RESPACE_SMTP_URL.'),
  smtpName: optional(hostName, 'The name by which this server introduces itself to the mail server (EHLO); not set: the host of public-url, or the domain of mail-from.'),
  smtpCa: optional(certificates, 'A file with the certificates (PEM) of the authority that signed the mail server\'s; not set: those that Node.js trusts.'),
  smtpTimeout: setting(timer(100), '1 minute', 'A mail that the mail server has not taken after this long is tried again later.'),
  mailsPerHour: setting(count, '100', 'How many mails a user may cause in each hour; all who have no account share as many.'),
  metricsListen: setting(listenAddresses, 'none', 'Addresses that answer GET /metrics for Prometheus and nothing else, such as http://127.0.0.1:9464.'),
  metricsToken: { ...optional(token, 'Whoever brings this token (Authorization: Bearer) gets GET /metrics at the main address as well; not set: nobody.'), isSecret: true },
  logLevel: setting(choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), 'info', 'What is logged.'),
  secretKey: { ...optional(secretKey, 'The key that passwords are encrypted with; not set: secret.key in the storage folder, made at the first start.'), isSecret: true }
}

export type SettingName = keyof typeof SETTINGS
export type Config = { readonly [K in SettingName]: typeof SETTINGS[K] extends Setting<infer T> ? T : never } & {
  /** Only the settings file changes them. */
  readonly plans: Plans
  /** Each setting as it was written, '' for one that is not set; of secrets, whether they are. */
  readonly written: Readonly<Record<string, string>>
}

/** `publicUrl` is `--public-url`, `RESPACE_PUBLIC_URL`, and `public-url` in the settings file. */
export const keyOfSetting = keyOf
export const flagOf = (name: string): string => '--' + keyOf(name)
export const variableOf = (name: string): string => 'RESPACE_' + name.replace(/[A-Z]/g, letter => '_' + letter).toUpperCase()

/** What has no flag, for `--help`: a line each. */
export const SECRET_VARIABLES = Object.entries(SETTINGS).filter(([, { isSecret }]) => isSecret)
  .map(([name, { about }]) => `  ${variableOf(name)}  ${about}`).join('\n')

/** All that is wrong with the settings, one sentence each. */
export class ConfigProblems extends Error {
  constructor (problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : `the settings have ${problems.length} problems:\n  ${problems.join('\n  ')}`)
  }
}

type Texts = Readonly<Record<string, string | undefined>>

/** Defaults of the emulator that differ: nothing in it is worth waiting for, programs with built-in addresses reach it as a proxy, and a header is enough to come over HTTPS. */
export const EMULATOR_DEFAULTS = {
  defaultPlan: 'Lite',
  gracePeriod: '0',
  proxyMode: 'yes',
  trustProxy: 'all',
  logLevel: 'warn',
  // Tests turn the clock by years, on machines whose disks are nearly full.
  diskReserve: '0',
  anonymousStorage: 'unlimited',
  anonymousExpiry: 'never',
  anonymousMaxExpiry: 'never'
} satisfies Texts

/** What `respace exec` tells the command that it runs: no settings, though they begin like some. */
export const EXEC_VARIABLES = { url: 'RESPACE_URL', apiKey: 'RESPACE_API_KEY', user: 'RESPACE_USER', password: 'RESPACE_PASSWORD' }

/** Reads the settings, and the file that they name. Throws ConfigProblems with all that is wrong. */
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
      // A shell takes them off; files of variables for Docker and systemd need not. Nobody takes off those of a word processor.
      if (/^(?:(["'`]).*\1|[“”„«»‘’‚].*[“”«»‘’])$/s.test(written)) throw new Error('remove the quotes around the value')
      values[name] = written === '' ? undefined : kind.read(written)
    } catch (error) {
      // Nor is an address repeated into which somebody wrote a password.
      const shown = isSecret || /:\/\/[^/?]*@/.test(sent ?? '') ? '' : `, got ${JSON.stringify(sent)}`
      problems.push(`${source}: ${reasonOf(error)}${shown}`)
    }
  }
  const known = new Set([...Object.keys(SETTINGS).map(variableOf), ...Object.values(EXEC_VARIABLES)])
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
  if (problems.length === 0) problems.push(...tlsProblems(values as Config), ...metricsProblems((values as Config).metricsListen))
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

/** This program's variables and others, for a program that it starts. */
export const environmentWith = (others: Texts): Texts => ({ ...process.env, ...others })

/** An API key that is accepted, for those who try. */
export const sampleKey = ({ apiKeys }: Pick<Config, 'apiKeys'>): string => apiKeys === 'any' ? 'RESPACE001' : [...apiKeys][0] ?? ''

/** From package.json. */
export function readVersion (): string {
  return (JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string }).version
}

/** The commit that was built, '' when that is not known. */
export function readCommit (): string {
  try {
    return (JSON.parse(readFileSync(packagePath('dist/build.json'), 'utf8')) as { commit: string }).commit
  } catch {
    return ''
  }
}
