import { diskSpaceLeft, hasMembershipEnded, planOf } from '../../domain/user.ts'
import { one } from '../answers.ts'
import { defineMethod } from '../method.ts'
import { optional, wholeNumber } from '../params.ts'
import { describeTicket, issueTicket, TICKET } from '../ticket-element.ts'

export const getInfo = defineMethod({
  name: 'upload.getInfo',
  summary: 'Makes a ticket: the right to upload into one\'s own account.',
  source: 'guide',
  auth: 'session',
  params: { speed_limit: optional(wholeNumber, 'KB/s, 0 unlimited.', 0) },
  errors: ['SESSION_BAD', 'PERMISSION_DENIED', 'UPLOAD_TEMP_ERROR', 'PRO_EXPIRED', 'PRO_DISKSPACE_LIMIT'],
  returns: [one('upload', TICKET)],
  async handle ({ ports, policy, params, user, version, publicUrl, now, refuse }) {
    if (hasMembershipEnded(user, now)) throw refuse('PRO_EXPIRED')
    if (diskSpaceLeft(user, policy) === 0) throw refuse('PRO_DISKSPACE_LIMIT')
    const ticket = await issueTicket(ports, {
      userId: user.id, version, maxFileSize: planOf(user, policy).maxFileSize, speedLimit: params.speed_limit ?? 0
    }, now)
    return { upload: describeTicket(ticket, publicUrl) }
  }
})
