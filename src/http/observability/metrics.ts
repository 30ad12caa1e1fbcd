/**
 * Metrics for Prometheus. Loaded only on demand. Labels are patterns of routes and declared names,
 * never text of a client.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'
import { TooManyAttempts } from '../../api/errors.ts'
import { limitGuesses } from '../../api/limiter.ts'
import { equals } from '../../domain/accounts/credentials.ts'
import { onEachRequest } from '../each-request.ts'
import { bearerOf } from '../request/bearer.ts'
import { addPartMetrics, PATIENCE, type MetricsSource, type PartMetrics } from './part-metrics.ts'

/** Seconds: from an answer of the API to an upload that takes a night. */
const BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600, 3600]

export interface Metrics extends PartMetrics {
  /** Counts the answers of an application's routes. */
  watch (app: FastifyInstance): void
  /** Answers GET /metrics and nothing else, for a separate listener. */
  readonly listener: RequestListener
  /** Adds GET /metrics for requests with the token. */
  addRoute (app: FastifyInstance, token: string): void
}

export function createMetrics ({ ports, policy, live, readiness }: MetricsSource): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const requests = new Counter({ registers, name: 'respace_http_requests_total', help: 'Answers by route, verb and status; 499 is one that its client cut.', labelNames: ['route', 'verb', 'status'] })
  const seconds = new Histogram({ registers, name: 'respace_http_request_seconds', help: 'From the headers of a request to the last byte of its answer.', labelNames: ['route'], buckets: BUCKETS })
  const calls = new Counter({ registers, name: 'respace_api_calls_total', help: 'Calls of the API by method and code; 0 is success.', labelNames: ['method', 'code'] })
  const received = new Counter({ registers, name: 'respace_received_bytes_total', help: 'Bytes of requests.' })
  const sent = new Counter({ registers, name: 'respace_sent_bytes_total', help: 'Bytes of answers.' })
  const parts = addPartMetrics(register, { ports, live, readiness })

  function count (request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.url ?? 'none'
    requests.inc({ route, verb: request.method, status: reply.raw.writableFinished ? reply.statusCode : 499 })
    seconds.observe({ route }, reply.elapsedTime / 1000)
    received.inc(request.traffic.received)
    sent.inc(request.traffic.sent)
    if (request.apiCall !== undefined) calls.inc({ method: request.apiCall.method ?? 'unknown', code: request.apiCall.code })
  }

  return {
    ...parts,
    watch (app) {
      onEachRequest(app, (request, reply) => {
        reply.raw.on('close', () => { count(request, reply) })
      })
    },
    listener (request: IncomingMessage, response: ServerResponse) {
      response.setHeader('x-content-type-options', 'nosniff')
      if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
        response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Only GET /metrics is answered here.\n')
        return
      }
      register.metrics().then(
        text => { response.writeHead(200, { 'content-type': register.contentType, 'cache-control': 'no-store' }).end(text) },
        () => { response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end('Something went wrong.\n') })
    },
    addRoute (app, token) {
      app.get('/metrics', async (request, reply) => {
        reply.header('cache-control', 'no-store')
        const guess = { secret: 'metrics token', address: request.ip, about: '/metrics', error: 'PERMISSION_DENIED' } as const
        const sent = bearerOf(request)
        const limited = sent === '' ? Promise.resolve(undefined) : limitGuesses({ ports, policy }, guess, async () => equals(token, sent) || undefined)
        // With the right token it also answers when the database cannot count attempts.
        const isRight = await (equals(token, sent) ? unlessAway(limited) : limited)
        if (!isRight) return reply.code(401).header('www-authenticate', 'Bearer').type('text/plain; charset=utf-8').send('The token of RESPACE_METRICS_TOKEN is needed.\n')
        return reply.type(register.contentType).send(await register.metrics())
      })
    }
  }
}

const unlessAway = (limited: Promise<true | undefined>): Promise<true | undefined> =>
  Promise.race([limited, sleep(PATIENCE, true as const, { ref: false })]).catch((error: unknown) => {
    if (error instanceof TooManyAttempts) throw error
    return true as const
  })
