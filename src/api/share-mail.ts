/** Mails that share links: one for each recipient, each of whom becomes a collected contact (the guide). */
import { COLLECTED } from '../domain/contact.ts'
import { isEmail, splitList } from '../domain/email.ts'
import type { User } from '../domain/user.ts'
import { planOf } from '../domain/user.ts'
import { addContact } from '../store/contacts.ts'
import { refuse } from './errors.ts'
import type { Circumstances } from './method.ts'

/** Addresses a call may name (our choice). */
const MOST_RECIPIENTS = 20

/** The addresses of a list. Any invalid one is 24 and nothing is sent, none is 4, more than 20 are 21. */
export function readRecipients (text: string, param: string): string[] {
  const emails = splitList(text)
  if (emails.length === 0) throw refuse('PARAMETER_MISSING', param)
  const invalid = emails.find(email => !isEmail(email))
  if (invalid !== undefined) throw refuse('INVALID_EMAIL', invalid)
  if (emails.length > MOST_RECIPIENTS) throw refuse('PARAMETER_BAD_VALUE', param)
  return emails
}

export interface Shared {
  readonly name: string
  readonly link: string
}

export async function mailLinks (
  recipients: readonly string[], sender: string, shared: readonly Shared[], message: string, { ports: { mailer } }: Circumstances
): Promise<void> {
  const [first] = shared
  const subject = shared.length === 1 && first ? `${sender} shares ${first.name} with you` : `${sender} shares ${shared.length} links with you`
  const text = [
    `${sender} shares with you:`, '',
    ...shared.map(({ name, link }) => `${name}\n${link}\n`),
    ...(message.trim() === '' ? [] : [message.trim(), ''])
  ].join('\n')
  for (const to of recipients) await mailer.send({ to, subject: subject.replace(/\p{C}/gu, ' '), text })
}

/** Whom one wrote to stands in the address book then; one who stands there already, or a full book, changes nothing. */
export async function collectContacts (recipients: readonly string[], user: User, { ports, policy, now }: Circumstances): Promise<void> {
  for (const email of recipients) {
    await addContact(ports.sql, user.id, { email, name: '', description: '', type: COLLECTED }, planOf(user, policy).contacts, now)
  }
}
