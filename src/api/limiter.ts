/**
 * One limiter for everything that a stranger may try often. It counts in the database, so that several servers count together,
 * and only what was wrong, so that a program with the right password is never slowed:
 *
 * - `limitGuesses` for passwords and other secrets that can be guessed,
 * - `limitMisses` for ids and codes that are asked for and do not exist.
 *
 * Both throw TooManyAttempts, and write one event when a limit is reached.
 */
import type { SecurityEvent } from '../domain/event.ts'
import {
  ATTEMPT_WINDOW, delayAfter, KNOWN_FOR, KNOWN_RENEWAL, MAX_ATTEMPTS_AT_SECRET, MAX_ATTEMPTS_FROM_ADDRESS, MAX_ATTEMPTS_FROM_ORIGIN, MISS_LIMITS, networkOf, type MissKind
} from '../domain/accounts/guess-limit.ts'
import type { Policy } from '../domain/policy.ts'
import type { Ports } from '../ports.ts'
import {
  countAttempt, findKnownOrigin, keepAttempt, proveAttempt, readCounts, reserveAttempt, returnAttempt, type Counted, type Counter
} from '../store/accounts/attempts.ts'
import { recordEvent } from '../store/operations/events.ts'
import { beginCheck, endCheck, endOfOne } from './checks-in-progress.ts'
import { TooManyAttempts, type ErrorName } from './errors.ts'

/** What the limiter works with. */
export interface Limited {
  readonly ports: Pick<Ports, 'sql' | 'clock' | 'ids' | 'vault'>
  readonly policy: Pick<Policy, 'limitsAttempts'>
}

/** What the event says when a limit is reached: whose secret it was, and the path where it was tried. Never a secret. */
type Note = Pick<SecurityEvent, 'about'> & Partial<Pick<SecurityEvent, 'who'>>

export interface Guess extends Note {
  /** What is guessed at, such as `account 7`: wrong attempts at it count together wherever they are made. */
  readonly secret: string
  readonly address: string
  /** A browser or a session that proved itself by other means: it counts by itself, and what strangers do is nothing to it. */
  readonly trusted?: string | undefined
  /** The refusal to answer with; its info is `too many attempts`. */
  readonly error: ErrorName
}

/** So many attempts may wait at once; more are refused. */
const MAX_HELD = 200
/** Other servers check just now what fills a limit: milliseconds until the next look, and how often one looks. */
const RETRY_AFTER = 20
const MAX_RETRIES = 100

/**
 * Checks a secret that can be guessed, unless it was tried too often from this address, at this secret, or at all secrets from
 * this address. `check` resolves to undefined for a wrong one, and so does this. The attempt is counted before it is checked
 * and given back when it was right: of many at once no more than the limit are checked. Throws TooManyAttempts.
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

/** Where there is something, and how it is counted when there is not. */
export interface Look<T> extends Pick<Note, 'about'> {
  readonly address: string
  readonly error: ErrorName
  look (): Promise<T | undefined>
  /** How many of the ids asked for were not there. Not given: 1 when nothing was found. */
  countMisses? (found: T | undefined): number
}

/** Looks for something by an id or a code. What is not there counts for the address; from too many on nothing is found. Throws TooManyAttempts. */
export async function limitMisses<T> (limited: Limited, kind: MissKind, { address, about, error, look, countMisses = isMiss }: Look<T>): Promise<T | undefined> {
  const found = await look()
  if (!limited.policy.limitsAttempts) return found
  const { most, isGuessable } = MISS_LIMITS[kind]
  const misses = countMisses(found)
  if (misses === 0 && !isGuessable) return found
  const { sql, clock } = limited.ports
  const now = clock.now()
  const since = now - ATTEMPT_WINDOW
  const subject = subjectOf(limited, 'misses', kind, networkOf(address))
  const counted = misses === 0 ? (await readCounts(sql, [subject], since)).get(subject) : await countAttempt(sql, subject, misses, since, now)
  if (counted === undefined || counted.attempts <= most) return found
  if (misses > 0 && counted.attempts - misses <= most) await note(limited, { about, address })
  throw new TooManyAttempts(error, timeLeft(counted, now))
}

const isMiss = (found: unknown): number => found === undefined ? 1 : 0

/** By what an attempt is counted. Where the secret was proved before only the own count holds: strangers cannot fill it from elsewhere. */
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
    // At the limit with those that are being checked: honest programs that log in at once only wait for each other.
    await delayBefore(limited, counters, error)
    const end = endOfOne(subjects)
    // Other servers check them.
    if (end === undefined) retries++
    await hold(end ?? clock.sleep(RETRY_AFTER), error)
  }
  throw new TooManyAttempts(error, RETRY_AFTER * MAX_RETRIES)
}

/** Milliseconds, by what was wrong up to now. Throws when that was too much. */
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

/** Waits, unless too many do. */
async function hold (wait: Promise<void>, error: ErrorName): Promise<void> {
  if (held >= MAX_HELD) throw new TooManyAttempts(error, RETRY_AFTER * MAX_RETRIES)
  held++
  try {
    await wait
  } finally {
    held--
  }
}

/** What failed tells nothing of the secret, and is no attempt. */
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

/** Signed: people type passwords into the wrong field, and addresses are nobody's business. */
const subjectOf = ({ ports: { vault } }: Limited, ...parts: string[]): string => vault.sign('attempt', ...parts.map(part => part.replaceAll('\0', ''))).toString('hex')
