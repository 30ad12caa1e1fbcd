/** The address a client used, as it or a trusted reverse proxy tells. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { hostAndPort } from '../domain/listen-address.ts'
import { MAX_TEXT_BYTES } from '../domain/text-limit.ts'
import { basePathOf } from './request-target.ts'

/** A host as it may stand in a link: a name or an address, and perhaps a port. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i

/** A path as it may stand in a link before our own. */
export const PREFIX = /^(?:\/[\w.~-]+)+$/

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
  const protocol = request.protocol.toLowerCase() === 'https' ? 'https' : 'http'
  const { localAddress = '127.0.0.1', localPort = 80, remoteAddress } = request.raw.socket
  const found = HOST.exec(request.host)
  if (found === null) return `${protocol}://${hostAndPort(localAddress.replace('::ffff:', ''), localPort)}`
  if (!trustProxy(remoteAddress)) return `${protocol}://${request.host}`
  const port = found[1] === undefined ? portOf(request, protocol) : ''
  return `${protocol}://${request.host}${port}${prefixOf(request)}`
}

function portOf ({ headers }: FastifyRequest, protocol: 'http' | 'https'): string {
  const port = String(headers['x-forwarded-port'] ?? '')
  return /^\d{1,5}$/.test(port) && port !== (protocol === 'https' ? '443' : '80') ? `:${port}` : ''
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
