/** The `<file/>` element of the owner's lists. */
import { openFilePassword } from '../domain/credentials.ts'
import { easternTime } from '../domain/eastern-time.ts'
import type { StoredFile } from '../domain/file.ts'
import { directLink, OWNER_GRANT, pageLink } from '../domain/link.ts'
import type { ApiVersion } from '../domain/version.ts'
import type { Circumstances } from './method.ts'

/** The guide's order. */
export const FILE_ATTRIBUTES = [
  'id', 'name', 'description', 'password', 'folder_id', 'download_page_url', 'direct_download_url', 'upload_time',
  'file_size', 'downloads', 'time_limit', 'download_limit', 'limit_action', 'limit_action_to_folder'
] as const

/** For the owner's eyes: it holds the file's password (the guide). */
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
    // The seconds that remain.
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
