/** A client that closes its connection in the middle of an upload, and comes back at once: its dead request is not in its way. */
import { once } from 'node:events'
import t from 'tap'
import { systemClock } from '../../src/adapters/system.ts'
import { filePart, formBody } from '../../src/contract/client/multipart-form.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { call, errorCode, openSession, upload, userTicket } from '../support/client.ts'
import { request } from '../support/raw-http.ts'
import { startServer } from '../support/server.ts'
import { append, beginAt, BODY, look } from '../support/tus.ts'

const MiB = 1024 * 1024

/** Sends the beginning of a request, and closes the connection. */
async function breakOff (url: string, head: Buffer, part: Buffer, how: 'destroy' | 'resetAndDestroy'): Promise<void> {
  const socket = await openSocket(url)
  socket.on('error', () => undefined)
  await new Promise(resolve => { socket.write(Buffer.concat([head, part]), resolve) })
  socket[how]()
  await once(socket, 'close')
}

t.test('the offset that a client asks for is the one at which it can go on', async t => {
  const server = await startServer(t, { overrides: { clock: systemClock } })
  for (const how of ['destroy', 'resetAndDestroy'] as const) {
    for (let round = 0; round < 5; round++) {
      const url = server.url + (await beginAt(`${server.url}/tus/`, MiB)).headers.get('location')
      const [head = Buffer.alloc(0), body = Buffer.alloc(0)] = request(url, { ...BODY, 'upload-offset': '0' }, Buffer.alloc(MiB), 'PATCH')
      await breakOff(url, head, body.subarray(0, MiB / 2), how)
      const offset = Number((await look(url)).headers.get('upload-offset'))
      t.equal((await append(url, offset, Buffer.alloc(MiB - offset))).status, 204, `${how}: from ${offset}`)
    }
  }
})

t.test('a request that still runs is ended by the question for its offset', async t => {
  const server = await startServer(t, { overrides: { clock: systemClock } })
  const url = server.url + (await beginAt(`${server.url}/tus/`, MiB)).headers.get('location')
  const [head = '', body = Buffer.alloc(0)] = request(url, { ...BODY, 'upload-offset': '0' }, Buffer.alloc(MiB), 'PATCH')
  const socket = await openSocket(url)
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  socket.resume().write(head)
  await new Promise(resolve => { socket.write(body.subarray(0, MiB / 2), resolve) })
  const offset = Number((await look(url)).headers.get('upload-offset'))
  await closed
  t.equal((await append(url, offset, Buffer.alloc(MiB - offset))).status, 204, `from ${offset}`)
})

t.test('space and ticket of a dead try do not refuse the next one', async t => {
  const server = await startServer(t, { overrides: { clock: systemClock } })
  const key = await openSession(server)
  await server.app.ports.sql.run('update users set disk_quota = 3000000')
  const form = formBody('b', [filePart('a.bin', Buffer.alloc(2 * MiB))])
  for (const how of ['destroy', 'resetAndDestroy'] as const) {
    for (const next of ['same ticket', 'new ticket', 'in pieces'] as const) {
      const ticket = await userTicket(server, key)
      const [head = Buffer.alloc(0)] = request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, form)
      await breakOff(ticket.url, head, form.subarray(0, MiB), how)
      const again = next === 'same ticket' ? ticket : await userTicket(server, key)
      const { body } = next === 'in pieces'
        ? { body: await (await fetch(again.url, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: new Blob([form]).stream(), duplex: 'half' } as RequestInit)).text() }
        : await upload(again, [{ name: 'a.bin', bytes: Buffer.alloc(2 * MiB) }])
      t.match(body, /^upload_status=ok$/m, `${how}, ${next}`)
      t.equal(errorCode(await call(server, 'files.delete', { session_key: key, file_id: /file_id=(\w+)/.exec(body)?.[1] ?? '' })), 0)
    }
  }
  const holding = await openSocket(server.url)
  const ticket = await userTicket(server, key)
  const [head = ''] = request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, form)
  holding.write(head)
  await new Promise(resolve => { holding.write(form.subarray(0, MiB), resolve) })
  t.match((await upload(await userTicket(server, key), [{ name: 'a.bin', bytes: Buffer.alloc(2 * MiB) }])).body, /^error=20 /m, 'one that lives keeps what it holds')
  holding.destroy()
})
