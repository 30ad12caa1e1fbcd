import { findOwnFiles } from '../../store/files.ts'
import { many } from '../answers.ts'
import { describeFile, FILE_ATTRIBUTES } from '../file-element.ts'
import { defineMethod } from '../method.ts'
import { fileReferences, mandatory } from '../params.ts'

export const getInfo = defineMethod({
  name: 'files.getInfo',
  summary: 'Tells everything about one\'s own files.',
  auth: 'session',
  params: { file_id: mandatory(fileReferences, 'File ids or addresses of download pages, at most 100.') },
  errors: ['SESSION_BAD', 'FILE_NOT_FOUND', 'INVALID_FILE_URL'],
  returns: [many('file', FILE_ATTRIBUTES)],
  async handle (call) {
    const { ports, params, user, refuse } = call
    const files = await findOwnFiles(ports.sql, user.id, params.file_id)
    if (files.length === 0) throw refuse('FILE_NOT_FOUND')
    const found = new Set(files.map(file => file.id))
    const missing = params.file_id.filter(id => !found.has(id))
    return {
      file: files.map(file => describeFile(file, call)),
      ...(missing.length > 0 && { failures: [{ error: 'FILE_NOT_FOUND' as const, ids: missing }] })
    }
  }
})
