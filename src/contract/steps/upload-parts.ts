/** Uploads with hand-written parts: several files, none, odd names. */
import { idsOf, ticketParts, type Actor, type Ticket } from '../run/actor.ts'
import { textOf as bodyOf, type Exchange } from '../client/exchange.ts'
import { fieldPart, filePart, formBody, type Part } from '../client/multipart-form.ts'
import type { Stage } from '../run/stage.ts'

export const partsOf = (files: Readonly<Record<string, Buffer | string>>): readonly Part[] => Object.entries(files).map(([name, bytes]) => filePart(name, bytes))

/** Sends the fields of the ticket, then the given parts. Uploaded files go into the ledger; `key` is their owner's, undefined without an account. */
export async function uploadParts (stage: Stage, ticket: Ticket, parts: readonly Part[], key?: string): Promise<Exchange> {
  const boundary = `----check${stage.context.run}`
  const exchange = await stage.send({
    method: 'POST', url: ticket.url, headers: [['content-type', `multipart/form-data; boundary=${boundary}`]], body: formBody(boundary, [...ticketParts(ticket), ...parts])
  })
  await noteUploaded(stage, bodyOf(exchange), key)
  return exchange
}

export async function uploadAll (stage: Stage, actor: Actor, parts: readonly Part[]): Promise<Exchange> {
  return uploadParts(stage, await actor.ticket(), [fieldPart('folder_id', await actor.home()), ...parts], actor.key)
}

export async function noteUploaded ({ context: { ledger } }: Stage, answer: string, key?: string): Promise<void> {
  if (key === undefined) for (const [, url = ''] of answer.matchAll(/<delete_url>([^<]+)</g)) await ledger.note({ kind: 'anonymous file', deleteUrl: url.replaceAll('&amp;', '&') })
  else for (const id of idsOf(answer)) await ledger.note({ kind: 'file', id, key })
}
