/** What the routes of the administration have in common. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Ports } from '../../../ports.ts'
import { notFoundPage } from '../../../web/pages/pages.ts'
import { answerPage } from '../../answer/answer-page.ts'
import { answerOwnForm, leadToLogin, type OwnForm } from '../../request/authenticated-form.ts'
import type { Viewer } from '../../request/page-session.ts'

/** Rows on a page. */
export const MAX_ROWS = 100

/** Shuts the routes of a scope to everybody else: for them there is nothing. */
export function admitAdministrators (app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.viewer === undefined && request.method === 'GET') return leadToLogin(request, reply, '/admin')
    if (request.viewer?.user.isAdmin !== true) return answerPage(reply, notFoundPage(), 404)
  })
}

/** The administrator who asks; the hook lets nobody else through. */
export function requireViewer ({ viewer }: FastifyRequest): Viewer {
  if (viewer === undefined) throw new Error('an administrator is needed')
  return viewer
}

/** A form that an administrator sent; the hook lets nobody else through. */
export const answerAdminForm = (app: FastifyInstance, ports: Ports, url: string, answer: (sent: OwnForm) => Promise<FastifyReply>): void =>
  answerOwnForm(app, ports, url, '/admin', answer)
