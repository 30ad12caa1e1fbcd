/** `/text`: a text that is written or pasted becomes a file, by the way of every upload. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { FILE_SETTINGS, readFileChange } from '../../api/file-change.ts'
import { Refusal } from '../../api/errors.ts'
import { readParams } from '../../api/read-params.ts'
import { asError } from '../../domain/as-error.ts'
import { capabilitiesOf } from '../../domain/accounts/user.ts'
import { anonymousLimit, boundAnonymousLimit } from '../../domain/files/file-limit.ts'
import { editLink } from '../../domain/files/link.ts'
import { createLimitedQueue, QueueFull } from '../../domain/limited-queue.ts'
import { nameOfText, TEXT_LANGUAGES } from '../../domain/files/text-language.ts'
import { fitsBytes, MAX_NAME_BYTES, MAX_TEXT_BYTES } from '../../domain/text-limit.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { changeFiles, findFile } from '../../store/files/files.ts'
import { listPauses } from '../../store/operations/pauses.ts'
import { receive } from '../../transfer/receive.ts'
import { ENGLISH } from '../../web/i18n/translations.ts'
import { html } from '../../web/html.ts'
import { sentence, type Sentence } from '../../web/i18n/words.ts'
import { errorPage, pausedPage } from '../../web/pages/pages.ts'
import { EMPTY_TEXT, textPage, textTimes, type TextField, type TextView, type TypedText } from '../../web/pages/text-page.ts'
import { answerLater, answerPage } from '../answer/answer-page.ts'
import { refusalSentence, tooLong } from '../answer/refusal-sentence.ts'
import { leadToLogin } from '../request/authenticated-form.ts'
import { isLoggedOut } from '../request/page-session.ts'
import { bodyOf, fieldsOf, readSmallBody, type Form } from '../request/small-body.ts'
import type { Site } from '../site.ts'
import { issueTicketFor } from '../wire/own-ticket.ts'

/** Bytes: what is longer has no preview, so that nobody could read it here. */
const MAX_BYTES = 1024 * 1024
/** Bytes of a form, so that one with a text that is a little too long gets it back. */
const MAX_FORM = 2 * MAX_BYTES
/** Forms that are read at once: each is in memory as a whole. */
const MAX_READ = 32

export async function registerText (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy } = site
  const inTurn = createLimitedQueue(MAX_READ, MAX_READ)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async ({ raw }: FastifyRequest) => {
    try {
      return await inTurn(async () => fieldsOf(await readSmallBody(raw, MAX_FORM), raw.headers['content-type'] ?? ''))
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error
      return BUSY
    }
  })

  app.get(PATHS.text, { exposeHeadRoute: true }, async (request, reply) => {
    const { viewer } = request
    if (!capabilitiesOf(viewer?.user, policy).has('upload')) return viewer === undefined ? leadToLogin(request, reply, PATHS.text) : answerPage(reply, errorPage('error.noUpload', 'refusal.forbidden'), 403)
    if ((await listPauses(ports.sql)).has('uploads')) return answerLater(reply, pausedPage('paused.uploads'))
    return answerPage(reply, textPage(viewOf(EMPTY_TEXT, request)))
  })

  app.post(PATHS.text, async (request, reply) => {
    if (request.body === BUSY) return answerLater(reply.header('connection', 'close'), errorPage('error.uploadFailed', 'refusal.tooManyUploads'))
    const form = bodyOf(request)
    const typed = readTyped(form)
    const problem = problemOf(typed)
    if (problem !== undefined) return answerPage(reply, textPage({ ...viewOf(typed, request), problem }), 400)
    const account = form.get('for_account')
    if (isLoggedOut(account, request)) return answerPage(reply, textPage({ ...viewOf(typed, request), account, notice: { isError: true, sentence: loggedOut } }), 401)
    const outcome = await share(typed, request)
    return outcome instanceof Refusal ? explain(outcome, typed, request, reply) : reply.redirect(editLink(request.basePath, outcome), 303)
  })

  /** The file that the text has become, with its delete code. */
  async function share (typed: TypedText, request: FastifyRequest) {
    const ticket = await issueTicketFor(request.viewer?.user, request, site)
    if (ticket instanceof Refusal) return ticket
    const bytes = Buffer.from(typed.text)
    const { say } = request.words ?? ENGLISH
    const { files: [file], refusal, bug } = await receive({
      method: 'PUT',
      contentType: '',
      isOneFile: true,
      contentLength: bytes.length,
      query: new Map(Object.entries({ userfile: nameOfText(typed.name, typed.language, say('text.unnamed').text), password: typed.password })),
      ticketId: ticket,
      trustedUrl: site.trustedUrlOf(request),
      locale: request.words?.locale ?? '',
      body: (async function * () { yield bytes })()
    }, site)
    request.apiCall = { method: 'upload', code: refusal?.code ?? 0 }
    if (refusal !== undefined) return refusal
    if (file === undefined) throw asError(bug ?? 'a text became no file')
    if (typed.timeLimit !== '') await expire(file.id, typed.timeLimit, request)
    return file
  }

  async function expire (id: string, timeLimit: string, request: FastifyRequest): Promise<void> {
    const file = await findFile(ports.sql, id)
    if (file === undefined) return
    const settings = readParams(FILE_SETTINGS, new Map([['time_limit', timeLimit]]), '1.0', site.ownUrlsOf(request))
    await changeFiles(ports.sql, file.ownerId, [id], boundAnonymousLimit(readFileChange(settings, ports.vault, ports.clock.now()), file, policy))
  }

  function explain (refusal: Refusal, typed: TypedText, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const reason = refusalSentence(refusal)
    const view = viewOf(typed, request)
    if (refusal.reason === 'file too large') return answerPage(reply, textPage({ ...view, problem: { field: 'text', sentence: reason } }), 400)
    const isLater = refusal.error === 'UPLOAD_TEMP_ERROR'
    const page = textPage({ ...view, notice: { isError: true, sentence: reason } })
    return isLater ? answerLater(reply, page) : answerPage(reply, page, refusal.error === 'PERMISSION_DENIED' ? 403 : 400)
  }

  function viewOf (typed: TypedText, { viewer }: FastifyRequest): TextView {
    const { expiresAt } = anonymousLimit(policy, 0)
    const times = viewer === undefined ? { usualTime: expiresAt, longestTime: policy.anonymousMaxExpiry } : { usualTime: null, longestTime: null }
    return { typed, maxBytes: MAX_BYTES, ...times, account: viewer?.user.userName }
  }

  function readTyped (form: Form): TypedText {
    const language = form.get('language') ?? ''
    const timeLimit = form.get('time_limit') ?? ''
    return {
      // Forms send line breaks of their own.
      text: (form.get('text') ?? '').replaceAll('\r\n', '\n'),
      name: (form.get('name') ?? '').trim(),
      language: TEXT_LANGUAGES.some(({ id }) => id === language) ? language : 'plain',
      password: form.get('password') ?? '',
      timeLimit: textTimes(null).some(([seconds]) => String(seconds) === timeLimit) ? timeLimit : ''
    }
  }
}

/** In place of the fields of a form that was not read. */
const BUSY = 'busy'

const loggedOut: Sentence = ({ say }) => say('text.loggedOut', { logIn: html`<a href="/login" target="_blank">${say('site.logIn')}</a>` })

function problemOf ({ text, name, password }: TypedText): { readonly field: TextField, readonly sentence: Sentence } | undefined {
  if (text.trim() === '') return { field: 'text', sentence: sentence('text.empty') }
  if (!fitsBytes(text, MAX_BYTES)) return { field: 'text', sentence: words => words.say('text.tooLong', { size: words.size(MAX_BYTES) }) }
  if (!fitsBytes(name, MAX_NAME_BYTES)) return { field: 'name', sentence: tooLong(MAX_NAME_BYTES) }
  if (!fitsBytes(password, MAX_TEXT_BYTES)) return { field: 'password', sentence: tooLong(MAX_TEXT_BYTES) }
  return undefined
}
