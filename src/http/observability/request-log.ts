/** The log line of each request, and its id, which the client can quote. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { TrustedPeers } from '../../domain/network/trusted-peers.ts'
import { onEachRequest } from '../each-request.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The log's data of an API call: the declared name of its method, never the caller's text. */
    apiCall: { method: string | undefined, code: number, userId?: number | undefined } | undefined
    /** Bytes on its connection for this request, known once its answer has ended. */
    traffic: Traffic
  }
}

export interface Traffic {
  readonly received: number
  readonly sent: number
}

export const REQUEST_ID_HEADER = 'x-request-id'

/** Paths of health checks, requested every few seconds. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

/** Creates unique request ids. A reverse proxy's id is kept, so that both logs can be compared. */
export function requestIds (isTrusted: TrustedPeers): (request: IncomingMessage) => string {
  const start = randomBytes(5).toString('hex')
  let count = 0
  return ({ headers, socket }) => {
    const given = headers[REQUEST_ID_HEADER]
    if (typeof given === 'string' && /^[\w.:-]{8,64}$/.test(given) && isTrusted(socket.remoteAddress)) return given
    return `${start}-${(++count).toString(36)}`
  }
}

/**
 * One line for each answer, also for cut ones, which the framework's hook skips. It has the route's pattern,
 * never the URL, which may contain keys, codes and passwords.
 */
export function logAnswers (app: FastifyInstance): void {
  app.decorateRequest('apiCall', undefined)
  app.decorateRequest('traffic')
  // By connection: the first bytes of a body are read before its request is known.
  const counted = new WeakMap<Socket, Traffic>()

  function countTraffic (socket: Socket): Traffic {
    const before = counted.get(socket) ?? { received: 0, sent: 0 }
    const now = { received: socket.bytesRead, sent: socket.bytesWritten }
    counted.set(socket, now)
    return { received: Math.max(0, now.received - before.received), sent: Math.max(0, now.sent - before.sent) }
  }

  onEachRequest(app, (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id)
    const { socket } = request.raw
    reply.raw.on('close', () => {
      request.traffic = countTraffic(socket)
      const route = request.routeOptions.url ?? 'none'
      if (PROBES.has(route) && reply.statusCode < 400) return
      const { method, code, userId = request.viewer?.user.id } = request.apiCall ?? {}
      request.log.info({
        verb: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        address: request.ip,
        bytesIn: request.traffic.received,
        bytesOut: request.traffic.sent,
        // What is undefined is not written.
        userId,
        method,
        code,
        isCut: reply.raw.writableFinished ? undefined : true
      }, 'answered')
    })
  })
}
