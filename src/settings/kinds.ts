/** The kinds of settings: each turns text into a value. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { reasonOf } from '../domain/as-error.ts'
import { readBlobStore, type BlobStore } from '../domain/files/blob-store.ts'
import { readMailbox, type Mailbox } from '../domain/mail/email.ts'
import { readSmtpServer, type SmtpServer } from '../domain/mail/smtp-server.ts'
import { ANONYMOUS_CAPABILITIES, CAPABILITIES, PLAN_NAMES, UNLIMITED, type Capability, type PlanName } from '../domain/accounts/plan.ts'
import { readMinimum, type MinimumVersions } from '../domain/accounts/app-version.ts'

/** How a setting is written. `read` throws an error that says what was expected. */
export interface Kind<T> {
  readonly name: string
  /** The flag may be repeated; everywhere else the values are separated by commas. */
  readonly isList?: true
  /** How JSON writes it, as JSON Schema; not given: as a text. */
  readonly schema?: object
  read (text: string): T
}

export const text = (name: string): Kind<string> => ({ name, read: value => value })

export const port: Kind<number> = {
  name: 'port',
  read (value) {
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65535) throw new Error('expected a port from 0 to 65535; 0 picks a free one')
    return Number(value)
  }
}

export const flag: Kind<boolean> = {
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
  schema: { anyOf: [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, { type: 'string', pattern: '^\\d+(\\.\\d+)?\\s*([Bb]|[KMGTkmgt][Ii]?[Bb])?$' }], description: 'bytes, or a size such as 8 GiB' },
  read (value) {
    const parts = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value)
    const bytes = Math.floor(Number(parts?.[1]) * (SIZE_UNITS[(parts?.[2] ?? '').toLowerCase()] ?? NaN))
    if (Number.isNaN(bytes)) throw new Error('expected bytes or a size such as 500 MB or 8 GiB')
    if (bytes > Number.MAX_SAFE_INTEGER) throw new Error(`expected at most ${Number.MAX_SAFE_INTEGER} bytes`)
    return bytes
  }
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  ms: 1, s: 1000, second: 1000, m: 60_000, min: 60_000, minute: 60_000, h: 3_600_000, hour: 3_600_000, d: 86_400_000, day: 86_400_000
}

/** Milliseconds, from seconds or a number with a unit. */
export const duration: Kind<number> = {
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

/** A duration for a timer, from `least` milliseconds up. */
export function timer (least: number): Kind<number> {
  return {
    name: duration.name,
    read (value) {
      const milliseconds = duration.read(value)
      if (milliseconds < least || milliseconds > LONGEST_TIMER) throw new Error(`expected a duration from ${least} ms to 24 days`)
      return milliseconds
    }
  }
}

export const apiKeys: Kind<'any' | ReadonlySet<string>> = {
  name: 'any|keys',
  read (value) {
    if (value.toLowerCase() === 'any') return 'any'
    const keys = value.split(',').map(key => key.trim())
    if (!keys.every(key => /^[A-Z0-9]{10}$/.test(key))) throw new Error('expected any, or keys of 10 characters A-Z and 0-9, separated by commas')
    return new Set(keys)
  }
}

export const blobStore: Kind<BlobStore> = { name: 's3 address', read: readBlobStore }
export const smtpUrl: Kind<SmtpServer> = { name: 'smtp address', read: readSmtpServer }
/** An address with one of the schemes, as written: the client library reads the rest. */
const addressOf = (name: string, ...schemes: readonly string[]): Kind<string> => ({
  name,
  read (value) {
    if (!URL.canParse(value) || !schemes.includes(new URL(value).protocol)) throw new Error(`expected an address that begins with ${schemes.map(scheme => `${scheme}//`).join(' or ')}`)
    return value
  }
})

export const databaseUrl = addressOf('postgres address', 'postgres:', 'postgresql:')
export const redisUrl = addressOf('redis address', 'redis:', 'rediss:')
export const mailbox: Kind<Mailbox> = { name: 'mail address', read: readMailbox }

/** The content of a certificate file, read at startup, so that an error is reported then and not with the first mail. */
export const certificates: Kind<string> = {
  name: 'file',
  read (value) {
    try {
      const pem = readFileSync(value, 'utf8')
      return new X509Certificate(pem) && pem
    } catch {
      throw new Error('expected a readable file of certificates in PEM format')
    }
  }
}

/** A path of a web server, with a slash at both ends. */
export const location: Kind<string> = {
  name: 'path',
  read (value) {
    if (!/^\/(?:[\w.~-]+\/)+$/.test(value)) throw new Error('expected a path such as /stored/')
    return value
  }
}

/** Too long to be guessed. */
export const token: Kind<string> = {
  name: 'token',
  read (value) {
    if (!/^[\x21-\x7e]{16,}$/.test(value)) throw new Error('expected at least 16 characters without spaces')
    return value
  }
}

export const secretKey: Kind<string> = {
  name: '64 hex digits',
  read (value) {
    if (!/^[0-9a-f]{64}$/i.test(value)) throw new Error('expected 64 hex digits')
    return value.toLowerCase()
  }
}

export function choice<const T extends string> (...choices: readonly T[]): Kind<T> {
  return {
    name: choices.join('|'),
    schema: { type: 'string', enum: choices },
    read (value) {
      const found = choices.find(name => name.toLowerCase() === value.toLowerCase())
      if (found === undefined) throw new Error(`expected one of ${choices.join(', ')}`)
      return found
    }
  }
}

export const plan: Kind<PlanName> = choice(...PLAN_NAMES)

/** The kind, plus the word `unlimited`. */
const orUnlimited = (kind: Kind<number>, unlimited: number): Kind<number> => ({
  name: `${kind.name}|unlimited`,
  schema: { anyOf: [kind.schema ?? { type: 'string' }, { type: 'string', const: 'unlimited' }] },
  read (value) {
    if (value.toLowerCase() === 'unlimited') return unlimited
    try {
      return kind.read(value)
    } catch (error) {
      throw new Error(`${reasonOf(error)}, or unlimited`)
    }
  }
})

/** The most of what is counted. */
const MAX_COUNT = 999_999_999

/** A whole number between two bounds, both included; `what` it is stands in messages. */
export const between = (min: number, max: number, what = 'a whole number'): Kind<number> => ({
  name: `${min}-${max}`,
  schema: { type: 'integer', minimum: min, maximum: max },
  read (value) {
    if (!/^\d{1,16}$/.test(value) || Number(value) < min || Number(value) > max) throw new Error(`expected ${what} from ${min} to ${max}`)
    return Number(value)
  }
})

export const count: Kind<number> = { ...between(0, MAX_COUNT), name: 'number' }

export const atLeastOne: Kind<number> = { ...between(1, MAX_COUNT), name: count.name }

export const connections: Kind<number> = { ...between(1, 1000), name: count.name }

export const sizeLimit = orUnlimited(size, UNLIMITED)
export const countLimit = orUnlimited(count, UNLIMITED)

/** KB/s; unlimited is 0, as for `speed_limit` in the guide. */
export const speed: Kind<number> = { ...orUnlimited(between(0, MAX_COUNT, 'KB/s as a whole number'), 0), name: 'KB/s|unlimited' }

/** A list of capabilities, `all` or `none`. */
function capabilitiesOutOf (known: readonly Capability[]): Kind<ReadonlySet<Capability>> {
  return {
    name: `${known.join(',')}|none`,
    read (value) {
      if (value.toLowerCase() === 'none') return new Set()
      if (value.toLowerCase() === 'all') return new Set(known)
      const chosen = value.toLowerCase().split(',').map(item => known.find(capability => capability === item.trim()))
      const found = chosen.filter(capability => capability !== undefined)
      if (found.length < chosen.length) throw new Error(`expected all, none, or a list of ${known.join(', ')}`)
      return new Set(found)
    }
  }
}

export const capabilities = capabilitiesOutOf(CAPABILITIES)
export const anonymousCapabilities = capabilitiesOutOf(ANONYMOUS_CAPABILITIES)

/** A moment as RFC 3339 writes it: programs write offsets, and fractions down to nanoseconds. Seconds may be left out. */
const MOMENT = /^(\d{4}-\d\d-\d\d)[Tt ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const DAY = /^\d{4}-\d\d-\d\d$/

/** Unix milliseconds. A day counts to its end, so that an operator sees the same day again. */
export const moment: Kind<number> = {
  name: 'date',
  schema: { type: 'string', pattern: `${DAY.source}|${MOMENT.source}`, description: 'a day, which counts to its end, or a moment with Z or an offset (RFC 3339)' },
  read (value) {
    const day = DAY.test(value) ? value : MOMENT.exec(value)?.[1]
    const time = Date.parse(day === value ? `${value}T23:59:59.999Z` : value.toUpperCase().replace(' ', 'T'))
    // The 30th of February is read as a day in March.
    if (day === undefined || Number.isNaN(time) || new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day) {
      throw new Error('expected a day such as 2027-01-31, or a moment such as 2027-01-31T12:00:00Z or 2027-01-31T12:00:00+01:00')
    }
    return time
  }
}

/** The oldest version of a program that may ask for a token or a ticket, for all of them or by API key. */
export const minimumVersions: Kind<MinimumVersions> = {
  name: 'version|KEY=version,…',
  read (value) {
    const minimum = readMinimum(value)
    if (minimum === undefined) throw new Error('expected a version such as 1.4, or versions by API key such as RESPACE001=1.4,RESPACE002=2.0')
    return minimum
  }
}
