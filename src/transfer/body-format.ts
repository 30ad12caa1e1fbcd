/** The kind of body of an upload request. */
export type BodyFormat =
  | { readonly kind: 'multipart', readonly boundary: string }
  | { readonly kind: 'raw' }
  | { readonly kind: 'unknown' }

/** The bytes needed to recognize a multipart body without a proper Content-Type. */
export const SNIFFED_BYTES = 512

/**
 * The boundary comes from the Content-Type or, when a client omitted it, from the first line of the body. A PUT
 * whose body does not begin like a form is the file itself (observed); such a POST is invalid.
 */
export function recognizeBody (method: string, contentType: string, firstBytes: Buffer): BodyFormat {
  const boundary = /^\s*multipart\/[^;]+;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType)
  const declared = boundary?.[1] ?? boundary?.[2]
  if (declared !== undefined) return { kind: 'multipart', boundary: declared }
  const sniffed = /^(?:\r?\n)?--([^\r\n]{1,200}?)[ \t]*\r?\n[Cc]ontent-/.exec(firstBytes.toString('latin1', 0, SNIFFED_BYTES))
  if (sniffed?.[1] !== undefined) return { kind: 'multipart', boundary: sniffed[1] }
  return { kind: method === 'PUT' ? 'raw' : 'unknown' }
}
