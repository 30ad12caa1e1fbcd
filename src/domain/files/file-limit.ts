import type { StoredFile } from './file.ts'
import type { Policy } from '../policy.ts'

/** What happens when a limit of a file is reached (the guide). No action is the same as to block. */
export const BLOCK = 1
export const DELETE = 2
export const MOVE = 3

/** The longest time_limit: a hundred years (our choice, so that every date stays a date). */
export const LONGEST_TIME_LIMIT = 100 * 365 * 24 * 60 * 60

type Limited = Pick<StoredFile, 'expiresAt' | 'downloadLimit' | 'downloads'>

/** Whether the file has expired, or its last allowed download has ended. */
export function hasReachedLimit ({ expiresAt, downloadLimit, downloads }: Limited, now: number): boolean {
  return (expiresAt !== null && expiresAt <= now) || (downloadLimit !== null && downloads >= downloadLimit)
}

type Expiry = Pick<Policy, 'anonymousExpiry' | 'anonymousMaxExpiry'>
type Expiring = Partial<Pick<StoredFile, 'expiresAt' | 'limitAction'>>

/** The initial limit of a file without an owner. Then it is deleted; if it were blocked, its bytes would stay forever. */
export function anonymousLimit ({ anonymousExpiry, anonymousMaxExpiry }: Expiry, now: number): Pick<StoredFile, 'expiresAt' | 'limitAction'> {
  const times = [anonymousExpiry, anonymousMaxExpiry].filter(time => time !== null)
  return times.length === 0 ? { expiresAt: null, limitAction: null } : { expiresAt: now + Math.min(...times), limitAction: DELETE }
}

/** The longest time allowed when such a file is changed. A file older than this rule keeps its longer time. */
export function boundAnonymousLimit<C extends Expiring> (change: C, file: Pick<StoredFile, 'ownerId' | 'uploadedAt' | 'expiresAt'>, { anonymousMaxExpiry }: Expiry): C {
  if (file.ownerId !== null || anonymousMaxExpiry === null || file.expiresAt === null) return change
  const latest = Math.max(file.uploadedAt + anonymousMaxExpiry, file.expiresAt)
  const bounded = { ...change, limitAction: DELETE }
  return change.expiresAt === undefined ? bounded : { ...bounded, expiresAt: Math.min(change.expiresAt ?? latest, latest) }
}
