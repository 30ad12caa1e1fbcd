/** The folder that an upload names by a path: programs and pages send whole folders, and each file says where it lies. */
import { DEEPEST_FOLDER } from '../domain/files/folder.ts'
import { ROOT_FOLDER } from '../domain/identifiers.ts'
import type { Ports } from '../ports.ts'
import { ensureFolderPath, type Sender } from '../store/files/folder-paths.ts'
import type { Owned } from '../store/files/folder-tree.ts'
import { refuse, refuseBecause } from './errors.ts'
import { name } from './params.ts'
import { requireCapability, type UserCall } from './permission.ts'

/** `Photos/2026`: names of folders with `/` between, none for ''. Throws 21 for any other path. */
export function readFolderPath (path: string): readonly string[] {
  if (path === '') return []
  const names = path.split('/', DEEPEST_FOLDER + 1)
  if (names.length > DEEPEST_FOLDER || names.some(each => each.trim() === '' || each.trim() === '.' || each.trim() === '..')) throw refuseBecause('bad path')
  return names.map(each => name.read(each, 'path', []))
}

/** The folder of a path below `parentId`, made when it is missing. Throws 10, 11, 21. */
export async function requireUploadFolder (parentId: string, path: string, call: UserCall): Promise<string> {
  const names = readFolderPath(path)
  if (names.length === 0) return parentId
  requireCapability('folders', call)
  return requireInnerFolder({ id: parentId.trim() || ROOT_FOLDER, ownerId: call.user.id }, names, call.ports)
}

/** The same for a folder that may be nobody's, without a question what its owner may do. */
export async function requireInnerFolder (top: Owned, names: readonly string[], { sql, ids, clock }: Pick<Ports, 'sql' | 'ids' | 'clock'>, sender: Sender = 'owner'): Promise<string> {
  const found = await ensureFolderPath(sql, ids, top, names, clock.now(), sender)
  if (found === 'no parent') throw refuse('FOLDER_NOT_FOUND')
  if (found === 'too many') throw refuseBecause('too many folders')
  if (found === 'too deep') throw refuseBecause('bad path')
  return found.id
}
