/** The address a client used, as it or a trusted reverse proxy tells. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'
import { clientAddress } from '../../domain/network/client-address.ts'
import { hostAndPort } from '../../domain/network/listen-address.ts'
import { MAX_TEXT_BYTES } from '../../domain/text-limit.ts'
import { errorPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import { basePathOf, ownHostChecker } from './request-target.ts'

/** A host as it may stand in a link: a name or an address, and perhaps a port. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i

/** A path as it may stand in a link before our own. */
export const PREFIX = /^(?:\/[\w.~-]+)+$/

/**
 * First of all hooks: makes one answer of what several proxies say, so that `request.ip`, `protocol` and `host` hold for
 * every route. Each proxy writes behind what the one before it wrote; the first entry of scheme, host and port is what
 * the client used, where the framework would take the last. The address is read from the end, for its beginning is the client's to write.
 */
export function recognizeClients (app: FastifyInstance, { trustProxy }: Config): void {
  app.addHook('onRequest', async request => {
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
 * The address clients reach us by, without a final slash: the setting, or what this client used. A Host header that
 * is none is not repeated in links: the address we listen on stands there.
 */
export const publicUrlOf = (request: FastifyRequest, config: Config): string => config.publicUrl ?? calledUrlOf(request, config)

/** All addresses that links of ours may begin with: the setting, and what this client used. */
export function ownUrlsOf (request: FastifyRequest, config: Config): readonly string[] {
  const called = calledUrlOf(request, config)
  return config.publicUrl === undefined ? [called] : [config.publicUrl, called, called + basePathOf(config.publicUrl)]
}

function calledUrlOf (request: FastifyRequest, { trustProxy }: Config): string {
  const protocol = protocolOf(request)
  const found = HOST.exec(request.host)
  if (found === null || isImpossible(request.host)) return listenedUrlOf(request)
  if (!trustProxy(request.raw.socket.remoteAddress)) return `${protocol}://${request.host}`
  const port = found[1] ?? portOf(request)
  // Such a port beside the other scheme is one between two proxies.
  return `${protocol}://${request.host.replace(/:\d+$/, '')}${/^:(?:80|443)$/.test(port) ? '' : port}${prefixOf(request)}`
}

/** Refuses with 400 who names a host that can be none, such as `a:99999`, `1.2.3.4.5` or `xn--a`. Must come before all that reads it. */
export function refuseImpossibleHosts (app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!isImpossible(request.host)) return
    reply.header('connection', 'close')
    return answerPage(reply, errorPage('error.badRequest', 'error.unreadable'), 400)
  })
}

/** Whether it is written like a host and yet is none, by the rules for addresses. What is not even written so stands in no link. */
const isImpossible = (host: string): boolean => HOST.test(host) && !URL.canParse(`http://${host}`)

/** Where this request came in. */
function listenedUrlOf (request: FastifyRequest): string {
  const { localAddress = '127.0.0.1', localPort = 80 } = request.raw.socket
  return `${protocolOf(request)}://${hostAndPort(localAddress.replace('::ffff:', ''), localPort)}`
}

/**
 * The address for links that go to others, such as in mails: the setting, or what this client used where that is surely
 * our own host; the address we listen on for every other, since anybody can write any Host header.
 */
export function trustedUrlReader (config: Config): (request: FastifyRequest) => string {
  const isOurs = ownHostChecker(config)
  return request => {
    const used = publicUrlOf(request, config)
    if (config.publicUrl !== undefined) return used
    return URL.canParse(used) && isOurs(new URL(used), request.raw) ? used : listenedUrlOf(request)
  }
}

const protocolOf = ({ protocol }: FastifyRequest): 'http' | 'https' => protocol.toLowerCase() === 'https' ? 'https' : 'http'

function portOf ({ headers }: FastifyRequest): string {
  const port = String(headers['x-forwarded-port'] ?? '')
  return /^[1-9]\d{0,4}$/.test(port) && Number(port) < 65536 ? `:${port}` : ''
}

/** What a reverse proxy took off the path. */
function prefixOf ({ headers }: FastifyRequest): string {
  const prefix = String(headers['x-forwarded-prefix'] ?? '').replace(/\/$/, '')
  return prefix.length <= MAX_TEXT_BYTES && PREFIX.test(prefix) ? prefix : ''
}

/** The log names, once, the setting that a reverse proxy in front of us needs. */
export function warnOfForwarding (app: FastifyInstance, { trustProxy, publicUrl }: Config): void {
  let isTold = false
  app.addHook('onRequest', async ({ headers, raw, log }) => {
    if (isTold || !Object.keys(headers).some(name => /^x-forwarded-(?:for|proto|host|port|prefix)$/.test(name))) return
    const { remoteAddress = 'unknown' } = raw.socket
    if (trustProxy(remoteAddress)) return
    isTold = true
    const also = publicUrl === undefined ? '; links have the wrong scheme or host until then' : ''
    log.warn(`X-Forwarded headers of ${remoteAddress} are not believed: if it is your reverse proxy, set --trust-proxy ${remoteAddress.replace('::ffff:', '')}` +
      ` or RESPACE_TRUST_PROXY${also}`)
  })
}
