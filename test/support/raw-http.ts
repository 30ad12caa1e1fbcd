/** Bytes on a socket as text, for what no proper client sends: the contract kit's sockets, for tests that match what came back. */
import type { Socket } from 'node:net'
import { allOf as bytesOf, openSocket, requestHead } from '../../src/contract/client/raw-socket.ts'

/** Longer than any server waits. */
const PATIENCE = 120_000

/** Sends bytes as they are and gives all that comes back until the server closes. */
export async function exchange (url: string, ...bytes: ReadonlyArray<Buffer | string>): Promise<string> {
  const socket = await openSocket(url)
  const answer = allOf(socket)
  for (const part of bytes) socket.write(part)
  return answer
}

/** Everything a socket gives until it ends, a reset included. */
export const allOf = async (socket: Socket): Promise<string> => (await bytesOf(socket, PATIENCE, Infinity)).toString()

/** A request with a body, one connection for it alone. */
export const request = (target: string, headers: Readonly<Record<string, string>>, body: Buffer | string, method = 'POST'): Buffer[] =>
  [requestHead(target, { 'content-length': String(Buffer.byteLength(body)), ...headers }, method), Buffer.from(body)]
