/** `/my/contacts`: the address book. Everything is changed by the methods that programs call. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callAs } from '../../api/call-as.ts'
import { Refusal, type ErrorName } from '../../api/errors.ts'
import * as methods from '../../api/methods/addressbook.ts'
import { emailKey } from '../../domain/mail/email.ts'
import { listContacts } from '../../store/accounts/contacts.ts'
import { addressBookPage, removeContactPage, type Typed, type Unsaved } from '../../web/pages/address-book-page.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { answerPage } from '../answer/answer-page.ts'
import { callSiteOf } from '../request/call-site.ts'
import { answerOwnForm, answerOwnPage, leadBack } from '../request/authenticated-form.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies } from '../request/small-body.ts'
import type { Viewer } from '../request/page-session.ts'

const DONE = { add: 'contacts.added', update: 'contacts.changed', remove: 'contacts.removed' } as const

/** Errors that are about one field, whatever they say to programs. */
const FIELD_OF: Partial<Readonly<Record<ErrorName, string>>> = { INVALID_EMAIL: 'email', CONTACT_EXISTS: 'email' }

export async function registerAddressBook (app: FastifyInstance, site: Site): Promise<void> {
  const { ports } = site
  acceptSmallBodies(app)

  answerOwnPage(app, '/my/contacts', DONE, async ({ viewer, notice, reply }) => show(viewer, reply, notice))

  answerOwnForm(app, ports, '/my/contacts', '/my/contacts', async ({ viewer, form, request, reply }) => {
    const act = form.get('act') ?? ''
    const contact = { email: (form.get('email') ?? '').trim(), name: form.get('name') ?? '', description: form.get('description') ?? '' }
    if (act === 'ask') {
      const found = (await listContacts(ports.sql, viewer.user.id)).find(({ email }) => emailKey(email) === emailKey(contact.email))
      return found === undefined ? leadBack(request, reply, '/my/contacts', '') : answerPage(reply, removeContactPage(found, viewer.formToken))
    }
    try {
      await perform(act, viewer, contact, request)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return show(viewer, reply, { isError: true, sentence: refusalSentence(error) }, { ...contact, act, field: FIELD_OF[error.error] ?? error.info ?? '', problem: refusalSentence(error) }, 400)
    }
    return leadBack(request, reply, '/my/contacts', act)
  })

  async function perform (act: string, { user }: Viewer, contact: Typed, request: FastifyRequest): Promise<void> {
    const callSite = callSiteOf(request, site)
    switch (act) {
      case 'add': await callAs(methods.add, user, { ...contact }, callSite); break
      case 'update': await callAs(methods.update, user, { ...contact }, callSite); break
      case 'remove': await callAs(methods.remove, user, { email: contact.email }, callSite)
    }
  }

  async function show ({ user, formToken }: Viewer, reply: FastifyReply, notice?: Notice, unsaved?: Unsaved, status = 200) {
    return answerPage(reply, addressBookPage({ contacts: await listContacts(ports.sql, user.id), formToken, notice, unsaved }), status)
  }
}
