import { one } from '../answers.ts'
import { defineMethod } from '../method.ts'
import { optional, text, wholeNumber } from '../params.ts'
import { describeTicket, issueTicket, TICKET_ATTRIBUTES, TICKET_ATTRIBUTES_12 } from '../ticket-element.ts'

export const uploadGetInfo = defineMethod({
  name: 'anonymous.uploadGetInfo',
  summary: 'Makes a ticket: the right to upload without an account.',
  auth: 'key and version',
  params: {
    speed_limit: optional(wholeNumber, 'KB/s, 0 unlimited.'),
    app_version: optional(text, 'The version of the calling program.')
  },
  errors: ['BAD_API_VERSION', 'PERMISSION_DENIED', 'UPLOAD_TEMP_ERROR'],
  returns: [
    one('upload', TICKET_ATTRIBUTES, { until: '1.2' }),
    one('upload', TICKET_ATTRIBUTES_12, { since: '1.2' })
  ],
  async handle ({ ports, policy, params, version, publicUrl, now }) {
    const ticket = await issueTicket(ports, {
      userId: null, version, maxFileSize: policy.anonymousMaxFileSize, speedLimit: params.speed_limit ?? 0
    }, now)
    return { upload: describeTicket(ticket, publicUrl) }
  }
})
