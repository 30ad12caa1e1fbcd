/** Durations as control calls write them: ISO 8601 such as `PT25H`, or `25 hours`. */
import { DocumentProblem, type Read } from '../../settings/document.ts'
import { duration } from '../../settings/kinds.ts'

const SECOND = 1000
const UNITS = [7 * 86_400 * SECOND, 86_400 * SECOND, 3600 * SECOND, 60 * SECOND, SECOND]
/** So that every date stays valid. */
const MAX_DURATION = 1000 * 365 * 86_400 * SECOND

/** Milliseconds; negative with a minus sign. */
export const isoDuration: Read<number> = (value, at) => {
  // A number could be seconds or milliseconds.
  if (typeof value !== 'string') throw new DocumentProblem(at, `expected a duration as text, such as "PT25H" or "25 hours", got ${JSON.stringify(value)}`)
  const text = value.trim()
  const milliseconds = readIso(text, at) ?? readPlainDuration(text, at)
  if (Math.abs(milliseconds) > MAX_DURATION) throw new DocumentProblem(at, 'that is more than a thousand years')
  return milliseconds
}

/** The same, but not negative. */
export const positiveDuration: Read<number> = (value, at) => {
  const milliseconds = isoDuration(value, at)
  if (milliseconds < 0) throw new DocumentProblem(at, 'time passes forward only; set the clock back instead (PUT /clock)')
  return milliseconds
}

function readIso (text: string, at: string): number | undefined {
  if (/^-?P(?:\d+[YM]|\d+Y\d+M)/i.test(text)) throw new DocumentProblem(at, 'years and months have no fixed length; write days, such as P30D')
  const parts = /^(-?)P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d{1,3})?)S)?)?$/i.exec(text)
  if (parts === null) return undefined
  const total = UNITS.reduce((sum, unit, i) => sum + Number(parts[i + 2]?.replace(',', '.') ?? 0) * unit, 0)
  return parts[1] === '-' ? -Math.round(total) : Math.round(total)
}

function readPlainDuration (text: string, at: string): number {
  try {
    return text.startsWith('-') ? -duration.read(text.slice(1)) : duration.read(text)
  } catch {
    throw new DocumentProblem(at, `expected a duration such as PT25H, P30D or "25 hours", got "${text}"`)
  }
}

/** As `isoDuration` reads it. */
export const writeIsoDuration = (milliseconds: number): string => `${milliseconds < 0 ? '-' : ''}PT${Math.abs(milliseconds) / SECOND}S`
