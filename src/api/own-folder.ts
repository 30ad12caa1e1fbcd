/** The caller's folders: finding and changing them, with checks in the order of the error tables. */
import type { Folder } from '../domain/files/folder.ts'
import { ROOT_FOLDER } from '../domain/identifiers.ts'
import type { User } from '../domain/accounts/user.ts'
import type { Sql } from '../ports.ts'
import { isOwnFolder } from '../store/files/folder-tree.ts'
import { changeFolder, findOwnFolders, type FolderChange } from '../store/files/folders.ts'
import { refuse } from './errors.ts'
import { ROOT } from './folder-element.ts'
import { requireCapability, type UserCall } from './permission.ts'

/** A folder of the user, or the root. */
export async function findOwnFolder (sql: Sql, user: User, id: string): Promise<Folder | undefined> {
  return id === ROOT_FOLDER ? ROOT : (await findOwnFolders(sql, user.id, [id]))[0]
}

/** The checks for every change of folders: they exist (10), and the account may change them (11), in this order. */
export async function requireFolders (ids: ReadonlyArray<string | undefined>, call: UserCall): Promise<void> {
  for (const id of ids) {
    if (id !== undefined && !await isOwnFolder(call.ports.sql, call.user.id, id)) throw refuse('FOLDER_NOT_FOUND')
  }
  requireCapability('folders', call)
}

/** Changes a folder, with checks in the order of the error tables; the root cannot be changed (11) or moved (31). */
export async function changeOwnFolder (id: string, change: FolderChange, call: UserCall): Promise<void> {
  await requireFolders([id, change.parentId], call)
  const isMoveAlone = change.parentId !== undefined && Object.keys(change).length === 1
  if (id === ROOT_FOLDER) throw isMoveAlone ? refuse('BAD_TARGET_FOLDER') : refuse('PERMISSION_DENIED', 'the root folder cannot be changed')
  const outcome = await changeFolder(call.ports.sql, call.user.id, id, change)
  if (outcome === 'gone' || outcome === 'no parent') throw refuse('FOLDER_NOT_FOUND')
  if (outcome === 'bad target') throw refuse('BAD_TARGET_FOLDER')
}
