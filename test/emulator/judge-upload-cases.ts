/** Uploads, their progress, errors and downloads: for each rule a client that breaks it, and a correct one. */
import { call, progressOf, upload, uploadFile } from '../support/client.ts'
import { fileOf, sessionOf } from '../support/emulator.ts'
import { exchange, request } from '../support/raw-http.ts'
import { until } from '../support/wait-until.ts'
import { type Case, failing, fieldsOf, formOf, goodUpload, linkOf, login, newTicket, pollUntilDone, send, sendBytes, sockets, sortedForm, ticketFor, twoAtOnce } from './judge-client.ts'

export const UPLOAD_CASES: readonly Case[] = [
  { rule: 'client.upload/missing-field', wrong: async server => newTicket(server).then(async ticket => upload(ticket, [{ name: 'a', bytes: 'a' }])), right: goodUpload },
  { rule: 'client.upload/fields-after-file', wrong: async server => newTicket(server).then(async ticket => sendBytes(ticket, formOf([...sortedForm(ticket)].reverse()))), right: async server => newTicket(server).then(async ticket => sendBytes(ticket, formOf(sortedForm(ticket)))) },
  { rule: 'client.upload/wrong-file-field', wrong: async server => newTicket(server).then(async ticket => upload(ticket, [{ name: 'a', bytes: 'a', field: 'file' }], fieldsOf(ticket))), right: goodUpload },
  {
    rule: 'client.upload/over-max',
    wrong: async server => ticketFor(server, 10).then(async ticket => send(ticket, 'a', 'x'.repeat(11))),
    right: async server => ticketFor(server, 10).then(async ticket => send(ticket, 'a', 'x'.repeat(10)))
  },
  {
    rule: 'client.upload/no-space',
    async wrong (server) {
      await fetch(`${server.controlUrl}/accounts/demo`, { method: 'PATCH', body: '{"diskspace":{"left":3}}' })
      return goodUpload(server)
    },
    async right (server) {
      await fetch(`${server.controlUrl}/accounts/demo`, { method: 'PATCH', body: '{"diskspace":{"left":1000}}' })
      return goodUpload(server)
    }
  },
  {
    rule: 'client.upload/ticket-shared',
    wrong: async server => newTicket(server).then(async ticket => twoAtOnce(ticket, ticket)),
    async right (server) {
      const ticket = await newTicket(server)
      await twoAtOnce(ticket, await newTicket(server))
      return send(ticket, 'another')
    }
  },
  {
    rule: 'client.upload/old-ticket',
    async wrong (server) {
      const ticket = await newTicket(server)
      await server.clock.advance('PT60M')
      return send(ticket)
    },
    async right (server) {
      const ticket = await newTicket(server)
      await server.clock.advance('PT59M')
      return send(ticket)
    }
  },
  {
    rule: 'client.upload/answer-unread',
    async wrong (server) {
      const ticket = await newTicket(server)
      const socket = await sockets(ticket)
      const bytes = Buffer.concat(request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, formOf(sortedForm(ticket))))
      await new Promise(resolve => { socket.end(bytes, () => { resolve(undefined) }) })
      await until('it has ended', () => server.journal.find({ phase: 'upload' }).at(-1)?.ms)
    },
    async right (server) {
      // Broken off in the middle, so the client does not wait for an answer.
      const ticket = await newTicket(server)
      const socket = await sockets(ticket)
      const bytes = Buffer.concat(request(ticket.url, { 'content-type': 'multipart/form-data; boundary=b' }, formOf(sortedForm(ticket))))
      socket.write(bytes.subarray(0, -10))
      await until('it has begun', async () => (await progressOf(ticket)).uploaded_bytes !== '0')
      socket.destroy()
      await until('it has ended', () => server.journal.find({ phase: 'upload' }).at(-1)?.ms)
      return goodUpload(server)
    }
  },
  {
    rule: 'client.upload/again-after-ok',
    async wrong (server) {
      for (let i = 0; i < 2; i++) await goodUpload(server)
    },
    async right (server) {
      await goodUpload(server)
      await send(await newTicket(server), 'b.txt', 'a.txt')
      const key = await sessionOf(server)
      await call(server, 'files.delete', { session_key: key, file_id: await fileOf(server, key, 'a.txt') })
      return goodUpload(server)
    }
  },
  {
    rule: 'client.upload/again-after-ok',
    title: 'after an answer that was lost',
    async wrong (server) {
      for (let i = 0; i < 2; i++) await goodUpload(server)
    },
    async right (server) {
      server.faults.add({ match: { phase: 'upload' }, times: 1, effect: 'commit', answer: { socket: 'reset' } })
      await goodUpload(server).catch(() => undefined)
      return goodUpload(server)
    }
  },
  {
    rule: 'client.upload/no-length',
    async wrong (server) {
      const ticket = await newTicket(server)
      const body = formOf(sortedForm(ticket))
      const lines = `POST ${new URL(ticket.url).pathname}${new URL(ticket.url).search} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked\r\n\r\n`
      return exchange(ticket.url, `${lines}${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`)
    },
    right: goodUpload
  },
  { rule: 'client.upload/strict-parser', wrong: async server => newTicket(server).then(async ticket => sendBytes(ticket, formOf(sortedForm(ticket)).replaceAll('\r\n', '\n'))), right: async server => newTicket(server).then(async ticket => sendBytes(ticket, formOf(sortedForm(ticket)))) },
  {
    rule: 'client.progress/too-often',
    async wrong (server) {
      const ticket = await newTicket(server)
      for (let i = 0; i < 20; i++) await progressOf(ticket)
    },
    async right (server) {
      const ticket = await newTicket(server)
      for (let i = 0; i < 5; i++) await progressOf(ticket)
    }
  },
  {
    rule: 'client.progress/never-ends',
    async wrong (server) {
      const ticket = await newTicket(server)
      await send(ticket)
      for (let i = 0; i < 2; i++) await progressOf(ticket)
    },
    async right (server) {
      const ticket = await newTicket(server)
      await send(ticket)
      await pollUntilDone(ticket)
      await send(ticket, 'b.txt')
      return pollUntilDone(ticket)
    }
  },
  { rule: 'client.progress/unknown', wrong: async server => fetch(`${server.url}/progressapiupload.html?UPLOAD_IDENTIFIER=1.2.ABCDEF00.3.0`), right: async server => newTicket(server).then(progressOf) },
  {
    rule: 'client.errors/repeated',
    async wrong (server) {
      const key = await sessionOf(server)
      for (let i = 0; i < 2; i++) await call(server, 'files.getInfo', { session_key: key, file_id: 'zzzzzz' })
    },
    async right (server) {
      const key = await sessionOf(server)
      for (const id of ['zzzzzz', 'zzzzzy']) await call(server, 'files.getInfo', { session_key: key, file_id: id })
    }
  },
  {
    rule: 'client.errors/no-pause',
    async wrong (server) {
      await failing(server, 'folders.getAll', { error: 15 })
      const key = await sessionOf(server)
      for (let i = 0; i < 2; i++) await call(server, 'folders.getAll', { session_key: key })
    },
    async right (server) {
      await failing(server, 'folders.getAll', { error: 15 })
      const key = await sessionOf(server)
      await call(server, 'folders.getAll', { session_key: key })
      await new Promise(resolve => { setTimeout(resolve, 1010) })
      return call(server, 'folders.getAll', { session_key: key })
    }
  },
  {
    rule: 'client.errors/ignored',
    wrong: async server => login(server, () => 'wrong').then(async () => call(server, 'folders.getAll', { session_key: 'undefined' })),
    right: async server => login(server, () => 'wrong').then(async () => call(server, 'folders.getAll', { session_key: await sessionOf(server) }))
  },
  {
    rule: 'client.errors/ignored',
    title: 'a token, a ticket and a folder',
    async wrong (server) {
      await failing(server, 'upload.getInfo')
      await call(server, 'upload.getInfo', { session_key: await sessionOf(server) })
      return fetch(`${server.url}/apiupload?UPLOAD_IDENTIFIER=null`, { method: 'POST', body: new FormData() })
    },
    async right (server) {
      await failing(server, 'upload.getInfo')
      await call(server, 'upload.getInfo', { session_key: await sessionOf(server) })
      return goodUpload(server)
    }
  },
  {
    rule: 'client.errors/partial-ignored',
    async wrong (server) {
      const key = await sessionOf(server)
      await call(server, 'files.getInfo', { session_key: key, file_id: `${await fileOf(server, key)},zzzzzz` })
      return call(server, 'files.setInfo', { session_key: key, file_id: 'zzzzzz', description: 'x' })
    },
    async right (server) {
      const key = await sessionOf(server)
      const id = await fileOf(server, key)
      await call(server, 'files.getInfo', { session_key: key, file_id: `${id},zzzzzz` })
      return call(server, 'files.setInfo', { session_key: key, file_id: id, description: 'x' })
    }
  },
  {
    rule: 'client.download/rebuilt-link',
    async wrong (server) {
      const key = await sessionOf(server)
      const link = await linkOf(server, key)
      return fetch(link.replace(/\/\w{6}\/hello\.txt/, `/${await uploadFile(server, key, 'b.txt', 'b')}/b.txt`))
    },
    right: async server => linkOf(server, await sessionOf(server)).then(async url => fetch(url))
  },
  { rule: 'client.download/rebuilt-link', title: 'from an id', wrong: async server => fetch(`${server.url}/dl/${await fileOf(server, await sessionOf(server))}`), right: async server => fetch(`${server.url}/file/${await fileOf(server, await sessionOf(server))}`) },
  {
    rule: 'client.download/no-if-range',
    wrong: async server => linkOf(server, await sessionOf(server)).then(async url => fetch(url, { headers: { range: 'bytes=5-' } })),
    async right (server) {
      const url = await linkOf(server, await sessionOf(server))
      const etag = (await fetch(url, { headers: { range: 'bytes=0-4' } })).headers.get('etag') ?? ''
      return fetch(url, { headers: { range: 'bytes=5-', 'if-range': etag } })
    }
  },
  { rule: 'client.files/foreign-link', wrong: async server => call(server, 'files.getInfo', { session_key: await sessionOf(server), file_id: 'http://example.org/file/abc123' }), right: async server => call(server, 'files.getInfo', { session_key: await sessionOf(server), file_id: `${server.url}/file/${await fileOf(server, await sessionOf(server))}` }) }
]
