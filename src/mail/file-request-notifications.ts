/** Files received by a file request become a mail to its owner, one for each visit. */
import { editLink } from '../domain/files/link.ts'
import type { Mail, Ports } from '../ports.ts'
import { findFiles } from '../store/files/files.ts'
import { findDueVisit, takeArrivals, type DueVisit } from '../store/uploads/file-request-arrivals.ts'
import { findUserById } from '../store/accounts/users.ts'
import { findMailUrl } from '../store/accounts/visited-urls.ts'
import { receivedMail } from './templates.ts'
import { queueOnce, type MailRules } from './upload-notifications.ts'

/** Notifies the owner of one visit; the outcomes are those of upload notifications. The owner's mail limit applies: a sender must not flood the owner. */
export async function tellOfVisit (ports: Ports, { mailsPerHour, publicUrl }: MailRules): Promise<'queued' | 'dropped' | 'none'> {
  const visit = await findDueVisit(ports.sql, ports.clock.now())
  if (visit === undefined) return 'none'
  return queueOnce(ports, await writeMails(visit, ports, publicUrl), { id: visit.ownerId, limit: mailsPerHour }, takeArrivals(visit.fileIds))
}

async function writeMails ({ ownerId, title, fileIds, ...visit }: DueVisit, { sql }: Ports, publicUrl: string | undefined): Promise<Mail[]> {
  const owner = await findUserById(sql, ownerId)
  const files = await findFiles(sql, fileIds)
  const [first] = files
  // Already deleted: its links would not work.
  if (owner === undefined || first === undefined) return []
  const base = await findMailUrl(sql, { publicUrl, userId: ownerId, isToThemselves: true, otherwise: visit.publicUrl })
  const links = files.map(file => ({ name: file.name, link: editLink(base, file) }))
  return [{ to: owner.email, ...receivedMail(title, links, first.description) }]
}
