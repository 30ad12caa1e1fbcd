import { isEmail } from '../../domain/mail/email.ts'
import { slower } from '../../domain/accounts/plan.ts'
import { findVisibleFiles } from '../../store/files/files.ts'
import { one, text as textShape } from '../answers.ts'
import { field } from '../fields.ts'
import { limitMisses } from '../limiter.ts'
import { defineMethod, failuresOf } from '../method.ts'
import { fileReferences, judgedAddress, mandatory, optional, wholeNumber } from '../params.ts'
import { APP_VERSION } from '../identification.ts'
import { observed } from '../provenance.ts'
import { SAMPLE } from '../sample.ts'
import { sharedFile } from '../../mail/templates.ts'
import { EMAILS, mailLinks, mailUrlFor, MESSAGE, readRecipients } from '../share-mail.ts'
import { describeTicket, issueTicket, TICKET, TICKET_12 } from '../ticket-element.ts'

export const uploadGetInfo = defineMethod({
  name: 'anonymous.uploadGetInfo',
  summary: 'Creates a ticket: the right to upload without an account.',
  source: 'guide',
  auth: 'key and version',
  params: {
    speed_limit: optional(wholeNumber, 'KB/s, 0 unlimited.', 0),
    app_version: APP_VERSION
  },
  errors: ['BAD_API_VERSION', 'PERMISSION_DENIED', 'UPLOAD_TEMP_ERROR', 'OUTDATED_VERSION'],
  returns: [
    one('upload', TICKET, { until: '1.2' }),
    observed(one('upload', TICKET_12, { since: '1.2' }))
  ],
  async handle ({ ports, policy, params, version, publicUrl, address, pauses, now, refuse }) {
    const { capabilities, maxFileSize, uploadSpeed } = policy.plans.anonymous
    if (!capabilities.has('upload')) throw refuse('PERMISSION_DENIED', 'uploads need an account')
    if (pauses.has('uploads')) throw refuse('UPLOAD_TEMP_ERROR', 'uploads are switched off')
    const ticket = await issueTicket(ports, {
      userId: null, version, maxFileSize, speedLimit: slower(params.speed_limit ?? 0, uploadSpeed)
    }, address, now)
    return { upload: describeTicket(ticket, publicUrl) }
  }
})

export const filesSendMail = defineMethod({
  name: 'anonymous.filesSendMail',
  summary: 'Mails the links of files without an account.',
  source: 'observed',
  // Older clients do not know it.
  since: '1.2',
  auth: 'key and version',
  params: {
    file_id: mandatory(fileReferences, 'The files.', SAMPLE.fileId),
    sender_email: mandatory(judgedAddress, 'The sender\'s address.', SAMPLE.email),
    emails: EMAILS,
    message: MESSAGE,
    app_version: APP_VERSION
  },
  errors: ['BAD_API_VERSION', 'FILE_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_EMAIL', 'OUTDATED_VERSION', 'INVALID_FILE_URL'],
  returns: [
    textShape('status', field('ok', 'Always ok.', 'ok')),
    textShape('id', field('ids', 'The files whose links were mailed.', SAMPLE.fileId))
  ],
  async handle (call) {
    const { ports, params, refuse } = call
    const found = await limitMisses(call, 'id', {
      address: call.address,
      about: '/rest',
      error: 'FILE_NOT_FOUND',
      look: () => findVisibleFiles(ports.sql, params.file_id),
      countMisses: (files = []) => failuresOf('FILE_NOT_FOUND', params.file_id, files).reduce((sum, { ids }) => sum + ids.length, 0)
    }) ?? []
    if (found.length === 0) throw refuse('FILE_NOT_FOUND')
    const sender = params.sender_email
    if (!isEmail(sender)) throw refuse('INVALID_EMAIL', sender)
    const recipients = readRecipients(params.emails, 'emails')
    const url = await mailUrlFor(undefined, call)
    await mailLinks(recipients, { name: sender, replyTo: sender }, undefined, { url, shared: found.map(file => sharedFile(url, file)) }, params.message ?? '', call)
    return {
      status: 'ok',
      id: found.map(({ id }) => id).join(','),
      failures: failuresOf('FILE_NOT_FOUND', params.file_id, found)
    }
  }
})
