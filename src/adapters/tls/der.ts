/** Writes DER (X.690), the encoding of certificates. */

/** The tag of a list. */
export const SEQUENCE = 0x30

/** An item with its tag and length. Its content has at most 65,535 bytes. */
export function tlv (tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
