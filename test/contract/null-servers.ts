/** Servers that do not implement the API: the kit must end, and pass nothing. */
import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Teardown } from '../support/server.ts'

const answering = (status: number, headers: Readonly<Record<string, string>>, body: string): Server =>
  createServer((request, response) => {
    request.resume()
    response.writeHead(status, headers).end(body)
  })

const XML = { 'content-type': 'text/xml; charset=utf-8' }

const NULL_SERVERS = {
  'closes at once': () => createTcpServer(socket => { socket.destroy() }),
  'accepts and hangs': () => createTcpServer(socket => { socket.on('error', () => undefined) }),
  '200 without a body': () => answering(200, XML, ''),
  'always ok': () => answering(200, XML, '<?xml version="1.0" encoding="UTF-8"?>\n<result method="x" status="ok"/>\n'),
  'always error 4': () => answering(200, XML, '<?xml version="1.0" encoding="UTF-8"?>\n<result method="x" status="fail">\n\t<error code="4" text="Method parameter(s) missing"/>\n</result>\n'),
  'HTML for everything': () => answering(200, { 'content-type': 'text/html' }, '<!doctype html><title>Welcome</title><p>It works.'),
  'redirects to itself': () => createServer((request, response) => {
    request.resume()
    response.writeHead(302, { location: request.url ?? '/' }).end()
  })
} as const

export type NullServer = keyof typeof NULL_SERVERS
export const NULL_NAMES = Object.keys(NULL_SERVERS) as readonly NullServer[]

/** Its address. */
export async function startNull (t: Teardown, name: NullServer): Promise<string> {
  const server = NULL_SERVERS[name]()
  const sockets = new Set<{ destroy (): void }>()
  server.on('connection', (socket: { destroy (): void }) => sockets.add(socket))
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
