const LONGEST_NAME = 255

/**
 * The name to store for what a client calls its file: the last segment after `/` or `\`, control characters removed,
 * at most 255 bytes of UTF-8 with the extension kept (wire contract, section 4). Empty, `.` and `..` become `file`.
 */
export function cleanFileName (sent: string): string {
  const segment = sent.slice(Math.max(sent.lastIndexOf('/'), sent.lastIndexOf('\\')) + 1)
  const visible = segment.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
  if (visible === '' || visible === '.' || visible === '..') return 'file'
  return shorten(visible)
}

function shorten (name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= LONGEST_NAME / 2 ? name.slice(dot) : ''
  let stem = ''
  let room = LONGEST_NAME - Buffer.byteLength(extension)
  for (const character of extension === '' ? name : name.slice(0, dot)) {
    room -= Buffer.byteLength(character)
    if (room < 0) break
    stem += character
  }
  return stem + extension
}
