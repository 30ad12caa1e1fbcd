/** `/admin/users`: all accounts, and all changes by administrators. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { sealUserPassword } from '../../../domain/accounts/credentials.ts'
import { newPassword } from '../../../domain/identifiers.ts'
import { planOf, type User } from '../../../domain/accounts/user.ts'
import { removeAccount } from '../../../store/accounts/account-removal.ts'
import { readOwnerTotals } from '../../../store/files/file-totals.ts'
import { searchUsers } from '../../../store/operations/overview.ts'
import { trafficOf } from '../../../store/operations/traffic.ts'
import { changeUser } from '../../../store/accounts/users.ts'
import { deleteAccountPage, resetPasswordPage, userPage, usersPage } from '../../../web/pages/admin-accounts-page.ts'
import { notFoundPage } from '../../../web/pages/pages.ts'
import type { Notice } from '../../../web/components/share-card.ts'
import { sentence, type PlainKey, type Words } from '../../../web/i18n/words.ts'
import { accountForm, readAccountForm } from './account-form.ts'
import { answerAdminForm, requireViewer, MAX_ROWS } from './administrator.ts'
import { findAccount } from './sessions.ts'
import { answerPage } from '../../answer/answer-page.ts'
import { queryOf } from '../../request/query.ts'
import type { Site } from '../../site.ts'
import type { Viewer } from '../../request/page-session.ts'

type ById = { Params: { id: string } }

const wrong = (key: PlainKey): Notice => ({ isError: true, sentence: sentence(key) })

/** In the scope for administrators. */
export function registerAdminAccounts (app: FastifyInstance, { ports, policy, transfers }: Site): void {
  const { sql, clock, ids, vault } = ports

  app.get('/admin/users', { exposeHeadRoute: true }, async (request, reply) => {
    const query = queryOf(request.raw.url ?? '')
    const search = (query.get('q') ?? '').trim()
    const users = await searchUsers(sql, search, { after: query.get('after') ?? '', most: MAX_ROWS })
    const notice = query.has('deleted') ? { isError: false, sentence: sentence('admin.accountDeleted') } : undefined
    return answerPage(reply, usersPage({ users, search, next: users.length < MAX_ROWS ? undefined : users.at(-1)?.userName, notice }))
  })

  app.get<ById>('/admin/users/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const user = await findAccount(request, sql)
    if (user === undefined) return answerPage(reply, notFoundPage(), 404)
    const query = queryOf(request.raw.url ?? '')
    const done = query.has('saved') ? sentence('card.saved') : query.has('ended') ? ({ say }: Words) => say('admin.sessionsEnded', { name: user.userName }) : undefined
    return show(user, requireViewer(request), reply, done && { isError: false, sentence: done })
  })

  answerAdminForm(app, ports, '/admin/users/:id', async ({ viewer, form, request, reply, note }) => {
    const user = await findAccount(request, sql)
    if (user === undefined) return answerPage(reply, notFoundPage(), 404)
    const { change, problems } = readAccountForm(form, user)
    if (problems.size > 0) return show(user, viewer, reply, wrong('admin.notSaved'), form, problems)
    if (user.id === viewer.user.id && (change.isDisabled === true || change.isAdmin === false)) return show(user, viewer, reply, wrong('admin.notOneself'), form)
    if (!await changeUser(sql, user, change, true)) return show(user, viewer, reply, wrong('admin.lastAdmin'), form)
    if (change.isDisabled === true) transfers.stop(user.id)
    await note('account-changed', user.userName)
    return reply.redirect(`${request.basePath}/admin/users/${user.id}?saved`, 303)
  })

  app.get<ById>('/admin/users/:id/password', { exposeHeadRoute: true }, async (request, reply) => {
    const user = await findAccount(request, sql)
    return user === undefined ? answerPage(reply, notFoundPage(), 404) : answerPage(reply, resetPasswordPage(user, requireViewer(request).formToken))
  })

  answerAdminForm(app, ports, '/admin/users/:id/password', async ({ viewer, request, reply, note }) => {
    const user = await findAccount(request, sql)
    if (user === undefined) return answerPage(reply, notFoundPage(), 404)
    const password = newPassword(ids)
    await changeUser(sql, user, { sealedPassword: sealUserPassword(vault, password) })
    await note('password-reset', user.userName)
    return show(user, viewer, reply, { isError: false, sentence: ({ say }) => say('admin.newPassword', { name: user.userName, password }) })
  })

  app.get<ById>('/admin/users/:id/delete', { exposeHeadRoute: true }, async (request, reply) => {
    const user = await findAccount(request, sql)
    return user === undefined ? answerPage(reply, notFoundPage(), 404) : ask(user, requireViewer(request), reply)
  })

  answerAdminForm(app, ports, '/admin/users/:id/delete', async ({ viewer, request, reply, note }) => {
    const user = await findAccount(request, sql)
    if (user === undefined) return answerPage(reply, notFoundPage(), 404)
    if (user.id === viewer.user.id) return ask(user, viewer, reply, wrong('admin.deleteOneself'))
    const outcome = await removeAccount(ports, user.id)
    if (outcome === 'last administrator') return ask(user, viewer, reply, wrong('admin.lastAdmin'))
    if (outcome === 'removed') await note('account-deleted', user.userName)
    return reply.redirect(`${request.basePath}/admin/users?deleted`, 303)
  })

  async function ask (user: User, { formToken }: Viewer, reply: FastifyReply, notice?: Notice) {
    return answerPage(reply, deleteAccountPage({ user, files: (await readOwnerTotals(sql, user.id)).files, formToken, notice }), notice?.isError ? 400 : 200)
  }

  async function show (user: User, { formToken }: Viewer, reply: FastifyReply, notice?: Notice, typed = accountForm(user), problems: ReadonlyMap<string, PlainKey> = new Map()) {
    const { disk, bandwidth } = planOf(user, policy)
    return answerPage(reply, userPage({
      user,
      values: typed,
      problems,
      disk: { used: user.bytesStored, limit: disk },
      bandwidth: { used: await trafficOf(sql, user.id, clock.now()), limit: bandwidth },
      formToken,
      notice
    }), notice?.isError ? 400 : 200)
  }
}
