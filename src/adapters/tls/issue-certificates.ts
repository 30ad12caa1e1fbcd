/** Makes certificates: of an authority, and of servers that it signs. The only file that knows the certificate library. */
import { createPublicKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { pki } from 'node-forge'
import type { KeyPair } from '../../ports.ts'
import { NAME_CONSTRAINTS, readPermitted } from './name-constraints.ts'

/** In milliseconds. */
export const DAY = 86_400_000
const AUTHORITY_LIFETIME = 730 * DAY
/** Of a server's certificate, in milliseconds. Some systems refuse those valid for more than 398 days, from any authority. */
export const LIFETIME = 397 * DAY

/** The certificate library is loaded only when a certificate is created. */
const loadForge = async () => (await import('node-forge')).default

/** An authority for the names that `permitted` encodes. With `earlier`, its key, its name and its name constraints are used again. `now` is in milliseconds. */
export async function makeAuthority (permitted: Buffer, now: number, earlier?: KeyPair): Promise<KeyPair> {
  const forge = await loadForge()
  const { key, publicKey } = earlier === undefined ? makeKeys() : { key: earlier.key, publicKey: publicKeyOf(earlier.key) }
  const certificate = begin(forge.pki.createCertificate(), forge.pki.publicKeyFromPem(publicKey), now, now + AUTHORITY_LIFETIME)
  // The serial number distinguishes the authorities of several servers in lists of trusted certificates.
  const name = earlier === undefined
    ? [{ name: 'commonName', value: `Respace local authority ${certificate.serialNumber.slice(2, 10)}` }]
    : forge.pki.certificateFromPem(earlier.cert).subject.attributes
  certificate.setSubject(name)
  certificate.setIssuer(name)
  const value = earlier === undefined ? permitted : readPermitted(new X509Certificate(earlier.cert).raw)?.value ?? permitted
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { id: NAME_CONSTRAINTS, critical: true, value: value.toString('latin1') },
    { name: 'subjectKeyIdentifier' }
  ])
  certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(certificate), key }
}

const publicKeyOf = (key: string): string => createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()

/** The certificate of a server, for host names and addresses. */
export async function sign (authority: KeyPair, names: readonly string[], now: number): Promise<KeyPair> {
  const forge = await loadForge()
  const issuer = forge.pki.certificateFromPem(authority.cert)
  const { key, publicKey } = makeKeys()
  const certificate = begin(forge.pki.createCertificate(), forge.pki.publicKeyFromPem(publicKey), now, now + LIFETIME)
  certificate.setSubject([{ name: 'commonName', value: names[0] ?? 'localhost' }])
  certificate.setIssuer(issuer.subject.attributes)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: names.map(name => isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name }) },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    { name: 'subjectKeyIdentifier' }
  ])
  certificate.sign(forge.pki.privateKeyFromPem(authority.key), forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(certificate), key }
}

/** Valid from a day earlier, for clients whose clock is behind. */
function begin (certificate: pki.Certificate, publicKey: pki.PublicKey, now: number, end: number): pki.Certificate {
  certificate.publicKey = publicKey
  certificate.serialNumber = '01' + randomBytes(15).toString('hex')
  certificate.validity.notBefore = new Date(now - DAY)
  certificate.validity.notAfter = new Date(end)
  return certificate
}

/** RSA, since programs from the time of this protocol know nothing else. */
function makeKeys (): { key: string, publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }
  })
  return { key: privateKey, publicKey }
}
