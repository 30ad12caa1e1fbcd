import { slower } from '../../domain/accounts/plan.ts'
import { diskSpaceLeft, hasMembershipEnded, planOf } from '../../domain/accounts/user.ts'
import { one } from '../answers.ts'
import { defineMethod } from '../method.ts'
import { optional, wholeNumber } from '../params.ts'
import { requireCapability } from '../permission.ts'
import { describeTicket, issueTicket, TICKET } from '../ticket-element.ts'

export const getInfo = defineMethod({
  name: 'upload.getInfo',
  summary: 'Creates a ticket: the right to upload into the caller\'s account.',
  source: 'guide',
  auth: 'session',
  params: { speed_limit: optional(wholeNumber, 'KB/s, 0 unlimited.', 0) },
  errors: ['SESSION_BAD', 'PERMISSION_DENIED', 'UPLOAD_TEMP_ERROR', 'PRO_EXPIRED', 'PRO_DISKSPACE_LIMIT'],
  returns: [one('upload', TICKET)],
  async handle (call) {
    const { ports, policy, params, user, version, publicUrl, address, pauses, now, refuse } = call
    requireCapability('upload', call)
    if (pauses.has('uploads')) throw refuse('UPLOAD_TEMP_ERROR', 'uploads are switched off')
    if (hasMembershipEnded(user, now)) throw refuse('PRO_EXPIRED')
    if (diskSpaceLeft(user, policy) === 0) throw refuse('PRO_DISKSPACE_LIMIT')
    const { maxFileSize, uploadSpeed } = planOf(user, policy)
    const ticket = await issueTicket(ports, {
      userId: user.id, version, maxFileSize, speedLimit: slower(params.speed_limit ?? 0, uploadSpeed)
    }, address, now, user)
    return { upload: describeTicket(ticket, publicUrl) }
  }
})
