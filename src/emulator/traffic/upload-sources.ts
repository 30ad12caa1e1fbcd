/** Uploads by their kind: their owner, the fields sent outside the body, and the form of a refusal. */
import type { IncomingMessage } from 'node:http'
import type { Refusal } from '../../api/errors.ts'
import { writeFailure } from '../../api/upload-answer.ts'
import { hashKey } from '../../domain/accounts/credentials.ts'
import { PATHS, readPath } from '../../domain/url-paths.ts'
import { bearerOf } from '../../http/request/bearer.ts'
import { readCookie, SESSION_COOKIE } from '../../http/cookies.ts'
import type { Ports } from '../../ports.ts'
import { findFileRequest } from '../../store/uploads/file-requests.ts'
import { findPageSession } from '../../store/accounts/page-sessions.ts'
import { findResumableUpload, OWN_FIELDS } from '../../store/uploads/resumable-uploads.ts'
import { findUploadKey } from '../../store/accounts/upload-keys.ts'
import { findTicket } from '../../store/uploads/uploads.ts'
import { findUserById } from '../../store/accounts/users.ts'
import { escapeXml } from '../../xml.ts'
import type { BufferedResponse } from './response-interceptor.ts'
import type { UploadKind } from './request-kind.ts'
import { ticketOf, userOfTicket } from './attribution.ts'

/** The facts about an upload before its body. */
export interface UploadSource {
  /** The future owner of the files. */
  readonly user: string | undefined
  /** For a piece: the fields that were sent when its upload began. */
  readonly fields: ReadonlyMap<string, string>
}

const NO_FIELDS: UploadSource['fields'] = new Map()

/** `params` are the parameters of the query. */
export async function findUploadSource (uploadKind: UploadKind, path: string, params: ReadonlyMap<string, string>, request: IncomingMessage, ports: Ports): Promise<UploadSource> {
  const { sql, vault, clock } = ports
  const nameOf = async (userId: number | undefined) => userId === undefined ? undefined : (await findUserById(sql, userId))?.userName
  const id = (readPath(PATHS.fileRequest, path) ?? readPath(PATHS.tusUpload, path))?.get('id') ?? ''
  switch (uploadKind) {
    case 'ticket': return { user: await userOfTicket(ticketOf(params), ports), fields: NO_FIELDS }
    case 'form': return { user: (await findPageSession(sql, hashKey(readCookie(request, SESSION_COOKIE) ?? ''), clock.now()))?.user.userName, fields: NO_FIELDS }
    case 'key': return { user: (await findUploadKey(sql, hashKey(bearerOf(request))))?.user.userName, fields: NO_FIELDS }
    case 'request': return { user: await nameOf((await findFileRequest(sql, id))?.ownerId), fields: NO_FIELDS }
    case 'piece': {
      const upload = await findResumableUpload(sql, vault, id, clock.now())
      if (upload === undefined) return { user: undefined, fields: NO_FIELDS }
      // The server added some of these fields, not the client.
      const said = [...upload.fields].filter(([name]) => !OWN_FIELDS.has(name))
      return { user: await userOfTicket(upload.ticketId, ports), fields: new Map(said) }
    }
  }
}

/** A refusal in the format of this kind of upload; with a ticket it depends on whether the ticket has an account. */
export async function writeUploadRefusal (refusal: Refusal, uploadKind: UploadKind, ticketId: string, { sql, clock }: Ports): Promise<BufferedResponse> {
  const { text } = refusal
  const status = refusal.error === 'UPLOAD_TEMP_ERROR' ? 503 : 403
  const answer = (code: number, contentType: string, body: string, more: BufferedResponse['headers'] = {}): BufferedResponse =>
    ({ status: code, headers: { 'content-type': contentType, 'cache-control': 'no-store', ...more }, body: Buffer.from(body) })
  switch (uploadKind) {
    case 'ticket': {
      const ticket = await findTicket(sql, ticketId, clock.now())
      const { contentType, body } = writeFailure(refusal, ticket?.userId != null)
      return answer(200, contentType, body, { 'access-control-allow-origin': '*' })
    }
    case 'key': return answer(status, 'application/json; charset=utf-8', JSON.stringify({ error: text }))
    case 'piece': return answer(status, 'text/plain; charset=utf-8', `${text}\n`, { 'tus-resumable': '1.0.0' })
    case 'form':
    case 'request':
      return answer(status, 'text/html; charset=utf-8', `<!DOCTYPE html>\n<html lang="en"><title>${escapeXml(text)}</title><p role="alert">${escapeXml(text)}</p></html>\n`)
  }
}
