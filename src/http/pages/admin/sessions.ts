/** `/admin/users/ID/end`: ends all access to an account. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { PAGE_SESSION_LIFETIME } from '../../../domain/policy.ts'
import type { User } from '../../../domain/accounts/user.ts'
import { endAllAccess } from '../../../store/access.ts'
import { listPageSessions } from '../../../store/accounts/page-sessions.ts'
import { countSessions } from '../../../store/accounts/sessions.ts'
import { listUploadKeys } from '../../../store/accounts/upload-keys.ts'
import { findUserById } from '../../../store/accounts/users.ts'
import { endSessionsPage } from '../../../web/pages/admin-sessions-page.ts'
import { notFoundPage } from '../../../web/pages/pages.ts'
import { answerAdminForm, requireViewer } from './administrator.ts'
import { answerPage } from '../../answer/answer-page.ts'
import type { Site } from '../../site.ts'

type ById = { Params: { id: string } }

/** In the scope for administrators. */
export function registerAdminSessions (app: FastifyInstance, { ports, policy }: Site): void {
  const { sql, clock } = ports

  app.get<ById>('/admin/users/:id/end', { exposeHeadRoute: true }, async (request, reply) => {
    const user = await findAccount(request, sql)
    if (user === undefined) return answerPage(reply, notFoundPage(), 404)
    const now = clock.now()
    return answerPage(reply, endSessionsPage({
      user,
      browsers: (await listPageSessions(sql, user.id, now - PAGE_SESSION_LIFETIME)).length,
      programs: await countSessions(sql, user.id, now - policy.sessionIdle),
      keys: (await listUploadKeys(sql, user.id)).length,
      formToken: requireViewer(request).formToken
    }))
  })

  answerAdminForm(app, ports, '/admin/users/:id/end', async ({ viewer, request, reply, note }) => {
    const user = await findAccount(request, sql)
    if (user === undefined) return answerPage(reply, notFoundPage(), 404)
    // For their own account administrators stay logged in in this browser.
    await endAllAccess(sql, user.id, user.id === viewer.user.id ? viewer.keyHash : '')
    await note('ended', user.userName)
    return reply.redirect(`${request.basePath}/admin/users/${user.id}?ended`, 303)
  })
}

/** The account in the URL; undefined when there is none. */
export async function findAccount (request: FastifyRequest, sql: Site['ports']['sql']): Promise<User | undefined> {
  const { id = '' } = request.params as { readonly id?: string }
  return /^\d{1,15}$/.test(id) ? findUserById(sql, Number(id)) : undefined
}
