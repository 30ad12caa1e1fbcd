/** A name server as Docker's own: one name, the addresses of all its containers. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Teardown } from './server.ts'

const HEADER = 12
/** Of questions and of answers. */
const TYPE_A = 1

/** Answers every question for an IPv4 address with `addresses`; the port on 127.0.0.1. */
export async function startNameServer (t: Teardown, addresses: readonly string[]): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => { socket.send(answerTo(query, addresses), port, address) })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => { socket.close() })
  return socket.address().port
}

function answerTo (query: Buffer, addresses: readonly string[]): Buffer {
  // The question: a name that ends with an empty label, then type and class.
  const end = query.indexOf(0, HEADER) + 5
  const found = query.readUInt16BE(end - 4) === TYPE_A ? addresses : []
  const header = Buffer.alloc(HEADER)
  query.copy(header, 0, 0, 2)
  // An answer without error, to one question.
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(found.length, 6)
  // The name as in the question; type, class, seconds to live, length.
  const records = found.map(address => Buffer.from([0xc0, HEADER, 0, TYPE_A, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]))
  return Buffer.concat([header, query.subarray(HEADER, end), ...records])
}
