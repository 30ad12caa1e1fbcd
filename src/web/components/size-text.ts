/** A size as in the recorded pages that programs know: `12.3KB`. */
export function sizeText (bytes: number): string {
  if (bytes < 1024) return `${bytes}B`
  let value = bytes
  let unit = ''
  for (unit of ['KB', 'MB', 'GB', 'TB']) {
    value /= 1024
    // A size that would be rounded up to 1024.0 gets the next unit.
    if (value < 1023.95) break
  }
  return value.toFixed(1) + unit
}
