/** What an upload answers: lines for those who logged in, `<upload_done>` for the others (the guide, observed). */
import type { StoredFile } from '../domain/file.ts'
import { deleteLink, pageLink } from '../domain/link.ts'
import type { User } from '../domain/user.ts'
import type { ApiVersion } from '../domain/version.ts'
import { textElement, XML_DECLARATION } from '../xml.ts'
import { describeSpace } from './account.ts'
import type { Refusal } from './errors.ts'
import type { Circumstances } from './method.ts'
import { errorElement } from './render.ts'

export interface Written {
  readonly contentType: 'text/plain; charset=utf-8' | 'text/xml; charset=utf-8'
  readonly body: string
}

/** What these answers tell of a file. */
export type UploadedFile = Pick<StoredFile, 'id' | 'name' | 'deleteCode'>

/** For the user as he is after the upload. LF, from byte 0. */
export async function writeUserAnswer (
  files: readonly UploadedFile[], user: User, version: ApiVersion, circumstances: Pick<Circumstances, 'ports' | 'policy' | 'now'>
): Promise<Written> {
  const space = await describeSpace(user, circumstances)
  const lines = ['upload_status=ok']
  for (const file of files) {
    lines.push(`file_id=${file.id}`)
    if (version === '1.2') lines.push(`file_name=${file.name}`)
  }
  lines.push(`bandwidth_left=${space.bandwidth_left}`, `diskspace_left=${space.diskspace_left}`)
  if (version === '1.2') lines.push(`diskspace_used=${user.bytesStored}`, 'points=0')
  return plain(lines)
}

/** Several files repeat the group (our choice). */
export function writeAnonymousAnswer (files: readonly UploadedFile[], version: ApiVersion, publicUrl: string): Written {
  return uploadDone(textElement('status', 'ok') + files.map(file =>
    textElement('download_url', pageLink(publicUrl, file.id)) +
    textElement('delete_url', deleteLink(publicUrl, file)) +
    textElement('file_id', file.id) +
    (version === '1.2' ? textElement('file_name', file.name) : '')).join(''))
}

/** An unknown ticket (16) is XML for everybody: whose it would be is not known (our choice). */
export function writeFailure (refusal: Refusal, isForUser: boolean): Written {
  return isForUser && refusal.error !== 'INVALID_PARAMETER'
    ? plain(['upload_status=fail', `error=${refusal.code} ${refusal.text}`])
    : uploadDone(textElement('status', 'fail') + `\t${errorElement(refusal)}\n`)
}

function plain (lines: readonly string[]): Written {
  return { contentType: 'text/plain; charset=utf-8', body: lines.join('\n') + '\n' }
}

function uploadDone (content: string): Written {
  return { contentType: 'text/xml; charset=utf-8', body: `${XML_DECLARATION}<upload_done>\n${content}</upload_done>\n` }
}
