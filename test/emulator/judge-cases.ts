/** For each rule of the judge a client that breaks it and one that does the same right, as plain HTTP. */
import { createHash } from 'node:crypto'
import type { RuleId } from '../../src/emulator/judge/rules.ts'
import type { RunningSandbox } from '../../src/start-emulator.ts'
import { openSocket } from '../../src/contract/raw.ts'
import { API_KEY, attribute, call, md5, newToken, progressOf, upload, uploadFile, userTicket, type TicketFields } from '../support/client.ts'
import { fileOf, sessionOf } from '../support/emulator.ts'
import { exchange, request } from '../support/raw-http.ts'
import { until } from '../support/wait-until.ts'

export interface Case {
  readonly rule: RuleId
  /** How the case is called where a rule has several. */
  readonly title?: string
  wrong (server: RunningSandbox): Promise<unknown>
  right (server: RunningSandbox): Promise<unknown>
}

const TOKEN = `method=auth.createToken&api_key=${API_KEY}&api_version=1.0`

/** A call with a query as it is, through a socket: fetch would encode it. */
async function raw (server: RunningSandbox, query: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const lines = Object.entries({ host: new URL(server.url).host, connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return exchange(server.url, Buffer.from(`GET ${new URL(server.pathUrl).pathname}?${query} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'))
}

const rest = async (server: RunningSandbox, body: URLSearchParams | string | FormData, query = ''): Promise<string> =>
  (await fetch(`${server.pathUrl}${query}`, { method: 'POST', body, ...(typeof body === 'string' && { headers: { 'content-type': 'application/x-www-form-urlencoded' } }) })).text()

const login = async (server: RunningSandbox, proofOf: (token: string) => string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
  const token = await newToken(server)
  return call(server, 'auth.login', { token, user_name: 'demo', tokened_password: proofOf(token), ...more })
}
const rightProof = (token: string): string => md5(token + md5('demo'))
const badLogin = (proofOf: (token: string) => string) => async (server: RunningSandbox) => login(server, proofOf)
const goodLogin = async (server: RunningSandbox) => login(server, rightProof)

/** The fields of the guide, and one file. */
const fieldsOf = (ticket: TicketFields) => ({ MAX_FILE_SIZE: '1000', UPLOAD_IDENTIFIER: ticket.id, extra_info: ticket.proof })
const send = async (ticket: TicketFields, name = 'a.txt', bytes = name, more: Readonly<Record<string, string>> = {}) => upload(ticket, [{ name, bytes }], { ...fieldsOf(ticket), ...more })
const newTicket = async (server: RunningSandbox): Promise<TicketFields> => userTicket(server, await sessionOf(server))
/** A ticket that says how large a file may be. Plans allow more than a test can send. */
async function ticketFor (server: RunningSandbox, maxFileSize: number): Promise<TicketFields> {
  const key = await sessionOf(server)
  const body = (await call(server, 'upload.getInfo', { session_key: key })).replace(/max_file_size="\d+"/, `max_file_size="${maxFileSize}"`)
  server.faults.add({ match: { method: 'upload.getInfo' }, times: 1, answer: { http: 200, body } })
  return newTicket(server)
}
const goodUpload = async (server: RunningSandbox) => send(await newTicket(server))

/** A form as its bytes, to be sent as they are. */
export function formOf (parts: ReadonlyArray<readonly [name: string, value: string, fileName?: string]>): string {
  return parts.map(([name, value, fileName]) => `--b\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"\r\nContent-Type: text/plain`}\r\n\r\n${value}\r\n`).join('') + '--b--\r\n'
}
export const sendBytes = async (ticket: TicketFields, body: string, headers: Readonly<Record<string, string>> = { 'content-type': 'multipart/form-data; boundary=b' }): Promise<string> =>
  exchange(ticket.url, ...request(ticket.url, headers, body))
const sortedForm = (ticket: TicketFields): ReadonlyArray<readonly [string, string, string?]> => [...Object.entries(fieldsOf(ticket)), ['userfile', 'bytes', 'a.txt']]

async function pollUntilDone (ticket: TicketFields): Promise<void> {
  while ((await progressOf(ticket)).status === 'ok') await new Promise(resolve => { setTimeout(resolve, 220) })
}

/** A direct link of the demo file. */
async function linkOf (server: RunningSandbox, key: string, name = 'hello.txt'): Promise<string> {
  return attribute(await call(server, 'download.getInfo', { session_key: key, file_id: await fileOf(server, key, name) }), 'url')
}

/** A folder whose name is hostile to readers of XML, and what another name makes of it. */
const folderNamed = (name: string, sentBack: string) => async (server: RunningSandbox): Promise<unknown> => {
  const key = await sessionOf(server)
  const made = attribute(await call(server, 'folders.create', { session_key: key, name }), 'id')
  await call(server, 'folders.getInfo', { session_key: key, folder_id: made })
  return call(server, 'folders.setInfo', { session_key: key, folder_id: made, name: sentBack })
}

const sockets = async (ticket: TicketFields) => openSocket(ticket.url)

/** Two uploads: the second is sent whole while the first waits for its last byte. */
async function twoAtOnce (first: TicketFields, second: TicketFields): Promise<void> {
  const [head, body = Buffer.alloc(0)] = request(first.url, { 'content-type': 'multipart/form-data; boundary=b' }, formOf(sortedForm(first)))
  const socket = await sockets(first)
  const closed = new Promise(resolve => { socket.on('close', resolve).on('data', () => undefined) })
  socket.write(Buffer.concat([head ?? body, body.subarray(0, -4)]))
  await until('the first is running', async () => (await progressOf(first)).uploaded_bytes !== '0')
  await sendBytes(second, formOf(sortedForm(second)))
  socket.write(body.subarray(-4))
  await closed
}

const failing = async (server: RunningSandbox, method: string, answer: object | string = { error: 9 }) => { server.faults.add({ match: { method }, times: 1, answer: answer as { error: number }, force: true }) }

const WRONG_PROOFS: ReadonlyArray<readonly [string, (token: string) => string]> = [
  ['the order', token => md5(md5('demo') + token)],
  ['the order, without the inner sum', token => md5('demo' + token)],
  ['capitals', token => md5(token + md5('demo').toUpperCase())],
  ['no inner sum', token => md5(token + 'demo')],
  ['raw bytes', token => createHash('md5').update(token).update(createHash('md5').update('demo').digest()).digest('hex')],
  ['a token that is not trimmed', token => md5(`${token}\n${md5('demo')}`)],
  ['UTF-16', token => md5(token + createHash('md5').update(Buffer.from('demo', 'utf16le')).digest('hex'))],
  ['no token', () => md5(md5('demo'))]
]

export const CASES: readonly Case[] = [
  { rule: 'client.call/unknown-method', wrong: async server => call(server, 'files.getinfos'), right: async server => raw(server, TOKEN) },
  { rule: 'client.call/unknown-method', title: 'none', wrong: async server => raw(server, `api_key=${API_KEY}`), right: async server => raw(server, TOKEN) },
  { rule: 'client.call/unknown-parameter', wrong: async server => raw(server, `${TOKEN}&app_verson=1`), right: async server => raw(server, `${TOKEN}&app_version=1`) },
  { rule: 'client.call/ignored-parameter', wrong: async server => raw(server, `${TOKEN}&file_id=abcdef`), right: async server => raw(server, TOKEN) },
  { rule: 'client.call/missing-parameter', wrong: async server => raw(server, 'method=auth.createToken'), right: async server => raw(server, TOKEN) },
  {
    rule: 'client.call/missing-parameter',
    title: 'the session, and by a fault',
    wrong: async server => raw(server, 'method=folders.getAll'),
    async right (server) {
      await failing(server, 'auth.createToken', { error: 4 })
      return raw(server, TOKEN)
    }
  },
  {
    rule: 'client.call/bad-value',
    wrong: async server => call(server, 'folders.getInfo', { session_key: await sessionOf(server), folder_id: '?' }),
    right: async server => call(server, 'folders.getInfo', { session_key: await sessionOf(server), folder_id: '0' })
  },
  { rule: 'client.call/encoded-twice', wrong: async server => call(server, 'folders.create', { session_key: await sessionOf(server), name: 'My%20Folder' }), right: async server => call(server, 'folders.create', { session_key: await sessionOf(server), name: '100% My Folder' }) },
  { rule: 'client.call/not-encoded', wrong: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=Tom&Jerry`), right: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=Tom%26Jerry`) },
  { rule: 'client.call/not-encoded', title: 'bytes that are no UTF-8', wrong: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=caf\u00e9`), right: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=caf%C3%A9+two%20(x)`) },
  { rule: 'client.call/not-encoded', title: 'a plus in an address', wrong: async server => raw(server, `method=addressbook.add&session_key=${await sessionOf(server)}&email=me+you@example.org`), right: async server => raw(server, `method=addressbook.add&session_key=${await sessionOf(server)}&email=me%2Byou@example.org`) },
  { rule: 'client.call/not-encoded', title: 'a % and a quote', wrong: async server => raw(server, `${TOKEN}&app_version=5%`), right: async server => raw(server, `${TOKEN}&app_version=5%25%22`) },
  {
    rule: 'client.call/not-encoded',
    title: 'a plus in a name that was answered',
    wrong: async server => folderNamed('C++', 'x')(server).then(async () => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=C++`)),
    right: async server => raw(server, `method=folders.create&session_key=${await sessionOf(server)}&name=My+Folder`)
  },
  { rule: 'client.call/not-encoded', title: 'in a body', wrong: async server => rest(server, `method=folders.create&session_key=${await sessionOf(server)}&name=Tom&Jerry`), right: async server => rest(server, new URLSearchParams({ method: 'folders.create', session_key: await sessionOf(server), name: 'Tom & Jerry + me' })) },
  { rule: 'client.call/sent-twice', wrong: async server => raw(server, `${TOKEN}&api_version=1.1`), right: async server => raw(server, `${TOKEN}&api_version=1.0`) },
  { rule: 'client.call/two-places', wrong: async server => rest(server, TOKEN, '?method=auth.createToken'), right: async server => rest(server, TOKEN, '?app_version=1') },
  { rule: 'client.call/long-query', wrong: async server => raw(server, `${TOKEN}&app_version=${'1'.repeat(8200)}`), right: async server => rest(server, `${TOKEN}&app_version=${'1'.repeat(8200)}`) },
  { rule: 'client.call/secret-in-referer', wrong: async server => raw(server, TOKEN, { referer: 'http://x/rest/?method=a&session_key=abc' }), right: async server => raw(server, TOKEN, { referer: 'http://x/rest/?method=a' }) },
  { rule: 'client.call/response-format', wrong: async server => raw(server, `${TOKEN}&response_format=json`), right: async server => raw(server, `${TOKEN}&response_format=xml`) },
  { rule: 'client.call/version-mixed', wrong: async server => raw(server, `method=folders.getAll&session_key=${await sessionOf(server)}&api_version=1.2`), right: async server => raw(server, `method=folders.getAll&session_key=${await sessionOf(server)}&api_version=1`) },
  { rule: 'client.call/over-64k', wrong: async server => rest(server, `${TOKEN}&app_version=${'1'.repeat(70_000)}`), right: async server => rest(server, `${TOKEN}&app_version=${'1'.repeat(60_000)}`) },
  { rule: 'client.auth/upper-case-md5', wrong: badLogin(token => rightProof(token).toUpperCase()), right: goodLogin },
  ...WRONG_PROOFS.map(([title, proofOf]): Case => ({ rule: 'client.auth/wrong-formula', title, wrong: badLogin(proofOf), right: badLogin(token => md5(token + md5('another'))) })),
  {
    rule: 'client.auth/token-per-call',
    async wrong (server) {
      for (let i = 0; i < 2; i++) await newToken(server)
      return goodLogin(server)
    },
    async right (server) {
      const token = await newToken(server)
      for (let i = 0; i < 2; i++) await call(server, 'auth.login', { token, user_name: 'demo', tokened_password: rightProof(token) })
    }
  },
  {
    rule: 'client.auth/login-per-call',
    async wrong (server) {
      for (let i = 0; i < 5; i++) await call(server, 'folders.getAll', { session_key: await sessionOf(server) })
    },
    async right (server) {
      for (let i = 0; i < 5; i++) {
        const key = await sessionOf(server)
        await call(server, 'folders.getAll', { session_key: key })
        await call(server, 'auth.logout', { session_key: key })
      }
    }
  },
  { rule: 'client.auth/no-logout', wrong: goodLogin, right: async server => call(server, 'auth.logout', { session_key: await sessionOf(server) }) },
  {
    rule: 'client.auth/dead-session',
    async wrong (server) {
      for (let i = 0; i < 2; i++) await call(server, 'folders.getAll', { session_key: 'a'.repeat(32), again: i })
    },
    async right (server) {
      await call(server, 'folders.getAll', { session_key: 'a'.repeat(32) })
      await call(server, 'auth.logout', { session_key: 'a'.repeat(32) })
      return call(server, 'folders.getAll', { session_key: await sessionOf(server) })
    }
  },
  { rule: 'client.auth/password-sent', wrong: async server => login(server, rightProof, { password: 'demo' }), right: goodLogin },
  { rule: 'client.auth/password-sent', title: 'as its sum', wrong: async server => login(server, rightProof, { app_version: md5('demo') }), right: async server => call(server, 'folders.create', { session_key: await sessionOf(server), name: 'demo' }) },
  { rule: 'client.xml/unescaped', wrong: async server => newTicket(server).then(async ticket => send({ ...ticket, url: ticket.url.replaceAll('&', '&amp;') })), right: goodUpload },
  { rule: 'client.xml/unescaped', title: 'in the progress_url', wrong: async server => newTicket(server).then(async ticket => fetch(ticket.progressUrl.replace('?', '?a=1&amp;'))), right: async server => newTicket(server).then(progressOf) },
  { rule: 'client.xml/name-mangled', wrong: folderNamed('Tom & Jerry', 'Tom &amp; Jerry'), right: folderNamed('Tom & Jerry', 'Tom & Jerry') },
  { rule: 'client.xml/name-mangled', title: 'UTF-8', wrong: folderNamed('café', Buffer.from('café').toString('latin1')), right: folderNamed('café', 'coffee') },
  { rule: 'client.xml/name-mangled', title: 'a quote', wrong: folderNamed('5" <x>', '5&quot; &lt;x&gt;'), right: folderNamed('5" <x>', '5" <x>') },
  { rule: 'client.xml/url-changed', wrong: async server => newTicket(server).then(async ticket => send({ ...ticket, url: `${ticket.url}&folder_id=0` })), right: goodUpload },
  {
    rule: 'client.xml/url-changed',
    title: 'of a download',
    wrong: async server => linkOf(server, await sessionOf(server)).then(async url => fetch(url.replace('hello.txt', 'other.txt'))),
    right: async server => linkOf(server, await sessionOf(server)).then(async url => fetch(url))
  },
  { rule: 'client.xml/url-changed', title: 'of the progress', wrong: async server => newTicket(server).then(async ticket => fetch(`${ticket.progressUrl}&now=1`)), right: async server => newTicket(server).then(progressOf) },
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
      // Broken off in the middle: nobody waits for an answer.
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
