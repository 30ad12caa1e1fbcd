/** `/request/ID`: people with this link can upload into a folder of its creator, and cannot see the folder. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Refusal, TooManyAttempts } from '../../api/errors.ts'
import { largestFile, stateOf, type FileRequest } from '../../domain/files/file-request.ts'
import { isKey } from '../../domain/identifiers.ts'
import { planOf } from '../../domain/accounts/user.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { endVisit } from '../../store/uploads/file-request-arrivals.ts'
import { requestPage, type RequestField } from '../../web/pages/file-request-page.ts'
import { errorPage, notFoundPage } from '../../web/pages/pages.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { sentence } from '../../web/i18n/words.ts'
import { answerPage } from '../answer/answer-page.ts'
import { queryOf } from '../request/query.ts'
import { createRequestRules, NOT_OPEN, visitOf, type Found } from '../wire/file-request-rules.ts'
import type { Site } from '../site.ts'
import { retryAfter } from '../answer/too-many.ts'
import { issueTicketFor } from '../wire/own-ticket.ts'
import { leaveBodiesUnread, receiveRequest } from '../wire/upload.ts'

type ById = { Params: { id: string } }

/** The field of a refusal; undefined for refusals of the whole form. */
const FIELDS: Readonly<Record<string, RequestField>> = { BAD_PASSWORD: 'request_password', PARAMETER_BAD_VALUE: 'userfile', PARAMETER_MISSING: 'userfile' }

export async function registerRequestUpload (app: FastifyInstance, site: Site): Promise<void> {
  leaveBodiesUnread(app)
  const { ports, policy } = site
  const { sql, clock } = ports
  const rules = createRequestRules(site)

  app.get<ById>(PATHS.fileRequest, { exposeHeadRoute: true }, async (request, reply) => {
    const found = await rules.search(request.params.id, request.ip)
    if (found === undefined) return answerPage(reply, notFoundPage(), 404)
    const [, done] = /^(\d{1,4})$/.exec(queryOf(request.raw.url ?? '').get('done') ?? '') ?? []
    if (done !== undefined) return show(found, reply, { isError: false, sentence: words => words.count('request.thanks', Number(done)) })
    return answerUnlessOpen(found.wanted, reply) ?? show(found, reply)
  })

  app.post<ById>(PATHS.fileRequest, async (request, reply) => {
    const found = await rules.search(request.params.id, request.ip)
    if (found === undefined) return answerPage(reply.header('connection', 'close'), notFoundPage(), 404)
    const { wanted, owner } = found
    const closed = answerUnlessOpen(wanted, reply)
    if (closed !== undefined) return closed.header('connection', 'close')
    const ticket = await issueTicketFor(owner, request, site)
    if (ticket instanceof Refusal) return show(found, reply.header('connection', 'close'), { isError: true, sentence: sentence('request.notNow') })
    let note = ''
    let isAdmitted = false
    const destination = rules.destinationOf(found, site.trustedUrlOf(request), '')
    const { files, refusal } = await receiveRequest(request, reply, site, ticket, {
      destination: {
        ...destination,
        async admit (name, form) {
          note = destination.fields(form).get('description')
          if (!isAdmitted) await rules.requirePassword(wanted, form.get('request_password'), request.ip)
          isAdmitted = true
          rules.requireType(wanted, name)
        }
      }
    })
    if (refusal !== undefined) return explain(found, refusal, note, reply)
    ports.mailer.wake()
    return reply.redirect(`${request.basePath}/request/${wanted.id}?done=${files.length}`, 303)
  })

  // All resumable uploads of a visit have arrived, so that the owner can get the mail.
  app.post<ById>('/request/:id/done', async (request, reply) => {
    const visit = queryOf(request.raw.url ?? '').get('visit') ?? ''
    if (isKey(request.params.id) && isKey(visit)) {
      await endVisit(sql, visitOf(request.params.id, visit), clock.now())
      ports.mailer.wake()
    }
    return reply.code(204).send()
  })

  function answerUnlessOpen (wanted: FileRequest, reply: FastifyReply): FastifyReply | undefined {
    const state = stateOf(wanted, clock.now())
    return state === 'open' ? undefined : answerPage(reply, errorPage('request.notOpen', NOT_OPEN[state]), 410)
  }

  async function explain ({ wanted: { id } }: Found, refusal: Refusal, note: string, reply: FastifyReply): Promise<FastifyReply> {
    const now = await rules.find(id)
    if (now === undefined) return answerPage(reply, notFoundPage(), 404)
    const notice = { isError: true, sentence: await rules.reasonOf(id, refusal) }
    const isTooMuch = refusal instanceof TooManyAttempts
    return answerUnlessOpen(now.wanted, reply) ?? show(now, isTooMuch ? retryAfter(reply, refusal) : reply, notice, FIELDS[refusal.error], note, isTooMuch ? 429 : 400)
  }

  function show ({ wanted, owner, isPublic }: Found, reply: FastifyReply, notice?: Notice, wrong?: RequestField, note = '', status = 400): FastifyReply {
    const limit = largestFile(wanted)
    const own = planOf(owner, policy).maxFileSize
    return answerPage(reply, requestPage({
      request: wanted, maxFileSize: limit === -1 ? own : Math.min(limit, own), isOpen: stateOf(wanted, clock.now()) === 'open', isPublic, notice, wrong, note
    }), notice?.isError ? status : 200)
  }
}
