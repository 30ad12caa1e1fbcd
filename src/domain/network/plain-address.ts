/** An address as one text, however it was written. */
import { isIP, isIPv6 } from 'node:net'
import { remembering } from '../remembering.ts'

/**
 * An address as it is always written: IPv6 in its short form in lower case, IPv4 inside of IPv6 as IPv4, without port,
 * brackets and zone, which proxies write beside it. undefined for what is no address.
 */
export const plainAddress = remembering(1000, (text): string | undefined => {
  const written = text.trim().replace(/^"(.*)"$/s, '$1')
  const [, bracketed, dotted] = /^(?:\[([^\][]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/.exec(written) ?? []
  const address = (bracketed ?? dotted ?? written).replace(/%.*$/s, '')
  if (isIP(address) === 0 || (bracketed !== undefined && !isIPv6(bracketed))) return undefined
  return isIPv6(address) ? shortForm(address) : address
})

/** As in links, where IPv4 inside of IPv6 is two groups of hex digits. */
function shortForm (address: string): string {
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? []
  if (high === undefined || low === undefined) return short
  return [high, low].map(group => parseInt(group, 16)).flatMap(group => [group >> 8, group & 255]).join('.')
}
