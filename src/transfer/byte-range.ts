/** The `Range` header of RFC 9110, section 14. */

/** Both ends included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * The range in a header. undefined for the whole file, also for several ranges, another unit and invalid headers, as the RFC
 * allows; 'unsatisfiable' when the range contains no byte of the file.
 */
export function readRange (header: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, list] = /^[\t ]*bytes=(.*)$/i.exec(header) ?? []
  const items = (list ?? '').split(',').map(item => item.trim()).filter(item => item !== '')
  const [, first, last = ''] = /^(\d*)-(\d*)$/.exec(items[0] ?? '') ?? []
  if (items.length !== 1 || first === undefined || first + last === '') return undefined
  if (first === '') {
    return Number(last) === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size - 1 }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  return start >= size ? 'unsatisfiable' : { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}
