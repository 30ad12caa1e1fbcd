/** Durations as JSON documents write them: milliseconds, ISO 8601 such as `PT25H`, or `25 hours`. */
import { described, DocumentProblem, type Read } from './document.ts'
import { duration } from './kinds.ts'

const SECOND = 1000
const UNITS = [7 * 86_400 * SECOND, 86_400 * SECOND, 3600 * SECOND, 60 * SECOND, SECOND]
/** So that every date stays valid. */
const MAX_DURATION = 1000 * 365 * 86_400 * SECOND

const durationSchema = (minimum: number) => ({
  anyOf: [{ type: 'integer', minimum, maximum: MAX_DURATION }, { type: 'string' }],
  description: 'milliseconds, or a text such as PT25H or 25 hours'
})

/** Milliseconds; negative with a minus sign. */
export const isoDuration: Read<number> = described(durationSchema(-MAX_DURATION), (value, at) => {
  const milliseconds = typeof value === 'number' ? requireWhole(value, at) : readDurationText(value, at)
  if (Math.abs(milliseconds) > MAX_DURATION) throw new DocumentProblem(at, 'that is more than a thousand years')
  return milliseconds
})

/** The same, but not negative. */
export const positiveDuration: Read<number> = described(durationSchema(0), (value, at) => {
  const milliseconds = isoDuration(value, at)
  if (milliseconds < 0) throw new DocumentProblem(at, 'time passes forward only; set the clock back instead (PUT /clock)')
  return milliseconds
})

/** Milliseconds from `min` to `max`; a text has a unit, or is that number. For members whose names end with Ms. */
export const milliseconds = (min: number, max: number): Read<number> =>
  described({ anyOf: [{ type: 'integer', minimum: min, maximum: max }, { type: 'string' }], description: 'milliseconds, or a text such as PT5S or 5 s' }, (value, at) => {
    const read = isoDuration(typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value, at)
    if (read < min || read > max) throw new DocumentProblem(at, `expected from ${min} to ${max} milliseconds, got ${JSON.stringify(value)}`)
    return read
  })

function requireWhole (value: number, at: string): number {
  if (!Number.isInteger(value)) throw new DocumentProblem(at, `expected whole milliseconds, got ${value}`)
  return value
}

/** Milliseconds of a text. Throws DocumentProblem. */
export function readDurationText (value: unknown, at: string): number {
  if (typeof value !== 'string') throw new DocumentProblem(at, `expected milliseconds or a duration such as "PT25H" or "25 hours", got ${JSON.stringify(value)}`)
  const text = value.trim()
  if (/^-?\d+(?:\.\d+)?$/.test(text)) throw new DocumentProblem(at, `the text "${text}" has no unit; write "${text} s", or milliseconds as a number`)
  return readIso(text, at) ?? readPlainDuration(text, at)
}

/** Programs write up to nine decimals; Java writes a minus sign at each number. */
const ISO = /^(-?)P(?=.)(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?=.)(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+(?:[.,]\d{1,9})?)S)?)?$/i

function readIso (text: string, at: string): number | undefined {
  if (/^-?P(?:\d+[YM]|\d+Y\d+M)/i.test(text)) throw new DocumentProblem(at, 'years and months have no fixed length; write days, such as P30D')
  const parts = ISO.exec(text)
  if (parts === null) return undefined
  const total = UNITS.reduce((sum, unit, i) => sum + Number(parts[i + 2]?.replace(',', '.') ?? 0) * unit, 0)
  return parts[1] === '-' ? -Math.round(total) : Math.round(total)
}

/** `25 hours`, and `25h0m0s` as Go writes it. */
function readPlainDuration (text: string, at: string): number {
  const [, minus = '', length = ''] = /^(-?)(.*)$/s.exec(text) ?? []
  const parts = /^(?:\d+(?:\.\d+)?[a-z]+){2,}$/i.test(length) ? length.match(/[\d.]+[a-z]+/gi) ?? [] : [length]
  try {
    const total = parts.reduce((sum, part) => sum + duration.read(part), 0)
    return minus === '-' ? -total : total
  } catch {
    throw new DocumentProblem(at, `expected a duration such as PT25H, P30D or "25 hours", got "${text}"`)
  }
}

/** As `isoDuration` reads it. */
export const writeIsoDuration = (milliseconds: number): string => `${milliseconds < 0 ? '-' : ''}PT${Math.abs(milliseconds) / SECOND}S`
