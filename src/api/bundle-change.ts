/** From the settings form of a bundle to the change of its rows. */
import { openFilePassword } from '../domain/accounts/credentials.ts'
import type { Bundle, BundleRules } from '../domain/files/bundle.ts'
import { BLOCK, boundAnonymousLimit, MOVE } from '../domain/files/file-limit.ts'
import type { Policy } from '../domain/policy.ts'
import { cutToBytes, MAX_MESSAGE_BYTES } from '../domain/text-limit.ts'
import type { Vault } from '../domain/vault.ts'
import type { BundleChange } from '../store/files/bundles.ts'
import { withoutForbidden } from '../xml.ts'
import { refuse } from './errors.ts'
import { FILE_SETTINGS, readFileChange } from './file-change.ts'
import { name, optional, textUpTo, type ParamValues } from './params.ts'
import { SAMPLE } from './sample.ts'

/** What of a bundle can be changed. */
export const BUNDLE_SETTINGS = {
  title: optional(name, 'Its title.', SAMPLE.folderName),
  message: optional(textUpTo(MAX_MESSAGE_BYTES), 'Empty for none.', SAMPLE.description),
  password: FILE_SETTINGS.password,
  time_limit: FILE_SETTINGS.time_limit,
  downloads_limit: FILE_SETTINGS.downloads_limit,
  limit_action: FILE_SETTINGS.limit_action,
  limit_action_to_folder: FILE_SETTINGS.limit_action_to_folder
}

/** Only what differs from what is stored: a change of the rules ends all links to the files. Throws 21 and 11. */
export function readBundleChange (settings: ParamValues<typeof BUNDLE_SETTINGS>, bundle: Bundle, vault: Vault, now: number, policy: Policy): BundleChange {
  const { title, message } = settings
  if (bundle.ownerId === null && settings.limit_action === MOVE) throw refuse('PARAMETER_BAD_VALUE', 'limit_action')
  const read = readFileChange({ ...settings, name: undefined, description: undefined, folder_id: undefined }, vault, now)
  const { sealedPassword, expiresAt, downloadLimit, limitAction, limitActionFolderId } = boundAnonymousLimit(read, { ...bundle, uploadedAt: bundle.createdAt }, policy)
  const rules: Partial<BundleRules> = {
    ...sealedPassword !== undefined && textOf(sealedPassword, vault) !== textOf(bundle.sealedPassword, vault) && { sealedPassword },
    ...expiresAt !== undefined && expiresAt !== bundle.expiresAt && { expiresAt },
    ...downloadLimit !== undefined && downloadLimit !== bundle.downloadLimit && { downloadLimit },
    ...limitAction !== undefined && (limitAction ?? BLOCK) !== (bundle.limitAction ?? BLOCK) && { limitAction },
    ...limitActionFolderId !== undefined && limitActionFolderId !== bundle.limitActionFolderId && bundle.ownerId !== null && { limitActionFolderId }
  }
  return { ...rules, ...title !== undefined && title !== bundle.title && { title }, ...message !== undefined && message !== bundle.message && { message } }
}

/** A text of a new bundle: cut where it is too long, since nothing of it may fail an upload. */
export const cleanText = (text: string, maxBytes: number): string => cutToBytes(withoutForbidden(text), maxBytes)

const textOf = (sealed: string | null, vault: Vault): string => sealed === null ? '' : openFilePassword(vault, sealed)
