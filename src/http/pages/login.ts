/** Login, logout and sign-up on the pages. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { TooManyAttempts } from '../../api/errors.ts'
import { limitMisses } from '../../api/limiter.ts'
import { openPageSession, provePassword } from '../../api/page-login.ts'
import { registrationOf } from '../../api/registration.ts'
import { hashKey } from '../../domain/accounts/credentials.ts'
import type { User } from '../../domain/accounts/user.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { recordEvent } from '../../store/operations/events.ts'
import { rememberLocale } from '../../store/accounts/locales.ts'
import { removePageSession } from '../../store/accounts/page-sessions.ts'
import { claimInvitation, isInvited, returnInvitation } from '../../store/accounts/registration.ts'
import { findUser } from '../../store/accounts/users.ts'
import { loginPage, registerPage } from '../../web/pages/login-page.ts'
import { errorPage } from '../../web/pages/pages.ts'
import { sentence, type PlainKey, type Sentence } from '../../web/i18n/words.ts'
import { openAccountByForm, typedAccount } from './account-opening.ts'
import { answerPage } from '../answer/answer-page.ts'
import { deviceOf, rememberDevice } from '../request/device-cookie.ts'
import { refuseForeign } from '../request/authenticated-form.ts'
import { queryOf } from '../request/query.ts'
import { pathOf } from '../answer/locale.ts'
import { refusalSentence } from '../answer/refusal-sentence.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, bodyOf, type Form } from '../request/small-body.ts'
import { answerTooMany } from '../answer/too-many.ts'
import { clearCookie, confirmLogin, hasFormToken, isFromUs, setCookie } from '../request/page-session.ts'

const PROBLEMS = { wrong: sentence('login.wrong'), disabled: sentence('login.disabled') } as const

export async function registerLogin (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy, mailTransport } = site
  const hasMailServer = mailTransport !== undefined
  const { sql, clock, vault } = ports
  acceptSmallBodies(app)

  app.get('/login', { exposeHeadRoute: true }, async (request, reply) => {
    const to = pathOf(queryOf(request.raw.url ?? '').get('to'))
    if (request.viewer !== undefined) return reply.redirect(request.basePath + to, 303)
    return answerPage(reply, loginPage({ to, isRegistrationOpen: await isOpen(), hasMailServer }))
  })

  app.post('/login', async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const form = bodyOf(request)
    const to = pathOf(form.get('to'))
    const name = (form.get('user_name') ?? form.get('username') ?? '').trim()
    const isRegistrationOpen = await isOpen()
    const again = (problem: Sentence) => loginPage({ to, name, problem, isRegistrationOpen, hasMailServer })
    try {
      const outcome = await provePassword({ name, password: form.get('password') ?? '', address: request.ip, trustedAs: user => deviceOf(request, user, vault) }, site)
      if (typeof outcome === 'object') {
        if (form.has('username')) confirmLogin(request, reply)
        await recordEvent(ports, { kind: 'login', who: outcome.userName, address: request.ip })
        return await welcome(outcome, to, request, reply)
      }
      // An unknown name may be a password in the wrong field.
      await recordEvent(ports, { kind: 'login-failed', who: (await findUser(sql, name))?.userName ?? '', address: request.ip })
      request.log.info({ outcome }, 'a login on the pages failed')
      return answerPage(reply, again(PROBLEMS[outcome]), 403)
    } catch (error) {
      // Attempts that were not even checked would displace all other events in the log.
      if (error instanceof TooManyAttempts) return answerTooMany(reply, error, again(refusalSentence(error)))
      throw error
    }
  })

  app.get(PATHS.register, { exposeHeadRoute: true }, async (request, reply) => {
    if (request.viewer !== undefined) return reply.redirect(`${request.basePath}/`, 303)
    const invitation = queryOf(request.raw.url ?? '').get('invitation') ?? ''
    const obstacle = await findObstacle(invitation, request)
    return obstacle === undefined ? answerPage(reply, registerPage({ invitation })) : refuseNew(reply, obstacle)
  })

  app.post(PATHS.register, async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const form = bodyOf(request)
    const invitation = form.get('invitation') ?? ''
    const obstacle = await findObstacle(invitation, request)
    if (obstacle !== undefined) return refuseNew(reply, obstacle)
    const isClaimed = !await isOpen()
    if (isClaimed && !await claimInvitation(sql, hashKey(invitation), clock.now())) return refuseNew(reply, 'register.badInvitation')
    try {
      const outcome = await openClaimed(form, request, isClaimed ? invitation : undefined)
      if ('problems' in outcome) return answerPage(reply, registerPage({ ...typedAccount(form), invitation, problems: outcome.problems }), 400)
      return await welcome(outcome.user, '/', request, reply)
    } catch (error) {
      if (error instanceof TooManyAttempts) return answerTooMany(reply, error, registerPage({ ...typedAccount(form), invitation, problems: new Map([['', refusalSentence(error)]]) }))
      throw error
    }
  })

  /** Opens an account with a claimed invitation, if any: when there is none afterwards the invitation is good again before anybody is told. */
  async function openClaimed (form: Form, request: FastifyRequest, invitation: string | undefined): ReturnType<typeof openAccountByForm> {
    let isOpened = false
    try {
      const outcome = await openAccountByForm(form, request, site)
      isOpened = 'user' in outcome
      return outcome
    } finally {
      if (invitation !== undefined && !isOpened) await returnInvitation(sql, hashKey(invitation))
    }
  }

  const isOpen = async (): Promise<boolean> => await registrationOf(ports, policy) === 'open'

  /** Why this visitor cannot create an account now. */
  async function findObstacle (invitation: string, { ip }: FastifyRequest): Promise<PlainKey | undefined> {
    const mode = await registrationOf(ports, policy)
    if (mode === 'open') return undefined
    if (invitation === '') return mode === 'closed' ? 'register.closedSentence' : 'register.needsInvitation'
    const look = async () => await isInvited(sql, hashKey(invitation), clock.now()) || undefined
    if (await limitMisses(site, 'invitation', { address: ip, about: '/register', error: 'PERMISSION_DENIED', look }) === undefined) return 'register.badInvitation'
    return mode === 'closed' ? 'register.invitationRests' : undefined
  }

  app.post('/logout', async (request, reply) => {
    // Other sites must not be able to log users out.
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const { viewer } = request
    if (viewer !== undefined) {
      if (!hasFormToken(viewer, bodyOf(request))) return refuseForeign(reply)
      await removePageSession(ports.sql, viewer.user.id, viewer.keyHash)
    }
    clearCookie(request, reply)
    return reply.redirect(`${request.basePath}/`, 303)
  })

  /** A new key at each login: a key planted before is worthless. */
  async function welcome (user: User, to: string, request: FastifyRequest, reply: FastifyReply) {
    if (request.viewer !== undefined) await removePageSession(ports.sql, request.viewer.user.id, request.viewer.keyHash)
    const key = await openPageSession(user, request.headers['user-agent'] ?? '', ports)
    // The password was changed at this moment: it has to be typed again.
    if (key === undefined) return answerPage(reply, loginPage({ to, name: user.userName, problem: PROBLEMS.wrong, isRegistrationOpen: await isOpen(), hasMailServer }), 403)
    setCookie(request, reply, key)
    rememberDevice(request, reply, user, ports)
    if (request.locale !== undefined) await rememberLocale(sql, user.id, request.locale, request.isLanguageChosen)
    return reply.redirect(request.basePath + to, 303)
  }
}

/** Visitors without an invitation do not see that registration is closed. */
const refuseNew = (reply: FastifyReply, why: PlainKey): FastifyReply =>
  answerPage(reply, errorPage(why === 'register.needsInvitation' || why === 'register.badInvitation' ? 'register.heading' : 'register.closed', why), 403)
