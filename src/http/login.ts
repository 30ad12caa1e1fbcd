/** Logging in and out on the pages, and opening an account. */
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callAs } from '../api/call-as.ts'
import { Refusal } from '../api/errors.ts'
import { register } from '../api/methods/auth.ts'
import { mayTryFrom, openPageSession, provePassword } from '../api/page-login.ts'
import { isPagePassword } from '../domain/registration.ts'
import type { User } from '../domain/user.ts'
import { removePageSession } from '../store/page-sessions.ts'
import { findUser } from '../store/users.ts'
import { loginPage, registerPage } from '../web/login-page.ts'
import { errorPage } from '../web/pages.ts'
import { sentence, type Sentence } from '../web/words.ts'
import { answerPage } from './answer-page.ts'
import { queryOf } from './query.ts'
import { pathOf } from './reader.ts'
import { refusalSentence } from './refused.ts'
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
  const { isRegistrationOpen } = policy
  await app.register(multipart)
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => { done(null, body) })

  app.get('/login', { exposeHeadRoute: true }, async (request, reply) => {
    const to = pathOf(queryOf(request.raw.url ?? '').get('to'))
    if (request.viewer !== undefined) return reply.redirect(request.basePath + to, 303)
    return answerPage(reply, loginPage({ to, isRegistrationOpen }))
  })

  app.post('/login', async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    const form = await bodyOf(request)
    const to = pathOf(form.get('to'))
    const name = (form.get('user_name') ?? '').trim()
    const outcome = await provePassword({ name, password: form.get('password') ?? '', address: request.ip }, ports)
    if (typeof outcome === 'object') return welcome(outcome, to, request, reply)
    request.log.info({ outcome }, 'a login on the pages failed')
    const [status, problem] = PROBLEMS[outcome]
    return answerPage(reply, loginPage({ to, name, problem, isRegistrationOpen }), status)
  })

  app.get('/register', { exposeHeadRoute: true }, async (request, reply) => {
    if (request.viewer !== undefined) return reply.redirect(`${request.basePath}/`, 303)
    return isRegistrationOpen ? answerPage(reply, registerPage({})) : refuseNew(reply)
  })

  app.post('/register', async (request, reply) => {
    if (!isFromUs(request, site)) return refuseForeign(reply)
    if (!isRegistrationOpen) return refuseNew(reply)
    const form = await bodyOf(request)
    const field = (name: string) => form.get(name) ?? ''
    const again = (problem: Sentence, status = 400) => answerPage(reply, registerPage({
      userName: field('user_name'), fullName: field('full_name'), email: field('email'), problem
    }), status)
    if (!await mayTryFrom(request.ip, 'register', ports)) return again(PROBLEMS['too often'][1], 429)
    if (!isPagePassword(field('password'))) return again(sentence('register.badPassword'))
    try {
      const transport = { publicUrl: site.publicUrlOf(request), isHttps: request.protocol === 'https' }
      await callAs(register, undefined, form, { ports, policy, transport })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return again(refusalSentence(error))
    }
    const user = await findUser(ports.sql, field('user_name') || field('email'))
    return user === undefined ? reply.redirect(`${request.basePath}/login`, 303) : welcome(user, '/', request, reply)
  })

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
    setCookie(request, reply, await openPageSession(user, request.headers['user-agent'] ?? '', ports))
    return reply.redirect(request.basePath + to, 303)
  }
}

/** What to tell of an attempt, or undefined when the password was right. */
export const problemOf = (outcome: Awaited<ReturnType<typeof provePassword>>): Sentence | undefined =>
  typeof outcome === 'object' ? undefined : PROBLEMS[outcome][1]

/** For a form that was not sent from our own page. */
export function refuseForeign (reply: FastifyReply): FastifyReply {
  return answerPage(reply, errorPage('error.foreign', 'error.foreignSentence'), 403)
}

const refuseNew = (reply: FastifyReply): FastifyReply =>
  answerPage(reply, errorPage('register.closed', 'register.closedSentence'), 403)
