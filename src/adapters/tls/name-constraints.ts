/** Name constraints of an authority (RFC 5280, 4.2.1.10), as DER bytes: node-forge does not know this extension, and Node does not show it. */
import { isIP } from 'node:net'
import { SEQUENCE, tlv } from './der.ts'

/** 2.5.29.30, with its tag and length. */
const OID = Buffer.from('0603551d1e', 'hex')
export const NAME_CONSTRAINTS = '2.5.29.30'

const PERMITTED = 0xa0
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

/** Host names with their subdomains, and single addresses. */
export function encodePermitted (names: readonly string[]): Buffer {
  const bases = names.map(name => {
    const address = addressBytes(name)
    // An address has a mask, here with all bits set.
    return address === undefined ? tlv(DNS_NAME, Buffer.from(name, 'latin1')) : tlv(IP_ADDRESS, Buffer.concat([address, Buffer.alloc(address.length, 0xff)]))
  })
  return tlv(SEQUENCE, tlv(PERMITTED, Buffer.concat(bases.map(base => tlv(SEQUENCE, base)))))
}

export interface Permitted {
  /** The value of the extension. */
  readonly value: Buffer
  allows (name: string): boolean
}

/** The permitted names of a certificate (DER); undefined when all names are permitted. */
export function readPermitted (certificate: Buffer): Permitted | undefined {
  const at = certificate.indexOf(OID)
  if (at < 0) return undefined
  let rest = certificate.subarray(at + OID.length)
  // The optional critical flag is before the value.
  if (rest[0] === 0x01) rest = rest.subarray(3)
  const value = contentOf(rest)
  const dns: string[] = []
  const addresses = new Set<string>()
  for (const subtree of itemsOf(contentOf(contentOf(value)))) {
    const base = contentOf(subtree)
    if (subtree[0] !== SEQUENCE) continue
    if (base[0] === DNS_NAME) dns.push(contentOf(base).toString('latin1'))
    if (base[0] === IP_ADDRESS) addresses.add(contentOf(base).subarray(0, contentOf(base).length / 2).toString('hex'))
  }
  return {
    value,
    allows (name) {
      const address = addressBytes(name)
      return address === undefined ? dns.some(base => name === base || name.endsWith(`.${base}`)) : addresses.has(address.toString('hex'))
    }
  }
}

/** The start and end of an item's content. */
function boundsOf (item: Buffer): { from: number, to: number } {
  const first = item[1] ?? 0
  const bytes = first < 0x80 ? 0 : first & 0x7f
  const length = bytes === 0 ? first : item.readUIntBE(2, bytes)
  return { from: 2 + bytes, to: 2 + bytes + length }
}

function contentOf (item: Buffer): Buffer {
  const { from, to } = boundsOf(item)
  return item.subarray(from, to)
}

function itemsOf (content: Buffer): Buffer[] {
  const items: Buffer[] = []
  for (let rest = content; rest.length > 0;) {
    const { to } = boundsOf(rest)
    items.push(rest.subarray(0, to))
    rest = rest.subarray(to)
  }
  return items
}

/** 4 or 16 bytes; undefined for anything that is not an address. */
function addressBytes (name: string): Buffer | undefined {
  const version = isIP(name)
  if (version === 0) return undefined
  if (version === 4) return Buffer.from(name.split('.').map(Number))
  // The URL parser gives each address a canonical form, including the last part of a mapped one in hex.
  const [head = '', tail] = new URL(`http://[${name.replace(/%.*$/, '')}]`).hostname.slice(1, -1).split('::')
  const words = (text: string | undefined): string[] => text ? text.split(':') : []
  const missing = tail === undefined ? 0 : 8 - words(head).length - words(tail).length
  const all = [...words(head), ...Array<string>(missing).fill('0'), ...words(tail)]
  return Buffer.concat(all.map(word => Buffer.from(word.padStart(4, '0'), 'hex')))
}
