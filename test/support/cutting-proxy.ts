/** A relay in front of a server that can cut every connection at once, as a bad network does. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Teardown } from './server.ts'

export interface Relay {
  readonly url: string
  /** Bytes that have come from clients. */
  readonly bytes: () => number
  /** Ends every connection, and every new one until `restore`. */
  cut (): void
  /** Does so once this many bytes have come. */
  cutAt (bytes: number): void
  /** Whether connections are ended now. */
  isCut (): boolean
  /** Whether no connection is open: the server has read all that has come, and has closed its end. */
  isIdle (): boolean
  /** Lets new connections pass again. */
  restore (): void
}

export async function startCuttingProxy (t: Teardown, target: string): Promise<Relay> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  const clients = new Set<Socket>()
  let bytes = 0
  let cutsAt = Infinity
  let isCut = false
  const server = createServer(client => {
    if (isCut) return client.destroy()
    const upstream = connect(Number(port), hostname)
    client.on('data', chunk => {
      bytes += chunk.length
      if (bytes >= cutsAt) cut()
    })
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => undefined)
    }
    clients.add(client)
    client.on('close', () => {
      open.delete(client)
      clients.delete(client)
      // What has come is passed on, however busy the server is.
      upstream.end()
      // Without a reader it would never see that the server closed its end.
      upstream.unpipe(client).resume()
    })
    upstream.on('close', () => {
      open.delete(upstream)
      client.destroy()
    })
    client.pipe(upstream)
    upstream.pipe(client)
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  function cut (): void {
    isCut = true
    cutsAt = Infinity
    for (const client of clients) client.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    cut,
    cutAt (at) { cutsAt = at },
    isCut: () => isCut,
    isIdle: () => open.size === 0,
    restore () { isCut = false }
  }
}
