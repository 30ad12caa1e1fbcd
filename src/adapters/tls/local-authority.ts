/**
 * A private certificate authority, for names that no public one would certify for us: those built into
 * programs. It is created once in the storage; programs trust it, and it signs new certificates before they expire. It is limited to these
 * names, so a stolen key cannot impersonate other sites. Its own certificate is renewed with the same key, so that programs which trust the
 * old one work until that expires.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { reasonOf } from '../../domain/as-error.ts'
import { SENDSPACE_HOSTS } from '../../domain/network/sendspace-hosts.ts'
import type { CertificateSource, Clock, KeyPair } from '../../ports.ts'
import { CertificateProblem } from './certificate-files.ts'
import { DAY, LIFETIME, makeAuthority, sign } from './issue-certificates.ts'
import { encodePermitted, readPermitted } from './name-constraints.ts'

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
