/** Bytes of UTF-8 that a file system takes as one name. */
const LONGEST_NAME = 255

/**
 * The name to store for what a client calls its file: the last segment after `/` or `\`, control characters removed,
 * at most 255 bytes of UTF-8 with the extension kept (wire contract, section 4). Empty, `.` and `..` become `file`.
 */
export function cleanFileName (sent: string): string {
  const segment = sent.slice(Math.max(sent.lastIndexOf('/'), sent.lastIndexOf('\\')) + 1)
  const visible = segment.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
  if (visible === '' || visible === '.' || visible === '..') return 'file'
  return shortenName(visible)
}

/** The name with `suffix` before its extension, cut to 255 bytes, or to 255 of what `lengthOf` counts; the extension and the suffix are kept. */
export function shortenName (name: string, suffix = '', lengthOf: (text: string) => number = Buffer.byteLength): string {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && lengthOf(name.slice(dot)) <= LONGEST_NAME / 2 ? name.slice(dot) : ''
  const stem = name.slice(0, name.length - extension.length)
  if (lengthOf(name) + lengthOf(suffix) <= LONGEST_NAME) return stem + suffix + extension
  let kept = ''
  let room = LONGEST_NAME - lengthOf(extension) - lengthOf(suffix)
  for (const character of stem) {
    room -= lengthOf(character)
    if (room < 0) break
    kept += character
  }
  return kept + suffix + extension
}
