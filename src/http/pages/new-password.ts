/** `/password`: resets a forgotten password by a link in a mail. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { findResetOwner, mailResetLink } from '../../api/password-reset.ts'
import { TooManyAttempts } from '../../api/errors.ts'
import { sealUserPassword } from '../../domain/accounts/credentials.ts'
import { findPasswordFault } from '../../domain/accounts/registration.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { changePassword } from '../../store/access.ts'
import { recordEvent } from '../../store/operations/events.ts'
import { forgottenPage, newPasswordPage, passwordChangedPage, resetSentPage } from '../../web/pages/new-password-page.ts'
import { errorPage } from '../../web/pages/pages.ts'
import { answerPage } from '../answer/answer-page.ts'
import { answerTooMany } from '../answer/too-many.ts'
import { refuseForeign } from '../request/authenticated-form.ts'
import { isFromUs } from '../request/page-session.ts'
import { acceptSmallBodies, bodyOf } from '../request/small-body.ts'
import type { Site } from '../site.ts'
import { PASSWORD_PROBLEMS } from './account-opening.ts'

type ByCode = { Params: { code: string } }

/** Without a mail server there are no such pages. */
export async function registerNewPassword (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy, mailTransport } = site
  if (mailTransport === undefined) return
  acceptSmallBodies(app)

  app.get(PATHS.forgotten, { exposeHeadRoute: true }, async (_request, reply) => answerPage(reply, forgottenPage()))

  app.post(PATHS.forgotten, async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const asked = { ports, policy, trustedUrl: site.trustedUrlOf(request), locale: request.locale, address: request.ip, now: ports.clock.now() }
    try {
      const problem = await mailResetLink((bodyOf(request).get('user_name') ?? '').trim(), asked)
      if (problem !== undefined) request.log.warn({ problem }, 'a link for a new password was not mailed')
    } catch (error) {
      if (error instanceof TooManyAttempts) return answerTooMany(reply, error)
      throw error
    }
    // Unknown names get the same answer, so that nobody learns which accounts exist.
    return answerPage(reply, resetSentPage())
  })

  app.get<ByCode>(PATHS.newPassword, { exposeHeadRoute: true }, async (request, reply) => {
    const { code } = request.params
    const user = await findResetOwner(code, request.ip, site)
    return user === undefined ? refuse(reply) : answerPage(reply, newPasswordPage({ code, userName: user.userName }))
  })

  app.post<ByCode>(PATHS.newPassword, async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const { code } = request.params
    const user = await findResetOwner(code, request.ip, site)
    if (user === undefined) return refuse(reply)
    const password = bodyOf(request).get('new_password') ?? ''
    const fault = findPasswordFault(password, user)
    if (fault !== undefined) return answerPage(reply, newPasswordPage({ code, userName: user.userName, problem: PASSWORD_PROBLEMS[fault] }), 400)
    // Of two who use the link at once one succeeds.
    if (!await changePassword(ports.sql, user, sealUserPassword(ports.vault, password))) return refuse(reply)
    await recordEvent(ports, { kind: 'password-reset', who: user.userName, address: request.ip })
    return answerPage(reply, passwordChangedPage())
  })
}

const refuse = (reply: FastifyReply): FastifyReply => answerPage(reply, errorPage('reset.heading', 'reset.gone'), 404)
