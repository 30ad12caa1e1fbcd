/** The small forms of pages, and those that only somebody who is logged in may send. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import { bodyOf } from './small-body.ts'
import { hasFormToken, type Viewer } from './page-session.ts'

/** A form by somebody who is logged in, from our own page. */
export interface OwnForm {
  readonly viewer: Viewer
  readonly form: ReadonlyMap<string, string>
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Whoever is not logged in is led to the login, and from there to the page `to`. */
export function answerOwnForm (app: FastifyInstance, url: string, to: string, answer: (sent: OwnForm) => Promise<FastifyReply>): void {
  app.post(url, async (request, reply) => {
    const { viewer } = request
    if (viewer === undefined) return reply.redirect(`${request.basePath}/login?to=${to}`, 303)
    const form = bodyOf(request)
    return hasFormToken(viewer, form) ? answer({ viewer, form, request, reply }) : refuseForeign(reply)
  })
}

/** For a form that was not sent from our own page. */
export function refuseForeign (reply: FastifyReply): FastifyReply {
  return answerPage(reply, errorPage('error.foreign', 'error.foreignSentence'), 403)
}
