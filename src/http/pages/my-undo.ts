/** Taking back a move or a new name on the page of one's own files. */
import { callAs, type CallSite } from '../../api/call-as.ts'
import { Refusal } from '../../api/errors.ts'
import * as fileMethods from '../../api/methods/files.ts'
import * as folderMethods from '../../api/methods/folders.ts'
import { MAX_IDS } from '../../api/params.ts'
import type { User } from '../../domain/accounts/user.ts'
import type { UndoItem, UndoStep } from '../../domain/files/undo-step.ts'
import { findFiles } from '../../store/files/files.ts'
import { findOwnFolders } from '../../store/files/folders.ts'
import { NotPossible, requireFreeNames } from './free-names.ts'

/** How many items are as before again, and how many are not: they have changed since, or their folder is gone. */
export async function takeBack ({ items }: UndoStep, user: User, callSite: CallSite): Promise<{ readonly done: number, readonly left: number }> {
  const unchanged = await listUnchanged(items, user, callSite)
  let done = 0
  for (const [before, ids] of byFolder(unchanged)) {
    for (let i = 0; i < ids.length; i += MAX_IDS) {
      const some = ids.slice(i, i + MAX_IDS)
      if (await works(() => callAs(fileMethods.moveToFolder, user, { file_id: some.join(','), folder_id: before }, callSite))) done += some.length
    }
  }
  for (const item of unchanged.filter(({ kind, field }) => kind === 'folder' || field === 'name')) if (await works(() => takeOneBack(item, user, callSite))) done++
  return { done, left: items.length - done }
}

/** Files are moved many at a time. */
function byFolder (items: readonly UndoItem[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, string[]>()
  for (const { kind, field, id, before } of items) if (kind === 'file' && field === 'parent') ids.set(before, [...ids.get(before) ?? [], id])
  return ids
}

async function takeOneBack ({ kind, id, field, before }: UndoItem, user: User, callSite: CallSite): Promise<void> {
  if (kind === 'file') {
    await callAs(fileMethods.setInfo, user, { file_id: id, name: before }, callSite)
    return
  }
  const { sql } = callSite.ports
  for (const folder of await findOwnFolders(sql, user.id, [id])) {
    const coming = field === 'name' ? { id, name: before } : folder
    await requireFreeNames(sql, user.id, field === 'name' ? folder.parentId : before, [coming])
  }
  await callAs(folderMethods.setInfo, user, { folder_id: id, ...field === 'name' ? { name: before } : { parent_folder_id: before } }, callSite)
}

/** The items that are as the step left them. */
async function listUnchanged (items: readonly UndoItem[], user: User, { ports: { sql } }: CallSite): Promise<readonly UndoItem[]> {
  const idsOf = (kind: UndoItem['kind']) => items.filter(item => item.kind === kind).map(({ id }) => id)
  const now = new Map([
    ...(await findFiles(sql, idsOf('file'), user.id)).map(({ id, name, folderId }) => [`file ${id}`, { name, parent: folderId }] as const),
    ...(await findOwnFolders(sql, user.id, idsOf('folder'))).map(({ id, name, parentId }) => [`folder ${id}`, { name, parent: parentId }] as const)
  ])
  return items.filter(({ kind, id, field, after }) => now.get(`${kind} ${id}`)?.[field] === after)
}

async function works (change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change()
    return true
  } catch (error) {
    if (error instanceof Refusal || error instanceof NotPossible) return false
    throw error
  }
}
