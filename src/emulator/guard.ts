/** Who may use the control plane: on loopback programs of this machine, elsewhere whoever has the token. */
import type { IncomingHttpHeaders } from 'node:http'
import { equals } from '../domain/credentials.ts'
import { bearerOf } from '../http/bearer.ts'
import { ControlProblem } from './control-problem.ts'

export const isLoopback = (host: string): boolean => /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|\[::1\])$/i.test(host)

/**
 * Throws 401 or 403. With a token it alone counts. Without one a page of the web must not reach it: by a name that it lets
 * point to this machine (DNS rebinding) it sends its own name as Host, and from elsewhere its own Origin.
 */
export function demandAccess (headers: IncomingHttpHeaders, token: string | undefined): void {
  if (token !== undefined) {
    if (!equals(bearerOf({ headers }), token)) throw new ControlProblem(401, 'the token is missing or wrong', 'send Authorization: Bearer TOKEN; dev printed it at its start')
    return
  }
  const host = (headers.host ?? '').replace(/:\d{1,5}$/, '')
  if (!isLoopback(host)) throw new ControlProblem(403, `"${host}" is no loopback name`, 'address it as 127.0.0.1, [::1] or localhost')
  const { origin } = headers
  if (origin === undefined) return
  const isLocal = URL.canParse(origin) && isLoopback(new URL(origin).hostname)
  if (!isLocal) throw new ControlProblem(403, `a page of ${origin} may not use this`, 'call it from a program or from a page of this machine')
}
