/** Pages and small forms for somebody who is logged in. Everybody else is led to the login. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EventKind } from '../../domain/event.ts'
import type { Ports } from '../../ports.ts'
import { recordEvent } from '../../store/operations/events.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { sentence, type PlainKey } from '../../web/i18n/words.ts'
import { errorPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import { queryOf } from './query.ts'
import { bodyOf, type Form } from './small-body.ts'
import { hasFormToken, type Viewer } from './page-session.ts'

/** A page that somebody who is logged in asks for. */
export interface OwnPage {
  readonly viewer: Viewer
  readonly query: ReadonlyMap<string, string>
  /** What a form has done that led here. */
  readonly notice: Notice | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** A form by somebody who is logged in, from our own page. */
export interface OwnForm {
  readonly viewer: Viewer
  readonly form: Form
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Writes into the security log that he did this. */
  note (kind: EventKind, about?: string): Promise<void>
}

/** `done` has what the page says after a form, by the name that `leadBack` was given. */
export function answerOwnPage (app: FastifyInstance, url: string, done: Readonly<Record<string, PlainKey>>, answer: (asked: OwnPage) => Promise<FastifyReply>): void {
  const sentences = new Map(Object.entries(done))
  app.get(url, { exposeHeadRoute: true }, async (request, reply) => {
    const { viewer } = request
    if (viewer === undefined) return leadToLogin(request, reply, url)
    const query = queryOf(request.raw.url ?? '')
    const key = sentences.get(query.get('done') ?? '')
    return answer({ viewer, query, notice: key && { isError: false, sentence: sentence(key) }, request, reply })
  })
}

/** Somebody who is not logged in is led to the login, and from there to the page `to`. */
export function answerOwnForm (app: FastifyInstance, ports: Ports, url: string, to: string, answer: (sent: OwnForm) => Promise<FastifyReply>): void {
  app.post(url, async (request, reply) => {
    const { viewer } = request
    if (viewer === undefined) return leadToLogin(request, reply, to)
    const form = bodyOf(request)
    if (!hasFormToken(viewer, form)) return refuseForeign(reply)
    const note = (kind: EventKind, about = '') => recordEvent(ports, { kind, who: viewer.user.userName, about, address: request.ip })
    return answer({ viewer, form, request, reply, note })
  })
}

/** To the login, and from there to the page `to`. */
export const leadToLogin = ({ basePath }: FastifyRequest, reply: FastifyReply, to: string): FastifyReply =>
  reply.redirect(`${basePath}/login?to=${to}`, 303)

/** To the page that says what was done: neither reloading nor going back sends the form again. */
export const leadBack = ({ basePath }: FastifyRequest, reply: FastifyReply, page: string, done: string): FastifyReply =>
  reply.redirect(`${basePath}${page}?done=${encodeURIComponent(done)}`, 303)

/** For a form that was not sent from our own page. */
export function refuseForeign (reply: FastifyReply): FastifyReply {
  return answerPage(reply, errorPage('error.foreign', 'error.foreignSentence'), 403)
}
