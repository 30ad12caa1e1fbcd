/** Uploads without an account. */
import { readTicket, sendForm, type NewFile, type Ticket } from '../run/actor.ts'
import { textOf as bodyOf, type Exchange } from '../client/exchange.ts'
import type { Stage } from '../run/stage.ts'
import { requireOk } from '../run/run-context.ts'
import { noteUploaded } from './upload-parts.ts'

/** A ticket without an account. Throws Untested when there is none. */
export async function anonymousTicket (stage: Stage): Promise<Ticket> {
  const reply = requireOk('anonymous.uploadGetInfo', await stage.call('anonymous.uploadGetInfo', { api_key: stage.context.target.apiKey, api_version: stage.version }))
  return readTicket(reply)
}

/** Uploads without an account; the files are removed at the end through their delete_url. */
export async function anonymousUpload (stage: Stage, file: NewFile = {}): Promise<Exchange> {
  const exchange = await sendForm(stage.context, await anonymousTicket(stage), file, 'anonymous upload')
  await noteUploaded(stage, bodyOf(exchange))
  return exchange
}
