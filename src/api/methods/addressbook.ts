import { ADDED, COLLECTED } from '../../domain/accounts/contact.ts'
import { emailKey, withoutRepeats } from '../../domain/mail/email.ts'
import { MAX_CONTACT_DESCRIPTION_BYTES, MAX_CONTACT_NAME_BYTES } from '../../domain/text-limit.ts'
import { planOf } from '../../domain/accounts/user.ts'
import { addContact, changeContact, listContacts, removeContacts } from '../../store/accounts/contacts.ts'
import { many, one, text as textShape } from '../answers.ts'
import { field } from '../fields.ts'
import { defineMethod } from '../method.ts'
import { emailAddress, judgedAddress, list as listKind, mandatory, oneOf, optional, textUpTo } from '../params.ts'
import { SAMPLE } from '../sample.ts'

const CONTACT = {
  email: field('text', 'The address as it was added.', SAMPLE.friend),
  name: field('text', 'A name.', 'Bob'),
  description: field('text', 'Anything.', 'A friend'),
  type: field('contactType', 'How it was added.', 0)
}
const EMAIL = mandatory(judgedAddress, 'The address, which identifies the contact; case is ignored.', SAMPLE.friend)
const NAME = optional(textUpTo(MAX_CONTACT_NAME_BYTES), 'A name.', 'Bob')
const DESCRIPTION = optional(textUpTo(MAX_CONTACT_DESCRIPTION_BYTES), 'Anything.', 'A friend')
const TYPE = optional(oneOf([ADDED, COLLECTED]), '0 added by the user, 1 collected.', ADDED)

export const list = defineMethod({
  name: 'addressbook.list',
  summary: 'Lists the address book.',
  source: 'guide',
  auth: 'session',
  params: {},
  errors: ['SESSION_BAD'],
  returns: [many('contact', CONTACT)],
  async handle ({ ports, user }) {
    return { contact: (await listContacts(ports.sql, user.id)).map(contact => ({ ...contact })) }
  }
})

export const add = defineMethod({
  name: 'addressbook.add',
  summary: 'Adds a contact.',
  source: 'guide',
  auth: 'session',
  params: { email: { ...EMAIL, kind: emailAddress }, name: NAME, description: DESCRIPTION, type: TYPE },
  errors: ['SESSION_BAD', 'INVALID_EMAIL', 'CONTACT_EXISTS', 'CONTACTS_LIMIT'],
  returns: [one('contact', CONTACT)],
  async handle ({ ports, policy, params, user, now, refuse }) {
    const { email, name = '', description = '', type = ADDED } = params
    const contact = { email, name, description, type }
    const outcome = await addContact(ports.sql, user.id, contact, planOf(user, policy).contacts, now)
    if (outcome === 'exists') throw refuse('CONTACT_EXISTS')
    if (outcome === 'full') throw refuse('CONTACTS_LIMIT')
    return { contact }
  }
})

export const update = defineMethod({
  name: 'addressbook.update',
  summary: 'Changes a contact: only the fields that are sent; an empty value clears a field.',
  source: 'guide',
  auth: 'session',
  params: { email: EMAIL, name: NAME, description: DESCRIPTION, type: TYPE },
  errors: ['SESSION_BAD', 'CONTACT_NOT_EXISTS'],
  returns: [one('contact', CONTACT)],
  async handle ({ ports, params, user, refuse }) {
    const { email, name, description, type } = params
    const contact = await changeContact(ports.sql, user.id, email, {
      ...(name !== undefined && { name }), ...(description !== undefined && { description }), ...(type !== undefined && { type })
    })
    if (contact === undefined) throw refuse('CONTACT_NOT_EXISTS')
    return { contact: { ...contact } }
  }
})

export const remove = defineMethod({
  name: 'addressbook.delete',
  summary: 'Removes contacts.',
  source: 'guide',
  auth: 'session',
  params: { email: mandatory(listKind, 'The addresses.', SAMPLE.friend) },
  errors: ['SESSION_BAD', 'CONTACT_NOT_EXISTS'],
  returns: [textShape('email', field('text', 'The removed addresses, separated by commas.', SAMPLE.friend))],
  async handle ({ ports, params, user, refuse }) {
    const emails = withoutRepeats(params.email)
    const removed = new Set((await removeContacts(ports.sql, user.id, emails)).map(emailKey))
    if (removed.size === 0) throw refuse('CONTACT_NOT_EXISTS')
    const missing = emails.filter(email => !removed.has(emailKey(email)))
    return {
      email: emails.filter(email => removed.has(emailKey(email))).join(','),
      failures: missing.length === 0 ? [] : [{ error: 'CONTACT_NOT_EXISTS' as const, ids: missing }]
    }
  }
})
