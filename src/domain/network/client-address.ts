/** Where a request came from, as one text for one address: limits count by it, and the security log shows it. */
import { isIP, isIPv6 } from 'node:net'
import type { TrustedPeers } from './trusted-peers.ts'

/**
 * An address as it is always written: IPv6 in its short form in lower case, IPv4 inside of IPv6 as IPv4, without port,
 * brackets and zone, which proxies write beside it. undefined for what is no address.
 */
export function plainAddress (text: string): string | undefined {
  const written = text.trim().replace(/^"(.*)"$/s, '$1')
  const [, bracketed, dotted] = /^(?:\[([^\][]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(written) ?? []
  const address = (bracketed ?? dotted ?? written).replace(/%.*$/s, '')
  if (isIP(address) === 0 || (bracketed !== undefined && !isIPv6(bracketed))) return undefined
  return isIPv6(address) ? shortForm(address) : address
}

/**
 * The client's address: the first one, seen from us, that is no reverse proxy of ours. A proxy that names no address counts
 * itself, so that nobody is somebody else with each request by what he writes there.
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

/** As in links, where IPv4 inside of IPv6 is two groups of hex digits. */
function shortForm (address: string): string {
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  return [high, low].map(group => parseInt(group, 16)).flatMap(group => [group >> 8, group & 255]).join('.')
}
