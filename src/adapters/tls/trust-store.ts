/**
 * A certificate as a PKCS #12 store (RFC 7292), which is how a JVM takes the authorities that it trusts. The store holds no secret, so it is
 * neither encrypted nor signed; every Java since 8 reads such a store, with any password and with none.
 */
import { SEQUENCE, tlv } from './der.ts'

const SET = 0x31
const INTEGER = 0x02
const OCTET_STRING = 0x04
const BMP_STRING = 0x1e
const EXPLICIT = 0xa0

/** Object identifiers, with tag and length. */
const DATA = Buffer.from('06092a864886f70d010701', 'hex')
const CERTIFICATE_BAG = Buffer.from('060b2a864886f70d010c0a0103', 'hex')
const X509_CERTIFICATE = Buffer.from('060a2a864886f70d01091601', 'hex')
const FRIENDLY_NAME = Buffer.from('06092a864886f70d010914', 'hex')
/** Of Oracle: without it a JVM takes the certificate for a part of somebody's chain, and trusts nothing. */
const TRUSTED_KEY_USAGE = Buffer.from('060c6086480186f966adca7b0101', 'hex')
const ANY_USAGE = Buffer.from('0604551d2500', 'hex')

const list = (...items: readonly Buffer[]): Buffer => tlv(SEQUENCE, Buffer.concat(items))
const inner = (content: Buffer): Buffer => tlv(EXPLICIT, tlv(OCTET_STRING, content))

/** `certificate` is DER; `alias` is its name in the store, of ASCII characters. */
export function writeTrustStore (certificate: Buffer, alias: string): Buffer {
  const name = tlv(BMP_STRING, Buffer.from(alias, 'utf16le').swap16())
  const attributes = tlv(SET, Buffer.concat([list(FRIENDLY_NAME, tlv(SET, name)), list(TRUSTED_KEY_USAGE, tlv(SET, ANY_USAGE))]))
  const bag = list(CERTIFICATE_BAG, tlv(EXPLICIT, list(X509_CERTIFICATE, inner(certificate))), attributes)
  const safe = list(list(DATA, inner(list(bag))))
  return list(tlv(INTEGER, Buffer.from([3])), list(DATA, inner(safe)))
}
