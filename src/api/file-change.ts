/** From the parameters of files.setInfo to the change of the rows; the pages of those without an account change files so, too. */
import { sealFilePassword } from '../domain/accounts/credentials.ts'
import type { StoredFile } from '../domain/files/file.ts'
import { BLOCK, DELETE, LONGEST_TIME_LIMIT, MOVE } from '../domain/files/file-limit.ts'
import { MAX_DESCRIPTION_BYTES } from '../domain/text-limit.ts'
import type { Vault } from '../domain/vault.ts'
import type { FileChange } from '../store/files/files.ts'
import { refuse } from './errors.ts'
import { fileName, folderReference, oneOf, optional, text, textUpTo, wholeNumber, type ParamValues } from './params.ts'
import { SAMPLE } from './sample.ts'

/** What of a file can be changed, as parameters. */
export const FILE_SETTINGS = {
  name: optional(fileName, 'Their name.', SAMPLE.fileName),
  description: optional(textUpTo(MAX_DESCRIPTION_BYTES), 'Empty for none.', SAMPLE.description),
  password: optional(text, 'Empty for none.', SAMPLE.filePassword),
  folder_id: optional(folderReference, 'Where they lie; empty for the root.', SAMPLE.folderId),
  time_limit: optional(wholeNumber, 'Seconds from now; 0 or empty for none.', 86400),
  // Clients of version 1.2 call it like the attribute (observed).
  downloads_limit: { ...optional(wholeNumber, 'Downloads in all; 0 or empty for none.', 10), alias: 'download_limit' },
  limit_action: optional(oneOf([0, BLOCK, DELETE, MOVE]), '1 blocks, 2 deletes, 3 moves; empty for none. Alone it keeps the folder that is stored.', MOVE),
  limit_action_to_folder: optional(folderReference, 'Where 3 moves to; empty for the root. Alone it keeps the action that is stored.', SAMPLE.innerFolderId)
}

type Settings = ParamValues<typeof FILE_SETTINGS>

/** Throws 21 for a time limit without an end. Whose the folders are is for the caller to ask. */
export function readFileChange (settings: Settings, vault: Vault, now: number): FileChange {
  const { limit_action: action, limit_action_to_folder: target, downloads_limit: downloadLimit } = settings
  if ((settings.time_limit ?? 0) > LONGEST_TIME_LIMIT) throw refuse('PARAMETER_BAD_VALUE', 'time_limit')
  return {
    ...(settings.name !== undefined && { name: settings.name }),
    ...(settings.description !== undefined && { description: settings.description }),
    ...(settings.password !== undefined && { sealedPassword: settings.password === '' ? null : sealFilePassword(vault, settings.password) }),
    ...(settings.folder_id !== undefined && { folderId: settings.folder_id }),
    ...(settings.time_limit !== undefined && { expiresAt: settings.time_limit === 0 ? null : now + settings.time_limit * 1000 }),
    ...(downloadLimit !== undefined && { downloadLimit: downloadLimit === 0 ? null : downloadLimit }),
    // Each keeps what is stored of the other; only without an action there is no target, unless one is sent (wire contract, files.setInfo).
    ...(action === 0 ? { limitAction: null, limitActionFolderId: target ?? null } : action !== undefined && { limitAction: action }),
    ...(target !== undefined && { limitActionFolderId: target })
  }
}

/** Throws 4 when a change would move files without a folder to move them to, sent or stored. */
export function requireTarget ({ limitAction, limitActionFolderId }: FileChange, files: ReadonlyArray<Pick<StoredFile, 'limitActionFolderId'>>): void {
  if (limitAction !== MOVE || limitActionFolderId !== undefined) return
  if (files.some(file => file.limitActionFolderId === null)) throw refuse('PARAMETER_MISSING', 'limit_action_to_folder')
}
