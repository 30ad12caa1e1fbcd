/** The address that a client used, from its own headers or those of a trusted reverse proxy. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'
import { clientAddress } from '../../domain/network/client-address.ts'
import { hostAndPort } from '../../domain/network/listen-address.ts'
import { remembering } from '../../domain/remembering.ts'
import { MAX_TEXT_BYTES } from '../../domain/text-limit.ts'
import { errorPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import { onEachRequest } from '../each-request.ts'
import { basePathOf, ownHostChecker } from './request-target.ts'

/** A valid host for links: a name or an address, optionally with a port. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i

/** A valid path prefix for links. */
export const PREFIX = /^(?:\/[\w.~-]+)+$/

/**
 * The first hook: combines the headers of several proxies, so that `request.ip`, `protocol` and `host` are right for
 * every route. Each proxy appends its entry; the first entry of scheme, host and port is what
 * the client used, while the framework would take the last. The address is read from the end, since the client can write the beginning.
 */
export function recognizeClients (app: FastifyInstance, { trustProxy }: Config): void {
  onEachRequest(app, request => {
    const { headers, socket: { remoteAddress = '' } } = request.raw
    if (trustProxy(remoteAddress)) {
      for (const name of ['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port']) {
        const said = headers[name]
        if (typeof said === 'string') headers[name] = said.split(',')[0]?.trim()
      }
      if (!/^https?$/i.test(String(headers['x-forwarded-proto'] ?? ''))) delete headers['x-forwarded-proto']
    }
    const address = clientAddress(remoteAddress, String(headers['x-forwarded-for'] ?? ''), trustProxy)
    Object.defineProperty(request, 'ip', { value: address })
  })
}

/**
 * The address of this server for clients, without a final slash: the setting, or the one that this client used. An invalid Host
 * header is not repeated in links: they get the address we listen on.
 */
export const publicUrlOf = (request: FastifyRequest, config: Config): string => config.publicUrl ?? calledUrlOf(request, config)

/** All addresses of our links: the setting, and the one that this client used. */
export function ownUrlsOf (request: FastifyRequest, config: Config): readonly string[] {
  const called = calledUrlOf(request, config)
  return config.publicUrl === undefined ? [called] : [config.publicUrl, called, called + basePathOf(config.publicUrl)]
}

function calledUrlOf (request: FastifyRequest, { trustProxy }: Config): string {
  const protocol = protocolOf(request)
  const { host } = request
  const ownPort = portIn(host)
  if (ownPort === undefined || ownPort === 'impossible') return listenedUrlOf(request)
  if (!trustProxy(request.raw.socket.remoteAddress)) return `${protocol}://${host}`
  const port = ownPort === '' ? portOf(request) : ownPort
  // The default port of the other scheme is a port between two proxies.
  return `${protocol}://${host.replace(/:\d+$/, '')}${/^:(?:80|443)$/.test(port) ? '' : port}${prefixOf(request)}`
}

/** Refuses impossible hosts such as `a:99999`, `1.2.3.4.5` or `xn--a` with 400. Must run before anything reads the host. */
export function refuseImpossibleHosts (app: FastifyInstance): void {
  onEachRequest(app, (request, reply) => {
    if (portIn(request.host) !== 'impossible') return
    reply.header('connection', 'close')
    return answerPage(reply, errorPage('error.badRequest', 'error.unreadable'), 400)
  })
}

/**
 * The `:port` that a host names, '' without one; `impossible` for what looks like a host and is not valid in a URL. Undefined for what does
 * not even look valid: it is never used in links.
 */
const portIn = remembering(1000, (host): string | undefined => {
  const found = HOST.exec(host)
  if (found === null) return undefined
  return URL.canParse(`http://${host}`) ? found[1] ?? '' : 'impossible'
})

/** The address on which this request arrived. */
function listenedUrlOf (request: FastifyRequest): string {
  const { localAddress = '127.0.0.1', localPort = 80 } = request.raw.socket
  return `${protocolOf(request)}://${hostAndPort(localAddress.replace('::ffff:', ''), localPort)}`
}

/**
 * The address for links sent to others, such as in mails: the setting, or the one that this client used if it is surely
 * our own host; otherwise the address we listen on, since anybody can write any Host header.
 */
export function trustedUrlReader (config: Config): (request: FastifyRequest) => string {
  const isOurs = ownHostChecker(config)
  return request => {
    const used = publicUrlOf(request, config)
    if (config.publicUrl !== undefined) return used
    const target = parsed(used)
    return target !== undefined && isOurs(target, request.raw) ? used : listenedUrlOf(request)
  }
}

const parsed = remembering(1000, url => URL.canParse(url) ? new URL(url) : undefined)

const protocolOf = ({ protocol }: FastifyRequest): 'http' | 'https' => protocol.toLowerCase() === 'https' ? 'https' : 'http'

function portOf ({ headers }: FastifyRequest): string {
  const port = String(headers['x-forwarded-port'] ?? '')
  return /^[1-9]\d{0,4}$/.test(port) && Number(port) < 65536 ? `:${port}` : ''
}

/** The prefix that a reverse proxy removed from the path. */
function prefixOf ({ headers }: FastifyRequest): string {
  const prefix = String(headers['x-forwarded-prefix'] ?? '').replace(/\/$/, '')
  return prefix.length <= MAX_TEXT_BYTES && PREFIX.test(prefix) ? prefix : ''
}

const FORWARDED = ['for', 'proto', 'host', 'port', 'prefix'].map(name => `x-forwarded-${name}`)

/** Logs once the setting that a reverse proxy in front of us needs. */
export function warnOfForwarding (app: FastifyInstance, { trustProxy, publicUrl }: Config): void {
  let isTold = false
  onEachRequest(app, ({ headers, raw, log }) => {
    if (isTold || FORWARDED.every(name => headers[name] === undefined)) return
    const { remoteAddress = 'unknown' } = raw.socket
    if (trustProxy(remoteAddress)) return
    isTold = true
    const also = publicUrl === undefined ? '; links have the wrong scheme or host until then' : ''
    log.warn(`X-Forwarded headers of ${remoteAddress} are not trusted: if it is your reverse proxy, set --trust-proxy ${remoteAddress.replace('::ffff:', '')}` +
      ` or RESPACE_TRUST_PROXY${also}`)
  })
}
