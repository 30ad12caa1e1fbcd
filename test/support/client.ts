/** A client of the wire, as small as the published ones. */
import { createHash } from 'node:crypto'
import { requireValid } from './answer-schema.ts'
import type { TestServer } from './server.ts'

export const API_KEY = 'RESPACE001'

export type Params = Readonly<Record<string, string | number>>

/** One API call by GET; the answer's XML, which is valid. */
export async function call (server: Pick<TestServer, 'url'>, method: string, params: Params = {}): Promise<string> {
  const query = new URLSearchParams({ method, ...Object.fromEntries(Object.entries(params).map(([k, v]) => [k, String(v)])) })
  const response = await fetch(`${server.url}/rest/?${query}`)
  if (response.status !== 200) throw new Error(`status ${response.status}`)
  return requireValid(await response.text(), server.url)
}

/** The text of the first element of this name. */
export function element (xml: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)
  if (found?.[1] === undefined) throw new Error(`no <${name}> in ${xml}`)
  return unescape(found[1])
}

/** The value of the first attribute of this name. */
export function attribute (xml: string, name: string): string {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(xml)
  if (found?.[1] === undefined) throw new Error(`no ${name}= in ${xml}`)
  return unescape(found[1])
}

/** The code of a failure, 0 for a success. */
export const errorCode = (xml: string): number => /<result method="[^"]*" status="ok">/.test(xml) ? 0 : Number(attribute(xml, 'code'))

export interface Account {
  readonly name: string
  readonly password: string
  readonly key: string
}

export async function register (server: Pick<TestServer, 'url'>, name = 'alice', password = 'secret1'): Promise<void> {
  const xml = await call(server, 'auth.register', {
    api_key: API_KEY, user_name: name, full_name: 'Alice Example', email: `${name}@example.org`, password
  })
  if (errorCode(xml) !== 0) throw new Error(xml)
}

export async function newToken (server: Pick<TestServer, 'url'>, version = '1.0'): Promise<string> {
  return element(await call(server, 'auth.createToken', { api_key: API_KEY, api_version: version }), 'token')
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** The answer of auth.login. */
export async function logIn (server: Pick<TestServer, 'url'>, name = 'alice', password = 'secret1', version = '1.0'): Promise<string> {
  const token = await newToken(server, version)
  return call(server, 'auth.login', { token, user_name: name, tokened_password: md5(token + md5(password)) })
}

/** A session key of a new account, or of one that is there already. */
export async function openSession (server: Pick<TestServer, 'url'>, name = 'alice', version = '1.0'): Promise<string> {
  await register(server, name).catch(() => undefined)
  return element(await logIn(server, name, 'secret1', version), 'session_key')
}

export interface TicketFields {
  readonly url: string
  readonly progressUrl: string
  readonly id: string
  readonly proof: string
}

export function readTicket (xml: string): TicketFields {
  return {
    url: attribute(xml, 'url'),
    progressUrl: attribute(xml, 'progress_url'),
    id: attribute(xml, 'upload_identifier'),
    proof: attribute(xml, 'extra_info')
  }
}

export async function userTicket (server: Pick<TestServer, 'url'>, sessionKey: string, params: Params = {}): Promise<TicketFields> {
  return readTicket(await call(server, 'upload.getInfo', { session_key: sessionKey, ...params }))
}

export async function anonymousTicket (server: Pick<TestServer, 'url'>, version = '1.0', params: Params = {}): Promise<TicketFields> {
  return readTicket(await call(server, 'anonymous.uploadGetInfo', { api_key: API_KEY, api_version: version, ...params }))
}

export interface SentFile {
  readonly name: string
  readonly bytes: Buffer | string
  readonly field?: string
}

/** Uploads by a form, fields first; the whole answer. */
export async function upload (
  ticket: Pick<TicketFields, 'url'>, files: readonly SentFile[], fields: Readonly<Record<string, string>> = {}
): Promise<{ status: number, type: string, body: string, location: string | null }> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  for (const { name, bytes, field = 'userfile' } of files) form.append(field, new Blob([bytes]), name)
  const response = await fetch(ticket.url, { method: 'POST', body: form, redirect: 'manual' })
  const type = response.headers.get('content-type') ?? ''
  const body = await response.text()
  return {
    status: response.status,
    type,
    body: type.startsWith('text/xml') ? await requireValid(body, ticket.url) : body,
    location: response.headers.get('location')
  }
}

/** Uploads one file into an account; its id. */
export async function uploadFile (server: Pick<TestServer, 'url'>, sessionKey: string, name: string, bytes: Buffer | string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
  const { body } = await upload(await userTicket(server, sessionKey), [{ name, bytes }], fields)
  const id = /^file_id=(\w+)$/m.exec(body)?.[1]
  if (id === undefined) throw new Error(body)
  return id
}

/** The elements of `<progress>` by name. */
export async function progressOf (ticket: Pick<TicketFields, 'progressUrl'>): Promise<Record<string, string>> {
  const xml = await requireValid(await (await fetch(ticket.progressUrl)).text(), ticket.progressUrl)
  return Object.fromEntries([...xml.matchAll(/<(\w+)>([^<]*)<\//g)].map(([, name = '', value = '']) => [name, value]))
}

function unescape (text: string): string {
  return text.replace(/&(?:#(\d+)|amp|lt|gt|quot);/g, (entity, code: string | undefined) =>
    code !== undefined ? String.fromCharCode(Number(code)) : { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' }[entity] ?? entity)
}
