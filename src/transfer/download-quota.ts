/** What a download takes before its first byte, and what is counted after its last one. */
import type { StoredFile } from '../domain/files/file.ts'
import { UNLIMITED } from '../domain/accounts/plan.ts'
import { planOf } from '../domain/accounts/user.ts'
import type { Ports } from '../ports.ts'
import { applyLimit, endDownload, takeShare, type Share } from '../store/files/file-limits.ts'
import { findFile } from '../store/files/files.ts'
import { addTraffic, takeTraffic, trafficOf } from '../store/operations/traffic.ts'
import { findUserById } from '../store/accounts/users.ts'
import type { Surroundings } from './incoming.ts'

/** On whom the bytes count, and how fast they may leave. */
export async function findPayer (userId: number | null, { ports, policy }: Pick<Surroundings, 'ports' | 'policy'>) {
  const user = userId === null ? undefined : await findUserById(ports.sql, userId)
  if (user === undefined) return { payerId: null, isDisabled: false, bandwidth: UNLIMITED, downloadSpeed: policy.plans.anonymous.downloadSpeed }
  const { bandwidth, downloadSpeed } = planOf(user, policy)
  return { payerId: user.id, isDisabled: user.isDisabled, bandwidth, downloadSpeed }
}

/** What is about to be sent of one file. */
export interface Download {
  readonly file: StoredFile
  readonly payerId: number | null
  /** Of the payer, bytes in 30 days. */
  readonly bandwidth: number
  /** Bytes to send. */
  readonly length: number
  /** Whether it counts as a download once all was sent. */
  readonly counts: boolean
  readonly startedAt: number
}

/** Of the limit of its file: a place for what will be a download, the bytes of what is part of one. */
function shareOf ({ file, counts, length }: Download): Share | undefined {
  if (file.downloadLimit === null || (!counts && length === 0)) return undefined
  return counts ? { places: 1, bytes: 0 } : { places: 0, bytes: length }
}

/** Whether others wait for this download to end. */
export const holdsShare = (download: Download): boolean => shareOf(download) !== undefined

/** Bandwidth is taken beforehand where there is a limit. What a killed server had taken and not sent stays counted. */
const reservedBy = ({ bandwidth, length }: Pick<Download, 'bandwidth' | 'length'>): number => bandwidth === UNLIMITED ? 0 : length

/** Takes what the download needs before its first byte: of many that race for the last one gets it. */
export async function take (download: Download, { sql, server }: Ports): Promise<'taken' | 'no place' | 'no bandwidth'> {
  const { file } = download
  const share = shareOf(download)
  if (share !== undefined && !await takeShare(sql, server.id, file.id, share)) return 'no place'
  if (await takeBandwidth(download, { sql })) return 'taken'
  await endDownload(sql, server.id, file.id, share, { downloads: 0, bytes: 0 })
  return 'no bandwidth'
}

/** Takes bytes of the payer's bandwidth, where there is a limit; false when it has no room for all of them. */
export async function takeBandwidth (
  download: Pick<Download, 'payerId' | 'bandwidth' | 'length' | 'startedAt'>, { sql }: Pick<Ports, 'sql'>
): Promise<boolean> {
  const { payerId, bandwidth, length, startedAt } = download
  if (payerId === null || reservedBy(download) === 0) return true
  // A full disk keeps no count, but what can be read can be sent while there is bandwidth left.
  const hasRoom = async () => await trafficOf(sql, payerId, startedAt) + length <= bandwidth
  return takeTraffic(sql, payerId, length, bandwidth, startedAt).catch(hasRoom)
}

/**
 * Counts the bytes that were sent, no more and no less than them, and counts the download when all of it was. Where downloads are
 * limited, the bytes of what was no whole download add up to one.
 */
export async function settle (download: Download, sent: number, isComplete: boolean, { sql, clock, server }: Ports): Promise<void> {
  const { file, payerId, counts, startedAt } = download
  const rest = sent - reservedBy(download)
  if (payerId !== null && rest !== 0) await addTraffic(sql, payerId, rest, startedAt)
  const share = shareOf(download)
  const isCounted = counts && isComplete
  await endDownload(sql, server.id, file.id, share, { downloads: isCounted ? 1 : 0, bytes: share === undefined || isCounted ? 0 : sent })
  // A limit may have been set while it ran.
  if (!counts && share === undefined) return
  const after = await findFile(sql, file.id)
  if (after) await applyLimit(sql, after, clock.now())
}
