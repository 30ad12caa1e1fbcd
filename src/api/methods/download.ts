import { directLink } from '../../domain/files/link.ts'
import { UNLIMITED } from '../../domain/accounts/plan.ts'
import { LINK_LIFETIME } from '../../domain/policy.ts'
import { hasMembershipEnded } from '../../domain/accounts/user.ts'
import { findPublicFile } from '../../store/files/file-limits.ts'
import { findVisibleFile } from '../../store/files/files.ts'
import { bandwidthLeft } from '../account.ts'
import { one } from '../answers.ts'
import { FILE } from '../file-element.ts'
import { field } from '../fields.ts'
import { requireFilePassword } from '../known-secrets.ts'
import { limitMisses } from '../limiter.ts'
import { defineMethod } from '../method.ts'
import { fileReference, judgedText, mandatory, optional } from '../params.ts'
import { requireCapability } from '../permission.ts'
import { SAMPLE } from '../sample.ts'

export const getInfo = defineMethod({
  name: 'download.getInfo',
  summary: 'Returns a direct link to any file; it uses the caller\'s bandwidth.',
  source: 'guide',
  auth: 'session',
  params: {
    file_id: mandatory(fileReference, 'The file, of any owner.', `${SAMPLE.publicUrl}/file/${SAMPLE.fileId}`),
    password: optional(judgedText, 'The file\'s password, if it has one.', SAMPLE.filePassword)
  },
  errors: [
    'FILE_NOT_FOUND', 'PERMISSION_DENIED', 'DOWNLOAD_TEMP_ERROR', 'PRO_EXPIRED', 'BAD_PASSWORD', 'BANDWIDTH_LIMIT',
    'INVALID_FILE_URL'
  ],
  returns: [one('download', {
    file_id: FILE.id,
    name: FILE.name,
    url: field('url', 'The direct link; valid for some hours, uses the caller\'s bandwidth.',
      `${SAMPLE.publicUrl}/dl/b2e64c8f0a9d4715936e1d7c5f3a8204/6957a62500000001/${SAMPLE.fileId}/${encodeURIComponent(SAMPLE.fileName)}`),
    file_size: FILE.file_size
  })],
  async handle (call) {
    const { ports, params, user, publicUrl, address, pauses, now, refuse } = call
    // For programs an unavailable file is not a deleted one.
    const look = () => findPublicFile(ports.sql, params.file_id, now)
    const found = await limitMisses(call, 'id', { address, about: '/rest', error: 'DOWNLOAD_TEMP_ERROR', look })
    if (found === undefined) throw refuse('FILE_NOT_FOUND')
    requireCapability('download', call)
    if (found.isBlocked) throw refuse('PERMISSION_DENIED', 'a limit of the file is reached')
    const { file } = found
    if (pauses.has('downloads')) throw refuse('DOWNLOAD_TEMP_ERROR', 'downloads are switched off')
    if (!await ports.blobs.has(file.blobId)) {
      // It may have been deleted since it was found.
      throw refuse(await findVisibleFile(ports.sql, file.id) === undefined ? 'FILE_NOT_FOUND' : 'DOWNLOAD_TEMP_ERROR')
    }
    if (hasMembershipEnded(user, now)) throw refuse('PRO_EXPIRED')
    await requireFilePassword(call, file, params.password ?? '', address)
    const bandwidth = await bandwidthLeft(user, call)
    // The link would not work: a download that does not fit is refused, never cut.
    if (bandwidth === 0 || (bandwidth !== UNLIMITED && bandwidth < file.size)) throw refuse('BANDWIDTH_LIMIT')
    const grant = { expiresAt: now + LINK_LIFETIME, userId: user.id }
    const url = directLink(publicUrl, ports.vault, file, grant)
    return { download: { file_id: file.id, name: file.name, url, file_size: file.size } }
  }
})
