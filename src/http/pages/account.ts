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
import { ACCOUNT_TABS, type AccountTab } from '../../web/pages/account-view.ts'
import { revokeKeyPage } from '../../web/pages/account-programs.ts'
import { notFoundPage } from '../../web/pages/pages.ts'
import type { Notice } from '../../web/components/share-card.ts'
import { WRITERS } from '../../web/pages/uploader-files.ts'
import { sentence, type PlainKey, type Sentence } from '../../web/i18n/words.ts'
import { PASSWORD_PROBLEMS } from './account-opening.ts'
import { answerPage } from '../answer/answer-page.ts'
import { rememberDevice } from '../request/device-cookie.ts'
import { answerOwnForm, answerOwnPage, leadBack } from '../request/authenticated-form.ts'
import type { Site } from '../site.ts'
import { acceptSmallBodies } from '../request/small-body.ts'
import { clearCookie, setCookie, type Viewer } from '../request/page-session.ts'

/** What a form has done, and the tab that it is on. */
const DONE: Readonly<Record<string, PlainKey>> = {
  password: 'account.passwordChanged', email: 'account.emailChanged', name: 'card.saved', ended: 'account.ended', programs: 'account.ended', key: 'account.keyEnded'
}
const TAB_OF: Readonly<Record<string, AccountTab>> = { password: 'security', ended: 'security', programs: 'programs', key: 'programs' }

const isTab = (name: string): name is AccountTab => Object.hasOwn(ACCOUNT_TABS, name)

/** Why a password proves nothing. */
const REFUSED = { wrong: sentence('refusal.wrongPassword'), disabled: sentence('login.disabled') } as const

/** What is wrong with a form: the field by its id, and why. */
type Problem = readonly [field: string, Sentence]

export async function registerAccount (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy } = site
  const { sql, clock, ids, vault } = ports
  acceptSmallBodies(app)

  answerOwnPage(app, '/account', DONE, async ({ viewer, query, notice, request, reply }) => {
    const tab = query.get('tab') ?? TAB_OF[query.get('done') ?? ''] ?? ''
    return show(viewer, request, reply, isTab(tab) ? tab : 'overview', { notice })
  })

  answerOwnPage(app, '/account/key/:id', {}, async ({ viewer, request, reply }) => {
    const { id } = request.params as { readonly id: string }
    const key = (await listUploadKeys(sql, viewer.user.id)).find(({ keyHash }) => keyHash === id)
    return key === undefined ? answerPage(reply, notFoundPage(), 404) : answerPage(reply, revokeKeyPage(key, viewer.formToken))
  })

  answerOwnForm(app, ports, '/account/password', '/account', async ({ viewer, form, request, reply, note }) => {
    const { user } = viewer
    const password = form.get('new_password') ?? ''
    const fault = findPasswordFault(password, user)
    const proven = await prove(viewer, form, request)
    const wrong: Problem[] = typeof proven === 'object' ? [] : [['password-now', REFUSED[proven]]]
    if (fault !== undefined) wrong.push(['new_password', PASSWORD_PROBLEMS[fault]])
    if (typeof proven !== 'object' || wrong.length > 0) return again(viewer, request, reply, 'security', wrong)
    const sealedPassword = sealUserPassword(vault, password)
    if (!await changePassword(sql, proven, sealedPassword)) return again(viewer, request, reply, 'security', [['password-now', REFUSED.wrong]])
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
    const refuse = (...problem: Problem) => again(viewer, request, reply, 'overview', [problem], email)
    if (!isEmail(email)) return refuse('email', sentence('register.badEmail'))
    const wrong = await findProblem(viewer, form, request)
    if (wrong !== undefined) return refuse('password-email', wrong)
    if (!await changeEmail(sql, viewer.user.id, email)) return refuse('email', sentence('register.emailTaken'))
    await note('email-changed')
    return leadBack(request, reply, '/account', 'email')
  })

  answerOwnForm(app, ports, '/account/name', '/account', async ({ viewer, form, request, reply }) => {
    await changeUser(sql, viewer.user, { isNameShown: form.has('show') })
    return leadBack(request, reply, '/account', 'name')
  })

  answerOwnForm(app, ports, '/account/end', '/account', async ({ viewer, form, request, reply, note }) => {
    const { user, keyHash } = viewer
    const what = form.get('what') ?? ''
    switch (what) {
      case 'session': await removePageSession(sql, user.id, form.get('id') ?? ''); break
      case 'others': await removeOtherPageSessions(sql, user.id, keyHash); break
      case 'programs': await removeSessionsOf(sql, user.id); break
      case 'key': await removeUploadKey(sql, user.id, form.get('id') ?? ''); break
    }
    await note('ended')
    return leadBack(request, reply, '/account', what === 'key' || what === 'programs' ? what : 'ended')
  })

  answerOwnForm(app, ports, '/account/delete', '/account', async ({ viewer, form, request, reply, note }) => {
    const { user } = viewer
    const wrong = await findProblem(viewer, form, request)
    if (wrong !== undefined) return again(viewer, request, reply, 'delete', [['password-delete', wrong]])
    if (await removeAccount(ports, user.id) === 'last administrator') {
      return show(viewer, request, reply, 'delete', { notice: { isError: true, sentence: sentence('admin.lastAdmin') } })
    }
    await note('account-deleted')
    request.viewer = undefined
    clearCookie(request, reply)
    return answerPage(reply, accountDeletedPage(user.userName))
  })

  answerOwnForm(app, ports, '/account/uploader', '/account', async ({ viewer, form, request, reply, note }) => {
    const { user } = viewer
    const kind = form.get('kind') ?? ''
    if (!isUploader(kind)) return reply.redirect(`${request.basePath}/account?tab=programs`, 303)
    const key = newKey(ids)
    const isMade = await addUploadKey(sql, user, { keyHash: hashKey(key), kind, createdAt: clock.now(), lastUsedAt: null })
    if (!isMade) return reply.redirect(`${request.basePath}/account?tab=programs`, 303)
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

  const findProblem = async (viewer: Viewer, form: RawParams, request: FastifyRequest) => {
    const proven = await prove(viewer, form, request)
    return typeof proven === 'object' ? undefined : REFUSED[proven]
  }

  const again = (viewer: Viewer, request: FastifyRequest, reply: FastifyReply, tab: AccountTab, problems: readonly Problem[], email?: string) =>
    show(viewer, request, reply, tab, { notice: { isError: true, sentence: sentence('field.notSaved') }, problems, email })

  async function show (
    viewer: Viewer, request: FastifyRequest, reply: FastifyReply, tab: AccountTab,
    { notice, problems = [], email }: { readonly notice?: Notice | undefined, readonly problems?: readonly Problem[], readonly email?: string | undefined }
  ) {
    const { user, keyHash, formToken } = viewer
    const now = clock.now()
    const { disk, bandwidth } = planOf(user, policy)
    return answerPage(reply, accountPage({
      tab,
      user,
      formToken,
      publicUrl: site.publicUrlOf(request),
      disk: { used: user.bytesStored, limit: disk },
      bandwidth: { used: await trafficOf(sql, user.id, now), limit: bandwidth },
      sessions: (await listPageSessions(sql, user.id, now)).map(session => ({ ...session, lastUsedAt: Math.min(session.lastUsedAt, now), isThis: session.keyHash === keyHash })),
      programs: await countSessions(sql, user.id, now - policy.sessionIdle),
      keys: await listUploadKeys(sql, user.id),
      notice,
      problems: new Map(problems),
      email
    }), notice?.isError ? 400 : 200)
  }
}
