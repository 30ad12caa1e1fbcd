/** Who may change a bundle, and who may see what is in it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { limitMisses } from '../../api/limiter.ts'
import { equals } from '../../domain/accounts/credentials.ts'
import { bundlePass, type Bundle } from '../../domain/files/bundle.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { isShortId, ROOT_FOLDER } from '../../domain/identifiers.ts'
import { findBundle, findBundleAbove } from '../../store/files/bundles.ts'
import { readCookie, writeCookie } from '../cookies.ts'
import type { Site } from '../site.ts'

/** The bundle of an id and a code that only its owner knows. A right code is always accepted. Throws TooManyAttempts. */
export async function findOwnBundle (id: string, code: string, address: string, site: Site): Promise<Bundle | undefined> {
  const bundle = isShortId(id) ? await findBundle(site.ports.sql, id) : undefined
  const look = async () => bundle !== undefined && equals(bundle.deleteCode, code) ? bundle : undefined
  return limitMisses(site, bundle === undefined ? 'id' : 'code', { address, about: `/folder/${isShortId(id) ? id : ''}`, error: 'FOLDER_NOT_FOUND', look })
}

/** A day, in seconds. */
const PASS_LIFETIME = 24 * 60 * 60

const cookieOf = ({ id }: Bundle): string => `respace_bundle_${id}`

/** Whether a browser may see what is in a bundle: there is no password, or it was given. */
export function mayEnter (request: FastifyRequest, bundle: Bundle | undefined, { ports: { vault } }: Site): boolean {
  return bundle === undefined || bundle.sealedPassword === null || equals(bundlePass(vault, bundle), readCookie(request, cookieOf(bundle)) ?? '')
}

/** Remembers in a browser that the password was right; a new password ends it. */
export function letIn (request: FastifyRequest, reply: FastifyReply, bundle: Bundle, { ports: { vault } }: Site): void {
  writeCookie(request, reply, cookieOf(bundle), bundlePass(vault, bundle), PASS_LIFETIME)
}

/** Whether a file needs no other password than the one that was given for its bundle. */
export async function opensByBundle (request: FastifyRequest, { folderId, sealedPassword }: StoredFile, site: Site): Promise<boolean> {
  if (sealedPassword === null || folderId === ROOT_FOLDER) return false
  const bundle = await findBundleAbove(site.ports.sql, folderId)
  return bundle?.sealedPassword === sealedPassword && mayEnter(request, bundle, site)
}
