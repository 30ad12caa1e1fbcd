/** Shared by scenarios of uploads: forms of any shape, their answers, and the stored bytes. */
import { createHash } from 'node:crypto'
import { ticketParts, type Actor, type Ticket } from '../run/actor.ts'
import { Untested } from '../check-problems.ts'
import { textOf, type Exchange, type Header } from '../client/exchange.ts'
import { fieldPart, filePart, formBody, type Part } from '../client/multipart-form.ts'
import { exchangeRaw, requestHead, type RawAnswer } from '../client/raw-socket.ts'
import type { Stage } from '../run/stage.ts'
import { attributeOf } from '../run/run-context.ts'
import { noteUploaded } from './upload-parts.ts'

export const BOUNDARY = '----contractcheck7d3f'
export const FORM: Header = ['content-type', `multipart/form-data; boundary=${BOUNDARY}`]

export interface Shape {
  /** Default POST. */
  readonly method?: string
  /** Default: the URL of the ticket. */
  readonly url?: string
  readonly headers?: readonly Header[]
}

/** Sends parts in this order. Uploaded files are removed at the end. */
export async function sendParts (stage: Stage, actor: Actor, ticket: Ticket, parts: readonly Part[], { method = 'POST', url = ticket.url, headers = [FORM] }: Shape = {}): Promise<Exchange> {
  const exchange = await stage.send({ method, url, headers, body: formBody(BOUNDARY, parts) })
  await noteUploaded(stage, textOf(exchange), actor.key)
  return exchange
}

export async function sendRawForm (stage: Stage, actor: Actor, ticket: Ticket, body: Buffer | string, headers: Readonly<Record<string, string>> = {}, method = 'POST', url = ticket.url): Promise<RawAnswer | undefined> {
  const bytes = Buffer.from(body)
  const head = requestHead(url, { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': String(bytes.length), 'x-respace-check': 'upload', ...headers }, method)
  const answer = await exchangeRaw(url, head, bytes)
  await noteUploaded(stage, answer?.body.toString() ?? '', actor.key)
  return answer
}

/** 0 for a success, the code of a failure, -1 for anything else; for the text and the XML answer. */
export function uploadCode (answer: string): number {
  if (/^upload_status=ok$/m.test(answer) || /<status>ok<\/status>/.test(answer)) return 0
  const code = /^error=(\d+)/m.exec(answer)?.[1] ?? /<error code="(\d+)"/.exec(answer)?.[1]
  return code === undefined ? -1 : Number(code)
}

/** A one-line summary for a report. */
export const shownAnswer = (answer: string): string => answer.trim() === '' ? 'an empty answer' : answer.trim().replaceAll('\n', ' ').slice(0, 160)

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** Uploads with the form of the guide into the folder of the run. */
export async function guideParts (actor: Actor, ticket: Ticket, bytes: Buffer | string, name = 'check.bin', more: readonly Part[] = []): Promise<readonly Part[]> {
  return [...ticketParts(ticket), fieldPart('folder_id', await actor.home()), ...more, filePart(name, bytes)]
}

/** The attributes of the user's file. Throws Untested when it does not exist. */
export async function infoOf (actor: Actor, id: string | undefined): Promise<Readonly<Record<string, string>>> {
  if (id === undefined) throw new Untested('an upload is needed first, and stored no file')
  const reply = await actor.call('files.getInfo', { file_id: id })
  attributeOf(reply, 'file', 'id')
  return reply.result?.children.find(({ name }) => name === 'file')?.attributes ?? {}
}

/** The bytes behind the direct link of the file; undefined when it does not serve them. */
export async function bytesOf (stage: Stage, actor: Actor, id: string | undefined): Promise<Buffer | undefined> {
  if (id === undefined) return undefined
  const { direct_download_url: url } = await infoOf(actor, id)
  if (url === undefined || url === '') return undefined
  const { answer } = await stage.send({ url })
  return answer?.status === 200 ? answer.body : undefined
}
