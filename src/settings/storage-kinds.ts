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

/** Percentages in ascending order; none of them for `none`. */
export const percentages: Kind<readonly number[]> = {
  name: 'percentages|none',
  read (value) {
    if (value.toLowerCase() === 'none') return []
    const numbers = value.split(',').map(part => /^(\d{1,3})\s*%?$/.exec(part.trim())?.[1]).map(digits => digits === undefined ? NaN : Number(digits))
    if (numbers.length > 10 || !numbers.every(number => number >= 1 && number <= 100)) throw new Error('expected up to ten percentages from 1 to 100, separated by commas, such as 80,95, or none')
    return [...new Set(numbers)].sort((a, b) => a - b)
  }
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
