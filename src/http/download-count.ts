/** What a download takes before its first byte, and what is counted after its last one. */
import type { StoredFile } from '../domain/file.ts'
import { UNLIMITED } from '../domain/plan.ts'
import { planOf } from '../domain/user.ts'
import type { Ports } from '../ports.ts'
import { applyLimit, endDownload, takePlace } from '../store/file-limits.ts'
import { findFile } from '../store/files.ts'
import { addTraffic, takeTraffic, trafficOf } from '../store/traffic.ts'
import { findUserById } from '../store/users.ts'
import type { Site } from './site.ts'

/** On whom the bytes count, and how fast they may leave. */
export async function findPayer (userId: number | null, { ports, policy }: Site) {
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

const holdsPlace = ({ file, counts }: Download): boolean => counts && file.downloadLimit !== null

/** Bandwidth is taken beforehand where there is a limit. What a killed server had taken and not sent stays counted. */
const reservedBy = ({ bandwidth, length }: Pick<Download, 'bandwidth' | 'length'>): number => bandwidth === UNLIMITED ? 0 : length

/** Takes what the download needs before its first byte: of many that race for the last one gets it. */
export async function take (download: Download, { sql, server }: Ports): Promise<'taken' | 'no place' | 'no bandwidth'> {
  const { file } = download
  if (holdsPlace(download) && !await takePlace(sql, server.id, file.id)) return 'no place'
  if (await takeBandwidth(download, { sql })) return 'taken'
  await endDownload(sql, server.id, file.id, holdsPlace(download), false)
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

/** Counts the bytes that were sent, no more and no less than them, and counts the download when all of it was. */
export async function settle (download: Download, sent: number, isComplete: boolean, { sql, clock, server }: Ports): Promise<void> {
  const { file, payerId, counts, startedAt } = download
  const rest = sent - reservedBy(download)
  if (payerId !== null && rest !== 0) await addTraffic(sql, payerId, rest, startedAt)
  await endDownload(sql, server.id, file.id, holdsPlace(download), counts && isComplete)
  // A limit may have been set while it ran.
  if (!counts) return
  const after = await findFile(sql, file.id)
  if (after) await applyLimit(sql, after, clock.now())
}
