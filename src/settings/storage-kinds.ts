/** Kinds of settings for space and lifetimes of files. */
import type { DiskShare } from '../domain/uploads/disk-share.ts'
import { LONGEST_TIME_LIMIT } from '../domain/files/file-limit.ts'
import { duration, size, type Kind } from './kinds.ts'

/** A size, or a percentage of the disk such as `5 %`. */
export const diskShare: Kind<DiskShare> = {
  name: 'size|percent',
  read (value) {
    const [, percent] = /^(\d{1,3}(?:\.\d{1,3})?)\s*%$/.exec(value) ?? []
    if (percent !== undefined && Number(percent) <= 100) return { percent: Number(percent) }
    try {
      return { bytes: size.read(value) }
    } catch {
      throw new Error('expected a percentage of the disk such as 5 %, or a size such as 500 MB or 8 GiB')
    }
  }
}

export const diskShareLimit: Kind<DiskShare> = {
  name: `${diskShare.name}|unlimited`,
  read: value => value.toLowerCase() === 'unlimited' ? { bytes: Infinity } : diskShare.read(value)
}

/** Milliseconds, or null for no limit. */
export const lifetime: Kind<number | null> = {
  name: 'duration|never',
  read (value) {
    if (value.toLowerCase() === 'never') return null
    const milliseconds = duration.read(value)
    if (milliseconds < 1000 || milliseconds > LONGEST_TIME_LIMIT * 1000) throw new Error('expected a duration from 1 second to 100 years, or never')
    return milliseconds
  }
}
