/** Files received by a file request become a mail to its owner, one for each visit. */
import { ROOT_FOLDER } from '../domain/identifiers.ts'
import type { Mail, Ports } from '../ports.ts'
import { findFiles } from '../store/files/files.ts'
import { findDueVisit, takeArrivals, type DueVisit } from '../store/uploads/file-request-arrivals.ts'
import { findUserById } from '../store/accounts/users.ts'
import { findMailUrl } from '../store/accounts/visited-urls.ts'
import { writeForReaders } from './for-readers.ts'
import { receivedMail } from './templates.ts'
import { queueOnce, type MailRules } from './upload-notifications.ts'

/** Notifies the owner of one visit; the outcomes are those of upload notifications. The owner's mail limit applies: a sender must not flood the owner. */
export async function tellOfVisit (ports: Ports, rules: MailRules): Promise<'queued' | 'dropped' | 'none'> {
  const visit = await findDueVisit(ports.sql, ports.clock.now())
  if (visit === undefined) return 'none'
  return queueOnce(ports, await writeMails(visit, ports, rules), { id: visit.ownerId, limit: rules.mailsPerHour }, takeArrivals(visit.fileIds))
}

async function writeMails ({ ownerId, title, fileIds, ...visit }: DueVisit, { sql }: Ports, { publicUrl, branding }: MailRules): Promise<Mail[]> {
  const owner = await findUserById(sql, ownerId)
  const files = await findFiles(sql, fileIds)
  const [first] = files
  // Already deleted: nothing would be there.
  if (owner === undefined || first === undefined) return []
  const url = await findMailUrl(sql, { publicUrl, userId: ownerId, isToThemselves: true, otherwise: visit.publicUrl })
  const place = first.folderId === ROOT_FOLDER ? '/my' : `/my?folder=${first.folderId}`
  return writeForReaders(sql, [owner.email], { settings: branding, url, locale: undefined }, look => receivedMail(look, title, files, url + place, first.description))
}
