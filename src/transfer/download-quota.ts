/** Reserves the quota of a download before its first byte, and counts it after its last one. */
import type { DownloadCounts } from '../domain/files/download-counts.ts'
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
export async function take (download: Download, { sql, server, counts }: Ports): Promise<'taken' | 'no place' | 'no bandwidth'> {
  const { file } = download
  const share = shareOf(download)
  if (share !== undefined && !await takeShare(sql, server.id, file.id, share)) return 'no place'
  if (await takeBandwidth(download, { sql }, counts.takeTraffic)) return 'taken'
  if (share !== undefined) await endDownload(sql, server.id, file.id, share, { downloads: 0, bytes: 0 })
  return 'no bandwidth'
}

/** Reserves bytes of the payer's bandwidth, if there is a limit; false when they do not fit. */
export async function takeBandwidth (
  download: Pick<Download, 'payerId' | 'bandwidth' | 'length' | 'startedAt'>, { sql }: Pick<Ports, 'sql'>,
  reserve: DownloadCounts['takeTraffic'] = async (...words) => takeTraffic(sql, ...words)
): Promise<boolean> {
  const { payerId, bandwidth, length, startedAt } = download
  if (payerId === null || reservedBy(download) === 0) return true
  // Nothing can be counted on a full disk, but files can be sent while there is bandwidth left.
  const hasRoom = async () => await trafficOf(sql, payerId, startedAt) + length <= bandwidth
  return reserve(payerId, length, bandwidth, startedAt).catch(hasRoom)
}

/**
 * Counts exactly the bytes that were sent, and the download if it was complete. If downloads are
 * limited, the bytes of incomplete downloads add up to one.
 */
export async function settle (download: Download, sent: number, isComplete: boolean, ports: Ports): Promise<void> {
  const { file, payerId, bandwidth, startedAt } = download
  const { sql, server, counts } = ports
  const rest = sent - reservedBy(download)
  if (payerId !== null && rest !== 0) {
    if (bandwidth === UNLIMITED) counts.addTraffic(payerId, rest, startedAt)
    else await addTraffic(sql, payerId, rest, startedAt)
  }
  const share = shareOf(download)
  const isCounted = download.counts && isComplete
  if (share === undefined) {
    if (isCounted) counts.addDownload(file.id)
    return
  }
  await endDownload(sql, server.id, file.id, share, { downloads: isCounted ? 1 : 0, bytes: isCounted ? 0 : sent })
  await limitCounted(file.id, ports)
}

/** Applies the limit of a file that a download was counted of. */
export async function limitCounted (fileId: string, { sql, clock }: Pick<Ports, 'sql' | 'clock'>): Promise<void> {
  const file = await findFile(sql, fileId)
  if (file) await applyLimit(sql, file, clock.now())
}
