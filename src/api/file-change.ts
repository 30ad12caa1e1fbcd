/** From the parameters of files.setInfo to the change of the rows; the pages of those without an account change files so, too. */
import { sealFilePassword } from '../domain/credentials.ts'
import { LONGEST_TIME_LIMIT, MOVE } from '../domain/file-limit.ts'
import type { Vault } from '../domain/vault.ts'
import type { FileChange } from '../store/files.ts'
import { refuse } from './errors.ts'
import type { ParamValues } from './params.ts'
import type { setInfo } from './methods/files.ts'

type Settings = Omit<ParamValues<typeof setInfo.params>, 'file_id'>

/** Throws 21 and 4 for what does not fit together. Whose the folders are is for the caller to ask. */
export function readFileChange (settings: Settings, vault: Vault, now: number): FileChange {
  const { limit_action: action, limit_action_to_folder: target, downloads_limit: downloadLimit } = settings
  if ((settings.time_limit ?? 0) > LONGEST_TIME_LIMIT) throw refuse('PARAMETER_BAD_VALUE', 'time_limit')
  if (action === MOVE && target === undefined) throw refuse('PARAMETER_MISSING', 'limit_action_to_folder')
  return {
    ...(settings.name !== undefined && { name: settings.name }),
    ...(settings.description !== undefined && { description: settings.description }),
    ...(settings.password !== undefined && { sealedPassword: settings.password === '' ? null : sealFilePassword(vault, settings.password) }),
    ...(settings.folder_id !== undefined && { folderId: settings.folder_id }),
    ...(settings.time_limit !== undefined && { expiresAt: settings.time_limit === 0 ? null : now + settings.time_limit * 1000 }),
    ...(downloadLimit !== undefined && { downloadLimit: downloadLimit === 0 ? null : downloadLimit }),
    ...(action !== undefined && { limitAction: action === 0 ? null : action, limitActionFolderId: action === MOVE ? target ?? null : null })
  }
}
