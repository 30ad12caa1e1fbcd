/**
 * What a Prometheus server asks for. Loaded only where it is wanted. Labels are patterns of routes and declared names,
 * never what a client sent.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { limitGuesses } from '../api/limiter.ts'
import { equals } from '../domain/credentials.ts'
import { countEverything } from '../store/overview.ts'
import { bearerOf } from './bearer.ts'
import type { Site } from './site.ts'

/** Seconds: from an answer of the API to an upload that takes a night. */
const BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600, 3600]

export interface Metrics {
  /** Counts what the routes of an application answer. */
  watch (app: FastifyInstance): void
  /** Answers GET /metrics and nothing else, for a listener of its own. */
  readonly listener: RequestListener
  /** Adds GET /metrics for whoever has the token. */
  addRoute (app: FastifyInstance, token: string): void
}

export function createMetrics ({ ports, policy, live }: Pick<Site, 'ports' | 'policy' | 'live'>): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const requests = new Counter({ registers, name: 'respace_http_requests_total', help: 'Answers by route, verb and status; 499 is one that its client cut.', labelNames: ['route', 'verb', 'status'] })
  const seconds = new Histogram({ registers, name: 'respace_http_request_seconds', help: 'From the headers of a request to the last byte of its answer.', labelNames: ['route'], buckets: BUCKETS })
  const calls = new Counter({ registers, name: 'respace_api_calls_total', help: 'Calls of the API by method and code; 0 is success.', labelNames: ['method', 'code'] })
  const received = new Counter({ registers, name: 'respace_received_bytes_total', help: 'Bytes of requests.' })
  const sent = new Counter({ registers, name: 'respace_sent_bytes_total', help: 'Bytes of answers.' })
  gauge('respace_uploads_running', 'Uploads of this process that run now.', async () => live.size)
  gauge('respace_accounts', 'Accounts.', async () => (await totals()).users)
  gauge('respace_files', 'Files that are stored.', async () => (await totals()).files)
  gauge('respace_stored_bytes', 'Bytes of all files.', async () => (await totals()).bytes)
  gauge('respace_damaged_files', 'Files whose bytes were found to be missing or too many; the log has their blobs.', async () => (await totals()).damaged)
  gauge('respace_mails_waiting', 'Mails that are not delivered yet.', async () => (await totals()).mails)

  function gauge (name: string, help: string, read: () => Promise<number>): void {
    new Gauge({ registers, name, help, async collect () { this.set(await read()) } }).set(0)
  }

  let counting: ReturnType<typeof countEverything> | undefined
  /** Counted once for the gauges of one answer. */
  function totals () {
    counting ??= countEverything(ports.sql).finally(() => { counting = undefined })
    return counting
  }

  /** Of each connection: the first bytes of a body are read before its request is known. */
  const counted = new WeakMap<Socket, { readonly read: number, readonly written: number }>()

  function count (request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.url ?? 'none'
    const { socket } = request.raw
    requests.inc({ route, verb: request.method, status: reply.raw.writableFinished ? reply.statusCode : 499 })
    seconds.observe({ route }, reply.elapsedTime / 1000)
    const { read, written } = counted.get(socket) ?? { read: 0, written: 0 }
    counted.set(socket, { read: socket.bytesRead, written: socket.bytesWritten })
    received.inc(Math.max(0, socket.bytesRead - read))
    sent.inc(Math.max(0, socket.bytesWritten - written))
    if (request.apiCall !== undefined) calls.inc({ method: request.apiCall.method ?? 'unknown', code: request.apiCall.code })
  }

  return {
    watch (app) {
      app.addHook('onRequest', async (request, reply) => {
        reply.raw.once('close', () => { count(request, reply) })
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
        () => { response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' }).end('The metadata cannot be reached.\n') })
    },
    addRoute (app, token) {
      app.get('/metrics', async (request, reply) => {
        reply.header('cache-control', 'no-store')
        const guess = { secret: 'metrics token', address: request.ip, about: '/metrics', error: 'PERMISSION_DENIED' } as const
        const sent = bearerOf(request)
        const isRight = sent !== '' && await limitGuesses({ ports, policy }, guess, async () => equals(token, sent) || undefined)
        if (!isRight) return reply.code(401).header('www-authenticate', 'Bearer').type('text/plain; charset=utf-8').send('The token of RESPACE_METRICS_TOKEN is needed.\n')
        return reply.type(register.contentType).send(await register.metrics())
      })
    }
  }
}
