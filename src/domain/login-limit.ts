/** How often a password may be tried on the pages before one has to wait (our choice). */
import { isIPv6 } from 'node:net'

/** Milliseconds in which attempts are counted, and after which the count begins again. */
export const ATTEMPT_WINDOW = 15 * 60 * 1000
export const MOST_ATTEMPTS_ON_ACCOUNT = 10
export const MOST_ATTEMPTS_FROM_ADDRESS = 50

/** A whole IPv6 network of 64 bits is one customer's: it counts as one address. */
export function networkOf (address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - rest.length }, () => '0')
  return [...groups, ...zeros, ...rest].slice(0, 4).map(group => group.replace(/^0+(?=.)/, '')).join(':')
}
