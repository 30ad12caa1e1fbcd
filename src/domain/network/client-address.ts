/** Where a request came from, as one text for one address: limits count by it, and the security log shows it. */
import { plainAddress } from './plain-address.ts'
import type { TrustedPeers } from './trusted-peers.ts'

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
