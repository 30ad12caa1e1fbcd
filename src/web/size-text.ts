/** A size for people, as recorded pages have it: `12.3KB`. */
export function sizeText (bytes: number): string {
  if (bytes < 1024) return `${bytes}B`
  let value = bytes
  let unit = ''
  for (unit of ['KB', 'MB', 'GB', 'TB']) {
    value /= 1024
    // What would be rounded up to 1024.0 belongs to the next unit.
    if (value < 1023.95) break
  }
  return value.toFixed(1) + unit
}

/** For sentences: `300 MB`. */
export const spokenSize = (bytes: number): string => sizeText(bytes).replace(/(?:\.0)?([A-Z]+)$/, ' $1')
