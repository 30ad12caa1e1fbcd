/** Sends the mails that an upload's form asked for, after the upload, so that they cannot fail it. */
import type { SetBranding } from '../domain/branding.ts'
import type { Mail, Ports, Statement } from '../ports.ts'
import { findVisibleFiles } from '../store/files/files.ts'
import { findReachable, NO_ACCOUNT, queueMails, type Sender } from '../store/operations/mails.ts'
import { findNotice, takeNotice, type WaitingNotice } from '../store/uploads/upload-notifications.ts'
import { findUserById } from '../store/accounts/users.ts'
import { findMailUrl } from '../store/accounts/visited-urls.ts'
import { writeForReaders } from './for-readers.ts'
import { sharedFile, shareMail, uploadedMail } from './templates.ts'

/** Settings that mails depend on. */
export interface MailRules {
  readonly mailsPerHour: number
  /** The beginning of links, if configured. */
  readonly publicUrl: string | undefined
  /** The branding of the settings. */
  readonly branding: SetBranding
}

/**
 * Turns the oldest notification into mails. 'dropped' when its sender has reached the hourly limit: the notification is then
 * deleted; 'none' when none is queued.
 */
export async function carryOutNotice (ports: Ports, rules: MailRules): Promise<'queued' | 'dropped' | 'none'> {
  const notice = await findNotice(ports.sql)
  if (notice === undefined) return 'none'
  return queueOnce(ports, await writeMails(notice, ports, rules), { id: notice.userId ?? NO_ACCOUNT, limit: rules.mailsPerHour }, takeNotice(notice.uploadId))
}

/** Queues mails in one batch with `taking`, which deletes their notification and so happens only once. */
export async function queueOnce (ports: Ports, mails: readonly Mail[], sender: Sender, taking: Statement): Promise<'queued' | 'dropped'> {
  if (mails.length > 0 && await queueMails(ports, mails, sender, ports.clock.now(), [taking])) return 'queued'
  const isDropped = await ports.sql.batch([taking]) !== undefined
  // Without mails there is nothing to report; without the notification another process has handled it meanwhile.
  return isDropped && mails.length > 0 ? 'dropped' : 'queued'
}

async function writeMails (notice: WaitingNotice, ports: Ports, { publicUrl, branding }: MailRules): Promise<Mail[]> {
  const { sql } = ports
  const user = notice.userId === null ? undefined : await findUserById(sql, notice.userId)
  const files = await findVisibleFiles(sql, notice.fileIds)
  // Already deleted: its links would not work.
  if (files.length === 0) return []
  const originOf = async (isToThemselves: boolean) => ({
    settings: branding, url: await findMailUrl(sql, { publicUrl, userId: user?.id, isToThemselves, otherwise: notice.publicUrl }), locale: notice.locale
  })
  // Of an anonymous upload: recipients beyond their hourly limit get none, the others get theirs.
  const recipients = notice.userId === null ? await findReachable(ports, notice.recipients, ports.clock.now()) : notice.recipients
  const sharedBy = user ? { name: user.fullName, email: user.email } : { name: '' }
  const mails = await writeForReaders(sql, recipients, { ...await originOf(false), replyTo: user?.email },
    look => shareMail(look, sharedBy, files.map(file => sharedFile(look.url, file)), notice.message))
  if (!notice.isUploaderNotified || user === undefined) return mails
  return [...mails, ...await writeForReaders(sql, [user.email], await originOf(true), look => uploadedMail(look, files.map(file => sharedFile(look.url, file))))]
}
