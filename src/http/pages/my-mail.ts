/** `/my/mail`: the links of one's own files and folders by mail, through the methods that programs call. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callAs } from '../../api/call-as.ts'
import { Refusal, type ErrorName } from '../../api/errors.ts'
import * as fileMethods from '../../api/methods/files.ts'
import * as folderMethods from '../../api/methods/folders.ts'
import { withoutRepeats } from '../../domain/mail/email.ts'
import { listContacts } from '../../store/accounts/contacts.ts'
import { findFiles } from '../../store/files/files.ts'
import { findOwnFolders } from '../../store/files/folders.ts'
import { mailPage, type MailView } from '../../web/pages/mail-page.ts'
import { placeLink } from '../../web/components/list-url.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { answerPage } from '../answer/answer-page.ts'
import { callSiteOf } from '../request/call-site.ts'
import { chosenIn } from './my-acts.ts'
import { listStateOf } from './my-files.ts'
import { answerOwnForm } from '../request/authenticated-form.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, type Form } from '../request/small-body.ts'
import type { Viewer } from '../request/page-session.ts'

export async function registerMyMail (app: FastifyInstance, site: Site): Promise<void> {
  const { sql } = site.ports
  acceptSmallBodies(app)

  answerOwnForm(app, site.ports, '/my/mail', '/my', async ({ viewer, form, request, reply }) => {
    if (!form.has('send')) return show(viewer, form, request, reply)
    try {
      await send(viewer, form, request)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const problem = refusalSentence(error)
      const field = error.info === 'message' ? 'message' : ABOUT_RECIPIENTS.has(error.error) ? 'to' : undefined
      return show(viewer, form, request, reply, { isError: true, sentence: problem }, field && { field, problem })
    }
    return reply.redirect(request.basePath + placeLink(listStateOf(form), { done: site.mailTransport === undefined ? 'queued' : 'mail' }), 303)
  })

  async function send ({ user }: Viewer, form: Form, request: FastifyRequest): Promise<void> {
    const callSite = callSiteOf(request, site)
    const { files, folders } = chosenIn(form)
    const emails = withoutRepeats([form.get('to') ?? '', ...ticked(form)].filter(text => text.trim() !== '')).join(',')
    const letter = { emails, message: form.get('message') ?? '' }
    if (files.length > 0) await callAs(fileMethods.sendMail, user, { file_id: files.join(','), ...letter }, callSite)
    if (folders.length > 0) await callAs(folderMethods.sendMail, user, { folder_id: folders.join(','), ...letter }, callSite)
  }

  async function show ({ user, formToken }: Viewer, form: Form, request: FastifyRequest, reply: FastifyReply, notice?: Notice, wrong?: MailView['wrong']) {
    const chosen = chosenIn(form)
    const files = await findFiles(sql, chosen.files, user.id)
    const folders = await findOwnFolders(sql, user.id, chosen.folders)
    // Nothing ticked: the list says so better than an empty letter.
    if (files.length + folders.length === 0) return reply.redirect(request.basePath + placeLink(listStateOf(form), { done: 'none' }), 303)
    return answerPage(reply, mailPage({
      files,
      folders,
      contacts: await listContacts(sql, user.id),
      place: listStateOf(form),
      to: form.get('to') ?? '',
      ticked: new Set(ticked(form)),
      message: form.get('message') ?? '',
      formToken,
      notice,
      wrong
    }), notice === undefined ? 200 : 400)
  }
}

/** Errors of a mail that are about the addresses, when they are not about its message. */
const ABOUT_RECIPIENTS: ReadonlySet<ErrorName> = new Set(['INVALID_EMAIL', 'PARAMETER_MISSING', 'PARAMETER_BAD_VALUE'])

/** The addresses of ticked boxes: each has a name of its own, since of repeated names the last counts. */
const ticked = (form: Form): string[] => [...form].filter(([name]) => name.startsWith('contact_')).map(([, email]) => email)
