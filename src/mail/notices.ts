/** What an upload's form asked for becomes mails, after the upload: nothing about them can fail it. */
import { pageLink } from '../domain/link.ts'
import type { Mail, Ports, Statement } from '../ports.ts'
import { findVisibleFiles } from '../store/files.ts'
import { NO_ACCOUNT, queueMails, type Sender } from '../store/mails.ts'
import { findNotice, takeNotice, type WaitingNotice } from '../store/upload-notices.ts'
import { findUserById } from '../store/users.ts'
import { shareMail, uploadedMail } from '../web/mails.ts'

/**
 * Turns the oldest notice into mails. 'dropped' when its sender has reached his limit for the hour: the notice is gone
 * then; 'none' when no notice waits.
 */
export async function carryOutNotice (ports: Ports, mailsPerHour: number): Promise<'queued' | 'dropped' | 'none'> {
  const notice = await findNotice(ports.sql)
  if (notice === undefined) return 'none'
  return queueOnce(ports, await writeMails(notice, ports), { id: notice.userId ?? NO_ACCOUNT, limit: mailsPerHour }, takeNotice(notice.uploadId))
}

/** Queues mails together with `taking`, which happens once: it takes away why they are written. */
export async function queueOnce (ports: Ports, mails: readonly Mail[], sender: Sender, taking: Statement): Promise<'queued' | 'dropped'> {
  if (mails.length > 0 && await queueMails(ports, mails, sender, ports.clock.now(), [taking])) return 'queued'
  const isDropped = await ports.sql.batch([taking]) !== undefined
  // Without mails nobody misses it; without the notice another has carried it out meanwhile.
  return isDropped && mails.length > 0 ? 'dropped' : 'queued'
}

async function writeMails (notice: WaitingNotice, { sql }: Ports): Promise<Mail[]> {
  const user = notice.userId === null ? undefined : await findUserById(sql, notice.userId)
  const files = await findVisibleFiles(sql, notice.fileIds)
  // Deleted already: its links would lead nowhere.
  if (files.length === 0) return []
  const shared = files.map(({ id, name }) => ({ name, link: pageLink(notice.publicUrl, id) }))
  const content = shareMail(user ? { name: user.fullName, email: user.email } : { name: '' }, shared, notice.message)
  const mails = notice.recipients.map(to => ({ to, ...content }))
  if (notice.isUploaderNotified && user) mails.push({ to: user.email, ...uploadedMail(shared) })
  return mails
}
