/** The shorthand of faults, as used in sequences: `error:12`, `reset@256k`, `stall:10s@256k`, `delay:2s`, `pass`. */
import { DocumentProblem } from '../../settings/document.ts'
import { readDurationText } from '../../settings/durations.ts'

const EXAMPLES = 'error:12, http:503, truncate@40, invalid, wrong-charset, empty, bad-length, reset@256k, close@256k, hang@256k, stall:10s@256k, delay:2s, throttle:50k or pass'

const NEEDS_VALUE = new Set(['error', 'http', 'stall', 'delay', 'throttle'])
const TAKES_OFFSET = new Set(['reset', 'close', 'hang', 'stall', 'truncate'])

/** The answer as an object, not yet checked. Throws DocumentProblem. */
export function readShorthand (text: string, at: string): object | 'pass' {
  const parts = /^([a-z-]+)(?::([^@]+))?(?:@(.+))?$/i.exec(text.trim())
  if (parts === null) throw new DocumentProblem(at, `expected ${EXAMPLES}; got "${text}"`)
  const [, name = '', value, place] = parts
  const keyword = name.toLowerCase()
  if (NEEDS_VALUE.has(keyword) !== (value !== undefined) && isKnown(keyword)) {
    throw new DocumentProblem(at, value === undefined ? `${keyword} needs a value, as in ${exampleOf(keyword)}` : `${keyword} takes no value; got "${text}"`)
  }
  if (place !== undefined && isKnown(keyword) && !TAKES_OFFSET.has(keyword)) throw new DocumentProblem(at, `${keyword} takes no @offset; got "${text}"`)
  const atByte = place === undefined ? {} : { atByte: readBytes(place, at) }
  switch (keyword) {
    case 'pass': return 'pass'
    case 'error': return { error: value }
    case 'http': return { http: value }
    case 'truncate': case 'invalid': case 'wrong-charset': case 'empty': case 'bad-length': return { xml: keyword, ...atByte }
    case 'reset': case 'close': case 'hang': return { socket: keyword, ...atByte }
    case 'stall': return { socket: 'hang', forMs: readMilliseconds(value ?? '', at), ...atByte }
    case 'delay': return { delayMs: readMilliseconds(value ?? '', at) }
    case 'throttle': return { throttle: { up: readBytes(value ?? '', at), down: readBytes(value ?? '', at) } }
    default: throw new DocumentProblem(at, `expected ${EXAMPLES}; got "${text}"`)
  }
}

const isKnown = (keyword: string): boolean => EXAMPLES.split(/, | or /).some(example => example.split(/[:@]/)[0] === keyword)
const exampleOf = (keyword: string): string => EXAMPLES.split(/, | or /).find(example => example.startsWith(`${keyword}:`)) ?? keyword

function readMilliseconds (text: string, at: string): number {
  // In shorthand, a number without a unit is in seconds.
  return readDurationText(/^\d+(?:\.\d+)?$/.test(text.trim()) ? `${text.trim()} s` : text, at)
}

/** `256k` is 262144. */
function readBytes (text: string, at: string): number {
  const parts = /^(\d{1,12})(k|m|g)?(?:i?b)?$/i.exec(text.trim())
  if (parts === null) throw new DocumentProblem(at, `expected bytes such as 4096, 256k or 2m; got "${text}"`)
  return Number(parts[1]) * 1024 ** ['', 'k', 'm', 'g'].indexOf((parts[2] ?? '').toLowerCase())
}
