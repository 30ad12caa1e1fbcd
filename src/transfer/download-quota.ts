/** Reserves the quota of a download before its first byte, and counts it after its last one. */
import type { StoredFile } from '../domain/files/file.ts'
import { UNLIMITED } from '../domain/accounts/plan.ts'
import { planOf } from '../domain/accounts/user.ts'
import type { Ports } from '../ports.ts'
import { applyLimit, endDownload, takeShare, type Share } from '../store/files/file-limits.ts'
import { findFile } from '../store/files/files.ts'
import { addTraffic, takeTraffic, trafficOf } from '../store/operations/traffic.ts'
import { findUserById } from '../store/accounts/users.ts'
import type { Surroundings } from './incoming.ts'

/** The payer of the bytes, and the speed limit. */
export async function findPayer (userId: number | null, { ports, policy }: Pick<Surroundings, 'ports' | 'policy'>) {
  const user = userId === null ? undefined : await findUserById(ports.sql, userId)
  if (user === undefined) return { payerId: null, isDisabled: false, bandwidth: UNLIMITED, downloadSpeed: policy.plans.anonymous.downloadSpeed }
  const { bandwidth, downloadSpeed } = planOf(user, policy)
  return { payerId: user.id, isDisabled: user.isDisabled, bandwidth, downloadSpeed }
}

/** The part of a file that will be sent. */
export interface Download {
  readonly file: StoredFile
  readonly payerId: number | null
  /** The payer's limit, bytes in 30 days. */
  readonly bandwidth: number
  /** Bytes to send. */
  readonly length: number
  /** Whether it counts as a download once everything was sent. */
  readonly counts: boolean
  readonly startedAt: number
}

/** Its share of the file's download limit: a slot for a whole download, bytes for a part of one. */
function shareOf ({ file, counts, length }: Download): Share | undefined {
  if (file.downloadLimit === null || (!counts && length === 0)) return undefined
  return counts ? { places: 1, bytes: 0 } : { places: 0, bytes: length }
}

/** Whether others wait for this download to end. */
export const holdsShare = (download: Download): boolean => shareOf(download) !== undefined

/** Bandwidth is reserved beforehand if there is a limit. Unsent bytes of a killed server stay counted. */
const reservedBy = ({ bandwidth, length }: Pick<Download, 'bandwidth' | 'length'>): number => bandwidth === UNLIMITED ? 0 : length

/** Reserves the download before its first byte: of concurrent requests for the last one, one succeeds. */
export async function take (download: Download, { sql, server }: Ports): Promise<'taken' | 'no place' | 'no bandwidth'> {
  const { file } = download
  const share = shareOf(download)
  if (share !== undefined && !await takeShare(sql, server.id, file.id, share)) return 'no place'
  if (await takeBandwidth(download, { sql })) return 'taken'
  await endDownload(sql, server.id, file.id, share, { downloads: 0, bytes: 0 })
  return 'no bandwidth'
}

/** Reserves bytes of the payer's bandwidth, if there is a limit; false when they do not fit. */
export async function takeBandwidth (
  download: Pick<Download, 'payerId' | 'bandwidth' | 'length' | 'startedAt'>, { sql }: Pick<Ports, 'sql'>
): Promise<boolean> {
  const { payerId, bandwidth, length, startedAt } = download
  if (payerId === null || reservedBy(download) === 0) return true
  // Nothing can be counted on a full disk, but files can be sent while there is bandwidth left.
  const hasRoom = async () => await trafficOf(sql, payerId, startedAt) + length <= bandwidth
  return takeTraffic(sql, payerId, length, bandwidth, startedAt).catch(hasRoom)
}

/**
 * Counts exactly the bytes that were sent, and the download if it was complete. If downloads are
 * limited, the bytes of incomplete downloads add up to one.
 */
export async function settle (download: Download, sent: number, isComplete: boolean, { sql, clock, server }: Ports): Promise<void> {
  const { file, payerId, counts, startedAt } = download
  const rest = sent - reservedBy(download)
  if (payerId !== null && rest !== 0) await addTraffic(sql, payerId, rest, startedAt)
  const share = shareOf(download)
  const isCounted = counts && isComplete
  await endDownload(sql, server.id, file.id, share, { downloads: isCounted ? 1 : 0, bytes: share === undefined || isCounted ? 0 : sent })
  // A limit may have been set during the download.
  if (!counts && share === undefined) return
  const after = await findFile(sql, file.id)
  if (after) await applyLimit(sql, after, clock.now())
}
