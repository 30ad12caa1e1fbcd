/**
 * A certificate authority of this server's own, for names that no public one would certify for us: those that
 * programs have built in. Made once into the storage; programs trust it, and it signs a new certificate in time.
 */
import { generateKeyPairSync, randomBytes, X509Certificate, createPrivateKey } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { pki } from 'node-forge'
import { SENDSPACE_HOSTS } from '../domain/sendspace-hosts.ts'
import type { CertificateSource, Clock, KeyPair } from '../ports.ts'
import { CertificateProblem } from './certificate-files.ts'

const DAY = 86_400_000
const AUTHORITY_LIFETIME = 3650 * DAY
/** Some systems refuse certificates of servers that live longer than 398 days, whoever signed them. */
const LIFETIME = 397 * DAY
const RENEWED_BEFORE = 30 * DAY

/** Where the authority's certificate is, which programs must trust. */
export const authorityFile = (storage: string): string => join(storage, 'tls', 'ca.crt')

/** For the names of sendspace, this machine, and `own`: host names and addresses. */
export function openLocalAuthority (storage: string, own: readonly string[], clock: Clock): CertificateSource {
  const folder = join(storage, 'tls')
  const names = [...new Set([...SENDSPACE_HOSTS, 'localhost', '127.0.0.1', '::1', hostname(), ...own].map(name => name.toLowerCase()))]
    .filter(name => name !== '0.0.0.0' && name !== '::')
  let given: string | undefined
  return {
    async next () {
      const now = clock.now()
      const stored = await readPair(folder, 'server')
      const pair = stored !== undefined && isGood(stored, names, now) ? stored : await renew(folder, names, now)
      if (pair.cert === given) return undefined
      given = pair.cert
      return pair
    }
  }
}

function isGood (pair: KeyPair, names: readonly string[], now: number): boolean {
  try {
    const certificate = new X509Certificate(pair.cert)
    return certificate.checkPrivateKey(createPrivateKey(pair.key)) && Date.parse(certificate.validTo) - RENEWED_BEFORE > now &&
      // One that was made while the clock was ahead.
      Date.parse(certificate.validFrom) <= now &&
      names.every(name => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
  } catch {
    return false
  }
}

async function renew (folder: string, names: readonly string[], now: number): Promise<KeyPair> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const authority = await readPair(folder, 'ca') ?? await keepPair(folder, 'ca', await makeAuthority(now))
  return keepPair(folder, 'server', await sign(authority, names, now))
}

/** The builder of certificates is loaded only where one is made. */
const loadForge = async () => (await import('node-forge')).default

async function makeAuthority (now: number): Promise<KeyPair> {
  const forge = await loadForge()
  const { key, publicKey } = makeKeys()
  const certificate = begin(forge.pki.createCertificate(), forge.pki.publicKeyFromPem(publicKey), now, now + AUTHORITY_LIFETIME)
  // The serial number tells the authorities of several servers apart, where people look at what they trust.
  const name = [{ name: 'commonName', value: `Respace local authority ${certificate.serialNumber.slice(2, 10)}` }]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' }
  ])
  certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(certificate), key }
}

async function sign (authority: KeyPair, names: readonly string[], now: number): Promise<KeyPair> {
  const forge = await loadForge()
  const issuer = forge.pki.certificateFromPem(authority.cert)
  const end = Math.min(now + LIFETIME, issuer.validity.notAfter.getTime())
  if (end - RENEWED_BEFORE <= now) {
    throw new CertificateProblem('the local authority ends soon: remove the folder tls in the storage folder, and let programs trust the new authority that is made then')
  }
  const { key, publicKey } = makeKeys()
  const certificate = begin(forge.pki.createCertificate(), forge.pki.publicKeyFromPem(publicKey), now, end)
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

/** A day early, for clients whose clock is behind. */
function begin (certificate: pki.Certificate, publicKey: pki.PublicKey, now: number, end: number): pki.Certificate {
  certificate.publicKey = publicKey
  certificate.serialNumber = '01' + randomBytes(15).toString('hex')
  certificate.validity.notBefore = new Date(now - DAY)
  certificate.validity.notAfter = new Date(end)
  return certificate
}

/** RSA, since programs of the time of this protocol know nothing else. */
function makeKeys (): { key: string, publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }
  })
  return { key: privateKey, publicKey }
}

/** Undefined where both files or the certificate is missing. Programs trust an authority: one without its key is not replaced behind their back. */
async function readPair (folder: string, name: string): Promise<KeyPair | undefined> {
  const cert = await readIfThere(join(folder, `${name}.crt`))
  if (cert === undefined) return undefined
  const key = await readIfThere(join(folder, `${name}.key`))
  if (key !== undefined) return { cert, key }
  if (name === 'server') return undefined
  throw new CertificateProblem(`${join(folder, 'ca.key')} is missing: put it back, or remove ca.crt beside it, and let programs trust the new authority that is made then`)
}

async function readIfThere (file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new CertificateProblem(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The key first: a certificate that is there has its key. Each is written aside and renamed. */
async function keepPair (folder: string, name: string, pair: KeyPair): Promise<KeyPair> {
  for (const [ending, text, mode] of [['key', pair.key, 0o600], ['crt', pair.cert, 0o644]] as const) {
    const file = join(folder, `${name}.${ending}`)
    await writeFile(`${file}.new`, text, { mode })
    await rename(`${file}.new`, file)
  }
  return pair
}
