/** The client's address in a canonical form: limits count by it, and the security log shows it. */
import { isIP, isIPv6 } from 'node:net'
import type { TrustedPeers } from './trusted-peers.ts'

/**
 * An address in canonical form: IPv6 in its short form in lower case, IPv4-mapped IPv6 as IPv4, without the port,
 * brackets and zone that proxies add. undefined for anything that is not an address.
 */
export function plainAddress (text: string): string | undefined {
  const written = text.trim().replace(/^"(.*)"$/s, '$1')
  const [, bracketed, dotted] = /^(?:\[([^\][]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(written) ?? []
  const address = (bracketed ?? dotted ?? written).replace(/%.*$/s, '')
  if (isIP(address) === 0 || (bracketed !== undefined && !isIPv6(bracketed))) return undefined
  return isIPv6(address) ? shortForm(address) : address
}

/**
 * The client's address: the nearest one that is not a trusted proxy. If a proxy sends no valid address, its own address
 * counts, so that a client cannot change its address by writing anything in the header.
 */
export function clientAddress (peer: string, forwardedFor: string, isTrusted: TrustedPeers): string {
  let address = plainAddress(peer) ?? peer
  if (!isTrusted(peer)) return address
  for (const text of forwardedFor.split(',').reverse()) {
    const next = plainAddress(text)
    if (next === undefined) return address
    address = next
    if (!isTrusted(address)) return address
  }
  return address
}

/** As in URLs, where IPv4-mapped IPv6 ends in two groups of hex digits. */
function shortForm (address: string): string {
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  return [high, low].map(group => parseInt(group, 16)).flatMap(group => [group >> 8, group & 255]).join('.')
}
