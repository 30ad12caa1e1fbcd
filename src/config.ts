/** Every setting: name, kind, default and a sentence. `--help` and the README's table are made from this table. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readMailbox, type Mailbox } from './domain/email.ts'
import { PLAN_NAMES, type PlanName } from './domain/plan.ts'
import { readSmtpServer, type SmtpServer } from './domain/smtp-server.ts'

/** How a setting is written. `read` throws a text that says what was expected. */
interface Kind<T> {
  readonly name: string
  read (text: string): T
}

interface Setting<T> {
  readonly kind: Kind<T>
  /** As it would be written; '' is "not set". */
  readonly fallback: string
  readonly about: string
  /** Never on the command line, where other users of the machine see it. */
  readonly isSecret: boolean
}

const text = (name: string): Kind<string> => ({ name, read: value => value })

const port: Kind<number> = {
  name: 'port',
  read (value) {
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65535) throw new Error('expected a port from 0 to 65535, 0 picks a free one')
    return Number(value)
  }
}

const flag: Kind<boolean> = {
  name: 'yes|no',
  read (value) {
    if (/^(?:yes|true|on|1)$/i.test(value)) return true
    if (/^(?:no|false|off|0)$/i.test(value)) return false
    throw new Error('expected yes or no')
  }
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1, b: 1, kb: 1000, mb: 1000 ** 2, gb: 1000 ** 3, tb: 1000 ** 4, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4
}

/** Bytes, or a number with a unit: `8 GiB`, `500 MB`. */
export const size: Kind<number> = {
  name: 'size',
  read (value) {
    const parts = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value)
    const bytes = Math.floor(Number(parts?.[1]) * (SIZE_UNITS[(parts?.[2] ?? '').toLowerCase()] ?? NaN))
    if (!Number.isSafeInteger(bytes)) throw new Error('expected bytes or a size such as 500 MB or 8 GiB')
    return bytes
  }
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  ms: 1, s: 1000, second: 1000, m: 60_000, min: 60_000, minute: 60_000, h: 3_600_000, hour: 3_600_000, d: 86_400_000, day: 86_400_000
}

/** Milliseconds, from seconds or a number with a unit. */
const duration: Kind<number> = {
  name: 'duration',
  read (value) {
    const parts = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value)
    const unit = (parts?.[2] ?? '').toLowerCase()
    const milliseconds = Math.round(Number(parts?.[1]) * (TIME_UNITS[unit || 's'] ?? TIME_UNITS[unit.replace(/s$/, '')] ?? NaN))
    if (!Number.isSafeInteger(milliseconds)) throw new Error('expected seconds or a duration such as 90 s, 30 minutes or 2 hours')
    return milliseconds
  }
}

/** Timers hold 31 bits of milliseconds and fire at once beyond them. */
const LONGEST_TIMER = 24 * 86_400_000

const number: Kind<number> = {
  name: 'number',
  read (value) {
    if (!/^\d{1,9}$/.test(value)) throw new Error('expected a whole number')
    return Number(value)
  }
}

/** A duration that a timer is set to. */
function timer (least: number): Kind<number> {
  return {
    name: duration.name,
    read (value) {
      const milliseconds = duration.read(value)
      if (milliseconds < least || milliseconds > LONGEST_TIMER) throw new Error(`expected a duration from ${least} ms to 24 days`)
      return milliseconds
    }
  }
}

const address: Kind<string> = {
  name: 'address',
  read (value) {
    const url = URL.canParse(value) ? new URL(value) : undefined
    if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '' || url.pathname !== '/') {
      throw new Error('expected an address such as https://files.example.org, without a path')
    }
    return url.origin
  }
}

const apiKeys: Kind<'any' | ReadonlySet<string>> = {
  name: 'any|keys',
  read (value) {
    if (value.toLowerCase() === 'any') return 'any'
    const keys = value.split(',').map(key => key.trim())
    if (!keys.every(key => /^[A-Z0-9]{10}$/.test(key))) throw new Error('expected any, or keys of 10 characters A-Z and 0-9, separated by commas')
    return new Set(keys)
  }
}

const smtpUrl: Kind<SmtpServer> = { name: 'smtp address', read: readSmtpServer }
const mailbox: Kind<Mailbox> = { name: 'mail address', read: readMailbox }

/** The text of a file of certificates, read at once: a wrong one is told at the start and not with the first mail. */
const certificates: Kind<string> = {
  name: 'file',
  read (value) {
    try {
      const pem = readFileSync(value, 'utf8')
      return new X509Certificate(pem) && pem
    } catch {
      throw new Error('expected a file of certificates in PEM form that can be read')
    }
  }
}

const secretKey: Kind<string> = {
  name: '64 hex digits',
  read (value) {
    if (!/^[0-9a-f]{64}$/i.test(value)) throw new Error('expected 64 hex digits')
    return value.toLowerCase()
  }
}

function choice<const T extends string> (...choices: readonly T[]): Kind<T> {
  return {
    name: choices.join('|'),
    read (value) {
      const found = choices.find(name => name.toLowerCase() === value.toLowerCase())
      if (found === undefined) throw new Error(`expected one of ${choices.join(', ')}`)
      return found
    }
  }
}

export const plan: Kind<PlanName> = choice(...PLAN_NAMES)

function setting<T> (kind: Kind<T>, fallback: string, about: string): Setting<T> {
  return { kind, fallback, about, isSecret: false }
}

function optional<T> (kind: Kind<T>, about: string): Setting<T | undefined> {
  return { kind, fallback: '', about, isSecret: false }
}

export const SETTINGS = {
  host: setting(text('host'), '127.0.0.1', 'The address to listen on; 0.0.0.0 for every network.'),
  port: setting(port, '8080', 'The port to listen on; 0 picks a free one.'),
  storage: setting(text('folder'), './storage', 'The folder that holds everything: files, database, secret key.'),
  publicUrl: optional(address, 'The address in links and tickets; not set: the scheme and host the client used.'),
  trustProxy: setting(flag, 'no', 'Whether X-Forwarded-For, -Proto and -Host of a reverse proxy are believed.'),
  readyFile: optional(text('file'), 'A file to write {"url", "pid"} to once requests are answered.'),
  maxFileSize: optional(size, 'The largest file, for all plans and anonymous uploads at once; not set: 300 MiB for Lite and anonymous, 10 GiB for Pro, 50 GiB for Max.'),
  registration: setting(choice('open', 'closed'), 'open', 'Whether auth.register may be called.'),
  defaultPlan: setting(plan, 'Pro', 'The plan of new accounts.'),
  apiKeys: setting(apiKeys, 'any', 'The API keys that are accepted: any well-formed one, or those in a list.'),
  sessionIdle: setting(duration, '30 minutes', 'A session ends this long after its last use.'),
  tokenLifetime: setting(duration, '30 days', 'How long a token can be logged in with.'),
  deleteByGet: setting(flag, 'no', 'Whether GET /delete/ID/CODE?action=1 deletes; one old client needs it, but link previews follow links.'),
  gracePeriod: setting(timer(0), '60 seconds', 'After SIGTERM running transfers have this long to finish.'),
  headersTimeout: setting(timer(100), '30 seconds', 'A request whose headers take longer is closed.'),
  stallTimeout: setting(timer(100), '2 minutes', 'A transfer in which no byte moves for this long is closed; one that still moves never is.'),
  drainLimit: setting(size, '256 MiB', 'A refused upload is read on up to this size, so that simple clients see the answer.'),
  smtpUrl: { ...optional(smtpUrl, 'The mail server, such as smtp://user:password@mail.example.org:587 for STARTTLS, smtps://… for TLS from the start, smtp://…?tls=none for no encryption; not set: mail waits in the storage, for respace mail list to show.'), isSecret: true },
  mailFrom: optional(mailbox, 'The sender of mails, such as "Our files <files@example.org>"; needed with RESPACE_SMTP_URL.'),
  smtpCa: optional(certificates, 'A file with the certificates (PEM) of the authority that signed the mail server\'s; not set: those that Node.js trusts.'),
  smtpTimeout: setting(timer(100), '1 minute', 'A mail that the mail server has not taken after this long is tried again later.'),
  mailsPerHour: setting(number, '100', 'How many mails a user may cause in each hour; all who have no account share as many.'),
  logLevel: setting(choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), 'info', 'What is logged.'),
  secretKey: { ...optional(secretKey, 'The key that passwords are encrypted with; not set: secret.key in the storage folder, made at the first start.'), isSecret: true }
}

export type SettingName = keyof typeof SETTINGS
export type Config = { readonly [K in SettingName]: typeof SETTINGS[K] extends Setting<infer T> ? T : never }

/** `publicUrl` is `--public-url` and `RESPACE_PUBLIC_URL`. */
export const flagOf = (name: string): string => '--' + name.replace(/[A-Z]/g, letter => '-' + letter.toLowerCase())
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

/** Reads the settings from flags (by name) and `RESPACE_` variables; a flag wins. Throws ConfigProblems with all of them. */
export function readConfig (
  flags: Readonly<Record<string, string | undefined>> = {}, environment: Readonly<Record<string, string | undefined>> = process.env
): Config {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, { kind, fallback, isSecret }] of Object.entries(SETTINGS)) {
    const [source, sent] = flags[name] === undefined ? [variableOf(name), environment[variableOf(name)]] : [flagOf(name), flags[name]]
    const written = sent === undefined || sent.trim() === '' ? fallback : sent.trim()
    try {
      values[name] = written === '' ? undefined : kind.read(written)
    } catch (error) {
      const shown = isSecret ? '' : `, got ${JSON.stringify(sent)}`
      problems.push(`${source}: ${error instanceof Error ? error.message : String(error)}${shown}`)
    }
  }
  const known = new Set(Object.keys(SETTINGS).map(variableOf))
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('RESPACE_') && !known.has(variable)) problems.push(`${variable}: no such setting; see respace serve --help`)
  }
  if (values.smtpUrl !== undefined && values.mailFrom === undefined && !problems.some(problem => /MAIL_FROM|mail-from/.test(problem))) {
    problems.push(`${variableOf('mailFrom')}: needed with ${variableOf('smtpUrl')}: who sends the mails, such as "Our files <files@example.org>"`)
  }
  if (problems.length > 0) throw new ConfigProblems(problems)
  return values as Config
}

/** From package.json. */
export function readVersion (): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}
