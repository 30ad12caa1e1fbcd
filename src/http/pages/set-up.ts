/** `/setup/CODE`: the link that a start prints while there is no administrator. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { limitMisses } from '../../api/limiter.ts'
import { openPageSession } from '../../api/page-login.ts'
import { hashKey } from '../../domain/accounts/credentials.ts'
import type { User } from '../../domain/accounts/user.ts'
import { PATHS } from '../../domain/url-paths.ts'
import { recordEvent } from '../../store/operations/events.ts'
import { isSetUpCode, takeSetUp } from '../../store/accounts/registration.ts'
import { setUpPage } from '../../web/pages/admin-page.ts'
import { accountFields, formNotice } from '../../web/pages/login-page.ts'
import { errorPage } from '../../web/pages/pages.ts'
import { openAccountByForm, typedAccount, type FormProblems } from './account-opening.ts'
import { answerPage } from '../answer/answer-page.ts'
import { rememberDevice } from '../request/device-cookie.ts'
import { refuseForeign } from '../request/authenticated-form.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies, bodyOf } from '../request/small-body.ts'
import { hasFormToken, isFromUs, setCookie } from '../request/page-session.ts'

type ByCode = { Params: { code: string } }

export async function registerSetUp (app: FastifyInstance, site: Site): Promise<void> {
  const { ports } = site
  const { sql } = ports
  acceptSmallBodies(app)

  app.get<ByCode>(PATHS.setUp, { exposeHeadRoute: true }, async (request, reply) =>
    await isGood(request.params.code, request) ? show(request, reply, request.params.code) : refuse(reply))

  app.post<ByCode>(PATHS.setUp, async (request, reply) => {
    const { viewer, params: { code } } = request
    const form = bodyOf(request)
    if (viewer === undefined ? !isFromUs(request, site) : !hasFormToken(viewer, form)) return refuseForeign(reply)
    if (!await isGood(code, request)) return refuse(reply)
    if (viewer !== undefined) return take(viewer.user, request, reply, code)
    // The account and its rights are created in one transaction: of several concurrent requests the others get neither.
    const outcome = await openAccountByForm(form, request, site, hashKey(code))
    if ('problems' in outcome) return await isGood(code, request) ? show(request, reply, code, outcome.problems, form) : refuse(reply)
    const key = await openPageSession(outcome.user, request.headers['user-agent'] ?? '', ports)
    if (key !== undefined) setCookie(request, reply, key)
    rememberDevice(request, reply, outcome.user, ports)
    return welcome(outcome.user, request, reply)
  })

  async function isGood (code: string, { ip }: FastifyRequest): Promise<boolean> {
    const look = async () => await isSetUpCode(sql, hashKey(code)) || undefined
    return await limitMisses(site, 'set-up', { address: ip, about: '/setup', error: 'PERMISSION_DENIED', look }) !== undefined
  }

  async function take (user: User, request: FastifyRequest, reply: FastifyReply, code: string): Promise<FastifyReply> {
    return await takeSetUp(sql, hashKey(code), user.id) ? welcome(user, request, reply) : refuse(reply)
  }

  async function welcome (user: User, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await recordEvent(ports, { kind: 'became-admin', who: user.userName, address: request.ip })
    return reply.redirect(`${request.basePath}/admin`, 303)
  }

  function show ({ viewer }: FastifyRequest, reply: FastifyReply, code: string, problems: FormProblems = new Map(), form: ReadonlyMap<string, string> = new Map()): FastifyReply {
    return answerPage(reply, setUpPage({
      code,
      userName: viewer?.user.userName,
      formToken: viewer?.formToken,
      fields: words => accountFields(words, { ...typedAccount(form), problems }),
      notice: formNotice(problems)
    }), problems.size === 0 ? 200 : 400)
  }
}

const refuse = (reply: FastifyReply): FastifyReply => answerPage(reply, errorPage('setup.title', 'setup.gone'), 404)
