/** The certificate and key that the operator keeps: read again when they change. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { CertificateSource, KeyPair } from '../../ports.ts'
import { reasonOf } from '../../domain/as-error.ts'

/** Something about certificates that the operator must change; the message says what. */
export class CertificateProblem extends Error {}

/** Compares what the files hold, not their times: a tool that renews may replace a link to their folder. */
export function watchCertificateFiles (certFile: string, keyFile: string): CertificateSource {
  let seen = ''
  return {
    async next () {
      const pair = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
        .then(([cert, key]): KeyPair => ({ cert, key }), (error: Error) => error)
      const now = pair instanceof Error ? pair.message : `${pair.cert}\n${pair.key}`
      if (now === seen) return undefined
      seen = now
      if (pair instanceof Error) throw new CertificateProblem(`--tls-cert and --tls-key must be files that can be read: ${pair.message}`)
      checkPair(pair, `${resolve(certFile)} and ${resolve(keyFile)}`)
      return pair
    }
  }
}

/** Throws CertificateProblem for a pair that no connection could use. */
function checkPair (pair: KeyPair, where: string): void {
  try {
    createSecureContext({ ...pair })
  } catch (error) {
    throw new CertificateProblem(`${where} must be a certificate and its private key in PEM form: ${reasonOf(error)}`)
  }
}
