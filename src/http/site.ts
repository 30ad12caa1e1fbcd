import type { FastifyRequest } from 'fastify'
import type { createDispatcher } from '../api/dispatch.ts'
import type { Config } from '../config.ts'
import type { Policy } from '../domain/policy.ts'
import type { Ports } from '../ports.ts'

/** What every route works with. */
export interface Site {
  readonly config: Config
  readonly ports: Ports
  readonly policy: Policy
  readonly dispatch: ReturnType<typeof createDispatcher>
  /** Upload ids that run in this process. */
  readonly live: Set<string>
  /** The address clients reach us by, without a final slash: the setting, or what this client used. */
  publicUrlOf (request: FastifyRequest): string
}

/** A host as it may stand in a link: a name or an address, and perhaps a port. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i

/** A Host header that is none is not repeated in links: the address we listen on stands there. */
export function publicUrlOf (request: FastifyRequest, setting: string | undefined): string {
  if (setting !== undefined) return setting
  const { localAddress = '127.0.0.1', localPort = 80 } = request.raw.socket
  const own = localAddress.includes(':') && !localAddress.startsWith('::ffff:') ? `[${localAddress}]` : localAddress.replace('::ffff:', '')
  return `${request.protocol}://${HOST.test(request.host) ? request.host : `${own}:${localPort}`}`
}
