/** The `<file/>` element of the owner's lists. */
import { openFilePassword } from '../domain/accounts/credentials.ts'
import { easternTime } from '../domain/eastern-time.ts'
import type { StoredFile } from '../domain/files/file.ts'
import { directLink, OWNER_GRANT, pageLink } from '../domain/files/link.ts'
import type { ApiVersion } from '../domain/version.ts'
import { changedIn, field, optionalField } from './fields.ts'
import type { Circumstances } from './method.ts'
import { SAMPLE } from './sample.ts'

const { publicUrl, fileId, fileName, description, filePassword, folderId, fileSize, innerFolderId } = SAMPLE

/** The guide's order. */
export const FILE = {
  id: field('fileId', 'Its id.', fileId),
  name: field('text', 'Its name.', fileName),
  description: field('text', 'The owner\'s description.', description),
  password: field('text', 'Its password, shown only to its owner; empty for none.', filePassword),
  folder_id: field('folderId', 'Its folder.', folderId),
  download_page_url: field('url', 'Its page, for people.', `${publicUrl}/file/${fileId}`),
  direct_download_url: field('url', 'The direct link to its bytes; valid until name, password or limits change.',
    `${publicUrl}/dl/5d0f3a9c1e7b46288a94d1f0c3b7e652/0000000000000000/${fileId}/${encodeURIComponent(fileName)}`),
  upload_time: changedIn('1.1', field('uploadTime', 'When the upload was complete.', 1767323045), '2026/01/01 22:04:05'),
  file_size: field('bytes', 'Its size.', fileSize),
  downloads: field('count', 'The number of complete downloads.', 0),
  time_limit: optionalField('seconds', 'The remaining time.', 86400),
  download_limit: optionalField('count', 'How many downloads are allowed in total.', 10),
  limit_action: optionalField('action', 'What happens when a limit is reached.', 3),
  limit_action_to_folder: optionalField('folderId', 'The target folder of action 3.', innerFolderId)
}

/** A file in folders.getShared, for anyone. */
export const PUBLIC_FILE = {
  id: FILE.id,
  name: FILE.name,
  description: FILE.description,
  folder_id: FILE.folder_id,
  upload_time: FILE.upload_time,
  file_size: FILE.file_size
}

/** Only for the owner: it contains the file's password (the guide). */
export function describeFile (file: StoredFile, { ports: { vault }, publicUrl, version, now }: Circumstances) {
  return {
    id: file.id,
    name: file.name,
    description: file.description,
    password: file.sealedPassword === null ? '' : openFilePassword(vault, file.sealedPassword),
    folder_id: file.folderId,
    download_page_url: pageLink(publicUrl, file.id),
    direct_download_url: directLink(publicUrl, vault, file, OWNER_GRANT),
    upload_time: uploadTime(file.uploadedAt, version),
    file_size: file.size,
    downloads: file.downloads,
    // The remaining seconds.
    time_limit: file.expiresAt === null ? '' : Math.max(0, Math.ceil((file.expiresAt - now) / 1000)),
    download_limit: file.downloadLimit ?? '',
    limit_action: file.limitAction ?? '',
    limit_action_to_folder: file.limitActionFolderId ?? ''
  }
}

/** Unix seconds in 1.0, US Eastern time later (observed). */
export function uploadTime (milliseconds: number, version: ApiVersion): string | number {
  return version === '1.0' ? Math.floor(milliseconds / 1000) : easternTime(milliseconds)
}
