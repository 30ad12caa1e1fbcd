import type { StoredFile } from './file.ts'

/** What happens when a limit of a file is reached (the guide). No action is the same as to block. */
export const BLOCK = 1
export const DELETE = 2
export const MOVE = 3

/** The longest time_limit: a hundred years (our choice, so that every date stays a date). */
export const LONGEST_TIME_LIMIT = 100 * 365 * 24 * 60 * 60

type Limited = Pick<StoredFile, 'expiresAt' | 'downloadLimit' | 'downloads'>

/** Whether its time is over or its last allowed download has ended. */
export function hasReachedLimit ({ expiresAt, downloadLimit, downloads }: Limited, now: number): boolean {
  return (expiresAt !== null && expiresAt <= now) || (downloadLimit !== null && downloads >= downloadLimit)
}
