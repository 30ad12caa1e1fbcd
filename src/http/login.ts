/** Logging in and out on the pages, and opening an account. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { mayTryFrom, openPageSession, provePassword } from '../api/page-login.ts'
import { registrationOf } from '../api/registration.ts'
import { hashKey } from '../domain/credentials.ts'
import type { User } from '../domain/user.ts'
import { recordEvent } from '../store/events.ts'
import { removePageSession } from '../store/page-sessions.ts'
import { claimInvitation, isInvited, returnInvitation } from '../store/registration.ts'
import { findUser } from '../store/users.ts'
import { loginPage, registerPage } from '../web/login-page.ts'
import { errorPage } from '../web/pages.ts'
import { sentence, type PlainKey, type Sentence } from '../web/words.ts'
import { openAccountByForm, typedAccount } from './account-opening.ts'
import { answerPage } from './answer-page.ts'
import { acceptForms, refuseForeign } from './own-form.ts'
import { queryOf } from './query.ts'
import { pathOf } from './reader.ts'
import { bodyOf } from './rest.ts'
import type { Site } from './site.ts'
import { clearCookie, hasFormToken, isFromUs, setCookie } from './viewer.ts'

const PROBLEMS = {
  wrong: [403, sentence('login.wrong')],
  disabled: [403, sentence('login.disabled')],
  'too often': [429, sentence('login.tooOften')]
} as const

export async function registerLogin (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy } = site
  const { sql, clock } = ports
  await acceptForms(app)

  app.get('/login', { exposeHeadRoute: true }, async (request, reply) => {
    const to = pathOf(queryOf(request.raw.url ?? '').get('to'))
    if (request.viewer !== undefined) return reply.redirect(request.basePath + to, 303)
    return answerPage(reply, loginPage({ to, isRegistrationOpen: await isOpen() }))
  })

  app.post('/login', async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const form = await bodyOf(request)
    const to = pathOf(form.get('to'))
    const name = (form.get('user_name') ?? '').trim()
    const outcome = await provePassword({ name, password: form.get('password') ?? '', address: request.ip }, ports)
    if (typeof outcome === 'object') {
      await recordEvent(ports, { kind: 'login', who: outcome.userName, address: request.ip })
      return welcome(outcome, to, request, reply)
    }
    // What was not even tried would push all else out of the log. A name that is nobody's may be a password in the wrong field.
    if (outcome !== 'too often') await recordEvent(ports, { kind: 'login-failed', who: (await findUser(sql, name))?.userName ?? '', address: request.ip })
    request.log.info({ outcome }, 'a login on the pages failed')
    const [status, problem] = PROBLEMS[outcome]
    return answerPage(reply, loginPage({ to, name, problem, isRegistrationOpen: await isOpen() }), status)
  })

  app.get('/register', { exposeHeadRoute: true }, async (request, reply) => {
    if (request.viewer !== undefined) return reply.redirect(`${request.basePath}/`, 303)
    const invitation = queryOf(request.raw.url ?? '').get('invitation') ?? ''
    const obstacle = await findObstacle(invitation)
    return obstacle === undefined ? answerPage(reply, registerPage({ invitation })) : refuseNew(reply, obstacle)
  })

  app.post('/register', async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const form = await bodyOf(request)
    const invitation = form.get('invitation') ?? ''
    const obstacle = await findObstacle(invitation)
    if (obstacle !== undefined) return refuseNew(reply, obstacle)
    const again = (problem: Sentence, status = 400) => answerPage(reply, registerPage({ ...typedAccount(form), invitation, problem }), status)
    if (!await mayTryFrom(request.ip, 'register', ports)) return again(PROBLEMS['too often'][1], 429)
    const isClaimed = !await isOpen()
    if (isClaimed && !await claimInvitation(sql, hashKey(invitation), clock.now())) return refuseNew(reply, 'register.badInvitation')
    let isOpened = false
    try {
      const outcome = await openAccountByForm(form, request, site)
      if ('problem' in outcome) return again(outcome.problem)
      isOpened = true
      return await welcome(outcome.user, '/', request, reply)
    } finally {
      if (isClaimed && !isOpened) await returnInvitation(sql, hashKey(invitation))
    }
  })

  const isOpen = async (): Promise<boolean> => await registrationOf(ports, policy) === 'open'

  /** Why nobody, or not he, may open an account now. */
  async function findObstacle (invitation: string): Promise<PlainKey | undefined> {
    const mode = await registrationOf(ports, policy)
    if (mode === 'open') return undefined
    if (invitation === '') return mode === 'closed' ? 'register.closedSentence' : 'register.needsInvitation'
    if (!await isInvited(sql, hashKey(invitation), clock.now())) return 'register.badInvitation'
    return mode === 'closed' ? 'register.invitationRests' : undefined
  }

  app.post('/logout', async (request, reply) => {
    const { viewer } = request
    if (viewer !== undefined) {
      if (!hasFormToken(viewer, await bodyOf(request))) return refuseForeign(reply)
      await removePageSession(ports.sql, viewer.user.id, viewer.keyHash)
    }
    clearCookie(request, reply)
    return reply.redirect(`${request.basePath}/`, 303)
  })

  /** A new key at each login: one that somebody planted before is worth nothing. */
  async function welcome (user: User, to: string, request: FastifyRequest, reply: FastifyReply) {
    if (request.viewer !== undefined) await removePageSession(ports.sql, request.viewer.user.id, request.viewer.keyHash)
    const key = await openPageSession(user, request.headers['user-agent'] ?? '', ports)
    // The password was changed in this moment: it has to be typed again.
    if (key === undefined) return answerPage(reply, loginPage({ to, name: user.userName, problem: PROBLEMS.wrong[1], isRegistrationOpen: await isOpen() }), PROBLEMS.wrong[0])
    setCookie(request, reply, key)
    return reply.redirect(request.basePath + to, 303)
  }
}

/** What to tell of an attempt, or undefined when the password was right. */
export const problemOf = (outcome: Awaited<ReturnType<typeof provePassword>>): Sentence | undefined =>
  typeof outcome === 'object' ? undefined : PROBLEMS[outcome][1]

/** Whoever lacks an invitation is not told that registration is closed. */
const refuseNew = (reply: FastifyReply, why: PlainKey): FastifyReply =>
  answerPage(reply, errorPage(why === 'register.needsInvitation' || why === 'register.badInvitation' ? 'register.heading' : 'register.closed', why), 403)
