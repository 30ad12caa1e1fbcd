/** Mails that share links: one for each recipient, each of whom becomes a collected contact (the guide). */
import { COLLECTED } from '../domain/accounts/contact.ts'
import { isEmail, MAX_RECIPIENTS, splitList, withoutRepeats } from '../domain/mail/email.ts'
import { MAX_MAILS_TO_ADDRESS } from '../domain/mail/mail-delivery.ts'
import { MAX_MESSAGE_BYTES } from '../domain/text-limit.ts'
import type { User } from '../domain/accounts/user.ts'
import { planOf } from '../domain/accounts/user.ts'
import { addContact } from '../store/accounts/contacts.ts'
import { findReachable, NO_ACCOUNT, queueMails } from '../store/operations/mails.ts'
import { findMailUrl } from '../store/accounts/visited-urls.ts'
import { writeForReaders } from '../mail/for-readers.ts'
import { shareMail, type SharedBy, type SharedLink } from '../mail/templates.ts'
import { refuse } from './errors.ts'
import type { Circumstances } from './method.ts'
import { emailList, mandatory, optional, textUpTo } from './params.ts'
import { SAMPLE } from './sample.ts'

export const EMAILS = mandatory(emailList, 'The recipients.', SAMPLE.friend)
export const MESSAGE = optional(textUpTo(MAX_MESSAGE_BYTES), 'A message to the recipients.', SAMPLE.message)

/** The addresses of a list. Any invalid one is 24 and nothing is sent, none is 4, more than 20 are 21. */
export function readRecipients (text: string, param: string): string[] {
  const emails = withoutRepeats(splitList(text))
  if (emails.length === 0) throw refuse('PARAMETER_MISSING', param)
  const invalid = emails.find(email => !isEmail(email))
  if (invalid !== undefined) throw refuse('INVALID_EMAIL', invalid)
  if (emails.length > MAX_RECIPIENTS) throw refuse('PARAMETER_BAD_VALUE', param)
  return emails
}

/** What the links of a mail to others begin with; `userId` undefined when a stranger causes it. */
export const mailUrlFor = (userId: number | undefined, { ports, policy, trustedUrl }: Pick<Circumstances, 'ports' | 'policy' | 'trustedUrl'>): Promise<string> =>
  findMailUrl(ports.sql, { publicUrl: policy.publicUrl, userId, isToThemselves: false, otherwise: trustedUrl })

/** What the mails share; `url` is what the links begin with. */
export interface Shared {
  readonly url: string
  readonly shared: readonly SharedLink[]
}

/** Queues the mails, all or none: over the limit for the hour is 11, and nothing is sent (our choice). */
export async function mailLinks (
  recipients: readonly string[], sharedBy: SharedBy & { readonly replyTo: string }, userId: number | undefined, { url, shared }: Shared, message: string,
  { ports, policy, locale, now }: Circumstances
): Promise<void> {
  if (userId === undefined && (await findReachable(ports, recipients, now)).length < recipients.length) {
    throw refuse('PERMISSION_DENIED', `no more than ${MAX_MAILS_TO_ADDRESS} mails to an address in an hour; try again in the next`, 'too many mails')
  }
  const sender = { id: userId ?? NO_ACCOUNT, limit: policy.mailsPerHour }
  const origin = { settings: policy.branding, url, locale, replyTo: sharedBy.replyTo }
  if (!await queueMails(ports, await writeForReaders(ports.sql, recipients, origin, look => shareMail(look, sharedBy, shared, message)), sender, now)) {
    throw refuse('PERMISSION_DENIED', `no more than ${policy.mailsPerHour} mails in an hour; try again in the next`, 'too many mails')
  }
}

/** Mails a user's links, and collects whom he wrote to: who stands in the address book already, or a full book, changes nothing. */
export async function mailOwnLinks (
  recipients: readonly string[], user: User, shared: Shared, message: string, call: Circumstances
): Promise<void> {
  await mailLinks(recipients, { name: user.fullName, email: user.email, replyTo: user.email }, user.id, shared, message, call)
  for (const email of recipients) {
    await addContact(call.ports.sql, user.id, { email, name: '', description: '', type: COLLECTED }, planOf(user, call.policy).contacts, call.now)
  }
}
