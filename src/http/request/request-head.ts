/** Scans the head of a request, in pieces of any size: finds its end and repairs it. */
export interface RequestHead {
  /** Begins the next one, when the last is over. */
  begin (): void
  /** Whether its last byte was read. */
  readonly isOver: boolean
  /** Reads more bytes; returns how many belong to the head, and the repaired bytes for the parser. */
  read (bytes: Buffer): { readonly size: number, readonly mended: Buffer }
}

/**
 * `before` is what may precede the request line, `verb` and `target` are in it; `line` is any other text, `lineStart` follows
 * CR LF, `lastLine` is that with a CR.
 */
type Place = 'before' | 'verb' | 'target' | 'line' | 'lineStart' | 'lastLine' | 'over'

const LF = 10
const CR = 13
const SPACE = 32
const VERBS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const LONGEST_VERB = 7

export function createRequestHead (): RequestHead {
  let place: Place = 'before'
  let verb = ''
  let last = 0

  function placeAfter (byte: number): Place {
    if (byte === LF && place !== 'before') return place === 'lineStart' || place === 'lastLine' ? 'over' : last === CR ? 'lineStart' : 'line'
    switch (place) {
      case 'before':
        if (byte === CR || byte === LF) return place
        verb = String.fromCharCode(byte)
        return 'verb'
      case 'verb':
        if (byte === SPACE) return VERBS.has(verb) ? 'target' : 'line'
        verb += String.fromCharCode(byte)
        return verb.length > LONGEST_VERB ? 'line' : place
      case 'target': return byte === SPACE ? 'line' : place
      case 'lineStart': return byte === CR ? 'lastLine' : 'line'
      default: return 'line'
    }
  }

  return {
    begin () {
      place = 'before'
      verb = ''
      last = 0
    },
    get isOver () { return place === 'over' },
    read (bytes) {
      const whole = place === 'before' ? sizeOfCleanHead(bytes) : 0
      if (whole > 0) {
        place = 'over'
        return { size: whole, mended: bytes.subarray(0, whole) }
      }
      let mended: Buffer | undefined
      let length = 0
      let size = 0
      while (size < bytes.length && place !== 'over') {
        const byte = bytes[size] ?? 0
        const isRaw = place === 'target' && byte >= 0x80
        const isBare = place === 'lineStart' && byte === LF
        if (mended === undefined && (isRaw || isBare)) {
          // Three bytes for each at most.
          mended = Buffer.alloc(bytes.length * 3)
          length = bytes.copy(mended, 0, 0, size)
        }
        if (mended !== undefined) {
          const text = isRaw ? `%${byte.toString(16).toUpperCase()}` : isBare ? '\r\n' : String.fromCharCode(byte)
          length += mended.write(text, length, 'latin1')
        }
        place = placeAfter(byte)
        last = byte
        size++
      }
      return { size, mended: mended === undefined ? bytes.subarray(0, size) : mended.subarray(0, length) }
    }
  }
}

/** The head of nearly every request arrives in one piece and needs no repair: four searches find its size. 0 for any other. */
function sizeOfCleanHead (bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n', 0, 'latin1')
  if (end === -1 || bytes[0] === CR || bytes[0] === LF) return 0
  const bareEnd = bytes.indexOf('\r\n\n', 0, 'latin1')
  const line = bytes.toString('latin1', 0, bytes.indexOf(LF))
  return (bareEnd !== -1 && bareEnd < end) || /[\x80-\xff]/.test(line) ? 0 : end + 4
}
