/** How often a stranger may guess (our choice). Nobody needs to change these numbers, so they are no settings. */
import { isIPv6 } from 'node:net'

/** Milliseconds in which wrong attempts are counted, and after which the count begins again. */
export const ATTEMPT_WINDOW = 15 * 60 * 1000

/** Wrong attempts at one secret from one address, browser or session. */
export const MAX_ATTEMPTS_FROM_ORIGIN = 10
/** Wrong attempts from one address at all secrets together. */
export const MAX_ATTEMPTS_FROM_ADDRESS = 50
/** Wrong attempts at one secret from all addresses that never knew it. */
export const MAX_ATTEMPTS_AT_SECRET = 100

/** An address that proved a secret is known for this long afterwards, in milliseconds: strangers cannot lock it out. */
export const KNOWN_FOR = 30 * 24 * 60 * 60 * 1000
/** So that a program which logs in at every run seldom costs this write. */
export const KNOWN_RENEWAL = 24 * 60 * 60 * 1000

/**
 * What somebody may ask for that is not there, from one address in the same window. Ids of files and folders are short: 36^6
 * exist. A link checker asks for hundreds of dead ones. What has 96 bits and more cannot be guessed: there the limit only
 * keeps a search from costing us much, and what is right is answered nevertheless.
 */
export const MISS_LIMITS = {
  id: { most: 1000, isGuessable: true },
  upload: { most: 1000, isGuessable: false },
  link: { most: 1000, isGuessable: false },
  code: { most: 20, isGuessable: false },
  invitation: { most: 20, isGuessable: false },
  'set-up': { most: 20, isGuessable: false },
  'upload key': { most: 20, isGuessable: false }
} as const

export type MissKind = keyof typeof MISS_LIMITS

const FREE_SHARE = 0.3
const FIRST_DELAY = 100
const LONGEST_DELAY = 1000

/** Milliseconds before the next answer: nothing for the first three tenths of a limit, then twice as much at each tenth up to a second. */
export function delayAfter (attempts: number, most: number): number {
  const steps = Math.floor((attempts / most - FREE_SHARE) * 10 + 1e-9)
  return steps < 0 ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** steps)
}

/** A whole IPv6 network of 64 bits is one customer's: it counts as one address. An IPv4 address is the same however it is written. */
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
