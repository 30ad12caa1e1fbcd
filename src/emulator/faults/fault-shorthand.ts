/** The shorthand of faults, as a sequence has them: `error:12`, `reset@256k`, `stall:10s@256k`, `delay:2s`, `pass`. */
import { DocumentProblem } from '../../settings/document.ts'
import { duration } from '../../settings/kinds.ts'

const EXAMPLES = 'error:12, http:503, truncate@40, invalid, wrong-charset, empty, bad-length, reset@256k, close@256k, hang@256k, stall:10s@256k, delay:2s, throttle:50k or pass'

const NEEDS_VALUE = new Set(['error', 'http', 'stall', 'delay', 'throttle'])
const TAKES_OFFSET = new Set(['reset', 'close', 'hang', 'stall', 'truncate'])

/** The answer as an object, not yet checked. Throws DocumentProblem. */
export function readShorthand (text: string, at: string): object | 'pass' {
  const parts = /^([a-z-]+)(?::([^@]+))?(?:@(.+))?$/i.exec(text.trim())
  if (parts === null) throw new DocumentProblem(at, `expected ${EXAMPLES}; got "${text}"`)
  const [, name = '', value, place] = parts
  const word = name.toLowerCase()
  if (NEEDS_VALUE.has(word) !== (value !== undefined) && isKnown(word)) {
    throw new DocumentProblem(at, value === undefined ? `${word} needs a value, as in ${exampleOf(word)}` : `${word} takes no value; got "${text}"`)
  }
  if (place !== undefined && isKnown(word) && !TAKES_OFFSET.has(word)) throw new DocumentProblem(at, `${word} has no place; got "${text}"`)
  const atByte = place === undefined ? {} : { atByte: bytes(place, at) }
  switch (word) {
    case 'pass': return 'pass'
    case 'error': return { error: value }
    case 'http': return { http: value }
    case 'truncate': case 'invalid': case 'wrong-charset': case 'empty': case 'bad-length': return { xml: word, ...atByte }
    case 'reset': case 'close': case 'hang': return { socket: word, ...atByte }
    case 'stall': return { socket: 'hang', forMs: milliseconds(value ?? '', at), ...atByte }
    case 'delay': return { delayMs: milliseconds(value ?? '', at) }
    case 'throttle': return { throttle: { up: bytes(value ?? '', at), down: bytes(value ?? '', at) } }
    default: throw new DocumentProblem(at, `expected ${EXAMPLES}; got "${text}"`)
  }
}

const isKnown = (word: string): boolean => EXAMPLES.split(/, | or /).some(example => example.split(/[:@]/)[0] === word)
const exampleOf = (word: string): string => EXAMPLES.split(/, | or /).find(example => example.startsWith(`${word}:`)) ?? word

function milliseconds (text: string, at: string): number {
  try {
    return duration.read(text.trim())
  } catch (error) {
    throw new DocumentProblem(at, `${error instanceof Error ? error.message : String(error)}, got "${text}"`)
  }
}

/** `256k` is 262144. */
function bytes (text: string, at: string): number {
  const parts = /^(\d{1,12})(k|m|g)?(?:i?b)?$/i.exec(text.trim())
  if (parts === null) throw new DocumentProblem(at, `expected bytes such as 4096, 256k or 2m; got "${text}"`)
  return Number(parts[1]) * 1024 ** ['', 'k', 'm', 'g'].indexOf((parts[2] ?? '').toLowerCase())
}
