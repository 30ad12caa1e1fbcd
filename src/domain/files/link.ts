/** All public addresses, and the signature of direct links. */
import { CLOCK_SLACK } from '../clock-slack.ts'
import { equals } from '../accounts/credentials.ts'
import type { Bundle } from './bundle.ts'
import type { StoredFile } from './file.ts'
import { isShortId } from '../identifiers.ts'
import { LINK_LIFETIME } from '../policy.ts'
import { fixedStartOf, PATHS, readPath } from '../url-paths.ts'
import type { Vault } from '../vault.ts'

/** The user of a download and the expiry of its link. Both are in the link's second segment. */
export interface Grant {
  /** Unix milliseconds; null: until name, password or limits of the file change. */
  readonly expiresAt: number | null
  /** The user whose bandwidth is used; null: the owner's. */
  readonly userId: number | null
}

/** The owner's link to share: stable, uses the owner's bandwidth. */
export const OWNER_GRANT: Grant = { expiresAt: null, userId: null }

/** How long links of pages stay the same, so that unchanged pages and files stay cached. Milliseconds. */
const PAGE_STEP = 10 * 60 * 1000

/** The link on a page: valid for some hours, uses the owner's bandwidth. */
export const pageGrant = (now: number): Grant => ({ expiresAt: Math.floor((now + LINK_LIFETIME) / PAGE_STEP) * PAGE_STEP, userId: null })

const FILE_PAGE = fixedStartOf(PATHS.filePage)
const DELETE_PAGE = fixedStartOf(PATHS.deletePage)
const EDIT_PAGE = fixedStartOf(PATHS.editPage)
const DIRECT_LINK = fixedStartOf(PATHS.directLink)
const VIEW_LINK = fixedStartOf(PATHS.viewLink)

/** Called as `api.sendspace.com` our pages are on `www.sendspace.com`: download managers know links of that host only (observed). */
const pagesOf = (base: string): string => base.replace(/^(https?:\/\/)api(?=\.sendspace\.com(?:[:/]|$))/i, '$1www')

export const pageLink = (base: string, fileId: string): string => `${pagesOf(base)}${FILE_PAGE}${fileId}`
export const deleteLink = (base: string, file: Pick<StoredFile, 'id' | 'deleteCode'>): string =>
  `${pagesOf(base)}${DELETE_PAGE}${file.id}/${file.deleteCode}`
/** Where whoever knows the delete code changes the file. */
export const editLink = (base: string, file: Pick<StoredFile, 'id' | 'deleteCode'>): string =>
  `${base}${EDIT_PAGE}${file.id}/${file.deleteCode}`
/** Where whoever knows its code changes a bundle. */
export const bundleLink = (base: string, { id, deleteCode }: Pick<Bundle, 'id' | 'deleteCode'>): string =>
  `${base}${fixedStartOf(PATHS.bundlePage)}${id}/${deleteCode}`
export const thumbnailLink = (fileId: string): string => PATHS.thumbnail.replace(':id', fileId)
export const folderLink = (base: string, folderId: string): string => `${pagesOf(base)}/folder/${folderId}`

/** `/dl/<32hex>/<16hex>/<id>/<name>` (observed): signature, then expiry and user in eight hex each. */
export function directLink (base: string, vault: Vault, file: StoredFile, grant: Grant): string {
  const payload = hex8(Math.ceil((grant.expiresAt ?? 0) / 1000)) + hex8(grant.userId ?? 0)
  return `${base}${DIRECT_LINK}${sign(vault, file, payload)}/${payload}/${file.id}/${encodeURIComponent(file.name.toWellFormed())}`
}

/** The same grant as that of a direct link without its server, for the preview on the file's page. */
export const viewLinkOf = (link: string): string => VIEW_LINK + link.slice(DIRECT_LINK.length)

/** The grant of a direct link; undefined when we did not sign it for the current version of this file, or it has expired. */
export function readGrant (vault: Vault, file: StoredFile, signature: string, payload: string, now: number): Grant | undefined {
  if (!/^[0-9a-f]{16}$/.test(payload) || !equals(sign(vault, file, payload), signature)) return undefined
  const expiresAt = parseInt(payload.slice(0, 8), 16) * 1000
  const userId = userIdOf(payload)
  if (expiresAt !== 0 && (expiresAt <= now || expiresAt > now + LINK_LIFETIME + CLOCK_SLACK)) return undefined
  return { expiresAt: expiresAt === 0 ? null : expiresAt, userId: userId === 0 ? null : userId }
}

/** 0 for the owner of the file. */
const userIdOf = (payload: string): number => parseInt(payload.slice(8), 16)

/** What the path of a direct link says, whether the link is good or not; undefined for another path. `userId` 0 is the owner of the file. */
export function readLinkPath (path: string): { readonly fileId: string, readonly userId: number } | undefined {
  const values = readPath(PATHS.directLink, path) ?? readPath(PATHS.viewLink, path)
  return values && { fileId: values.get('id') ?? '', userId: userIdOf(values.get('payload') ?? '') || 0 }
}

/** The id of the file whose page, link or form is at a path; undefined when it is about no file. */
export const fileIdOfPath = (path: string): string | undefined => readLinkPath(path)?.fileId ??
  [PATHS.filePage, PATHS.qrCode, PATHS.thumbnail, PATHS.proLink, PATHS.deletePage, PATHS.editPage].map(pattern => readPath(pattern, path)?.get('id')).find(id => id !== undefined)

function sign (vault: Vault, file: StoredFile, payload: string): string {
  return vault.sign('direct link', file.id, String(file.linkVersion), payload).toString('hex').slice(0, 32)
}

const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')

/**
 * The file id in what a client calls `file_id`: a bare id, or a link to `/file/ID` or `/pro/dl/ID` on sendspace.com
 * or below one of our own addresses (the guide and observed clients). 'foreign' for a link that is none of these,
 * undefined for anything else.
 */
export const readFileReference = (text: string, ownUrls: readonly string[]): string | undefined =>
  readReference(text, ownUrls, /^\/(?:file|pro\/dl)\/([a-z0-9]{6})(?:[/?#]|$)/)

/** The folder id in a bare id or a link to `/folder/ID`, as above. */
export const readFolderReference = (text: string, ownUrls: readonly string[]): string | undefined =>
  readReference(text, ownUrls, /^\/folder\/([a-z0-9]{6})(?:[/?#]|$)/)

const SENDSPACE_URLS = ['http://sendspace.com', 'http://www.sendspace.com']

function readReference (text: string, ownUrls: readonly string[], pattern: RegExp): string | undefined {
  if (!text.includes('://')) return isShortId(text) ? text : undefined
  const link = splitUrl(text)
  for (const url of [...SENDSPACE_URLS, ...ownUrls, ...ownUrls.map(pagesOf)]) {
    const own = splitUrl(url)
    if (link === undefined || own?.host !== link.host || !link.path.startsWith(own.path)) continue
    const id = pattern.exec(link.path.slice(own.path.length))?.[1]
    if (id !== undefined) return id
  }
  return 'foreign'
}

/**
 * An address without its scheme. Behind a reverse proxy one host has several schemes, and on the machine
 * itself it has several names: all are one host (wire contract, Values).
 */
function splitUrl (url: string): { readonly host: string, readonly path: string } | undefined {
  const [start = '', scheme, host = ''] = /^(https?):\/\/([^/?#]+)/i.exec(url) ?? []
  if (scheme === undefined) return undefined
  const [, name = '', port = ''] = /^(.*?)(?::(\d{1,5}))?$/s.exec(host.toLowerCase()) ?? []
  const isDefaultPort = port === (scheme.toLowerCase() === 'https' ? '443' : '80')
  return { host: `${LOOPBACK.test(name) ? 'localhost' : name}${port === '' || isDefaultPort ? '' : `:${port}`}`, path: url.slice(start.length) }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/
