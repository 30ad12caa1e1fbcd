/** `/account`: what somebody who is logged in sees and changes of the account itself. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { openPageSession, provePassword } from '../../api/page-login.ts'
import type { RawParams } from '../../api/params.ts'
import { hashKey, sealUserPassword } from '../../domain/accounts/credentials.ts'
import { isEmail } from '../../domain/mail/email.ts'
import { newKey } from '../../domain/identifiers.ts'
import { findPasswordFault } from '../../domain/accounts/registration.ts'
import { isUploader } from '../../domain/uploads/uploader.ts'
import { planOf } from '../../domain/accounts/user.ts'
import { changePassword } from '../../store/access.ts'
import { removeAccount } from '../../store/accounts/account-removal.ts'
import { listPageSessions, removeOtherPageSessions, removePageSession } from '../../store/accounts/page-sessions.ts'
import { countSessions, removeSessionsOf } from '../../store/accounts/sessions.ts'
import { trafficOf } from '../../store/operations/traffic.ts'
import { addUploadKey, listUploadKeys, removeUploadKey } from '../../store/accounts/upload-keys.ts'
import { changeEmail, changeUser } from '../../store/accounts/users.ts'
import { accountDeletedPage, accountPage } from '../../web/pages/account-page.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { WRITERS } from '../../web/pages/uploader-files.ts'
import { sentence } from '../../web/i18n/words.ts'
import { PASSWORD_PROBLEMS } from './account-opening.ts'
import { answerPage } from '../answer/answer-page.ts'
import { problemOf } from './login.ts'
import { rememberDevice } from '../request/device-cookie.ts'
import { answerOwnForm, answerOwnPage, leadBack } from '../request/authenticated-form.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies } from '../request/small-body.ts'
import { clearCookie, setCookie, type Viewer } from '../request/page-session.ts'

const DONE = { password: 'account.passwordChanged', email: 'account.emailChanged', name: 'card.saved', ended: 'account.ended' } as const

export async function registerAccount (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy } = site
  const { sql, clock, ids, vault } = ports
  acceptSmallBodies(app)

  answerOwnPage(app, '/account', DONE, async ({ viewer, notice, request, reply }) => show(viewer, request, reply, notice))

  answerOwnForm(app, ports, '/account/password', '/account', async ({ viewer, form, request, reply, note }) => {
    const { user } = viewer
    const password = form.get('new_password') ?? ''
    const fault = findPasswordFault(password, user)
    if (fault !== undefined) return again(viewer, request, reply, PASSWORD_PROBLEMS[fault])
    const proven = await prove(viewer, form, request)
    if (typeof proven !== 'object') return again(viewer, request, reply, problemOf(proven) ?? sentence('login.wrong'))
    const sealedPassword = sealUserPassword(vault, password)
    if (!await changePassword(sql, proven, sealedPassword)) return again(viewer, request, reply, sentence('login.wrong'))
    const key = await openPageSession({ id: user.id, sealedPassword }, request.headers['user-agent'] ?? '', ports)
    // Without one somebody else has given another password meanwhile.
    if (key === undefined) clearCookie(request, reply)
    else setCookie(request, reply, key)
    rememberDevice(request, reply, { ...user, sealedPassword }, ports)
    await note('password-changed')
    return leadBack(request, reply, '/account', 'password')
  })

  answerOwnForm(app, ports, '/account/email', '/account', async ({ viewer, form, request, reply, note }) => {
    const email = (form.get('email') ?? '').trim()
    if (!isEmail(email)) return again(viewer, request, reply, sentence('register.badEmail'))
    const wrong = await findProblem(viewer, form, request)
    if (wrong !== undefined) return again(viewer, request, reply, wrong)
    if (!await changeEmail(sql, viewer.user.id, email)) return again(viewer, request, reply, sentence('register.emailTaken'))
    await note('email-changed')
    return leadBack(request, reply, '/account', 'email')
  })

  answerOwnForm(app, ports, '/account/name', '/account', async ({ viewer, form, request, reply }) => {
    await changeUser(sql, viewer.user, { isNameShown: form.has('show') })
    return leadBack(request, reply, '/account', 'name')
  })

  answerOwnForm(app, ports, '/account/end', '/account', async ({ viewer, form, request, reply, note }) => {
    const { user, keyHash } = viewer
    switch (form.get('what')) {
      case 'session': await removePageSession(sql, user.id, form.get('id') ?? ''); break
      case 'others': await removeOtherPageSessions(sql, user.id, keyHash); break
      case 'programs': await removeSessionsOf(sql, user.id); break
      case 'key': await removeUploadKey(sql, user.id, form.get('id') ?? ''); break
    }
    await note('ended')
    return leadBack(request, reply, '/account', 'ended')
  })

  answerOwnForm(app, ports, '/account/delete', '/account', async ({ viewer, form, request, reply, note }) => {
    const { user } = viewer
    const wrong = await findProblem(viewer, form, request)
    if (wrong !== undefined) return again(viewer, request, reply, wrong)
    if (await removeAccount(ports, user.id) === 'last administrator') return again(viewer, request, reply, sentence('admin.lastAdmin'))
    await note('account-deleted')
    request.viewer = undefined
    clearCookie(request, reply)
    return answerPage(reply, accountDeletedPage(user.userName))
  })

  answerOwnForm(app, ports, '/account/uploader', '/account', async ({ viewer, form, request, reply, note }) => {
    const { user } = viewer
    const kind = form.get('kind') ?? ''
    if (!isUploader(kind)) return reply.redirect(`${request.basePath}/account`, 303)
    const key = newKey(ids)
    const isMade = await addUploadKey(sql, user, { keyHash: hashKey(key), kind, createdAt: clock.now(), lastUsedAt: null })
    if (!isMade) return reply.redirect(`${request.basePath}/account`, 303)
    await note('key-made')
    const { name, text } = WRITERS[kind]({ publicUrl: site.publicUrlOf(request), userName: user.userName, key })
    return reply.headers({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store'
    }).send(text)
  })

  /** Whoever finds a browser open must not take the account over. Attempts count for this session alone: strangers cannot use them up. Throws TooManyAttempts. */
  const prove = ({ user, keyHash }: Viewer, form: RawParams, { ip }: FastifyRequest) =>
    provePassword({ name: user.userName, password: form.get('password') ?? '', address: ip, trustedAs: () => `session ${keyHash}` }, site)

  const findProblem = async (viewer: Viewer, form: RawParams, request: FastifyRequest) => problemOf(await prove(viewer, form, request))

  const again = (viewer: Viewer, request: FastifyRequest, reply: FastifyReply, problem: Notice['sentence']) =>
    show(viewer, request, reply, { isError: true, sentence: problem }, 400)

  async function show (viewer: Viewer, request: FastifyRequest, reply: FastifyReply, notice?: Notice, status = 200) {
    const { user, keyHash, formToken } = viewer
    const now = clock.now()
    const { disk, bandwidth } = planOf(user, policy)
    return answerPage(reply, accountPage({
      user,
      formToken,
      publicUrl: site.publicUrlOf(request),
      disk: { used: user.bytesStored, limit: disk },
      bandwidth: { used: await trafficOf(sql, user.id, now), limit: bandwidth },
      sessions: (await listPageSessions(sql, user.id, now)).map(session => ({ ...session, lastUsedAt: Math.min(session.lastUsedAt, now), isThis: session.keyHash === keyHash })),
      programs: await countSessions(sql, user.id, now - policy.sessionIdle),
      keys: await listUploadKeys(sql, user.id),
      notice
    }), status)
  }
}
