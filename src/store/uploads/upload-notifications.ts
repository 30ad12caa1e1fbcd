import { MAX_MESSAGE_BYTES } from '../../domain/text-limit.ts'
import type { Sql, Statement } from '../../ports.ts'
import { boundedTextOf, flagOf, numberOrNull, textOf } from '../sql.ts'

/** The recipients of an upload's notification: mail fields of the form, and whether the uploader wants a mail. */
export interface Notice {
  readonly recipients: readonly string[]
  readonly message: string
  readonly isUploaderNotified: boolean
  /** The address for links when no better one is known. */
  readonly publicUrl: string
  /** The language of the uploader's browser, for readers without an account; '' for programs that tell none. */
  readonly locale: string
}

/** A queued notification. `userId` null: the upload was anonymous. */
export interface WaitingNotice extends Notice {
  readonly uploadId: string
  readonly userId: number | null
  readonly fileIds: readonly string[]
}

export const isForSomebody = (notice: Notice): boolean => notice.recipients.length > 0 || notice.isUploaderNotified

/** Part of the transaction in which an upload becomes files. */
export function addNotice ({ uploadId, userId, fileIds, recipients, message, isUploaderNotified, publicUrl, locale }: WaitingNotice, now: number): Statement {
  return {
    sql: `insert into upload_notices (upload_id, user_id, file_ids, recipients, message, is_uploader_notified, public_url, locale, created_at)
          values ($uploadId, $userId, $fileIds, $recipients, $message, $isUploaderNotified, $publicUrl, $locale, $now)`,
    params: {
      uploadId, userId, fileIds: fileIds.join(','), recipients: recipients.join(','), message, isUploaderNotified: isUploaderNotified ? 1 : 0, publicUrl, locale, now
    }
  }
}

/** The oldest one. */
export async function findNotice (sql: Sql): Promise<WaitingNotice | undefined> {
  const row = await sql.get(`
    select upload_id, user_id, file_ids, recipients, message, is_uploader_notified, public_url, locale
    from upload_notices order by created_at, upload_id limit 1`)
  return row && {
    uploadId: textOf(row, 'upload_id'),
    userId: numberOrNull(row, 'user_id'),
    fileIds: textOf(row, 'file_ids').split(','),
    recipients: textOf(row, 'recipients').split(',').filter(email => email !== ''),
    message: boundedTextOf(row, 'message', MAX_MESSAGE_BYTES),
    isUploaderNotified: flagOf(row, 'is_uploader_notified'),
    publicUrl: textOf(row, 'public_url'),
    locale: textOf(row, 'locale')
  }
}

/** For a batch, which is rolled back when it is already deleted. */
export const takeNotice = (uploadId: string): Statement => ({
  sql: 'delete from upload_notices where upload_id = $uploadId', params: { uploadId }, must: true
})
