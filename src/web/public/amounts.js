/** Sizes and durations in the reader's language. */
import { LOCALE } from './words.js'

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
const formats = new Map()
const formatOf = (unit, unitDisplay, maximumFractionDigits) => {
  if (!formats.has(unit)) formats.set(unit, new Intl.NumberFormat(LOCALE, { style: 'unit', unit, unitDisplay, maximumFractionDigits }))
  return formats.get(unit)
}

/** Bytes, in steps of 1024, as `Words.size` writes them on the server. */
export function sizeText (bytes) {
  let step = 0
  // What would be rounded up to 1,024 gets the next unit.
  while (step < UNITS.length - 1 && Math.round(bytes / 1024 ** step * 10) >= 10240) step++
  return formatOf(UNITS[step], step === 0 ? 'long' : 'short', step === 0 ? 0 : 1).format(bytes / 1024 ** step)
}

/** Seconds, rounded sensibly. */
export function durationText (seconds) {
  const [amount, unit] = seconds < 90 ? [seconds, 'second'] : seconds < 5400 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour']
  return formatOf(unit, 'short', 0).format(Math.ceil(amount))
}
