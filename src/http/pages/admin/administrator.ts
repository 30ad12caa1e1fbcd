/** What the routes of the administration have in common. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EventKind } from '../../../domain/event.ts'
import type { Ports } from '../../../ports.ts'
import { recordEvent } from '../../../store/operations/events.ts'
import { notFoundPage } from '../../../web/pages/pages.ts'
import { answerPage } from '../../answer/answer-page.ts'
import { refuseForeign } from '../../request/authenticated-form.ts'
import { bodyOf } from '../../request/small-body.ts'
import { hasFormToken, type Viewer } from '../../request/page-session.ts'

/** Rows on a page. */
export const MAX_ROWS = 100

/** Shuts the routes of a scope to everybody else: for them there is nothing. */
export function admitAdministrators (app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.viewer === undefined && request.method === 'GET') return reply.redirect(`${request.basePath}/login?to=/admin`, 303)
    if (request.viewer?.user.isAdmin !== true) return answerPage(reply, notFoundPage(), 404)
  })
}

/** The administrator who asks; the hook lets nobody else through. */
export function requireViewer ({ viewer }: FastifyRequest): Viewer {
  if (viewer === undefined) throw new Error('an administrator is needed')
  return viewer
}

/** A form that an administrator sent from our own page. */
export interface AdminForm {
  readonly viewer: Viewer
  readonly form: ReadonlyMap<string, string>
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Writes into the security log that he did this. */
  note (kind: EventKind, about?: string): Promise<void>
}

export function answerAdminForm (app: FastifyInstance, ports: Ports, url: string, answer: (sent: AdminForm) => Promise<FastifyReply>): void {
  app.post(url, async (request, reply) => {
    const viewer = requireViewer(request)
    const form = bodyOf(request)
    if (!hasFormToken(viewer, form)) return refuseForeign(reply)
    const note = (kind: EventKind, about = '') => recordEvent(ports, { kind, who: viewer.user.userName, about, address: request.ip })
    return answer({ viewer, form, request, reply, note })
  })
}
