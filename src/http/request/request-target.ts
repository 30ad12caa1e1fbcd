/** Reads the target of a request, in any form, as the path of one of our routes. */
import type { IncomingMessage } from 'node:http'
import { hostname } from 'node:os'
import type { Config } from '../../config.ts'
import { hostAndPort } from '../../domain/network/listen-address.ts'
import { remembering } from '../../domain/remembering.ts'
import { SENDSPACE_HOSTS } from '../../domain/network/sendspace-hosts.ts'

/** The route for requests to any other host: never an open proxy. */
export const FORBIDDEN_PATH = '/.not-a-proxy'

type Request = Pick<IncomingMessage, 'url' | 'socket' | 'headers'>
type Ours = (target: URL, request: Pick<Request, 'socket'>) => boolean

/**
 * Reads the path of one of our routes. A request in absolute form (`GET http://api.sendspace.com/rest/ …`) is for the
 * host in its target, whatever its Host header says (RFC 9112, 3.2.2). The path below which we are mounted is
 * removed, unless the reverse proxy has already removed it.
 */
export function routePathReader (config: Config): (request: Request) => string {
  const read = originFormReader(config)
  return request => {
    const path = read(request) ?? FORBIDDEN_PATH
    return path === OLD_LOGIN ? '/login' : path
  }
}

/** The same as the client wrote it; undefined for a request to another host. */
export function originFormReader (config: Config): (request: Request) => string | undefined {
  const base = config.publicUrl === undefined ? '' : basePathOf(config.publicUrl)
  const isOurs = ownHostChecker(config)
  const isForUs: Ours = (target, request) => (config.proxyMode && SENDSPACE_HOSTS.includes(target.hostname)) || isOurs(target, request)
  return request => {
    const { url = '/' } = request
    const [, authority, rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? []
    if (authority === undefined) return withoutBase(url, base)
    const target = URL.canParse(url) ? new URL(url) : undefined
    if (target === undefined || !isForUs(target, request)) return undefined
    request.headers.host = target.host
    return withoutBase(rest.startsWith('/') ? rest : `/${rest}`, base)
  }
}

/** By a name that is surely ours; the Host header is no proof, since a client of a proxy sends its target's. */
export function ownHostChecker ({ publicUrl, host, listen }: Pick<Config, 'publicUrl' | 'host' | 'listen'>): Ours {
  const publicAuthority = publicUrl === undefined ? undefined : authorityOf(new URL(publicUrl))
  const names = ['127.0.0.1', 'localhost', '::1', hostname(), host, ...listen.map(address => address.host)]
  return (target, { socket: { localAddress = '', localPort = 0 } }) => {
    const asked = authorityOf(target)
    return asked === publicAuthority ||
      [...names, localAddress.replace('::ffff:', '')].some(name => hostAndPort(name.toLowerCase(), localPort) === asked)
  }
}

const authorityOf = ({ protocol, hostname, port }: URL): string => `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`

/** The path of a URL, without a final slash: '' for the root. */
export const basePathOf = remembering(1000, publicUrl => new URL(publicUrl).pathname.replace(/\/$/, ''))

/** The old web site's path of the login, to which programs send their forms (observed). */
const OLD_LOGIN = '/login.html'

/** A path without the mount path, '' at the root. */
export function withoutBase (path: string, base: string): string {
  if (base === '' || !path.startsWith(base)) return path
  const rest = path.slice(base.length)
  if (rest.startsWith('/')) return rest
  return rest === '' || rest.startsWith('?') ? `/${rest}` : path
}
