/** Removes expired and interrupted things: rows first, then blobs. */
import { MAX_FILES } from './domain/caps.ts'
import { EVENT_MEMORY } from './domain/event.ts'
import { MAIL_MEMORY } from './domain/mail/mail-delivery.ts'
import { ATTEMPT_WINDOW, KNOWN_FOR } from './domain/accounts/guess-limit.ts'
import { PAGE_SESSION_LIFETIME, SESSION_MEMORY } from './domain/policy.ts'
import { SERVER_LEASE, serverOf } from './domain/server.ts'
import type { Ports, Sql } from './ports.ts'
import { finishRemovals } from './store/accounts/account-removal.ts'
import { removeOldAttempts } from './store/accounts/attempts.ts'
import { removeEmptyBundles } from './store/files/bundles.ts'
import { forgetMended } from './store/files/damaged-blobs.ts'
import { removeOldEvents } from './store/operations/events.ts'
import { forgetDoomedBlobs, listDoomedBlobs } from './store/files/files.ts'
import { applyLimit, listReached } from './store/files/file-limits.ts'
import { removeOldMails } from './store/operations/mails.ts'
import { removeOldRates } from './store/rates.ts'
import { removeOldPageSessions } from './store/accounts/page-sessions.ts'
import { removeOldInvitations } from './store/accounts/registration.ts'
import { isWaiting, removeOldUploads } from './store/uploads/resumable-uploads.ts'
import { forgetFuture, forgetServer, listServers, noteServer, tryClaimJob } from './store/operations/servers.ts'
import { removeOldSessions } from './store/accounts/sessions.ts'
import { removeOldTraffic } from './store/operations/traffic.ts'
import { abandonUpload, holdsTicket, listRunningUploads, removeExpiredTickets } from './store/uploads/uploads.ts'

const BATCH = 500
/** Milliseconds. */
export const SWEEP_INTERVAL = 60_000

/**
 * Deletes bytes without a row: uploads of dead processes and blobs of deleted files. `live` are the
 * upload ids that run in this process now. At startup it is empty, so all unfinished uploads are removed. Of several processes
 * each cleans up its own uploads and those of dead processes; `isForAll` is true for the one that does the rest.
 */
export async function sweep (ports: Ports, live: ReadonlySet<string>, isForAll = true): Promise<void> {
  const { sql, blobs, room, clock } = ports
  const now = clock.now()
  const giveWay = () => clock.sleep(0)
  await abandonDead(ports, live, now)
  if (!isForAll) return
  await removeExpiredTickets(sql, now)
  await removeOldSessions(sql, now, now - SESSION_MEMORY)
  await removeOldPageSessions(sql, now - PAGE_SESSION_LIFETIME)
  await removeOldAttempts(sql, now - ATTEMPT_WINDOW, now - KNOWN_FOR)
  await removeOldTraffic(sql, now)
  await removeOldInvitations(sql, now)
  await removeOldEvents(sql, now - EVENT_MEMORY, now, giveWay)
  await removeOldRates(sql, now)
  await removeOldMails(sql, now, now - MAIL_MEMORY)
  await finishRemovals(ports)
  await forgetMended(sql, blobs)
  let reached
  do {
    reached = await listReached(sql, now, BATCH)
    for (const file of reached) await applyLimit(sql, file, now)
    await giveWay()
  } while (reached.length === BATCH)
  await removeEmptyBundles(sql, now, giveWay)
  while (true) {
    const doomed = await listDoomedBlobs(sql, BATCH)
    if (doomed.length === 0) break
    await blobs.remove(doomed)
    await forgetDoomedBlobs(sql, doomed)
    await giveWay()
  }
  // Last, since space may be free now.
  await room.restore()
}

/** The same for a timer: each time one of several processes does the shared jobs. */
export async function sweepInTurn (ports: Ports, live: ReadonlySet<string>): Promise<void> {
  const now = ports.clock.now()
  await sweep(ports, live, ports.server.isAlone || await tryClaimJob(ports.sql, 'sweep', now - SWEEP_INTERVAL * 0.9, now))
}

/** Ends uploads of this process that are not `live`, and releases everything held by dead processes. */
async function abandonDead ({ sql, blobs, server }: Ports, live: ReadonlySet<string>, now: number): Promise<void> {
  // First the uploads, then the processes: the process of each upload is then listed.
  const uploads = await listRunningUploads(sql)
  await removeOldUploads(sql, now, live)
  const others = server.isAlone ? [] : await judgeServers(sql, server.id, now)
  // Checked after the listing: an upload that has just started is already waiting when it is no longer live.
  const isDead = async (uploadId: string, isUnknownDead: boolean): Promise<boolean> => {
    if (live.has(uploadId) || await isWaiting(sql, uploadId)) return false
    const owner = serverOf(uploadId)
    if (owner === server.id) return true
    return server.isAlone || (others.find(({ id }) => id === owner)?.isDead ?? isUnknownDead)
  }
  for (const uploadId of uploads) {
    if (!await isDead(uploadId, true)) continue
    await abandonUpload(sql, uploadId, Array.from({ length: MAX_FILES }, (_, index) => `${uploadId}-${index}`), now)
  }
  await blobs.removeUnfinished(async id => {
    const uploadId = id.slice(0, id.lastIndexOf('-'))
    // A resumable upload belongs to no process. It has a ticket from before its first byte until it is a file.
    if (serverOf(uploadId) === '') return live.has(uploadId) || await holdsTicket(sql, uploadId)
    // A process that has just started may have an upload that is unknown here.
    return !await isDead(uploadId, false)
  })
  for (const { id } of others.filter(({ isDead }) => isDead)) await forgetServer(sql, id)
}

/** The other processes. During a database outage none could write a heartbeat: afterwards all get time to write one. */
async function judgeServers (sql: Sql, own: string, now: number): Promise<Array<{ id: string, isDead: boolean }>> {
  await forgetFuture(sql, now)
  const hasHeard = await noteServer(sql, own, now) <= now - SERVER_LEASE
  return (await listServers(sql)).filter(({ id }) => id !== own).map(({ id, seenAt }) => ({ id, isDead: hasHeard && seenAt <= now - SERVER_LEASE }))
}
