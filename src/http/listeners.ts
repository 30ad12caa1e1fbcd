/** The sockets: every address we listen on, plain or with TLS, in front of the same routes. */
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer as createPlainServer, STATUS_CODES, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Config } from '../config.ts'
import type { ConnectionLimits } from '../domain/network/connection-limits.ts'
import { hostAndPort, type ListenAddress } from '../domain/network/listen-address.ts'
import type { KeyPair } from '../ports.ts'
import { limitBodyTime } from './request/body-deadline.ts'
import { createConnections } from './connections.ts'
import { mendRequests } from './request/request-mender.ts'
import { gatherSmallChunks } from './request/small-chunks.ts'
import { refuseTunnel, tunnelTo, type Tunnels } from './tunnels.ts'
import { answerInTurn } from './turns.ts'

export interface Listeners {
  /** Passes each request to `answer` from now on; returns the addresses, the one of --host and --port first. Rejects with NotListening. */
  open (answer: RequestListener): Promise<readonly string[]>
  /** For new connections; open ones keep their certificate. */
  useKeyPair (pair: KeyPair): void
  /** Accepts no more connections and closes idle ones until none is left. */
  close (): Promise<void>
  /** Closes all remaining connections. */
  cut (): void
}

/** An address that cannot be listened on; the cause is the system's error. */
export class NotListening extends Error {
  readonly address: ListenAddress
  constructor (address: ListenAddress, cause: unknown) {
    super(`cannot listen on ${hostAndPort(address.host, address.port)}`, { cause })
    this.address = address
  }
}

const IDLE_CHECK = 100

/** `pair` is for the addresses with TLS. Without `tunnels` CONNECT is refused. */
export function createListeners (app: FastifyInstance, config: Config, limits: ConnectionLimits, pair: KeyPair | undefined, tunnels?: Tunnels): Listeners {
  const servers: Server[] = []
  /** What is in tunnels has a certificate of its own. */
  let inTunnels: Server | undefined
  const connections = createConnections(limits, config.trustProxy, app.log)
  let current = pair

  async function bind (answer: RequestListener, pair: KeyPair | undefined, host: string, port: number): Promise<Server> {
    const server = createOne(answer, config, pair, app.log)
    const listening = once(server, 'listening')
    server.listen({ host, port })
    await listening
    servers.push(server)
    connections.watch(server)
    return server
  }

  async function open (answer: RequestListener, address: ListenAddress): Promise<string> {
    const [first = '', ...others] = await hostsOf(address.host)
    const pair = address.isSecure ? current : undefined
    const server = await bind(answer, pair, first, address.port)
    const port = portOf(server)
    // Without IPv6 `localhost` is listened on only with IPv4.
    const alike = await Promise.all(others.map(host => bind(answer, pair, host, port).catch(() => undefined)))
    for (const each of [server, ...alike]) each?.on('connect', tunnels && inTunnels ? tunnelTo(host => tunnels.hosts.includes(host), tunnels.hosts.join(', '), each, inTunnels) : refuseTunnel)
    const url = `${address.isSecure ? 'https' : 'http'}://${hostAndPort(reachable(address.host), port)}`
    app.log.info({ url }, 'listening')
    return url
  }

  return {
    async open (answer) {
      const urls: string[] = []
      if (tunnels) inTunnels = await bind(answer, tunnels.pair, '127.0.0.1', 0)
      for (const address of [{ host: config.host, port: config.port, isSecure: false }, ...config.listen]) {
        try {
          urls.push(await open(answer, address))
        } catch (error) {
          throw new NotListening(address, error)
        }
      }
      return urls
    },
    useKeyPair (next) {
      current = next
      for (const server of servers) if (server instanceof SecureServer && server !== inTunnels) server.setSecureContext({ ...next })
    },
    async close () {
      // Keep-alive connections become idle, and are closed, only once their last transfer has ended.
      const closing = setInterval(connections.closeIdle, IDLE_CHECK)
      await Promise.all(servers.map(server => new Promise(resolve => { server.close(resolve) })))
      clearInterval(closing)
    },
    cut () {
      for (const server of servers) server.closeAllConnections()
    }
  }
}

function createOne (routes: RequestListener, { headersTimeout, bodyTimeout, stallTimeout }: Config, pair: KeyPair | undefined, log: FastifyBaseLogger): Server {
  const options = {
    headersTimeout,
    connectionsCheckingInterval: Math.min(5000, headersTimeout),
    keepAliveTimeout: 72_000,
    // A long transfer that still moves is never cut. A connection on which no byte moves during a request is;
    // uploads have their own time limit, since their pauses may be ours.
    requestTimeout: 0
  }
  const answer = answerInTurn(routes)
  const server = pair === undefined
    ? createPlainServer(options, answer)
    : createSecureServer({ ...options, ...pair, handshakeTimeout: headersTimeout }, answer)
  mendRequests(server, pair === undefined ? 'connection' : 'secureConnection')
  limitBodyTime(server, bodyTimeout)
  gatherSmallChunks(server)
  return server.setTimeout(stallTimeout).on('clientError', (error, socket) => { answerUnreadable(error, socket, log) })
}

/** Answers invalid HTTP if possible, and logs it without its bytes, which may contain secrets. */
function answerUnreadable (error: NodeJS.ErrnoException, socket: Duplex, log: FastifyBaseLogger): void {
  const { code = '', message } = error
  if (code.startsWith('HPE_') && socket instanceof Socket) log.info({ code, reason: message, address: socket.remoteAddress }, 'a request cannot be read')
  const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
  if (socket.writable) socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 0\r\n\r\n`)
  socket.destroy()
}

/** `localhost` is both versions of the protocol; clients take the one or the other. */
async function hostsOf (host: string): Promise<string[]> {
  return host === 'localhost' ? (await lookup(host, { all: true })).map(({ address }) => address) : [host]
}

function portOf (server: Server): number {
  const address = server.address()
  return address === null || typeof address === 'string' ? 0 : address.port
}

/** An address that a client on this machine can use. */
const reachable = (host: string): string => host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
