/** Who may use the control plane: programs of this machine on loopback addresses, holders of the token elsewhere. */
import type { IncomingHttpHeaders } from 'node:http'
import { equals } from '../../domain/accounts/credentials.ts'
import { networkOf } from '../../domain/accounts/guess-limit.ts'
import { bearerOf } from '../../http/request/bearer.ts'
import { ControlProblem } from '../control-problem.ts'

export const isLoopback = (host: string): boolean => /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|\[::1\])$/i.test(host)

/** Period in milliseconds in which wrong tokens of one address are counted. */
const WINDOW = 15 * 60 * 1000
const MAX_FAILURES = 10
/** Further addresses share one count. */
const MAX_ADDRESSES = 10_000

/** Whether pages of an origin may read answers: local ones, or all when there is a token, because then the token protects them. */
export const mayRead = (origin: string, token: string | undefined): boolean => token !== undefined || isLocalOrigin(origin)

const isLocalOrigin = (origin: string): boolean => URL.canParse(origin) && isLoopback(new URL(origin).hostname)

/**
 * Counts wrong tokens by address, in this process only, because an emulator is one process. Local programs are not limited.
 * `proxied` are the hosts for which it is a proxy.
 */
export function createGuard (now: () => number, proxied: readonly string[] = []) {
  const counts = new Map<string, { failures: number, readonly since: number }>()
  return {
    /** Throws ControlProblem: 401, 403, or 429 when the address sent too many wrong tokens. A request without a token does not count. */
    requireAccess (address: string, headers: IncomingHttpHeaders, token: string | undefined): void {
      if (isLoopback(address.replace(/^::ffff:/, '')) || bearerOf({ headers }) === '') return requireAccess(headers, token, proxied)
      const at = now()
      for (const [key, { since }] of counts) if (since + WINDOW <= at) counts.delete(key)
      const network = networkOf(address)
      const key = counts.has(network) || counts.size < MAX_ADDRESSES ? network : ''
      const count = counts.get(key) ?? { failures: 0, since: at }
      if (count.failures >= MAX_FAILURES) throw new ControlProblem(429, 'too many wrong tokens came from this address', `try again in ${Math.ceil((count.since + WINDOW - at) / 60_000)} minutes`)
      try {
        requireAccess(headers, token, proxied)
      } catch (error) {
        count.failures++
        counts.set(key, count)
        throw error
      }
    }
  }
}

/**
 * Throws 401 or 403. If there is a token, only the token is checked. Otherwise web pages must not reach the control plane: after
 * DNS rebinding such a page sends its own name as Host, and in all other cases its own Origin. Only a program that uses the emulator
 * as its proxy names a host of `proxied` without a port.
 */
function requireAccess (headers: IncomingHttpHeaders, token: string | undefined, proxied: readonly string[]): void {
  if (token !== undefined) {
    if (!equals(bearerOf({ headers }), token)) throw new ControlProblem(401, 'the token is missing or wrong', 'send Authorization: Bearer TOKEN; dev prints it at startup')
    return
  }
  const { host: sent = '' } = headers
  const host = sent.replace(/:\d{1,5}$/, '')
  if (!isLoopback(host) && !proxied.includes(sent.toLowerCase())) throw new ControlProblem(403, `"${host}" is not a loopback name`, 'address it as 127.0.0.1, [::1] or localhost')
  const { origin } = headers
  if (origin === undefined) return
  if (!isLocalOrigin(origin)) throw new ControlProblem(403, `a page of ${origin} may not use this`, 'call it from a program or from a page of this machine')
}
