/** What expired and what broke off: rows first, then blobs. */
import { EVENT_MEMORY, MOST_EVENTS } from './domain/event.ts'
import { MAIL_MEMORY } from './domain/mail-delivery.ts'
import { ATTEMPT_WINDOW } from './domain/login-limit.ts'
import { PAGE_SESSION_LIFETIME, SESSION_MEMORY } from './domain/policy.ts'
import type { Ports } from './ports.ts'
import { removeOldEvents } from './store/events.ts'
import { forgetDoomedBlobs, listDoomedBlobs } from './store/files.ts'
import { applyLimit, listReached } from './store/file-limits.ts'
import { removeOldMails } from './store/mails.ts'
import { removeOldPageSessions } from './store/page-sessions.ts'
import { removeOldInvitations } from './store/registration.ts'
import { listWaitingUploads } from './store/resumable-uploads.ts'
import { removeOldSessions } from './store/sessions.ts'
import { removeOldTraffic } from './store/traffic.ts'
import { abandonUpload, listRunningUploads, removeExpiredTickets } from './store/uploads.ts'

/** An upload has at most so many files, so its blobs are known by name. */
const MOST_BLOBS = 50
const BATCH = 500

/**
 * Throws away what no row names: uploads that a dead process left behind and blobs of deleted files. `live` are the
 * upload ids that run in this process now. At the start it is empty, so everything unfinished goes.
 */
export async function sweep ({ sql, blobs, clock }: Ports, live: ReadonlySet<string>): Promise<void> {
  const now = clock.now()
  await removeExpiredTickets(sql, now)
  await removeOldSessions(sql, now, now - SESSION_MEMORY)
  await removeOldPageSessions(sql, now - PAGE_SESSION_LIFETIME, now - ATTEMPT_WINDOW)
  await removeOldTraffic(sql, now)
  await removeOldInvitations(sql, now)
  await removeOldEvents(sql, now - EVENT_MEMORY, MOST_EVENTS)
  await removeOldMails(sql, now, now - MAIL_MEMORY)
  let reached
  do {
    reached = await listReached(sql, now, BATCH)
    for (const file of reached) await applyLimit(sql, file, now)
  } while (reached.length === BATCH)
  const waiting = await listWaitingUploads(sql, now)
  const isAlive = (uploadId: string) => live.has(uploadId) || waiting.has(uploadId)
  for (const uploadId of await listRunningUploads(sql)) {
    if (isAlive(uploadId)) continue
    await abandonUpload(sql, uploadId, Array.from({ length: MOST_BLOBS }, (_, index) => `${uploadId}-${index}`))
  }
  await blobs.removeUnfinished(id => isAlive(id.slice(0, id.lastIndexOf('-'))))
  while (true) {
    const doomed = await listDoomedBlobs(sql, BATCH)
    if (doomed.length === 0) return
    await blobs.remove(doomed)
    await forgetDoomedBlobs(sql, doomed)
  }
}
