/**
 * A private certificate authority, for names that no public one would certify for us: those built into
 * programs. It is created once in the storage; programs trust it, and it signs new certificates before they expire. It is limited to these
 * names, so a stolen key cannot impersonate other sites. Its own certificate is renewed with the same key, so that programs which trust the
 * old one work until that expires.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { pki } from 'node-forge'
import { reasonOf } from '../../domain/as-error.ts'
import { SENDSPACE_HOSTS } from '../../domain/network/sendspace-hosts.ts'
import type { CertificateSource, Clock, KeyPair } from '../../ports.ts'
import { CertificateProblem } from './certificate-files.ts'
import { encodePermitted, NAME_CONSTRAINTS, readPermitted } from './name-constraints.ts'

const DAY = 86_400_000
const AUTHORITY_LIFETIME = 730 * DAY
/** Some systems refuse server certificates valid for more than 398 days, from any authority. */
const LIFETIME = 397 * DAY
const RENEWED_BEFORE = 30 * DAY

/** The file with the authority's certificate, which programs must trust. */
export const authorityFile = (storage: string): string => join(storage, 'tls', 'ca.crt')

/** The certificate is for the names of sendspace, this machine, and `own`: host names and addresses. */
export function openLocalAuthority (storage: string, own: readonly string[], clock: Clock): CertificateSource {
  const folder = join(storage, 'tls')
  const required = namesOf([...SENDSPACE_HOSTS, 'localhost', '127.0.0.1', '::1', ...own])
  const names = namesOf([...required, hostname()])
  const told = new Set<string>()
  let given: string | undefined
  let advice: string[] = []

  /** Once for each cause. */
  function advise (sentence: string): void {
    if (!told.has(sentence)) advice.push(sentence)
    told.add(sentence)
  }

  /** Names beyond this would make programs refuse the whole certificate. */
  function allowedBy (authority: string): string[] {
    const permitted = readPermitted(derOf(authority, folder))
    if (permitted === undefined) {
      advise(`the local authority in ${folder} was created by an earlier version and is valid for any name. It still works, but a new one is safer: remove that folder, restart, and let programs trust the new ca.crt`)
      return names
    }
    const refused = required.filter(name => !permitted.allows(name))
    if (refused.length > 0) {
      advise(`the local authority in ${folder} is not valid for ${refused.join(', ')}, so the certificate does not have these names: remove that folder, restart, and let programs trust the new ca.crt`)
    }
    return names.filter(permitted.allows)
  }

  return {
    async next () {
      const now = clock.now()
      // Its key is read only for signing, so an operator can keep it elsewhere in between.
      const trusted = await readIfThere(join(folder, 'ca.crt'))
      const stored = await readPair(folder, 'server')
      let pair: KeyPair | undefined
      if (trusted !== undefined && stored !== undefined && isGood(stored, allowedBy(trusted), now)) pair = stored
      else {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        let authority = await readPair(folder, 'ca') ?? await keepPair(folder, 'ca', await makeAuthority(encodePermitted(names), now))
        const ends = Date.parse(new X509Certificate(authority.cert).validTo)
        // It must be valid longer than all certificates that it signs.
        if (ends < now + LIFETIME) {
          authority = await keepPair(folder, 'ca', await makeAuthority(encodePermitted(names), now, authority))
          advise(`the certificate of the local authority was renewed: programs must have the new ${join(folder, 'ca.crt')} by ${new Date(ends).toISOString().slice(0, 10)}`)
        }
        pair = await keepPair(folder, 'server', await sign(authority, allowedBy(authority.cert), now))
      }
      if (pair.cert === given) return undefined
      given = pair.cert
      return pair
    },
    takeAdvice () {
      const taken = advice
      advice = []
      return taken
    }
  }
}

function derOf (certificate: string, folder: string): Buffer {
  try {
    return new X509Certificate(certificate).raw
  } catch (error) {
    throw new CertificateProblem(`${join(folder, 'ca.crt')} must be a certificate in PEM format: ${reasonOf(error)}`)
  }
}

const namesOf = (names: readonly string[]): string[] =>
  [...new Set(names.map(name => name.toLowerCase()))].filter(name => name !== '' && name !== '0.0.0.0' && name !== '::')

function isGood (pair: KeyPair, names: readonly string[], now: number): boolean {
  try {
    const certificate = new X509Certificate(pair.cert)
    return certificate.checkPrivateKey(createPrivateKey(pair.key)) && Date.parse(certificate.validTo) - RENEWED_BEFORE > now &&
      // Created while the clock was ahead.
      Date.parse(certificate.validFrom) <= now &&
      names.every(name => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined)
  } catch {
    return false
  }
}

/** The certificate library is loaded only when a certificate is created. */
const loadForge = async () => (await import('node-forge')).default

/** With `earlier`, its key, its name and its name constraints are used again. */
async function makeAuthority (permitted: Buffer, now: number, earlier?: KeyPair): Promise<KeyPair> {
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

async function sign (authority: KeyPair, names: readonly string[], now: number): Promise<KeyPair> {
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

/** Undefined when both files or the certificate are missing. An authority without its key is not replaced silently, since programs trust it. */
async function readPair (folder: string, name: string): Promise<KeyPair | undefined> {
  const cert = await readIfThere(join(folder, `${name}.crt`))
  if (cert === undefined) return undefined
  const key = await readIfThere(join(folder, `${name}.key`))
  if (key !== undefined) return { cert, key }
  if (name === 'server') return undefined
  throw new CertificateProblem(`${join(folder, 'ca.key')} is missing: put it back, or remove ca.crt in the same folder, restart, and let programs trust the new authority`)
}

async function readIfThere (file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new CertificateProblem(`${file} cannot be read: ${reasonOf(error)}`)
  }
}

/** Writes the key first, so that each certificate has its key. Both are written to temporary files and renamed. */
async function keepPair (folder: string, name: string, pair: KeyPair): Promise<KeyPair> {
  for (const [ending, text, mode] of [['key', pair.key, 0o600], ['crt', pair.cert, 0o644]] as const) {
    const file = join(folder, `${name}.${ending}`)
    await writeFile(`${file}.new`, text, { mode })
    await rename(`${file}.new`, file)
  }
  return pair
}
