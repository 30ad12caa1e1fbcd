/** Bodies in chunks of single bytes: reading them costs much time, and others have their turn in between. */
import { createServer, IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'
import { gatherSmallChunks } from '../../src/http/request/small-chunks.ts'

t.test('of many senders of single bytes one a round of the event loop has its turn', async t => {
  const listened = createServer()
  gatherSmallChunks(listened)
  const readIn: number[] = []
  let round = 0
  let isOver = false
  const count = () => {
    round++
    if (!isOver) setImmediate(count)
  }
  const byte = Buffer.from('a')
  const senders = Array.from({ length: 10 }, () => {
    const incoming = new IncomingMessage(new Socket())
    incoming.headers['transfer-encoding'] = 'chunked'
    let packets = 0
    incoming._read = () => {
      readIn.push(round)
      // As the parser does once the socket goes on.
      process.nextTick(() => {
        if (packets++ === 10) incoming.push(null)
        else for (let i = 0; i < 10_000; i++) incoming.push(byte)
      })
    }
    listened.emit('request', incoming)
    return incoming
  })
  count()
  await Promise.all(senders.map(async sender => { for await (const chunk of sender) if (chunk === undefined) return }))
  isOver = true
  const later = readIn.filter(at => at > 1)
  t.ok(later.length > 50, `${later.length} reads`)
  t.ok(new Set(later).size > later.length / 2, `${later.length} reads in ${new Set(later).size} rounds`)
})
