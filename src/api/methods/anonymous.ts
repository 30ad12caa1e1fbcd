import { isEmail } from '../../domain/email.ts'
import { pageLink } from '../../domain/link.ts'
import { findFiles } from '../../store/files.ts'
import { one, text as textShape } from '../answers.ts'
import { defineMethod } from '../method.ts'
import { fileReferences, mandatory, optional, text, wholeNumber } from '../params.ts'
import { mailLinks, readRecipients } from '../share-mail.ts'
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

export const filesSendMail = defineMethod({
  name: 'anonymous.filesSendMail',
  summary: 'Mails the links of files without an account; version 1.2 only.',
  auth: 'key and version',
  params: {
    file_id: mandatory(fileReferences, 'File ids or addresses of download pages, at most 100.'),
    sender_email: mandatory(text, 'Who sends it.'),
    emails: mandatory(text, 'Addresses, separated by commas, at most 20.'),
    message: optional(text, 'A message to the recipients.'),
    app_version: optional(text, 'The version of the calling program.')
  },
  errors: ['BAD_API_VERSION', 'FILE_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_EMAIL', 'INVALID_FILE_URL'],
  returns: [textShape('status'), textShape('id')],
  async handle (call) {
    const { ports, params, version, publicUrl, refuse } = call
    // No older client knows it (observed).
    if (version !== '1.2') throw refuse('BAD_API_VERSION')
    const found = await findFiles(ports.sql, params.file_id)
    if (found.length === 0) throw refuse('FILE_NOT_FOUND')
    const sender = params.sender_email.trim()
    if (!isEmail(sender)) throw refuse('INVALID_EMAIL', sender)
    const recipients = readRecipients(params.emails, 'emails')
    const shared = found.map(({ id, name }) => ({ name, link: pageLink(publicUrl, id) }))
    await mailLinks(recipients, { name: sender }, undefined, shared, params.message ?? '', call)
    const known = new Set(found.map(file => file.id))
    const missing = params.file_id.filter(id => !known.has(id))
    return {
      status: 'ok',
      id: [...known].join(','),
      failures: missing.length === 0 ? [] : [{ error: 'FILE_NOT_FOUND' as const, ids: missing }]
    }
  }
})
