/** `/password`: a new password for whoever has forgotten the old one, by a link in a mail. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { TooManyAttempts } from '../../api/errors.ts'
import { limitMisses } from '../../api/limiter.ts'
import { mailUrlFor } from '../../api/share-mail.ts'
import { sealUserPassword } from '../../domain/accounts/credentials.ts'
import { networkOf } from '../../domain/accounts/guess-limit.ts'
import { findPasswordFault } from '../../domain/accounts/registration.ts'
import { isResetCode, ownerOfResetCode, writeResetCode } from '../../domain/accounts/reset-code.ts'
import type { User } from '../../domain/accounts/user.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { writeForReaders } from '../../mail/for-readers.ts'
import { resetMail } from '../../mail/templates.ts'
import { changePassword } from '../../store/access.ts'
import { findUser, findUserById } from '../../store/accounts/users.ts'
import { recordEvent } from '../../store/operations/events.ts'
import { NO_ACCOUNT, queueMails } from '../../store/operations/mails.ts'
import { findFull, takeRate } from '../../store/rates.ts'
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

const HOUR = 60 * 60 * 1000
/** How many links one network may ask for in an hour. */
const MOST_ASKED = 10

/** Without a mail server there are no such pages. */
export async function registerNewPassword (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy, mailTransport } = site
  const { sql, clock, vault } = ports
  if (mailTransport === undefined) return
  acceptSmallBodies(app)

  app.get(PATHS.forgotten, { exposeHeadRoute: true }, async (_request, reply) => answerPage(reply, forgottenPage()))

  app.post(PATHS.forgotten, async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const end = await findEndOfLimit(request)
    if (end !== undefined) return answerTooMany(reply, new TooManyAttempts('AUTHENTICATION_FAILURE', end - clock.now()))
    const user = await findUser(sql, (bodyOf(request).get('user_name') ?? '').trim())
    if (user !== undefined && !user.isDisabled) await mailLink(user, request)
    // The same for a name that nobody has: which accounts there are is told to nobody.
    return answerPage(reply, resetSentPage())
  })

  app.get<ByCode>(PATHS.newPassword, { exposeHeadRoute: true }, async (request, reply) => {
    const user = await findOwner(request)
    return user === undefined ? refuse(reply) : answerPage(reply, newPasswordPage({ code: request.params.code, userName: user.userName }))
  })

  app.post<ByCode>(PATHS.newPassword, async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const user = await findOwner(request)
    if (user === undefined) return refuse(reply)
    const password = bodyOf(request).get('new_password') ?? ''
    const fault = findPasswordFault(password, user)
    if (fault !== undefined) return answerPage(reply, newPasswordPage({ code: request.params.code, userName: user.userName, problem: PASSWORD_PROBLEMS[fault] }), 400)
    // Of two who use the link at once one succeeds.
    if (!await changePassword(sql, user, sealUserPassword(vault, password))) return refuse(reply)
    await recordEvent(ports, { kind: 'password-reset', who: user.userName, address: request.ip })
    return answerPage(reply, passwordChangedPage())
  })

  async function findOwner ({ params: { code }, ip }: FastifyRequest<ByCode>): Promise<User | undefined> {
    const look = async (): Promise<User | undefined> => {
      const id = ownerOfResetCode(code)
      const user = id === undefined ? undefined : await findUserById(sql, id)
      return user !== undefined && !user.isDisabled && isResetCode(vault, code, user, clock.now()) ? user : undefined
    }
    return limitMisses(site, 'password link', { address: ip, about: '/password', error: 'PERMISSION_DENIED', look })
  }

  /** Counts a request for a link; when the limit ends, if it is reached. */
  async function findEndOfLimit ({ ip }: FastifyRequest): Promise<number | undefined> {
    if (!policy.limitsAttempts) return undefined
    const now = clock.now()
    const subject = vault.sign('password mails', networkOf(ip)).toString('hex')
    if (await sql.batch([takeRate({ subject, window: HOUR, now }, MOST_ASKED)]) !== undefined) return undefined
    return (await findFull(sql, [subject], MOST_ASKED, now)).get(subject) ?? now + HOUR
  }

  async function mailLink (user: User, request: FastifyRequest): Promise<void> {
    const now = clock.now()
    const url = await mailUrlFor(undefined, { ports, policy, trustedUrl: site.trustedUrlOf(request) })
    const link = url + PATHS.newPassword.replace(':code', writeResetCode(vault, user, now))
    const mails = await writeForReaders(sql, [user.email], { settings: policy.branding, url, locale: request.locale }, look => resetMail(look, user.userName, link))
    if (!await queueMails(ports, mails, { id: NO_ACCOUNT, limit: policy.mailsPerHour }, now)) request.log.warn('a link for a new password was not mailed: too many mails in an hour')
  }
}

const refuse = (reply: FastifyReply): FastifyReply => answerPage(reply, errorPage('reset.heading', 'reset.gone'), 404)
