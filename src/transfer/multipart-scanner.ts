/**
 * Finds the parts of a streamed multipart body. It is ours because published clients send bodies that other parsers refuse:
 * a missing first boundary, LF for CRLF, wrong bytes after the last boundary (observed). It searches with `Buffer.indexOf`
 * and passes data on without a copy, so it is also faster than a parser that inspects each byte.
 */
export type ScanEvent =
  | { readonly type: 'part', /** The header block, without its empty line. */ readonly headers: Buffer }
  | { readonly type: 'data', readonly bytes: Buffer }
  | { readonly type: 'part end' }

export interface Scanner {
  /** The events of the next bytes. Throws MalformedBody. */
  push (bytes: Buffer): ScanEvent[]
  /** The events at the end of the body. Throws MalformedBody when the last delimiter is missing. */
  end (): ScanEvent[]
}

export class MalformedBody extends Error {}

const MAX_HEADER_BYTES = 16 * 1024
/**
 * A final delimiter may be followed by this many wrong bytes, if the body ends with them (observed). If more bytes or a
 * right delimiter follow, it was a line of the file.
 */
const MAX_WRONG_BYTES = 64
/**
 * If delimiters end with CRLF, one after a bare LF is skipped for this many bytes: if a right one follows, it was
 * a line of the file.
 */
const LOOKAHEAD = 16 * 1024
const LF = 10
const CR = 13
const DASH = 45
const EMPTY = Buffer.alloc(0)

type State = 'preamble' | 'headers' | 'data' | 'epilogue'

/** `boundary` is as in the Content-Type, without the leading dashes. */
export function createScanner (boundary: string): Scanner {
  const needle = Buffer.from(`\n--${boundary}`, 'latin1')
  // A body may begin with the delimiter itself: assume a line break before it.
  let held: Buffer = Buffer.from('\n')
  let state: State = 'preamble'
  // Bytes at the front of what is scanned that are a line break before a possible delimiter, and no data.
  let skipped = 1
  // Whether the delimiter before this part ended with a bare LF: then a CR before the next delimiter can be the file's last byte.
  let opensWithLf = false

  function scan (buffer: Buffer, isEnd: boolean): ScanEvent[] {
    const events: ScanEvent[] = []
    let at = 0
    while (true) {
      if (state === 'epilogue') {
        held = EMPTY
        return events
      }
      if (state === 'headers') {
        // The line break of the delimiter's line may begin the next delimiter: then the part is empty.
        const isEmpty = beginsWithDelimiter(buffer.subarray(at), isEnd)
        const stop = isEmpty === false ? findEmptyLine(buffer, at + 1) : undefined
        if (isEmpty === true) {
          state = 'preamble'
        } else if (stop === undefined) {
          if (buffer.length - at > MAX_HEADER_BYTES + 1) throw new MalformedBody('the headers of a part are longer than 16 KiB')
          // A body that ends with a bare delimiter line ends there: the closing dashes are missing.
          if (isEnd && isBlank(buffer.subarray(at))) state = 'epilogue'
          held = buffer.subarray(at)
          return events
        } else {
          if (stop.from - at > MAX_HEADER_BYTES + 1) throw new MalformedBody('the headers of a part are longer than 16 KiB')
          const headers = buffer.subarray(at + 1, stop.from)
          // A line of the file is a whole delimiter: better no file than a cut one.
          if (headers.length > 0 && !headers.includes(':')) throw new MalformedBody('the headers of a part cannot be read')
          events.push({ type: 'part', headers })
          // The line break of the empty line may begin a delimiter too: the part has no bytes then.
          at = stop.to - 1
          state = 'data'
        }
        skipped = 1
      }
      const found = findDelimiter(buffer, at, isEnd)
      const start = at + skipped
      if (found.kind === 'none') {
        if (found.from > start) {
          if (state === 'data') events.push({ type: 'data', bytes: buffer.subarray(start, found.from) })
          skipped = 0
          held = buffer.subarray(found.from)
        } else {
          // The assumed or shared line break is held back as well; it is not data.
          held = buffer.subarray(at)
        }
        return events
      }
      if (state === 'data') {
        if (found.from > start) events.push({ type: 'data', bytes: buffer.subarray(start, found.from) })
        events.push({ type: 'part end' })
      }
      state = found.kind === 'last' ? 'epilogue' : 'headers'
      skipped = 0
      opensWithLf = found.lineBreak === 'LF'
      at = state === 'epilogue' ? found.to : found.to - 1
    }
  }

  /** The next right delimiter; at the end of the body also one followed by wrong bytes. */
  function findDelimiter (buffer: Buffer, at: number, isEnd: boolean) {
    let doubtful: number | undefined
    let bare: DelimiterEnd & { readonly from: number } | undefined
    for (let i = buffer.indexOf(needle, at); i !== -1; i = buffer.indexOf(needle, i + 1)) {
      const end = readDelimiterEnd(buffer, i + needle.length, isEnd)
      if (end !== undefined && !isBare(buffer, at, i)) {
        return bare !== undefined && i - bare.from > LOOKAHEAD ? bare : { ...end, from: lineBreakStart(buffer, at, i, end.lineBreak) }
      }
      if (end?.kind === 'next' && mayBeginHeaders(buffer, end.to)) {
        bare ??= { ...end, from: i }
        continue
      }
      const isNearEnd = buffer.length - (i + needle.length) <= MAX_WRONG_BYTES
      // While more bytes may follow, the first of them may be the last delimiter; at the end the last of them is.
      if (isNearEnd) doubtful = isEnd ? i : doubtful ?? i
    }
    if (bare !== undefined) {
      const isSettled = isEnd || buffer.length - bare.from > LOOKAHEAD + needle.length + 2 * MAX_WRONG_BYTES
      return isSettled ? bare : { kind: 'none' as const, from: Math.min(bare.from, holdCarriageReturn(buffer, at, doubtful ?? bare.from)) }
    }
    if (doubtful === undefined) return { kind: 'none' as const, from: isEnd ? buffer.length : possibleStart(buffer, at, needle) }
    const from = lineBreakStart(buffer, at, doubtful, 'none')
    return isEnd ? { kind: 'last' as const, lineBreak: 'none' as const, from, to: buffer.length } : { kind: 'none' as const, from: holdCarriageReturn(buffer, at, doubtful) }
  }

  /** Whether a possible delimiter lacks the CR that this client's delimiters have. */
  function isBare (buffer: Buffer, at: number, lineFeed: number): boolean {
    return state === 'data' && !opensWithLf && lineFeed >= at + skipped && holdCarriageReturn(buffer, at, lineFeed) === lineFeed
  }

  /** Where the line break before a delimiter begins: its CR is the file's when neither line of the client's delimiters ends with one. */
  function lineBreakStart (buffer: Buffer, at: number, lineFeed: number, lineBreak: LineBreak): number {
    return opensWithLf && lineBreak !== 'CRLF' ? lineFeed : holdCarriageReturn(buffer, at, lineFeed)
  }

  /** Whether the bytes begin with a right delimiter; undefined while more bytes are needed. */
  function beginsWithDelimiter (buffer: Buffer, isEnd: boolean): boolean | undefined {
    const length = Math.min(needle.length, buffer.length)
    if (buffer.compare(needle, 0, length, 0, length) !== 0) return false
    if (length === needle.length && readDelimiterEnd(buffer, length, isEnd) !== undefined) return true
    if (isEnd) return length === needle.length
    return buffer.length > needle.length + MAX_WRONG_BYTES ? false : undefined
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

type LineBreak = 'CRLF' | 'LF' | 'none'

interface DelimiterEnd {
  readonly kind: 'next' | 'last'
  readonly lineBreak: LineBreak
  readonly to: number
}

/** What follows a right delimiter: a new part or the end; undefined for anything else. The last one may end the body. */
function readDelimiterEnd (buffer: Buffer, at: number, isEnd: boolean): DelimiterEnd | undefined {
  const isLast = buffer[at] === DASH && buffer[at + 1] === DASH
  let i = isLast ? at + 2 : at
  // Spaces are limited like wrong bytes, so that no byte is inspected too often.
  while ((buffer[i] === 32 || buffer[i] === 9) && i - at < MAX_WRONG_BYTES) i++
  if (isLast && isEnd && i === buffer.length) return { kind: 'last', lineBreak: 'none', to: i }
  const lineBreak = buffer[i] === CR && buffer[i + 1] === LF ? 'CRLF' : 'LF'
  if (lineBreak === 'CRLF') i++
  return buffer[i] === LF ? { kind: isLast ? 'last' : 'next', lineBreak, to: i + 1 } : undefined
}

/** Whether the headers of a part begin here, as far as the bytes allow to decide. */
function mayBeginHeaders (buffer: Buffer, at: number): boolean {
  const text = buffer.toString('latin1', at, at + FIRST_HEADER.length).toLowerCase()
  return FIRST_HEADER.startsWith(text)
}

const FIRST_HEADER = 'content-'

const holdCarriageReturn = (buffer: Buffer, at: number, lineFeed: number): number =>
  lineFeed > at && buffer[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed

/** Where the end of a buffer may begin a delimiter: `\r\n--boundary` cut anywhere. */
function possibleStart (buffer: Buffer, at: number, needle: Buffer): number {
  for (let i = Math.max(at, buffer.length - needle.length); i < buffer.length; i++) {
    if (buffer[i] === LF && buffer.compare(needle, 0, buffer.length - i, i) === 0) return holdCarriageReturn(buffer, at, i)
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
