/** The form of the start page: an upload whose answer is a page. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, refuseBecause, type Reason } from '../../api/errors.ts'
import type { Bundle } from '../../domain/files/bundle.ts'
import { bundleLink, editLink } from '../../domain/files/link.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { findFiles } from '../../store/files/files.ts'
import { removeTree } from '../../store/files/folders.ts'
import type { Fields } from '../../transfer/form.ts'
import type { Gathering, Incoming } from '../../transfer/incoming.ts'
import { uploadedPage } from '../../web/pages/home-page.ts'
import { html } from '../../web/html.ts'
import { ENGLISH } from '../../web/i18n/translations.ts'
import type { Sentence } from '../../web/i18n/words.ts'
import { errorPage, pausedPage } from '../../web/pages/pages.ts'
import { OLD_FORM } from '../../web/components/scraper-hook.ts'
import { answerLater, answerPage } from '../answer/answer-page.ts'
import { isLoggedOut } from '../request/page-session.ts'
import { queryOf } from '../request/query.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import { createBundle } from './shared-bundle.ts'
import { readSharedText } from './shared-text.ts'
import { shareFiles } from './shared-file.ts'
import type { Site } from '../site.ts'
import { leaveBodiesUnread, receiveRequest } from '../wire/upload.ts'
import { issueTicketFor } from '../wire/own-ticket.ts'

export async function registerUploadForm (app: FastifyInstance, site: Site): Promise<void> {
  leaveBodiesUnread(app)
  const { ports } = site

  app.post(PATHS.uploadForm, async (request, reply) => receiveForm(request, reply, undefined))

  // What a phone shares into the site: the browser itself sends that, with its cookies; what another site sends is nobody's.
  app.post(SHARE, async (request, reply) => receiveForm(request, reply, (form, files) => readSharedText(form, files, (request.words ?? ENGLISH).say('share.textName').text)))

  async function receiveForm (request: FastifyRequest, reply: FastifyReply, textOf: Incoming['textOf']) {
    const query = queryOf(request.raw.url ?? '')
    if (isLoggedOut(query.get('for_account'), request)) return answerFailure(reply.header('connection', 'close'), refuseBecause('logged out'), 401)
    const ticket = await issueTicketFor(request.viewer?.user, request, site)
    if (ticket instanceof Refusal) return answerFailure(reply.header('connection', 'close'), ticket, 403, textOf !== undefined)
    const isOldForm = query.has(OLD_FORM.toLowerCase())
    let bundle: Bundle | undefined
    const { files, refusal } = await receiveRequest(request, reply, site, ticket, { textOf, gather: isOldForm ? undefined : gather })
    if (refusal !== undefined) {
      if (bundle !== undefined) await removeTree(ports.sql, bundle.ownerId, bundle.id, () => ports.clock.sleep(0))
      return answerFailure(reply, refusal, 400)
    }
    if (bundle !== undefined) return reply.redirect(bundleLink(request.basePath, bundle), 303)
    const [first] = files
    // Led on, so that neither reloading nor going back sends the form again.
    if (files.length === 1 && first && !isOldForm) return reply.redirect(editLink(request.basePath, first), 303)
    const stored = await findFiles(ports.sql, files.map(file => file.id))
    return answerPage(reply, uploadedPage(await shareFiles(stored, request, site)))

    /** Several files are shared as one, with what the form says of them. */
    async function gather (count: number, form: Fields): Promise<Gathering | undefined> {
      if (count < 2) return undefined
      const made = await createBundle({
        title: form.get('title'), message: form.get('description'), password: form.get('password'), parentId: form.get('folder_id').trim()
      }, request, site, (request.words ?? ENGLISH).say('bundle.untitled').text)
      if (made instanceof Refusal) throw made
      bundle = made
      return { folderId: made.id, fields: fields => ({ get: name => name === 'description' ? '' : fields.get(name) }) }
    }
  }
}

/** Not `/share`: servers are mounted below that. */
const SHARE = '/share-target'

/** Nothing is switched off then, there is just too much. */
const CROWDED: ReadonlySet<Reason | undefined> = new Set<Reason>(['no room', 'no anonymous space', 'too many tickets'])

/** Why an upload was refused, as a page. */
export function answerFailure (reply: FastifyReply, refusal: Refusal, status: number, isShared = false): FastifyReply {
  if (CROWDED.has(refusal.reason)) return answerLater(reply, errorPage('error.uploadFailed', refusalSentence(refusal)))
  if (refusal.error === 'UPLOAD_TEMP_ERROR') return answerLater(reply, pausedPage('paused.uploads'))
  if (refusal.error === 'PERMISSION_DENIED') return answerPage(reply, errorPage('error.noUpload', isShared ? sharedSentence : 'error.needsAccount'), status)
  return answerPage(reply, errorPage('error.uploadFailed', refusalSentence(refusal)), status)
}

/** What was shared is still on the phone, and comes again from there. */
const sharedSentence: Sentence = ({ say }) => say('share.needsAccount', { link: html`<a href="/login">${say('site.logIn')}</a>` })
