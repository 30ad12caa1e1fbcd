import { aboutNames } from '../../domain/event.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import { recordEvent } from '../../store/operations/events.ts'
import { changeFiles, findFiles, deleteFiles } from '../../store/files/files.ts'
import { applyLimit } from '../../store/files/file-limits.ts'
import { isOwnFolder } from '../../store/files/folder-tree.ts'
import { many, text as textShape } from '../answers.ts'
import type { Refusal } from '../errors.ts'
import { field } from '../fields.ts'
import { FILE_SETTINGS, readFileChange, requireTarget } from '../file-change.ts'
import { describeFile, FILE } from '../file-element.ts'
import { defineMethod, failuresOf, type Circumstances } from '../method.ts'
import { fileReferences, folderReference, mandatory } from '../params.ts'
import { requireCapability } from '../permission.ts'
import { SAMPLE } from '../sample.ts'
import { sharedFile } from '../../mail/templates.ts'
import { EMAILS, mailOwnLinks, mailUrlFor, MESSAGE, readRecipients } from '../share-mail.ts'

const FILE_IDS = mandatory(fileReferences, 'The files.', SAMPLE.fileId)
const DONE_IDS = textShape('id', field('ids', 'The files done.', SAMPLE.fileId))
/** One for each file done. */
const DONE_EACH = many('file', { id: FILE.id }, { since: '1.1', source: 'observed' })

export const getInfo = defineMethod({
  name: 'files.getInfo',
  summary: 'Tells everything about one\'s own files.',
  source: 'guide',
  auth: 'session',
  params: { file_id: FILE_IDS },
  errors: ['SESSION_BAD', 'FILE_NOT_FOUND', 'INVALID_FILE_URL'],
  returns: [many('file', FILE)],
  async handle (call) {
    const { files, failures } = await requireOwnFiles(call)
    return { file: files.map(file => describeFile(file, call)), failures }
  }
})

export const moveToFolder = defineMethod({
  name: 'files.moveToFolder',
  summary: 'Moves one\'s own files into a folder.',
  source: 'guide',
  auth: 'session',
  params: { file_id: FILE_IDS, folder_id: mandatory(folderReference, 'Where they go, 0 for the root.', SAMPLE.folderId) },
  errors: ['SESSION_BAD', 'FILE_NOT_FOUND', 'FOLDER_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_FILE_URL'],
  returns: [textShape('id', field('ids', 'The files moved.', SAMPLE.fileId), { since: '1.1', source: 'observed' }), many('file', FILE)],
  async handle (call) {
    const { ports, params, user, refuse } = call
    await requireOwnFiles(call)
    if (!await isOwnFolder(ports.sql, user.id, params.folder_id)) throw refuse('FOLDER_NOT_FOUND')
    requireCapability('files', call)
    const outcome = await changeFiles(ports.sql, user.id, params.file_id, { folderId: params.folder_id })
    if (outcome === 'no folder') throw refuse('FOLDER_NOT_FOUND')
    if (outcome === 'gone') throw refuse('FILE_NOT_FOUND')
    const { files, failures } = await requireOwnFiles(call)
    return { id: idsOf(files), file: files.map(file => describeFile(file, call)), failures }
  }
})

export const setInfo = defineMethod({
  name: 'files.setInfo',
  summary: 'Changes one\'s own files: only what is sent, and empty clears.',
  source: 'guide',
  auth: 'session',
  params: { file_id: FILE_IDS, ...FILE_SETTINGS },
  errors: ['SESSION_BAD', 'FILE_NOT_FOUND', 'FOLDER_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_FILE_URL'],
  returns: [many('file', FILE)],
  async handle (call) {
    const { ports, params, user, now, refuse } = call
    const change = readFileChange(params, ports.vault, now)
    requireTarget(change, (await requireOwnFiles(call)).files)
    for (const id of [params.folder_id, params.limit_action_to_folder]) {
      if (id !== undefined && !await isOwnFolder(ports.sql, user.id, id)) throw refuse('FOLDER_NOT_FOUND')
    }
    requireCapability('files', call)
    const outcome = await changeFiles(ports.sql, user.id, params.file_id, change)
    if (outcome === 'no folder') throw refuse('FOLDER_NOT_FOUND')
    if (outcome === 'gone') throw refuse('FILE_NOT_FOUND')
    const files = await findFiles(ports.sql, params.file_id, user.id)
    if (files.length === 0) throw refuse('FILE_NOT_FOUND')
    const answer = { file: files.map(file => describeFile(file, call)), failures: failuresOf('FILE_NOT_FOUND', params.file_id, files) }
    // A limit that is reached by the change itself is answered as it was set, then carried out (wire contract).
    for (const file of files) await applyLimit(ports.sql, file, now)
    return answer
  }
})

export const remove = defineMethod({
  name: 'files.delete',
  summary: 'Deletes one\'s own files.',
  source: 'guide',
  auth: 'session',
  params: { file_id: FILE_IDS },
  errors: ['SESSION_BAD', 'FILE_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_FILE_URL'],
  returns: [DONE_IDS, DONE_EACH],
  async handle (call) {
    const { ports, params, user } = call
    const { files, failures } = await requireOwnFiles(call)
    requireCapability('files', call)
    await deleteFiles(ports, user.id, params.file_id)
    await recordEvent(ports, { kind: 'deleted', who: user.userName, about: aboutNames(files.map(file => file.name)), address: call.address })
    return { id: idsOf(files), file: files.map(({ id }) => ({ id })), failures }
  }
})

export const sendMail = defineMethod({
  name: 'files.sendMail',
  summary: 'Mails the links of one\'s own files.',
  source: 'guide',
  auth: 'session',
  params: { file_id: FILE_IDS, emails: EMAILS, message: MESSAGE },
  errors: ['SESSION_BAD', 'FILE_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_EMAIL', 'INVALID_FILE_URL'],
  returns: [DONE_IDS, DONE_EACH],
  async handle (call) {
    const { params, user } = call
    const { files, failures } = await requireOwnFiles(call)
    const recipients = readRecipients(params.emails, 'emails')
    const url = await mailUrlFor(user.id, call)
    await mailOwnLinks(recipients, user, { url, shared: files.map(file => sharedFile(url, file)) }, params.message ?? '', call)
    return { id: idsOf(files), file: files.map(({ id }) => ({ id })), failures }
  }
})

type FilesCall = Circumstances & { readonly user: { readonly id: number }, readonly params: { readonly file_id: readonly string[] }, refuse (error: 'FILE_NOT_FOUND'): Refusal }

/**
 * The files asked for that are the user's own, and the rest as a failure; throws 9 when there is none, or none any more
 * after a change. Limits that are reached are carried out first.
 */
async function requireOwnFiles ({ ports, user, params, now, refuse }: FilesCall) {
  const files: StoredFile[] = []
  for (const file of await findFiles(ports.sql, params.file_id, user.id)) {
    const left = await applyLimit(ports.sql, file, now)
    if (left !== undefined) files.push(left.file)
  }
  if (files.length === 0) throw refuse('FILE_NOT_FOUND')
  return { files, failures: failuresOf('FILE_NOT_FOUND', params.file_id, files) }
}

const idsOf = (files: readonly StoredFile[]): string => files.map(file => file.id).join(',')
