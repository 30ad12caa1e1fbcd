/** The files that make programs trust the authority. None of them is secret. */
import { X509Certificate } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeTrustStore } from '../adapters/tls/trust-store.ts'

/** Paths. */
export interface TrustFiles {
  /** PEM. */
  readonly certificate: string
  /** PKCS #12. */
  readonly javaStore: string
  /** A folder with PHP settings. */
  readonly phpFolder: string
  /** A module that Node loads first. */
  readonly nodeProxy: string
}

/** Next to this file, and next to the built program. */
const NODE_PROXY = fileURLToPath(new URL('./node-proxy.cjs', import.meta.url))

/** Writes them into a new folder. `certificate` is the certificate of the authority, PEM. */
export async function writeTrustFiles (folder: string, certificate: string): Promise<TrustFiles> {
  const files = { certificate: join(folder, 'ca.crt'), javaStore: join(folder, 'ca.p12'), phpFolder: join(folder, 'php'), nodeProxy: NODE_PROXY }
  await mkdir(files.phpFolder, { recursive: true, mode: 0o700 })
  await writeFile(files.certificate, certificate)
  await writeFile(files.javaStore, writeTrustStore(new X509Certificate(certificate).raw, 'respace'))
  await writeFile(join(files.phpFolder, 'trust.ini'), `curl.cainfo="${files.certificate}"\nopenssl.cafile="${files.certificate}"\n`)
  return files
}
