/** What an upload's form asked for becomes mails, after the upload: nothing about them can fail it. */
import { pageLink } from '../domain/files/link.ts'
import type { Mail, Ports, Statement } from '../ports.ts'
import { findVisibleFiles } from '../store/files/files.ts'
import { findReachable, NO_ACCOUNT, queueMails, type Sender } from '../store/operations/mails.ts'
import { findNotice, takeNotice, type WaitingNotice } from '../store/uploads/upload-notifications.ts'
import { findUserById } from '../store/accounts/users.ts'
import { findMailUrl } from '../store/accounts/visited-urls.ts'
import { shareMail, uploadedMail } from './templates.ts'

/** The operator's choices that mails depend on. */
export interface MailRules {
  readonly mailsPerHour: number
  /** What links begin with, where it is set. */
  readonly publicUrl: string | undefined
}

/**
 * Turns the oldest notice into mails. 'dropped' when its sender has reached his limit for the hour: the notice is gone
 * then; 'none' when no notice waits.
 */
export async function carryOutNotice (ports: Ports, { mailsPerHour, publicUrl }: MailRules): Promise<'queued' | 'dropped' | 'none'> {
  const notice = await findNotice(ports.sql)
  if (notice === undefined) return 'none'
  return queueOnce(ports, await writeMails(notice, ports, publicUrl), { id: notice.userId ?? NO_ACCOUNT, limit: mailsPerHour }, takeNotice(notice.uploadId))
}

/** Queues mails together with `taking`, which happens once: it takes away why they are written. */
export async function queueOnce (ports: Ports, mails: readonly Mail[], sender: Sender, taking: Statement): Promise<'queued' | 'dropped'> {
  if (mails.length > 0 && await queueMails(ports, mails, sender, ports.clock.now(), [taking])) return 'queued'
  const isDropped = await ports.sql.batch([taking]) !== undefined
  // Without mails nobody misses it; without the notice another has carried it out meanwhile.
  return isDropped && mails.length > 0 ? 'dropped' : 'queued'
}

async function writeMails (notice: WaitingNotice, ports: Ports, publicUrl: string | undefined): Promise<Mail[]> {
  const { sql } = ports
  const user = notice.userId === null ? undefined : await findUserById(sql, notice.userId)
  const files = await findVisibleFiles(sql, notice.fileIds)
  // Deleted already: its links would lead nowhere.
  if (files.length === 0) return []
  const linksFor = async (isToThemselves: boolean) => {
    const base = await findMailUrl(sql, { publicUrl, userId: user?.id, isToThemselves, otherwise: notice.publicUrl })
    return files.map(({ id, name }) => ({ name, link: pageLink(base, id) }))
  }
  const content = shareMail(user ? { name: user.fullName, email: user.email } : { name: '' }, await linksFor(false), notice.message)
  // Of an anonymous upload: who got too many in this hour gets none, and the others theirs.
  const recipients = notice.userId === null ? await findReachable(ports, notice.recipients, ports.clock.now()) : notice.recipients
  const mails = recipients.map(to => ({ to, ...content }))
  if (notice.isUploaderNotified && user) mails.push({ to: user.email, ...uploadedMail(await linksFor(true)) })
  return mails
}
