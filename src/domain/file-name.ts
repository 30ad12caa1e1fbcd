import { cutToBytes, fitsBytes, MAX_NAME_BYTES } from './text-limit.ts'

/**
 * The name to store for what a client calls its file: the last segment after `/` or `\`, control characters removed,
 * at most 255 bytes of UTF-8 with the extension kept (wire contract, section 4). Empty, `.` and `..` become `file`.
 */
export const cleanFileName = (sent: string): string => shorten(wholeFileName(sent))

/** The same, however long it is. */
export function wholeFileName (sent: string): string {
  const segment = sent.slice(Math.max(sent.lastIndexOf('/'), sent.lastIndexOf('\\')) + 1)
  const visible = segment.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
  return visible === '' || visible === '.' || visible === '..' ? 'file' : visible
}

function shorten (name: string): string {
  if (fitsBytes(name, MAX_NAME_BYTES)) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && fitsBytes(name.slice(dot), MAX_NAME_BYTES / 2) ? name.slice(dot) : ''
  return cutToBytes(extension === '' ? name : name.slice(0, dot), MAX_NAME_BYTES - Buffer.byteLength(extension)) + extension
}
