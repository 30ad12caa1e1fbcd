import { aboutNames } from '../../domain/event.ts'
import { isClosed } from '../../domain/files/bundle.ts'
import { inOrder, type Folder } from '../../domain/files/folder.ts'
import { newShortId, ROOT_FOLDER } from '../../domain/identifiers.ts'
import { folderLink } from '../../domain/files/link.ts'
import { can } from '../../domain/accounts/user.ts'
import { findBundleAbove } from '../../store/files/bundles.ts'
import { recordEvent } from '../../store/operations/events.ts'
import { listFolderFiles } from '../../store/files/files.ts'
import { addFolder, countChildren, findOwnFolders, findVisibleFolder, listFolders, removeEmptyFolder, removeTree } from '../../store/files/folders.ts'
import { findSharedFolders } from '../../store/files/shared-folders.ts'
import { describeEach, many, one, text as textShape } from '../answers.ts'
import { field } from '../fields.ts'
import { describeFile, FILE, PUBLIC_FILE, uploadTime } from '../file-element.ts'
import { describeFolder, FOLDER, INNER_FOLDER, INNER_PUBLIC_FOLDER, PUBLIC_FOLDER, ROOT } from '../folder-element.ts'
import { limitMisses } from '../limiter.ts'
import { defineMethod, failuresOf } from '../method.ts'
import { flag, folderReference, folderReferences, mandatory, name, optional, sharedFolderReference } from '../params.ts'
import { changeOwnFolder, requireFolders, findOwnFolder } from '../own-folder.ts'
import { SAMPLE } from '../sample.ts'
import { EMAILS, mailOwnLinks, mailUrlFor, MESSAGE, readRecipients } from '../share-mail.ts'

const { folderId, innerFolderId, folderName } = SAMPLE
const OWN = mandatory(folderReference, 'The folder.', folderId)
const FOLDER_IDS = mandatory(folderReferences, 'The folders.', innerFolderId)
const DONE = textShape('status', field('ok', 'Always ok.', 'ok'))
const DONE_IDS = textShape('id', field('ids', 'The changed folders.', innerFolderId))
/** One for each processed folder. */
const DONE_EACH = many('folder', { id: field('folderId', 'Its id.', innerFolderId) }, { since: '1.1', source: 'observed' })

export const getInfo = defineMethod({
  name: 'folders.getInfo',
  summary: 'Returns everything about one of the caller\'s folders, including its direct content.',
  source: 'guide',
  auth: 'session',
  params: { folder_id: OWN },
  errors: ['SESSION_BAD', 'FOLDER_NOT_FOUND'],
  returns: [one('folder', {
    ...FOLDER,
    total_files: field('count', 'Files directly in it.', 1),
    total_size: field('bytes', 'Their total size.', SAMPLE.fileSize),
    total_folders: field('count', 'Folders directly in it.', 1)
  })],
  async handle ({ ports, params, user, publicUrl, refuse }) {
    const folder = await findOwnFolder(ports.sql, user, params.folder_id)
    if (folder === undefined) throw refuse('FOLDER_NOT_FOUND')
    const { files, bytes, folders } = await countChildren(ports.sql, user.id, folder.id)
    return { folder: { ...describeFolder(folder, publicUrl), total_files: files, total_size: bytes, total_folders: folders } }
  }
})

export const create = defineMethod({
  name: 'folders.create',
  summary: 'Creates a folder.',
  source: 'guide',
  auth: 'session',
  params: {
    name: mandatory(name, 'Its name; folders in the same parent may have the same name.', folderName),
    shared: optional(flag, '1 for a public folder.', 1),
    parent_folder_id: optional(folderReference, 'Its parent folder; default: the root.', 0)
  },
  errors: ['SESSION_BAD', 'FOLDER_NOT_FOUND', 'PERMISSION_DENIED', 'BAD_TARGET_FOLDER'],
  returns: [one('folder', FOLDER)],
  async handle (call) {
    const { ports, params, user, publicUrl, now, refuse } = call
    await requireFolders([params.parent_folder_id], call)
    while (true) {
      const folder: Folder = {
        id: newShortId(ports.ids),
        parentId: params.parent_folder_id ?? ROOT_FOLDER,
        name: params.name,
        isShared: params.shared ?? false
      }
      const outcome = await addFolder(ports.sql, user.id, folder, now)
      if (outcome === 'added') return { folder: describeFolder(folder, publicUrl) }
      if (outcome === 'no parent') throw refuse('FOLDER_NOT_FOUND')
      if (outcome === 'too deep') throw refuse('BAD_TARGET_FOLDER')
    }
  }
})

export const setInfo = defineMethod({
  name: 'folders.setInfo',
  summary: 'Changes a folder: only the fields that are sent; an empty value clears a field.',
  source: 'guide',
  auth: 'session',
  params: {
    folder_id: OWN,
    name: optional(name, 'Its name.', folderName),
    shared: optional(flag, '1 public, 0 private.', 1),
    parent_folder_id: optional(folderReference, 'Its parent folder; empty for the root.', 0)
  },
  errors: ['SESSION_BAD', 'FOLDER_NOT_FOUND', 'PERMISSION_DENIED', 'BAD_TARGET_FOLDER'],
  returns: [one('folder', FOLDER)],
  async handle (call) {
    const { ports, params, user, publicUrl, refuse } = call
    const { folder_id: id, name, shared, parent_folder_id: parentId } = params
    await changeOwnFolder(id, {
      ...(name !== undefined && { name }), ...(shared !== undefined && { isShared: shared }), ...(parentId !== undefined && { parentId })
    }, call)
    const folder = await findOwnFolder(ports.sql, user, id)
    if (folder === undefined) throw refuse('FOLDER_NOT_FOUND')
    return { folder: describeFolder(folder, publicUrl) }
  }
})

export const move = defineMethod({
  name: 'folders.move',
  summary: 'Moves a folder into another.',
  source: 'guide',
  auth: 'session',
  params: {
    folder_id: mandatory(folderReference, 'The folder to move.', innerFolderId),
    parent_folder_id: mandatory(folderReference, 'The target folder.', 0)
  },
  errors: ['SESSION_BAD', 'FOLDER_NOT_FOUND', 'PERMISSION_DENIED', 'BAD_TARGET_FOLDER'],
  returns: [DONE, textShape('id', field('folderId', 'The moved folder.', innerFolderId))],
  async handle (call) {
    const { folder_id: id, parent_folder_id: parentId } = call.params
    await changeOwnFolder(id, { parentId }, call)
    return { status: 'ok', id }
  }
})

export const getAll = defineMethod({
  name: 'folders.getAll',
  summary: 'Lists all folders of the caller, the root first.',
  source: 'guide',
  auth: 'session',
  params: {},
  errors: ['SESSION_BAD'],
  returns: [many('folder', FOLDER)],
  async handle ({ ports, user, publicUrl }) {
    const folders = inOrder(await listFolders(ports.sql, user.id))
    return { folder: [ROOT, ...folders].map(folder => describeFolder(folder, publicUrl)) }
  }
})

export const getContents = defineMethod({
  name: 'folders.getContents',
  summary: 'Lists the direct content of a folder: folders by name, then files by upload time.',
  source: 'guide',
  auth: 'session',
  params: { folder_id: OWN },
  errors: ['SESSION_BAD', 'FOLDER_NOT_FOUND'],
  returns: [many('folder', INNER_FOLDER), many('file', FILE)],
  async handle (call) {
    const { ports, params, user, publicUrl, refuse } = call
    const folder = await findOwnFolder(ports.sql, user, params.folder_id)
    if (folder === undefined) throw refuse('FOLDER_NOT_FOUND')
    const folders = inOrder(await listFolders(ports.sql, user.id, folder.id))
    return {
      folder: folders.map(child => describeFolder(child, publicUrl)),
      file: describeEach(listFolderFiles(ports.sql, user.id, folder.id), file => describeFile(file, call))
    }
  }
})

/** The pause between steps of a large deletion, in milliseconds: time for other calls. */
const PAUSE = 5

export const remove = defineMethod({
  name: 'folders.delete',
  summary: 'Deletes folders: in version 1.0 only empty ones, later with everything in them.',
  source: 'guide',
  auth: 'session',
  params: { folder_id: FOLDER_IDS },
  errors: ['SESSION_BAD', 'FOLDER_NOT_FOUND', 'PERMISSION_DENIED', 'FOLDER_NOT_EMPTY'],
  returns: [DONE, DONE_IDS, DONE_EACH],
  async handle (call) {
    const { ports, policy, params, user, version, address, refuse } = call
    const { sql, clock } = ports
    if (!can(user, 'folders', policy)) await requireFolders(params.folder_id.slice(0, 1), call)
    const names = new Map((await findOwnFolders(sql, user.id, params.folder_id)).map(({ id, name }) => [id, `${name}/`]))
    const failed = new Map<'FOLDER_NOT_FOUND' | 'PERMISSION_DENIED' | 'FOLDER_NOT_EMPTY', string[]>()
    const done: string[] = []
    for (const id of params.folder_id) {
      const error = await removeOne(id)
      if (error === undefined) done.push(id)
      else failed.set(error, [...failed.get(error) ?? [], id])
    }
    const failures = [...failed].map(([error, ids]) => ({ error, ids }))
    if (done.length === 0 && failures[0]) throw refuse(failures[0].error)
    await recordEvent(ports, { kind: 'deleted', who: user.userName, about: aboutNames(done.map(id => names.get(id) ?? id)), address })
    return { status: 'ok', id: done.join(','), folder: done.map(id => ({ id })), failures }

    async function removeOne (id: string) {
      if (id === ROOT_FOLDER) return 'PERMISSION_DENIED'
      // Version 1.0 keeps folders that are not empty (the guide), later ones delete everything in them (observed).
      const outcome = version === '1.0'
        ? await removeEmptyFolder(sql, user.id, id)
        : await removeTree(sql, user.id, id, () => clock.sleep(PAUSE)) ? 'removed' : 'gone'
      if (outcome === 'gone') return 'FOLDER_NOT_FOUND'
      return outcome === 'not empty' ? 'FOLDER_NOT_EMPTY' : undefined
    }
  }
})

export const getShared = defineMethod({
  name: 'folders.getShared',
  summary: 'Lists a public folder of anyone, or one of the caller\'s folders.',
  source: 'guide',
  auth: 'session',
  params: { folder_id: mandatory(sharedFolderReference, 'A public folder of anyone, or one of the caller\'s folders.', folderId) },
  errors: ['SESSION_BAD', 'FOLDER_NOT_FOUND', 'FOLDER_IS_PRIVATE'],
  returns: [one('current', PUBLIC_FOLDER), many('folder', INNER_PUBLIC_FOLDER), many('file', PUBLIC_FILE)],
  async handle (call) {
    const { ports: { sql }, params, user, version, address, refuse } = call
    const look = async () => params.folder_id === ROOT_FOLDER ? { ...ROOT, ownerId: user.id } : findVisibleFolder(sql, params.folder_id)
    // Whether a private folder exists is also a secret.
    const countMisses = (found: Awaited<ReturnType<typeof look>>): number => found?.isShared || found?.ownerId === user.id ? 0 : 1
    const folder = await limitMisses(call, 'id', { address, about: '/rest', error: 'FOLDER_NOT_FOUND', look, countMisses })
    if (folder === undefined) throw refuse('FOLDER_NOT_FOUND')
    // A bundle with a password, or whose time is over, is private to programs: there is no parameter for its password.
    if (folder.ownerId !== user.id && (!folder.isShared || isClosed(await findBundleAbove(sql, folder.id), call.now))) throw refuse('FOLDER_IS_PRIVATE')
    const shared = folder.ownerId === user.id ? (await listFolders(sql, user.id, folder.id)).filter(child => child.isShared) : await findSharedFolders(sql, folder.ownerId, folder.id)
    const describe = ({ id, name, parentId }: Folder) => ({ id, name, parent_folder_id: parentId })
    return {
      current: describe(folder),
      folder: inOrder(shared).map(describe),
      file: describeEach(listFolderFiles(sql, folder.ownerId, folder.id), ({ id, name, description, folderId, uploadedAt, size }) =>
        ({ id, name, description, folder_id: folderId, upload_time: uploadTime(uploadedAt, version), file_size: size }))
    }
  }
})

export const sendMail = defineMethod({
  name: 'folders.sendMail',
  summary: 'Mails the links of the caller\'s folders.',
  source: 'guide',
  auth: 'session',
  params: { folder_id: FOLDER_IDS, emails: EMAILS, message: MESSAGE },
  errors: ['SESSION_BAD', 'FOLDER_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_EMAIL'],
  returns: [DONE_IDS, DONE_EACH],
  async handle (call) {
    const { ports, params, user, refuse } = call
    const folders = await findOwnFolders(ports.sql, user.id, params.folder_id)
    if (folders.length === 0) throw refuse('FOLDER_NOT_FOUND')
    const recipients = readRecipients(params.emails, 'emails')
    const url = await mailUrlFor(user.id, call)
    const shared = folders.map(({ id, name }) => ({ name, link: folderLink(url, id) }))
    await mailOwnLinks(recipients, user, { url, shared }, params.message ?? '', call)
    return {
      id: folders.map(({ id }) => id).join(','),
      folder: folders.map(({ id }) => ({ id })),
      failures: failuresOf('FOLDER_NOT_FOUND', params.folder_id, folders)
    }
  }
})
