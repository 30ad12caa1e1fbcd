/** Reads the target of a request, in any form, as the path of one of our routes. */
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import type { Config } from '../../config.ts'
import { hostAndPort } from '../../domain/network/listen-address.ts'
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
  const base = config.publicUrl === undefined ? '' : basePathOf(config.publicUrl)
  const isOurs = ownHostChecker(config)
  const isForUs: Ours = (target, request) => (config.proxyMode && SENDSPACE_HOSTS.includes(target.hostname)) || isOurs(target, request)
  return request => {
    const { url = '/' } = request
    const [, authority, rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? []
    if (authority === undefined) return routeOf(url, base)
    const target = URL.canParse(url) ? new URL(url) : undefined
    if (target === undefined || !isForUs(target, request)) return FORBIDDEN_PATH
    request.headers.host = target.host
    return routeOf(rest.startsWith('/') ? rest : `/${rest}`, base)
  }
}

function routeOf (path: string, base: string): string {
  const route = withoutBase(path, base)
  return route === OLD_LOGIN ? '/login' : route
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
export const basePathOf = (publicUrl: string): string => new URL(publicUrl).pathname.replace(/\/$/, '')

/** The old web site's path of the login, to which programs send their forms (observed). */
const OLD_LOGIN = '/login.html'

/** A path without the mount path, '' at the root. */
export function withoutBase (path: string, base: string): string {
  if (base === '' || !path.startsWith(base)) return path
  const rest = path.slice(base.length)
  if (rest.startsWith('/')) return rest
  return rest === '' || rest.startsWith('?') ? `/${rest}` : path
}

/** Refuses CONNECT: there are no tunnels. The connection is closed after a second if the client does not read the answer. */
export function refuseTunnel (_request: IncomingMessage, socket: Duplex): void {
  const body = 'This server is not a proxy.\n'
  socket.on('error', () => undefined).resume()
  if (socket instanceof Socket) socket.setTimeout(1000, () => { socket.destroy() })
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`)
}
