/** The requests of the clients in the judge's cases, as plain HTTP. */
import type { RuleId } from '../../src/emulator/judge/rules.ts'
import type { RunningSandbox } from '../../src/start-emulator.ts'
import { openSocket } from '../../src/contract/client/raw-socket.ts'
import { API_KEY, attribute, call, md5, newToken, progressOf, upload, userTicket, type TicketFields } from '../support/client.ts'
import { fileOf, sessionOf } from '../support/emulator.ts'
import { exchange, request } from '../support/raw-http.ts'
import { until } from '../support/wait-until.ts'
export interface Case {
  readonly rule: RuleId
  /** The name of the case, if a rule has several. */
  readonly title?: string
  wrong (server: RunningSandbox): Promise<unknown>
  right (server: RunningSandbox): Promise<unknown>
}

export const TOKEN = `method=auth.createToken&api_key=${API_KEY}&api_version=1.0`

/** A call with an unchanged query, through a socket, because fetch would encode it. */
export async function raw (server: RunningSandbox, query: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const lines = Object.entries({ host: new URL(server.url).host, connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return exchange(server.url, Buffer.from(`GET ${new URL(server.pathUrl).pathname}?${query} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'))
}

export const rest = async (server: RunningSandbox, body: URLSearchParams | string | FormData, query = ''): Promise<string> =>
  (await fetch(`${server.pathUrl}${query}`, { method: 'POST', body, ...(typeof body === 'string' && { headers: { 'content-type': 'application/x-www-form-urlencoded' } }) })).text()

export const login = async (server: RunningSandbox, proofOf: (token: string) => string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
  const token = await newToken(server)
  return call(server, 'auth.login', { token, user_name: 'demo', tokened_password: proofOf(token), ...more })
}
export const rightProof = (token: string): string => md5(token + md5('demo'))
export const badLogin = (proofOf: (token: string) => string) => async (server: RunningSandbox) => login(server, proofOf)
export const goodLogin = async (server: RunningSandbox) => login(server, rightProof)

/** The fields of the guide and one file. */
export const fieldsOf = (ticket: TicketFields) => ({ MAX_FILE_SIZE: '1000', UPLOAD_IDENTIFIER: ticket.id, extra_info: ticket.proof })
export const send = async (ticket: TicketFields, name = 'a.txt', bytes = name, more: Readonly<Record<string, string>> = {}) => upload(ticket, [{ name, bytes }], { ...fieldsOf(ticket), ...more })
export const newTicket = async (server: RunningSandbox): Promise<TicketFields> => userTicket(server, await sessionOf(server))
/** A ticket with a low max_file_size. Plans allow more than a test can send. */
export async function ticketFor (server: RunningSandbox, maxFileSize: number): Promise<TicketFields> {
  const key = await sessionOf(server)
  const body = (await call(server, 'upload.getInfo', { session_key: key })).replace(/max_file_size="\d+"/, `max_file_size="${maxFileSize}"`)
  server.faults.add({ match: { method: 'upload.getInfo' }, times: 1, answer: { http: 200, body } })
  return newTicket(server)
}
export const goodUpload = async (server: RunningSandbox) => send(await newTicket(server))

/** A form as bytes, to be sent unchanged. */
export function formOf (parts: ReadonlyArray<readonly [name: string, value: string, fileName?: string]>): string {
  return parts.map(([name, value, fileName]) => `--b\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"\r\nContent-Type: text/plain`}\r\n\r\n${value}\r\n`).join('') + '--b--\r\n'
}
export const sendBytes = async (ticket: TicketFields, body: string, headers: Readonly<Record<string, string>> = { 'content-type': 'multipart/form-data; boundary=b' }): Promise<string> =>
  exchange(ticket.url, ...request(ticket.url, headers, body))
export const sortedForm = (ticket: TicketFields): ReadonlyArray<readonly [string, string, string?]> => [...Object.entries(fieldsOf(ticket)), ['userfile', 'bytes', 'a.txt']]

export async function pollUntilDone (ticket: TicketFields): Promise<void> {
  while ((await progressOf(ticket)).status === 'ok') await new Promise(resolve => { setTimeout(resolve, 220) })
}

/** A direct link of the demo file. */
export async function linkOf (server: RunningSandbox, key: string, name = 'hello.txt'): Promise<string> {
  return attribute(await call(server, 'download.getInfo', { session_key: key, file_id: await fileOf(server, key, name) }), 'url')
}

/** A folder whose name is hostile to readers of XML, and the name that it is misread as. */
export const folderNamed = (name: string, sentBack: string) => async (server: RunningSandbox): Promise<unknown> => {
  const key = await sessionOf(server)
  const made = attribute(await call(server, 'folders.create', { session_key: key, name }), 'id')
  await call(server, 'folders.getInfo', { session_key: key, folder_id: made })
  return call(server, 'folders.setInfo', { session_key: key, folder_id: made, name: sentBack })
}

export const sockets = async (ticket: TicketFields) => openSocket(ticket.url)

/** Two uploads: the second is sent completely while the first waits for its last byte. */
export async function twoAtOnce (first: TicketFields, second: TicketFields): Promise<void> {
  const [head, body = Buffer.alloc(0)] = request(first.url, { 'content-type': 'multipart/form-data; boundary=b' }, formOf(sortedForm(first)))
  const socket = await sockets(first)
  const closed = new Promise(resolve => { socket.on('close', resolve).on('data', () => undefined) })
  socket.write(Buffer.concat([head ?? body, body.subarray(0, -4)]))
  await until('the first is running', async () => (await progressOf(first)).uploaded_bytes !== '0')
  await sendBytes(second, formOf(sortedForm(second)))
  socket.write(body.subarray(-4))
  await closed
}

export const failing = async (server: RunningSandbox, method: string, answer: object | string = { error: 9 }) => { server.faults.add({ match: { method }, times: 1, answer: answer as { error: number }, force: true }) }
