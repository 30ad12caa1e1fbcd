/** `/admin`: for whoever runs the server. For everybody else there is no such page. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { registrationOf } from '../api/registration.ts'
import { keyOfSetting, SETTINGS } from '../config.ts'
import { hashKey, sealUserPassword } from '../domain/credentials.ts'
import { isEmail } from '../domain/email.ts'
import type { EventKind } from '../domain/event.ts'
import { newKey, newPassword } from '../domain/identifiers.ts'
import { deleteLink } from '../domain/link.ts'
import { MailProblem } from '../domain/mail-delivery.ts'
import { INVITATION_LIFETIME, REGISTRATIONS } from '../domain/registration.ts'
import type { User } from '../domain/user.ts'
import { ACCOUNT_CHANGES, readAccountChange } from '../settings/account-change.ts'
import type { Kind } from '../settings/kinds.ts'
import { listEvents, recordEvent } from '../store/events.ts'
import { countEverything, listAllFiles, placeOf, searchUsers } from '../store/overview.ts'
import { addInvitation, chooseRegistration, countInvitations, findChosenRegistration } from '../store/registration.ts'
import { trafficOf } from '../store/traffic.ts'
import { changeUser, findUserById } from '../store/users.ts'
import { adminPage, allFilesPage, eventsPage, FIELD_LABELS, settingsPage, userPage, usersPage } from '../web/admin-page.ts'
import { trialMail } from '../web/mails.ts'
import { missingPage } from '../web/pages.ts'
import type { Notice } from '../web/share-card.ts'
import { sentence } from '../web/words.ts'
import { answerPage } from './answer-page.ts'
import { acceptForms, refuseForeign } from './own-form.ts'
import { queryOf } from './query.ts'
import { bodyOf } from './rest.ts'
import type { Site } from './site.ts'
import { hasFormToken, type Viewer } from './viewer.ts'

type ById = { Params: { id: string } }
type Form = ReadonlyMap<string, string>

/** Rows on a page. */
const MOST_ROWS = 100

export async function registerAdmin (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy, carrier, config } = site
  const { sql, clock, ids, vault } = ports
  await acceptForms(app)
  app.addHook('onRequest', async (request, reply) => {
    if (request.viewer === undefined && request.method === 'GET') return reply.redirect(`${request.basePath}/login?to=/admin`, 303)
    if (request.viewer?.user.isAdmin !== true) return answerPage(reply, missingPage(), 404)
  })

  app.get('/admin', { exposeHeadRoute: true }, async (request, reply) => show(demandViewer(request), reply))

  answerForm('/admin/registration', async (viewer, form, request, reply) => {
    const mode = REGISTRATIONS.find(name => name === form.get('mode'))
    await chooseRegistration(sql, mode)
    await note('registration-changed', viewer, request, mode ?? `as the setting says: ${policy.registration}`)
    return show(viewer, reply, { notice: { isError: false, sentence: sentence('card.saved') } })
  })

  answerForm('/admin/invitation', async (viewer, _form, request, reply) => {
    const code = newKey(ids)
    const now = clock.now()
    await addInvitation(sql, hashKey(code), now, now + INVITATION_LIFETIME)
    await note('invited', viewer, request)
    return show(viewer, reply, { link: `${site.publicUrlOf(request)}/register?invitation=${code}` })
  })

  answerForm('/admin/mail', async (viewer, form, _request, reply) => {
    const to = (form.get('to') ?? '').trim()
    if (carrier === undefined) return show(viewer, reply, { notice: { isError: true, sentence: sentence('admin.noMailServer') } })
    if (!isEmail(to)) return show(viewer, reply, { notice: { isError: true, sentence: sentence('refusal.badEmail') } })
    try {
      await carrier.carry({ id: newKey(ids), to, createdAt: clock.now(), ...trialMail() }, new AbortController().signal)
    } catch (error) {
      if (!(error instanceof MailProblem)) throw error
      return show(viewer, reply, { notice: { isError: true, sentence: ({ say }) => say('admin.mailFailed', { reason: error.message }) } })
    }
    return show(viewer, reply, { notice: { isError: false, sentence: ({ say }) => say('admin.mailTaken', { to }) } })
  })

  async function show ({ user, formToken }: Viewer, reply: FastifyReply, { link, notice }: { readonly link?: string, readonly notice?: Notice } = {}) {
    return answerPage(reply, adminPage({
      totals: await countEverything(sql),
      chosen: await findChosenRegistration(sql),
      setting: policy.registration,
      invitations: await countInvitations(sql, clock.now()),
      link,
      hasMailServer: carrier !== undefined,
      email: user.email,
      formToken,
      notice
    }), notice?.isError ? 400 : 200)
  }

  app.get('/admin/users', { exposeHeadRoute: true }, async (request, reply) => {
    const query = queryOf(request.raw.url ?? '')
    const search = (query.get('q') ?? '').trim()
    const users = await searchUsers(sql, search, { after: query.get('after') ?? '', most: MOST_ROWS })
    return answerPage(reply, usersPage({ users, search, next: users.length < MOST_ROWS ? undefined : users.at(-1)?.userName }))
  })

  app.get<ById>('/admin/users/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const user = await findAccount(request)
    if (user === undefined) return answerPage(reply, missingPage(), 404)
    const isSaved = queryOf(request.raw.url ?? '').has('saved')
    return showUser(user, demandViewer(request), reply, isSaved ? { isError: false, sentence: sentence('card.saved') } : undefined)
  })

  answerForm('/admin/users/:id', async (viewer, form, request, reply) => {
    const user = await findAccount(request)
    if (user === undefined) return answerPage(reply, missingPage(), 404)
    const { change, problems: [problem] } = readAccountChange(Object.fromEntries(form))
    if (problem !== undefined) {
      const label = FIELD_LABELS[problem.name]
      const wrong: Notice = { isError: true, sentence: ({ say }) => say('admin.badField', { field: label === undefined ? problem.name : say(label) }) }
      return showUser(user, viewer, reply, wrong, form)
    }
    if (user.id === viewer.user.id && (change.isDisabled === true || change.isAdmin === false)) {
      return showUser(user, viewer, reply, { isError: true, sentence: sentence('admin.notOneself') }, form)
    }
    await changeUser(sql, user, change)
    await note('account-changed', viewer, request, user.userName)
    return reply.redirect(`${request.basePath}/admin/users/${user.id}?saved`, 303)
  })

  answerForm('/admin/users/:id/password', async (viewer, _form, request, reply) => {
    const user = await findAccount(request)
    if (user === undefined) return answerPage(reply, missingPage(), 404)
    const password = newPassword(ids)
    await changeUser(sql, user, { sealedPassword: sealUserPassword(vault, password) })
    await note('password-reset', viewer, request, user.userName)
    return showUser(user, viewer, reply, { isError: false, sentence: ({ say }) => say('admin.newPassword', { name: user.userName, password }) })
  })

  async function showUser (user: User, { formToken }: Viewer, reply: FastifyReply, notice?: Notice, typed?: Form) {
    const fields = Object.entries(ACCOUNT_CHANGES).map(([name, { kind, show }]) => ({ name, value: typed?.get(name) ?? show(user), kind: kind.name, choices: choicesOf(kind) }))
    return answerPage(reply, userPage({ user, fields, downloaded: await trafficOf(sql, user.id, clock.now()), formToken, notice }), notice?.isError ? 400 : 200)
  }

  async function findAccount (request: FastifyRequest): Promise<User | undefined> {
    const { id = '' } = request.params as { readonly id?: string }
    return /^\d{1,15}$/.test(id) ? findUserById(sql, Number(id)) : undefined
  }

  app.get('/admin/files', { exposeHeadRoute: true }, async (request, reply) => {
    const query = queryOf(request.raw.url ?? '')
    const order = query.get('order') === 'largest' ? 'largest' : 'newest'
    const [, value, id] = /^(\d{1,15})-([a-z0-9]{6})$/.exec(query.get('after') ?? '') ?? []
    const files = await listAllFiles(sql, order, value === undefined || id === undefined ? undefined : { value: Number(value), id }, MOST_ROWS)
    const last = files.length < MOST_ROWS ? undefined : files.at(-1)
    return answerPage(reply, allFilesPage({
      files: files.map(({ file, owner }) => ({ ...file, owner, deletePath: deleteLink('', file) })), order, next: last && placeOf(last.file, order)
    }))
  })

  app.get('/admin/events', { exposeHeadRoute: true }, async (request, reply) => {
    const [, happenedAt, id] = /^(\d{1,15})-([a-z0-9]{32})$/.exec(queryOf(request.raw.url ?? '').get('before') ?? '') ?? []
    const events = await listEvents(sql, happenedAt === undefined || id === undefined ? undefined : { happenedAt: Number(happenedAt), id }, MOST_ROWS)
    const last = events.length < MOST_ROWS ? undefined : events.at(-1)
    return answerPage(reply, eventsPage({
      events, next: last && `${last.happenedAt}-${last.id}`
    }))
  })

  app.get('/admin/settings', { exposeHeadRoute: true }, async (_request, reply) => {
    // What was chosen on the pages beats what is written.
    const written: Readonly<Record<string, string>> = { ...config.written, registration: await registrationOf(ports, policy) }
    return answerPage(reply, settingsPage({
      settings: Object.entries(SETTINGS).map(([name, { about }]) => ({ name: keyOfSetting(name), value: written[name] ?? '', about }))
    }))
  })

  function answerForm (url: string, answer: (viewer: Viewer, form: Form, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>): void {
    app.post(url, async (request, reply) => {
      const viewer = demandViewer(request)
      const form = await bodyOf(request)
      return hasFormToken(viewer, form) ? answer(viewer, form, request, reply) : refuseForeign(reply)
    })
  }

  const note = (kind: EventKind, { user }: Viewer, { ip }: FastifyRequest, about = '') => recordEvent(ports, { kind, who: user.userName, about, address: ip })
}

/** The words of a kind that knows nothing but words. */
function choicesOf ({ name, read }: Kind<unknown>): readonly string[] | undefined {
  const words = name.split('|')
  try {
    words.forEach(read)
  } catch {
    return undefined
  }
  return name.includes(',') ? undefined : words
}

/** The hook lets nobody else through. */
function demandViewer ({ viewer }: FastifyRequest): Viewer {
  if (viewer === undefined) throw new Error('an administrator is needed')
  return viewer
}
