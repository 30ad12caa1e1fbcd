/** A bundle for whoever may change it. */
import type { FastifyRequest } from 'fastify'
import { cleanText } from '../../api/bundle-change.ts'
import { refuse, refuseBecause, type Refusal } from '../../api/errors.ts'
import { openFilePassword, sealFilePassword } from '../../domain/accounts/credentials.ts'
import { planOf } from '../../domain/accounts/user.ts'
import type { Bundle } from '../../domain/files/bundle.ts'
import { anonymousLimit } from '../../domain/files/file-limit.ts'
import { PAGE_ROWS } from '../../domain/files/file-order.ts'
import { pathsOf } from '../../domain/files/folder.ts'
import { isShortId, newDeleteCode, newShortId, ROOT_FOLDER } from '../../domain/identifiers.ts'
import { addressKey } from '../../domain/network/address-key.ts'
import { MAX_MESSAGE_BYTES, MAX_NAME_BYTES } from '../../domain/text-limit.ts'
import { addBundle } from '../../store/files/bundles.ts'
import { listFolders } from '../../store/files/folders.ts'
import { listTreeFiles, listTreeFolders, sumAll } from '../../store/files/shared-trees.ts'
import { findUserById } from '../../store/accounts/users.ts'
import type { SharedBundle } from '../../web/components/bundle-card.ts'
import { findOwnBundle } from '../wire/bundle-access.ts'
import type { ByCode } from './shared-file.ts'
import type { Site } from '../site.ts'

/** The bundle of a URL that only its owner knows. Throws TooManyAttempts. */
export const findBundleByCode = ({ ip, params }: FastifyRequest<ByCode>, site: Site): Promise<Bundle | undefined> => findOwnBundle(params.id, params.code, ip, site)

/** What its maker says of a new bundle. */
export interface NewBundle {
  readonly title: string
  readonly message: string
  readonly password: string
  /** Where it lies in an account; '' for the root. */
  readonly parentId: string
}

/** Makes an empty bundle, in the viewer's account if there is one. A Refusal is returned, not thrown. */
export async function createBundle ({ title, message, password, parentId }: NewBundle, { ip, viewer }: Pick<FastifyRequest, 'ip' | 'viewer'>, { ports, policy }: Site, untitled: string): Promise<Bundle | Refusal> {
  const { sql, ids, clock, vault } = ports
  const now = clock.now()
  while (true) {
    const bundle: Bundle = {
      id: newShortId(ids),
      ownerId: viewer?.user.id ?? null,
      parentId: viewer !== undefined && isShortId(parentId) ? parentId : ROOT_FOLDER,
      title: cleanText(title.trim(), MAX_NAME_BYTES) || untitled,
      message: cleanText(message, MAX_MESSAGE_BYTES),
      deleteCode: newDeleteCode(ids),
      sealedPassword: password === '' ? null : sealFilePassword(vault, password),
      downloadLimit: null,
      limitActionFolderId: null,
      createdAt: now,
      version: 1,
      ...viewer === undefined ? anonymousLimit(policy, now) : { expiresAt: null, limitAction: null }
    }
    const outcome = await addBundle(sql, bundle, addressKey(vault, ip))
    if (outcome === 'added') return bundle
    if (outcome === 'no parent') return refuse('FOLDER_NOT_FOUND')
    if (outcome === 'too many') return refuseBecause('too many bundles')
  }
}

/** The owner's data for a page. Folders only for the account's owner. */
export async function shareBundle (bundle: Bundle, page: number, request: FastifyRequest, { ports: { sql, vault }, publicUrlOf }: Site): Promise<SharedBundle> {
  const isOwn = request.viewer !== undefined && request.viewer.user.id === bundle.ownerId
  const sum = await sumAll(sql, bundle)
  const pages = sum === undefined ? page + 1 : Math.max(1, Math.ceil(sum.files / PAGE_ROWS))
  const shown = Math.min(page, pages)
  const paths = new Map(pathsOf(await listTreeFolders(sql, bundle)).map(({ id, path }) => [id, path]))
  return {
    bundle,
    password: bundle.sealedPassword === null ? '' : openFilePassword(vault, bundle.sealedPassword),
    publicUrl: publicUrlOf(request),
    files: await listTreeFiles(sql, bundle, paths, shown, sum?.files),
    page: shown,
    pages,
    sum,
    folders: isOwn && bundle.ownerId !== null ? pathsOf(await listFolders(sql, bundle.ownerId)).filter(({ id }) => id !== bundle.id && !paths.has(id)) : undefined
  }
}

/** The largest file that may be added, in bytes, -1 for any size. */
export async function largestFileOf ({ ownerId }: Bundle, { ports, policy }: Site): Promise<number> {
  const owner = ownerId === null ? undefined : await findUserById(ports.sql, ownerId)
  return owner === undefined ? policy.plans.anonymous.maxFileSize : planOf(owner, policy).maxFileSize
}
