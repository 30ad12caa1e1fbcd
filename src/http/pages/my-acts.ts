/** What the form of one's own files does, by the methods that programs call. */
import { callAs, type CallSite } from '../../api/call-as.ts'
import * as fileMethods from '../../api/methods/files.ts'
import * as folderMethods from '../../api/methods/folders.ts'
import { MAX_IDS } from '../../api/params.ts'
import type { User } from '../../domain/accounts/user.ts'
import { isShortId, ROOT_FOLDER } from '../../domain/identifiers.ts'
import { sealUndo, type UndoItem } from '../../domain/files/undo-step.ts'
import { findFiles } from '../../store/files/files.ts'
import { findOwnFolders } from '../../store/files/folders.ts'
import { NotPossible, requireFreeNames } from './free-names.ts'
import type { Form } from '../request/small-body.ts'

/** Files and folders that a form has ticked. */
export interface Chosen {
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

/** The ids behind ticked boxes: each has a name of its own, since of repeated names the last counts. */
export function chosenIn (form: Form): Chosen {
  const idsOf = (kind: string) => [...form.keys()].filter(name => name.startsWith(`${kind}_`)).map(name => name.slice(kind.length + 1)).filter(isShortId)
  return { files: idsOf('file'), folders: idsOf('folder') }
}

/** The folder that a form or an address names, the root without one. */
export function folderOf (values: Form): string {
  const id = values.get('folder') ?? ROOT_FOLDER
  return isShortId(id) ? id : ROOT_FOLDER
}

/** Does it; the sealed step that takes it back, '' when nothing can. Throws refusals and NotPossible. */
export async function perform (act: string, user: User, form: Form, callSite: CallSite): Promise<string> {
  const { sql } = callSite.ports
  const chosen = chosenIn(form)
  const { files, folders } = chosen
  const name = form.get('name') ?? ''
  if (act === 'create') {
    await requireFreeNames(sql, user.id, folderOf(form), [{ id: '', name }])
    await callAs(folderMethods.create, user, { name, parent_folder_id: folderOf(form) }, callSite)
    return ''
  }
  if (files.length + folders.length === 0) throw new NotPossible('my.nothingChosen')
  if ((act === 'share' || act === 'unshare') && folders.length === 0) throw new NotPossible('my.chooseFolder')
  switch (act) {
    case 'move': return move(chosen, form.get('target') ?? '', user, callSite)
    case 'rename': return rename(chosen, name, user, callSite)
    case 'share':
    case 'unshare':
      await changeEach(folders, { shared: act === 'share' ? '1' : '0' }, user, callSite)
      return ''
    case 'delete-now':
      await eachPart(files, list => callAs(fileMethods.remove, user, { file_id: list }, callSite))
      await eachPart(folders, list => callAs(folderMethods.remove, user, { folder_id: list }, callSite))
  }
  return ''
}

async function move ({ files, folders }: Chosen, target: string, user: User, callSite: CallSite): Promise<string> {
  const before = await itemsOf({ files, folders }, 'parent', user, callSite)
  await requireFreeNames(callSite.ports.sql, user.id, target, await findOwnFolders(callSite.ports.sql, user.id, folders))
  await changeEach(folders, { parent_folder_id: target }, user, callSite)
  await eachPart(files, list => callAs(fileMethods.moveToFolder, user, { file_id: list, folder_id: target }, callSite))
  return sealStep(before, 'parent', user, callSite)
}

async function rename ({ files, folders }: Chosen, name: string, user: User, callSite: CallSite): Promise<string> {
  const { sql } = callSite.ports
  if (files.length + folders.length > 1) throw new NotPossible('my.chooseOne')
  if (name.trim() === '') throw new NotPossible('refusal.missing')
  const before = await itemsOf({ files, folders }, 'name', user, callSite)
  for (const { id, parentId } of await findOwnFolders(sql, user.id, folders)) await requireFreeNames(sql, user.id, parentId, [{ id, name }])
  await changeEach(folders, { name }, user, callSite)
  await eachPart(files, list => callAs(fileMethods.setInfo, user, { file_id: list, name }, callSite))
  return sealStep(before, 'name', user, callSite)
}

/** As many as a program may name in one call. */
async function eachPart (ids: readonly string[], change: (list: string) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < ids.length; i += MAX_IDS) await change(ids.slice(i, i + MAX_IDS).join(','))
}

async function changeEach (folders: readonly string[], change: Readonly<Record<string, string>>, user: User, callSite: CallSite): Promise<void> {
  for (const id of folders) await callAs(folderMethods.setInfo, user, { folder_id: id, ...change }, callSite)
}

type Item = Pick<UndoItem, 'kind' | 'id'> & { readonly value: string }

/** Chosen items with the folder around them, or their names, as they are now. */
async function itemsOf ({ files, folders }: Chosen, field: UndoItem['field'], user: User, { ports: { sql } }: CallSite): Promise<readonly Item[]> {
  return [
    ...(await findFiles(sql, files, user.id)).map(({ id, name, folderId }): Item => ({ kind: 'file', id, value: field === 'name' ? name : folderId })),
    ...(await findOwnFolders(sql, user.id, folders)).map(({ id, name, parentId }): Item => ({ kind: 'folder', id, value: field === 'name' ? name : parentId }))
  ]
}

/** Names are read again: they may be stored otherwise than they were typed. */
async function sealStep (before: readonly Item[], field: UndoItem['field'], user: User, callSite: CallSite): Promise<string> {
  const idsOf = (kind: Item['kind']) => before.filter(item => item.kind === kind).map(({ id }) => id)
  const after = new Map((await itemsOf({ files: idsOf('file'), folders: idsOf('folder') }, field, user, callSite)).map(({ kind, id, value }) => [`${kind} ${id}`, value]))
  const items = before.flatMap(({ kind, id, value }) => {
    const now = after.get(`${kind} ${id}`)
    return now === undefined ? [] : [{ kind, id, field, before: value, after: now }]
  })
  return sealUndo(callSite.ports.vault, { ownerId: user.id, doneAt: callSite.ports.clock.now(), items })
}
