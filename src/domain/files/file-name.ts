import { MAX_NAME_BYTES } from '../text-limit.ts'

/**
 * The name to store for the client's file name: the last segment after `/` or `\`, control characters removed,
 * at most 255 bytes of UTF-8 with the extension kept (wire contract, section 4). Empty, `.` and `..` become `file`.
 */
export const cleanFileName = (sent: string): string => shortenName(wholeFileName(sent))

/** The same, without the limit of length. */
export function wholeFileName (sent: string): string {
  const segment = sent.slice(Math.max(sent.lastIndexOf('/'), sent.lastIndexOf('\\')) + 1)
  const visible = segment.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
  return visible === '' || visible === '.' || visible === '..' ? 'file' : visible
}

/** The name with `suffix` before its extension, cut to 255 bytes, or to 255 units of `lengthOf`; the extension and the suffix are kept. */
export function shortenName (name: string, suffix = '', lengthOf: (text: string) => number = Buffer.byteLength): string {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && lengthOf(name.slice(dot)) <= MAX_NAME_BYTES / 2 ? name.slice(dot) : ''
  const stem = name.slice(0, name.length - extension.length)
  if (lengthOf(name) + lengthOf(suffix) <= MAX_NAME_BYTES) return stem + suffix + extension
  let kept = ''
  let room = MAX_NAME_BYTES - lengthOf(extension) - lengthOf(suffix)
  for (const character of stem) {
    room -= lengthOf(character)
    if (room < 0) break
    kept += character
  }
  return kept + suffix + extension
}
