/**
 * One limiter for all attempts of strangers. It counts in the database, so that several servers count together,
 * and counts only wrong attempts, so that a program with the right password is never slowed down:
 *
 * - `limitGuesses` for passwords and other secrets that can be guessed,
 * - `limitMisses` for requested ids and codes that do not exist.
 *
 * Both throw TooManyAttempts, and write one event when a limit is reached.
 */
import type { SecurityEvent } from '../domain/event.ts'
import {
  ATTEMPT_WINDOW, delayAfter, KNOWN_FOR, KNOWN_RENEWAL, MAX_ATTEMPTS_AT_SECRET, MAX_ATTEMPTS_FROM_ADDRESS, MAX_ATTEMPTS_FROM_ORIGIN, MISS_LIMITS, networkOf, type MissKind
} from '../domain/accounts/guess-limit.ts'
import type { Policy } from '../domain/policy.ts'
import { remembering } from '../domain/remembering.ts'
import type { Ports } from '../ports.ts'
import {
  countAttempt, findKnownOrigin, keepAttempt, proveAttempt, readCounts, reserveAttempt, returnAttempt, type Counted, type Counter
} from '../store/accounts/attempts.ts'
import { recordEvent } from '../store/operations/events.ts'
import { beginCheck, endCheck, endOfOne } from './checks-in-progress.ts'
import { TooManyAttempts, type ErrorName } from './errors.ts'

/** The dependencies of the limiter. */
export interface Limited {
  readonly ports: Pick<Ports, 'sql' | 'clock' | 'ids' | 'vault'>
  readonly policy: Pick<Policy, 'limitsAttempts'>
}

/** The event's text when a limit is reached: the owner of the secret, and the path of the attempt. Never a secret. */
type Note = Pick<SecurityEvent, 'about'> & Partial<Pick<SecurityEvent, 'who'>>

export interface Guess extends Note {
  /** The secret that is guessed, such as `account 7`: wrong attempts at it are counted together for all pages and calls. */
  readonly secret: string
  readonly address: string
  /** A browser or a session that proved itself by other means: it has its own count, and attempts of strangers do not affect it. */
  readonly trusted?: string | undefined
  /** The refusal to answer with; its info is `too many attempts`. */
  readonly error: ErrorName
}

/** The most attempts that may wait at once; more are refused. */
const MAX_HELD = 200
/** When attempts being checked by other servers fill a limit: milliseconds until the next look, and the number of looks. */
const RETRY_AFTER = 20
const MAX_RETRIES = 100

/**
 * Checks a secret that can be guessed, unless there were too many attempts from this address, at this secret, or at all secrets
 * from this address. `check` resolves to undefined for a wrong one, and so does this. The attempt is counted before it is checked,
 * and uncounted when it was right: concurrent attempts cannot exceed the limit. Throws TooManyAttempts.
 */
export async function limitGuesses<T> (limited: Limited, guess: Guess, check: () => Promise<T | undefined>): Promise<T | undefined> {
  if (!limited.policy.limitsAttempts) return check()
  const { sql, clock } = limited.ports
  const { counters, isToRemember } = await countersOf(limited, guess)
  const subjects = counters.map(({ subject }) => subject)
  await reserve(limited, counters, subjects, guess.error)
  try {
    const found = await checkOrReturn(check, limited, counters)
    const now = clock.now()
    if (found !== undefined) await proveAttempt(sql, counters, isToRemember, now)
    else if (await keepAttempt(sql, counters, now)) await note(limited, guess)
    return found
  } finally {
    endCheck(subjects)
  }
}

/** How to look something up, and how to count it when it does not exist. */
export interface Look<T> extends Pick<Note, 'about'> {
  readonly address: string
  readonly error: ErrorName
  look (): Promise<T | undefined>
  /** How many of the requested ids do not exist. Default: 1 when nothing was found. */
  countMisses? (found: T | undefined): number
}

/** Looks something up by an id or a code. Missing ones are counted for the address; beyond the limit nothing is found. Throws TooManyAttempts. */
export async function limitMisses<T> (limited: Limited, kind: MissKind, { address, about, error, look, countMisses = isMiss }: Look<T>): Promise<T | undefined> {
  const found = await look()
  if (!limited.policy.limitsAttempts) return found
  const { most, isGuessable } = MISS_LIMITS[kind]
  const misses = countMisses(found)
  if (misses === 0 && !isGuessable) return found
  const { sql, clock } = limited.ports
  const now = clock.now()
  const since = now - ATTEMPT_WINDOW
  const subject = missSubject(limited, `${kind} ${networkOf(address)}`)
  const counted = misses === 0 ? (await readCounts(sql, [subject], since)).get(subject) : await countAttempt(sql, subject, misses, since, now)
  if (counted === undefined || counted.attempts <= most) return found
  if (misses > 0 && counted.attempts - misses <= most) await note(limited, { about, address })
  throw new TooManyAttempts(error, timeLeft(counted, now))
}

const isMiss = (found: unknown): number => found === undefined ? 1 : 0

/** The counters of an attempt. From an address that proved the secret before only its own counter applies: strangers cannot fill it from elsewhere. */
async function countersOf (limited: Limited, { secret, address, trusted }: Guess): Promise<{ readonly counters: readonly Counter[], readonly isToRemember: boolean }> {
  const { sql, clock } = limited.ports
  if (trusted !== undefined) return { counters: [{ subject: subjectOf(limited, 'trusted', secret, trusted), most: MAX_ATTEMPTS_FROM_ORIGIN }], isToRemember: false }
  const network = networkOf(address)
  const own = { subject: subjectOf(limited, 'origin', secret, network), most: MAX_ATTEMPTS_FROM_ORIGIN }
  const age = clock.now() - (await findKnownOrigin(sql, own.subject) ?? 0)
  const counters = age < KNOWN_FOR
    ? [own]
    : [
        own,
        { subject: subjectOf(limited, 'address', network), most: MAX_ATTEMPTS_FROM_ADDRESS },
        { subject: subjectOf(limited, 'secret', secret), most: MAX_ATTEMPTS_AT_SECRET }
      ]
  return { counters, isToRemember: age >= KNOWN_RENEWAL }
}

/** Returns once the attempt is counted and may be checked. */
async function reserve (limited: Limited, counters: readonly Counter[], subjects: readonly string[], error: ErrorName): Promise<void> {
  const { sql, clock } = limited.ports
  const milliseconds = await delayBefore(limited, counters, error)
  if (milliseconds > 0) await hold(clock.sleep(milliseconds), error)
  for (let retries = 0; retries < MAX_RETRIES;) {
    const now = clock.now()
    if (await reserveAttempt(sql, counters, now - ATTEMPT_WINDOW, now)) return beginCheck(subjects)
    // At the limit together with attempts being checked: honest programs that log in concurrently only wait for each other.
    await delayBefore(limited, counters, error)
    const end = endOfOne(subjects)
    // Other servers are checking them.
    if (end === undefined) retries++
    await hold(end ?? clock.sleep(RETRY_AFTER), error)
  }
  throw new TooManyAttempts(error, RETRY_AFTER * MAX_RETRIES)
}

/** The delay in milliseconds, from the number of wrong attempts. Throws when there were too many. */
async function delayBefore ({ ports: { sql, clock } }: Limited, counters: readonly Counter[], error: ErrorName): Promise<number> {
  const now = clock.now()
  const counts = await readCounts(sql, counters.map(({ subject }) => subject), now - ATTEMPT_WINDOW)
  const delays = counters.map(({ subject, most }) => {
    const counted = counts.get(subject)
    if (counted === undefined) return 0
    const wrong = counted.attempts - counted.pending
    if (wrong >= most) throw new TooManyAttempts(error, timeLeft(counted, now))
    return delayAfter(wrong, most)
  })
  return Math.max(...delays)
}

let held = 0

/** Waits, unless too many are waiting. */
async function hold (wait: Promise<void>, error: ErrorName): Promise<void> {
  if (held >= MAX_HELD) throw new TooManyAttempts(error, RETRY_AFTER * MAX_RETRIES)
  held++
  try {
    await wait
  } finally {
    held--
  }
}

/** A check that failed says nothing about the secret, and is not counted. */
async function checkOrReturn<T> (check: () => Promise<T>, { ports: { sql } }: Limited, counters: readonly Counter[]): Promise<T> {
  try {
    return await check()
  } catch (error) {
    await returnAttempt(sql, counters)
    throw error
  }
}

const timeLeft = ({ beganAt }: Counted, now: number): number => beganAt + ATTEMPT_WINDOW - now

const note = ({ ports }: Limited, { who = '', about, address }: Note & { readonly address: string }): Promise<void> =>
  recordEvent(ports, { kind: 'attempts-limited', who, about, address })

/** The same few addresses ask often, and a keyed hash takes as long as the query for its count. */
const missSubjects = new WeakMap<Ports['vault'], (from: string) => string>()

function missSubject (limited: Limited, from: string): string {
  const { vault } = limited.ports
  const known = missSubjects.get(vault) ?? remembering(1000, each => subjectOf(limited, 'misses', ...each.split(' ')))
  missSubjects.set(vault, known)
  return known(from)
}

/** A keyed hash: people type passwords into the wrong field, and addresses are private. */
const subjectOf = ({ ports: { vault } }: Limited, ...parts: string[]): string => vault.sign('attempt', ...parts.map(part => part.replaceAll('\0', ''))).toString('hex')
