/** The answer to an upload: lines for logged-in users, `<upload_done>` for the others (the guide, observed). */
import type { StoredFile } from '../domain/files/file.ts'
import { deleteLink, pageLink } from '../domain/files/link.ts'
import type { User } from '../domain/accounts/user.ts'
import type { ApiVersion } from '../domain/version.ts'
import { textElement, XML_DECLARATION } from '../xml.ts'
import { describeSpace } from './account.ts'
import { belongsTo, type DocumentShape, type TextShape } from './answers.ts'
import type { Refusal } from './errors.ts'
import type { Circumstances } from './method.ts'
import type { Value } from './fields.ts'
import { errorElement } from './render.ts'
import { UPLOAD_DONE, UPLOAD_STATUS } from './upload-documents.ts'

export interface Written {
  readonly contentType: DocumentShape['contentType']
  readonly body: string
}

/** The data of a file in these answers. */
export type UploadedFile = Pick<StoredFile, 'id' | 'name' | 'deleteCode'>

/** With the user's data after the upload. LF, from byte 0. */
export async function writeUserAnswer (
  files: readonly UploadedFile[], user: User, version: ApiVersion, circumstances: Pick<Circumstances, 'ports' | 'policy' | 'now'>
): Promise<Written> {
  const account = { ...await describeSpace(user, circumstances), diskspace_used: user.bytesStored, points: 0 }
  const { head, each, tail } = UPLOAD_STATUS
  return plain([
    ...write(head, { upload_status: 'ok' }),
    ...files.flatMap(file => write(each, { file_id: file.id, file_name: file.name })),
    ...write(tail, account)
  ])

  function write (shapes: readonly TextShape[], values: Readonly<Record<string, Value>>): string[] {
    return shapes.filter(shape => belongsTo(shape, version)).map(({ element }) => `${element}=${values[element] ?? ''}`)
  }
}

/** Several files repeat the group (our choice). */
export function writeAnonymousAnswer (files: readonly UploadedFile[], version: ApiVersion, publicUrl: string): Written {
  const { head, each } = UPLOAD_DONE
  return uploadDone(write(head, { status: 'ok' }) + files.map(file => write(each, {
    download_url: pageLink(publicUrl, file.id), delete_url: deleteLink(publicUrl, file), file_id: file.id, file_name: file.name
  })).join(''))

  function write (shapes: readonly TextShape[], values: Readonly<Record<string, Value>>): string {
    return shapes.filter(shape => belongsTo(shape, version)).map(({ element }) => textElement(element, values[element] ?? '')).join('')
  }
}

/** An unknown ticket (16) is XML for everybody, since its owner is unknown (our choice). */
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
