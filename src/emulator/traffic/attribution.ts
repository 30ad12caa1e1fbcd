/** The user of a request and the files that it is about, as far as the request tells. */
import { MAX_IDS } from '../../api/params.ts'
import { fileIdOfPath, readFileReference, readLinkPath } from '../../domain/files/link.ts'
import { splitList } from '../../domain/mail/email.ts'
import type { Ports } from '../../ports.ts'
import { findFile } from '../../store/files/files.ts'
import { findSession } from '../../store/accounts/sessions.ts'
import { findTicket } from '../../store/uploads/uploads.ts'
import { findUser, findUserById } from '../../store/accounts/users.ts'

type Params = ReadonlyMap<string, string>
type MaybeText = Promise<string | undefined>

/** The user of an API call: from the session, or from the login. */
export async function userOfCall (params: Params, { sql }: Ports): MaybeText {
  const key = params.get('session_key')
  if (key) return (await findSession(sql, key))?.user.userName
  const name = params.get('user_name')
  return name ? (await findUser(sql, name))?.userName ?? name : undefined
}

/** The ticket of an upload or of its progress. Some clients never unescape XML (observed). */
export const ticketOf = (params: Params): string => params.get('upload_identifier') ?? params.get('amp;upload_identifier') ?? ''

/** The user that the ticket was issued to. */
export async function userOfTicket (id: string, { sql, clock }: Ports): MaybeText {
  const ticket = await findTicket(sql, id, clock.now())
  return ticket?.userId == null ? undefined : (await findUserById(sql, ticket.userId))?.userName
}

/** The user whose bandwidth a direct link counts against. */
export async function userOfLink (path: string, { sql }: Ports): MaybeText {
  const link = readLinkPath(path)
  const userId = link && (link.userId || (await findFile(sql, link.fileId))?.ownerId)
  return userId ? (await findUserById(sql, userId))?.userName : undefined
}

/** Names of the files that a call lists in `file_id`. */
export async function fileNamesOfCall (params: Params, ownUrls: readonly string[], { sql }: Ports): Promise<string[]> {
  const ids = splitList(params.get('file_id') ?? '').slice(0, MAX_IDS).map(item => readFileReference(item, ownUrls) ?? '')
  const files = await Promise.all(ids.map(id => findFile(sql, id)))
  return files.flatMap(file => file === undefined ? [] : [file.name])
}

/** The name of the file that a page or a link is about. */
export async function fileNamesOfPath (path: string, { sql }: Ports): Promise<string[]> {
  const id = fileIdOfPath(path)
  const file = id === undefined ? undefined : await findFile(sql, id)
  return file === undefined ? [] : [file.name]
}
