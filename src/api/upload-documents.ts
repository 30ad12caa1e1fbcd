/** The fields and answers of an upload, declared like the methods. */
import { MAX_NAME_BYTES, UPLOAD_FIELD_BYTES } from '../domain/text-limit.ts'
import { text, type DocumentShape } from './answers.ts'
import { BANDWIDTH_LEFT, DISKSPACE_LEFT, DISKSPACE_USED, POINTS } from './account.ts'
import { field } from './fields.ts'
import { observed, type Source } from './provenance.ts'
import { SAMPLE } from './sample.ts'

const { publicUrl, fileId, fileName, deleteCode } = SAMPLE
const FILE_ID = text('file_id', field('fileId', 'The new file.', fileId))
const FILE_NAME = observed(text('file_name', field('text', 'Its name.', fileName), { since: '1.2' }))

export const UPLOAD_STATUS: DocumentShape = {
  name: 'upload_status',
  summary: 'The answer to an upload into an account, as lines. A failure has upload_status=fail and a line error=CODE TEXT.',
  source: 'guide',
  contentType: 'text/plain; charset=utf-8',
  failure: 'lines',
  head: [text('upload_status', field('outcome', 'The result.', 'ok'))],
  each: [FILE_ID, FILE_NAME],
  tail: [BANDWIDTH_LEFT, DISKSPACE_LEFT, { ...DISKSPACE_USED, since: '1.2' }, { ...POINTS, since: '1.2' }]
}

export const UPLOAD_DONE: DocumentShape = {
  name: 'upload_done',
  summary: 'The answer to an upload without an account. A failure has the status fail and an error element.',
  source: 'guide',
  contentType: 'text/xml; charset=utf-8',
  failure: 'elements',
  head: [text('status', field('outcome', 'The result.', 'ok'))],
  each: [
    text('download_url', field('url', 'Its page, for everybody.', `${publicUrl}/file/${fileId}`)),
    text('delete_url', field('url', 'The page to delete it, for its uploader.', `${publicUrl}/delete/${fileId}/${deleteCode}`)),
    FILE_ID,
    FILE_NAME
  ],
  tail: []
}

export interface UploadField {
  readonly name: string
  readonly isMandatory: boolean
  readonly about: string
  /** The longest value in bytes of UTF-8, a longer one is cut; null: something else limits it. */
  readonly maxBytes: number | null
  readonly source: Source
}

const takes = (name: string, about: string, maxBytes: number | null = null, source: Source = 'guide'): UploadField =>
  ({ name, isMandatory: false, about, maxBytes, source })

const needs = (name: string, about: string, maxBytes: number | null = null): UploadField => ({ ...takes(name, about, maxBytes), isMandatory: true })

/** The fields of the form for a ticket's url; they may be before or after the file, or in the query. */
export const UPLOAD_FIELDS: readonly UploadField[] = [
  needs('MAX_FILE_SIZE', 'From the ticket.'),
  needs('UPLOAD_IDENTIFIER', 'From the ticket.'),
  needs('extra_info', 'From the ticket.'),
  needs('userfile', 'The file. Every part with a file name is a file, at most 50. A cut name keeps its extension.', MAX_NAME_BYTES),
  takes('description', 'A description of the file.', UPLOAD_FIELD_BYTES.description),
  takes('password', 'The password needed to download the file.', UPLOAD_FIELD_BYTES.password),
  takes('folder_id', 'The target folder; ignored without an account.'),
  takes('recipient_email', 'Addresses that get the link by mail, separated by commas. Only the first 20 are used.'),
  takes('notify_uploader', '1 to mail the uploader.'),
  takes('redirect_url', 'The page to open afterwards, with upload_status and file_id appended.', UPLOAD_FIELD_BYTES.redirect_url),
  takes('recipient_message', 'A message to the recipients.', UPLOAD_FIELD_BYTES.recipient_message, 'observed')
]
