/** The form of the start page: an upload whose answer is a page. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, type Reason } from '../../api/errors.ts'
import { editLink } from '../../domain/files/link.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { findFiles } from '../../store/files/files.ts'
import type { Incoming } from '../../transfer/incoming.ts'
import { uploadedPage } from '../../web/pages/home-page.ts'
import { html } from '../../web/html.ts'
import { ENGLISH } from '../../web/i18n/translations.ts'
import type { Sentence } from '../../web/i18n/words.ts'
import { errorPage, pausedPage } from '../../web/pages/pages.ts'
import { OLD_FORM } from '../../web/components/scraper-hook.ts'
import { answerLater, answerPage } from '../answer/answer-page.ts'
import { queryOf } from '../request/query.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
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
    const ticket = await issueTicketFor(request.viewer?.user, request, site)
    if (ticket instanceof Refusal) return answerFailure(reply.header('connection', 'close'), ticket, 403, textOf !== undefined)
    const { files, refusal } = await receiveRequest(request, reply, site, ticket, undefined, textOf)
    if (refusal !== undefined) return answerFailure(reply, refusal, 400)
    const [first] = files
    // Led on, so that neither reloading nor going back sends the form again.
    if (files.length === 1 && first && !queryOf(request.raw.url ?? '').has(OLD_FORM.toLowerCase())) return reply.redirect(editLink(request.basePath, first), 303)
    const stored = await findFiles(ports.sql, files.map(file => file.id))
    return answerPage(reply, uploadedPage(await shareFiles(stored, request, site)))
  }
}

/** Not `/share`: servers are mounted below that. */
const SHARE = '/share-target'

/** Nothing is switched off then, there is just too much. */
const CROWDED: ReadonlySet<Reason | undefined> = new Set<Reason>(['no room', 'no anonymous space', 'too many tickets'])

function answerFailure (reply: FastifyReply, refusal: Refusal, status: number, isShared = false): FastifyReply {
  if (CROWDED.has(refusal.reason)) return answerLater(reply, errorPage('error.uploadFailed', refusalSentence(refusal)))
  if (refusal.error === 'UPLOAD_TEMP_ERROR') return answerLater(reply, pausedPage('paused.uploads'))
  if (refusal.error === 'PERMISSION_DENIED') return answerPage(reply, errorPage('error.noUpload', isShared ? sharedSentence : 'error.needsAccount'), status)
  return answerPage(reply, errorPage('error.uploadFailed', refusalSentence(refusal)), status)
}

/** What was shared is still on the phone, and comes again from there. */
const sharedSentence: Sentence = ({ say }) => say('share.needsAccount', { link: html`<a href="/login">${say('site.logIn')}</a>` })
