/** All open connections of a process, at whatever address they came in: how many there may be, and which go first. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { plainAddress } from '../domain/network/plain-address.ts'
import type { ConnectionLimits } from '../domain/network/connection-limits.ts'
import { networkOf } from '../domain/accounts/guess-limit.ts'
import type { TrustedPeers } from '../domain/network/trusted-peers.ts'

interface Connection {
  /** Of TLS the upper one, once there is one. */
  socket: Socket
  /** undefined for a trusted proxy, who carries many clients. */
  readonly peer: Peer | undefined
  running: number
}

/** The connections of one address, the silent ones apart. */
interface Peer {
  readonly address: string
  readonly open: Set<Connection>
  readonly waiting: Waiting
}

/** Connections on which no request runs, those first that have waited the longest. */
interface Waiting {
  /** No request has come yet. */
  readonly silent: Set<Connection>
  /** Kept open by their clients after an answer. */
  readonly idle: Set<Connection>
}

export interface Connections {
  /** Counts the connections of a server that listens. */
  watch (server: Server): void
  /** Closes those on which no request runs or has begun to come. */
  closeIdle (): void
}

const LOG_INTERVAL = 10_000
/** As many make room when the system has no descriptor left. */
const RELIEF = 16

type Place = keyof Waiting | 'busy' | 'closed'

const newWaiting = (): Waiting => ({ silent: new Set(), idle: new Set() })

/**
 * Where the limit is reached a new connection takes the place of one on which nothing runs: a silent one, else an idle one,
 * and of those the oldest. An address that has its share gives up its own. Where requests run on all of them, the new one is closed.
 */
export function createConnections ({ total, perAddress }: ConnectionLimits, isTrusted: TrustedPeers, log: FastifyBaseLogger): Connections {
  const open = new Set<Connection>()
  const waiting = newWaiting()
  const peers = new Map<string, Peer>()
  const closers: Array<() => void> = []
  const tell = occasionally(log)

  function add (socket: Socket): Connection | undefined {
    const peer = peerOf(socket.remoteAddress)
    const isTooMany = peer !== undefined && peer.open.size >= perAddress
    if ((isTooMany && !closeOldest(peer.waiting)) || (open.size >= total && !closeOldest(waiting))) {
      tell({ connections: open.size, limit: isTooMany ? perAddress : total }, 'connections are refused: as many as the limit allows have requests that run')
      socket.destroy()
      return undefined
    }
    const connection = { socket, peer, running: 0 }
    open.add(connection)
    peer?.open.add(connection)
    if (peer !== undefined) peers.set(peer.address, peer)
    place(connection, 'silent')
    return connection
  }

  function peerOf (remote = ''): Peer | undefined {
    if (isTrusted(remote)) return undefined
    const address = networkOf(plainAddress(remote) ?? remote)
    return peers.get(address) ?? { address, open: new Set(), waiting: newWaiting() }
  }

  function place (connection: Connection, where: Place): void {
    move(connection, waiting, where)
    if (connection.peer !== undefined) move(connection, connection.peer.waiting, where)
  }

  function forget (connection: Connection): void {
    place(connection, 'closed')
    open.delete(connection)
    connection.peer?.open.delete(connection)
    if (connection.peer?.open.size === 0) peers.delete(connection.peer.address)
  }

  function closeOldest ({ silent, idle }: Waiting): boolean {
    const [oldest] = silent.size > 0 ? silent : idle
    if (oldest === undefined) return false
    tell({ connections: open.size, silent: waiting.silent.size, idle: waiting.idle.size }, 'connections without a request are closed to make room for new ones')
    forget(oldest)
    oldest.socket.destroy()
    return true
  }

  function serve (connection: Connection, reply: ServerResponse): void {
    if (connection.running++ === 0) place(connection, 'busy')
    // A download is awaited by a dozen parts, each once: no leak that Node has to warn of.
    reply.setMaxListeners(20)
    reply.on('close', () => {
      if (--connection.running === 0 && open.has(connection)) place(connection, 'idle')
    })
  }

  return {
    watch (server) {
      // Sockets of TLS are others than those below them; both have the same other end.
      const byEnd = new Map<string, Connection>()
      const bySocket = new WeakMap<Socket, Connection>()
      server.on('connection', socket => {
        const end = endOf(socket)
        const connection = add(socket)
        if (connection === undefined) return
        byEnd.set(end, connection)
        bySocket.set(socket, connection)
        socket.once('close', () => {
          if (byEnd.get(end) === connection) byEnd.delete(end)
          forget(connection)
        })
      })
      server.on('secureConnection', (socket: Socket) => {
        const connection = byEnd.get(endOf(socket))
        if (connection === undefined) return
        connection.socket = socket
        bySocket.set(socket, connection)
      })
      server.prependListener('request', ({ socket }: IncomingMessage, reply: ServerResponse) => {
        const connection = bySocket.get(socket)
        if (connection !== undefined) serve(connection, reply)
      })
      // Such as EMFILE at accepting: it concerns one connection, and without a listener it would end the process.
      server.on('error', (error: NodeJS.ErrnoException) => {
        tell({ err: error, connections: open.size }, 'a connection could not be accepted')
        if (error.code === 'EMFILE' || error.code === 'ENFILE') for (let i = 0; i < RELIEF; i++) closeOldest(waiting)
      })
      // Node counts a connection that has not sent its first byte as busy, so a browser that connects ahead would hold up the
      // end of the server for the whole grace period. With TLS the first bytes are those of the handshake, so there the first request counts.
      const isSecure = 'setSecureContext' in server
      closers.push(() => {
        server.closeIdleConnections()
        for (const connection of byEnd.values()) if (waiting.silent.has(connection) && (isSecure || connection.socket.bytesRead === 0)) connection.socket.destroy()
      })
    },
    closeIdle () {
      for (const close of closers) close()
    }
  }
}

function move (connection: Connection, { silent, idle }: Waiting, to: Place): void {
  silent.delete(connection)
  idle.delete(connection)
  if (to === 'silent') silent.add(connection)
  if (to === 'idle') idle.add(connection)
}

const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Whoever causes a line with each connection must not fill the log: each message comes once in a while. */
function occasionally (log: FastifyBaseLogger): (details: object, message: string) => void {
  const last = new Map<string, number>()
  return (details, message) => {
    const now = performance.now()
    if (now - (last.get(message) ?? -Infinity) < LOG_INTERVAL) return
    last.set(message, now)
    log.warn(details, message)
  }
}
