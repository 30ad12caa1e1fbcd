/** Every address of the public side, and the signature that makes a direct link good. */
import { CLOCK_SLACK } from './clock-slack.ts'
import { equals } from './credentials.ts'
import type { StoredFile } from './file.ts'
import { isShortId } from './identifiers.ts'
import { LINK_LIFETIME } from './policy.ts'
import type { Vault } from './vault.ts'

/** Whom a download is for and until when the link is good. Both travel in the link's second segment. */
export interface Grant {
  /** Unix milliseconds; null: until name, password or limits of the file change. */
  readonly expiresAt: number | null
  /** The user whose bandwidth the bytes count on; null: the owner's. */
  readonly userId: number | null
}

/** The link the owner hands out: stable, on the owner's bandwidth. */
export const OWNER_GRANT: Grant = { expiresAt: null, userId: null }

export const pageLink = (base: string, fileId: string): string => `${base}/file/${fileId}`
export const deleteLink = (base: string, file: Pick<StoredFile, 'id' | 'deleteCode'>): string =>
  `${base}/delete/${file.id}/${file.deleteCode}`
/** Where whoever knows the delete code changes the file. */
export const editLink = (base: string, file: Pick<StoredFile, 'id' | 'deleteCode'>): string =>
  `${base}/edit/${file.id}/${file.deleteCode}`
export const folderLink = (base: string, folderId: string): string => `${base}/folder/${folderId}`

/** `/dl/<32hex>/<16hex>/<id>/<name>` (observed): signature, then expiry and user in eight hex each. */
export function directLink (base: string, vault: Vault, file: StoredFile, grant: Grant): string {
  const payload = hex8(Math.ceil((grant.expiresAt ?? 0) / 1000)) + hex8(grant.userId ?? 0)
  return `${base}/dl/${sign(vault, file, payload)}/${payload}/${file.id}/${encodeURIComponent(file.name.toWellFormed())}`
}

/** The same right, for looking at the file in its page. */
export const viewLink = (base: string, vault: Vault, file: StoredFile, grant: Grant): string =>
  `${base}/view${directLink('', vault, file, grant).slice('/dl'.length)}`

/** The grant of a direct link, or undefined when it was not made by us for this file as it is now, or has expired. */
export function readGrant (vault: Vault, file: StoredFile, signature: string, payload: string, now: number): Grant | undefined {
  if (!/^[0-9a-f]{16}$/.test(payload) || !equals(sign(vault, file, payload), signature)) return undefined
  const expiresAt = parseInt(payload.slice(0, 8), 16) * 1000
  const userId = parseInt(payload.slice(8), 16)
  if (expiresAt !== 0 && (expiresAt <= now || expiresAt > now + LINK_LIFETIME + CLOCK_SLACK)) return undefined
  return { expiresAt: expiresAt === 0 ? null : expiresAt, userId: userId === 0 ? null : userId }
}

function sign (vault: Vault, file: StoredFile, payload: string): string {
  return vault.sign('direct link', file.id, String(file.linkVersion), payload).toString('hex').slice(0, 32)
}

const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')

const SENDSPACE_HOST = /^https?:\/\/(?:www\.)?sendspace\.com$/i

/**
 * The file id in what a client calls `file_id`: a bare id, or a link to `/file/ID` or `/pro/dl/ID` on sendspace.com
 * or on our own base (the guide and observed clients). 'foreign' for a link that is none of these, undefined for
 * what is no id at all.
 */
export const readFileReference = (text: string, base: string): string | undefined => readReference(text, base, 'file|pro/dl')

/** The folder id in a bare id or a link to `/folder/ID`, as above. */
export const readFolderReference = (text: string, base: string): string | undefined => readReference(text, base, 'folder')

function readReference (text: string, base: string, path: string): string | undefined {
  if (!text.includes('://')) return isShortId(text) ? text : undefined
  // With `s` the rest is taken at the first match: without it a text of many links takes time by its square.
  const parts = new RegExp(`^(.+?)/(?:${path})/([a-z0-9]{6})(?:[/?#].*)?$`, 's').exec(text)
  if (!parts?.[1] || !parts[2]) return 'foreign'
  return parts[1] === base || SENDSPACE_HOST.test(parts[1]) ? parts[2] : 'foreign'
}
