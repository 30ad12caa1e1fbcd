/**
 * Finds the parts of a multipart body as it streams by. It is ours because published clients send what parsers refuse:
 * a missing first boundary, LF for CRLF, wrong bytes after the last boundary (observed). `Buffer.indexOf` does the
 * searching and data is handed on without a copy, so it is faster than a parser that looks at each byte as well.
 */
export type ScanEvent =
  | { readonly type: 'part', /** The header block, without its empty line. */ readonly headers: Buffer }
  | { readonly type: 'data', readonly bytes: Buffer }
  | { readonly type: 'part end' }

export interface Scanner {
  /** What the next bytes hold. Throws MalformedBody. */
  push (bytes: Buffer): ScanEvent[]
  /** What the end of the body settles. Throws MalformedBody when the last delimiter never came. */
  end (): ScanEvent[]
}

export class MalformedBody extends Error {}

const LONGEST_HEADERS = 16 * 1024
/** So many wrong bytes may follow a final delimiter; when more come it was no delimiter but part of a file. */
const LONGEST_DOUBT = 64
const LF = 10
const CR = 13
const DASH = 45
const EMPTY = Buffer.alloc(0)

type State = 'preamble' | 'headers' | 'data' | 'epilogue'

/** `boundary` as in the Content-Type, without the leading dashes. */
export function createScanner (boundary: string): Scanner {
  const needle = Buffer.from(`\n--${boundary}`, 'latin1')
  // A body may begin with the delimiter itself: the line break before it is imagined.
  let held: Buffer = Buffer.from('\n')
  let state: State = 'preamble'
  // Bytes at the front of what is scanned that are a line break before a possible delimiter, and no data.
  let skipped = 1

  function scan (buffer: Buffer, isEnd: boolean): ScanEvent[] {
    const events: ScanEvent[] = []
    let at = 0
    while (true) {
      if (state === 'epilogue') {
        held = EMPTY
        return events
      }
      if (state === 'headers') {
        const stop = findEmptyLine(buffer, at)
        if (stop === undefined) {
          if (buffer.length - at > LONGEST_HEADERS) throw new MalformedBody('the headers of a part are longer than 16 KiB')
          // What ends with a bare delimiter line was the end, its closing dashes forgotten.
          if (isEnd && isBlank(buffer.subarray(at))) state = 'epilogue'
          held = buffer.subarray(at)
          return events
        }
        if (stop.from - at > LONGEST_HEADERS) throw new MalformedBody('the headers of a part are longer than 16 KiB')
        events.push({ type: 'part', headers: buffer.subarray(at, stop.from) })
        // The line break of the empty line may begin a delimiter too: the part has no bytes then.
        at = stop.to - 1
        state = 'data'
        skipped = 1
      }
      const found = findDelimiter(buffer, at, isEnd)
      const start = at + skipped
      if (found.kind === 'none') {
        if (found.from > start) {
          if (state === 'data') events.push({ type: 'data', bytes: buffer.subarray(start, found.from) })
          skipped = 0
        } else {
          // The imagined or borrowed line break is held as well; it is still not data.
          held = buffer.subarray(at)
          return events
        }
        held = buffer.subarray(found.from)
        return events
      }
      if (state === 'data') {
        if (found.from > start) events.push({ type: 'data', bytes: buffer.subarray(start, found.from) })
        events.push({ type: 'part end' })
      }
      skipped = 0
      state = found.kind === 'last' ? 'epilogue' : 'headers'
      at = found.to
    }
  }

  function findDelimiter (buffer: Buffer, at: number, isEnd: boolean) {
    let from = at
    while (true) {
      const i = buffer.indexOf(needle, from)
      if (i === -1) return { kind: 'none' as const, from: isEnd ? buffer.length : possibleStart(buffer, at, needle) }
      const start = i > at && buffer[i - 1] === CR ? i - 1 : i
      const kind = whatFollows(buffer, i + needle.length, isEnd)
      if (kind === 'unknown') return { kind: 'none' as const, from: start }
      if (kind !== 'data') return { kind: kind.kind, from: start, to: kind.to }
      from = i + 1
    }
  }

  return {
    push: bytes => scan(held.length === 0 ? bytes : Buffer.concat([held, bytes]), false),
    end () {
      const events = scan(held, true)
      if (state !== 'epilogue') throw new MalformedBody('the body ends before its last delimiter')
      return events
    }
  }
}

type Follows = { readonly kind: 'next' | 'last', readonly to: number } | 'data' | 'unknown'

/** What stands after a delimiter: a new part, the end, or bytes that show it was none. */
function whatFollows (buffer: Buffer, at: number, isEnd: boolean): Follows {
  const isLast = buffer[at] === DASH && buffer[at + 1] === DASH
  let i = isLast ? at + 2 : at
  while (buffer[i] === 32 || buffer[i] === 9) i++
  if (buffer[i] === CR && buffer[i + 1] === LF) i++
  if (buffer[i] === LF) return { kind: isLast ? 'last' : 'next', to: i + 1 }
  if (buffer.length - at > LONGEST_DOUBT) return 'data'
  return isEnd ? { kind: 'last', to: buffer.length } : 'unknown'
}

/** Where the end of a buffer may begin a delimiter: `\r\n--boundary` cut anywhere. */
function possibleStart (buffer: Buffer, at: number, needle: Buffer): number {
  for (let i = Math.max(at, buffer.length - needle.length); i < buffer.length; i++) {
    if (buffer[i] !== LF || buffer.compare(needle, 0, buffer.length - i, i) !== 0) continue
    return i > at && buffer[i - 1] === CR ? i - 1 : i
  }
  return buffer.length > at && buffer[buffer.length - 1] === CR ? buffer.length - 1 : buffer.length
}

/** The empty line that ends a header block; `at` itself may be one. */
function findEmptyLine (buffer: Buffer, at: number): { from: number, to: number } | undefined {
  let line = at
  while (true) {
    const end = buffer.indexOf(LF, line)
    if (end === -1) return undefined
    if (end === line || (end === line + 1 && buffer[line] === CR)) return { from: line, to: end + 1 }
    line = end + 1
  }
}

const isBlank = (bytes: Buffer): boolean => bytes.toString('latin1').trim() === ''
