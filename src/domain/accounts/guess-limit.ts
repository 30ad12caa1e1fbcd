/** How often a stranger may guess (our choice). These are constants: no operator needs to change them. */
import { isIPv6 } from 'node:net'

/** The window in which wrong attempts are counted, in milliseconds. */
export const ATTEMPT_WINDOW = 15 * 60 * 1000

/** Wrong attempts at one secret from one address, browser or session. */
export const MAX_ATTEMPTS_FROM_ORIGIN = 10
/** Wrong attempts from one address at all secrets in total. */
export const MAX_ATTEMPTS_FROM_ADDRESS = 50
/** Wrong attempts at one secret from all addresses that never knew it. */
export const MAX_ATTEMPTS_AT_SECRET = 100

/** How long an address that proved a secret stays known, in milliseconds: strangers cannot lock it out. */
export const KNOWN_FOR = 30 * 24 * 60 * 60 * 1000
/** A known address is written again only after this long: a program that logs in at every run seldom costs a write. */
export const KNOWN_RENEWAL = 24 * 60 * 60 * 1000

/**
 * How many unknown ids one address may request in the same window. Ids of files and folders are short: 36^6
 * exist. A link checker requests hundreds of dead ones. Ids of 96 bits and more cannot be guessed: for them the limit only
 * bounds the cost of a search, and a right one is still answered.
 */
export const MISS_LIMITS = {
  id: { most: 1000, isGuessable: true },
  upload: { most: 1000, isGuessable: false },
  link: { most: 1000, isGuessable: false },
  code: { most: 20, isGuessable: false },
  invitation: { most: 20, isGuessable: false },
  'set-up': { most: 20, isGuessable: false },
  'password link': { most: 20, isGuessable: false },
  'upload key': { most: 20, isGuessable: false }
} as const

export type MissKind = keyof typeof MISS_LIMITS

const FREE_SHARE = 0.3
const FIRST_DELAY = 100
const LONGEST_DELAY = 1000

/** Delay of the next answer in milliseconds: none for the first three tenths of a limit, then doubled at each tenth, up to a second. */
export function delayAfter (attempts: number, most: number): number {
  const steps = Math.floor((attempts / most - FREE_SHARE) * 10 + 1e-9)
  return steps < 0 ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** steps)
}

/** An IPv6 /64 network belongs to one customer, so it counts as one address. All spellings of an IPv4 address are the same address. */
export function networkOf (address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - rest.length }, () => '0')
  return [...groups, ...zeros, ...rest].slice(0, 4).map(group => group.replace(/^0+(?=.)/, '')).join(':')
}
