/** The longest texts, in bytes of UTF-8 (wire contract, Values): texts of strangers are stored, and shown to others. */

export const MAX_NAME_BYTES = 255
export const MAX_DESCRIPTION_BYTES = 4096
export const MAX_CONTACT_NAME_BYTES = 255
export const MAX_CONTACT_DESCRIPTION_BYTES = 1024
export const MAX_MESSAGE_BYTES = 10_240
export const MAX_APP_VERSION_BYTES = 64
/** Of any other text. */
export const MAX_TEXT_BYTES = 1024

/** Of the fields of an upload, by name: a longer one is cut, since neither mail nor description may fail an upload. */
export const UPLOAD_FIELD_BYTES = {
  description: MAX_DESCRIPTION_BYTES,
  password: MAX_TEXT_BYTES,
  redirect_url: MAX_TEXT_BYTES,
  recipient_message: MAX_MESSAGE_BYTES
} as const

/** A UTF-16 unit has at most this many bytes in UTF-8. */
const MAX_UNIT_BYTES = 3

export const fitsBytes = (text: string, maxBytes: number): boolean =>
  text.length * MAX_UNIT_BYTES <= maxBytes || (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes)

/** The longest prefix that fits, cut between two characters. */
export function cutToBytes (text: string, maxBytes: number): string {
  if (fitsBytes(text, maxBytes)) return text
  // Cut before encoding: the text may be a million times longer than the limit.
  const bytes = Buffer.from(text.slice(0, maxBytes + 1))
  let end = Math.min(maxBytes, bytes.length)
  while (end > 0 && isContinuation(bytes[end])) end--
  return bytes.toString('utf8', 0, end)
}

/** Lengths not in bytes count code points: a character beyond the first 65,536 is one, not two. */
export const codePointsOf = (text: string): number => text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '_').length

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80
