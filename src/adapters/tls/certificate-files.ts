/** The operator's certificate and key: reloaded when they change. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { CertificateSource, KeyPair } from '../../ports.ts'
import { reasonOf } from '../../domain/as-error.ts'

/** A problem with certificates that the operator must fix; the message says how. */
export class CertificateProblem extends Error {}

/** Compares the content of the files, not their times: a renewal tool may replace a link to their folder. */
export function watchCertificateFiles (certFile: string, keyFile: string): CertificateSource {
  let seen = ''
  return {
    async next () {
      const pair = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
        .then(([cert, key]): KeyPair => ({ cert, key }), (error: Error) => error)
      const now = pair instanceof Error ? pair.message : `${pair.cert}\n${pair.key}`
      if (now === seen) return undefined
      seen = now
      if (pair instanceof Error) throw new CertificateProblem(`--tls-cert and --tls-key must be readable files: ${pair.message}`)
      checkPair(pair, `${resolve(certFile)} and ${resolve(keyFile)}`)
      return pair
    }
  }
}

/** Throws CertificateProblem for an unusable pair. */
function checkPair (pair: KeyPair, where: string): void {
  try {
    createSecureContext({ ...pair })
  } catch (error) {
    throw new CertificateProblem(`${where} must be a certificate and its private key in PEM format: ${reasonOf(error)}`)
  }
}
