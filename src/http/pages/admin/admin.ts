/** `/admin`: for administrators. Everybody else gets 404. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { registrationOf } from '../../../api/registration.ts'
import { keyOfSetting, SETTINGS, type SettingName } from '../../../config.ts'
import { BRANDING_FIELDS, type BrandingField } from '../../../domain/branding.ts'
import { hashKey } from '../../../domain/accounts/credentials.ts'
import { isEmail } from '../../../domain/mail/email.ts'
import { newKey } from '../../../domain/identifiers.ts'
import { deleteLink } from '../../../domain/files/link.ts'
import { MailProblem } from '../../../domain/mail/mail-delivery.ts'
import { INVITATION_LIFETIME, REGISTRATIONS } from '../../../domain/accounts/registration.ts'
import { listDamagedFiles } from '../../../store/files/damaged-blobs.ts'
import { findBranding, findChosenBranding, findLogo } from '../../../store/operations/branding.ts'
import { listEvents } from '../../../store/operations/events.ts'
import { countEverything, listAllFiles, cursorOf } from '../../../store/operations/overview.ts'
import { addInvitation, chooseRegistration, findChosenRegistration, listInvitations, revokeInvitation } from '../../../store/accounts/registration.ts'
import { adminPage, allFilesPage, eventsPage, revokeInvitationPage, settingsPage } from '../../../web/pages/admin-page.ts'
import { lookFor, trialMail } from '../../../mail/templates.ts'
import type { Notice } from '../../../web/components/share-card.ts'
import { notFoundPage } from '../../../web/pages/pages.ts'
import { sentence, type Sentence } from '../../../web/i18n/words.ts'
import { registerAdminAccounts } from './accounts.ts'
import { registerAdminBranding } from './branding.ts'
import { registerAdminSessions } from './sessions.ts'
import { admitAdministrators, answerAdminForm, requireViewer, MAX_ROWS } from './administrator.ts'
import { answerPage } from '../../answer/answer-page.ts'
import { queryOf } from '../../request/query.ts'
import type { Site } from '../../site.ts'
import { acceptSmallBodies } from '../../request/small-body.ts'
import type { Viewer } from '../../request/page-session.ts'

type ById = { Params: { id: string } }

export async function registerAdmin (app: FastifyInstance, site: Site): Promise<void> {
  const { ports, policy, mailTransport, config } = site
  const { sql, clock, ids } = ports
  acceptSmallBodies(app)
  admitAdministrators(app)
  registerAdminAccounts(app, site)
  registerAdminSessions(app, site)
  registerAdminBranding(app, site)

  app.get('/admin', { exposeHeadRoute: true }, async (request, reply) => show(requireViewer(request), reply))

  answerAdminForm(app, ports, '/admin/registration', async ({ viewer, form, reply, note }) => {
    const mode = REGISTRATIONS.find(name => name === form.get('mode'))
    await chooseRegistration(sql, mode)
    const open = (await listInvitations(sql, clock.now())).length
    const resting = (mode ?? policy.registration) === 'closed' && open > 0 ? `, ${open} open ${open === 1 ? 'invitation waits' : 'invitations wait'}` : ''
    await note('registration-changed', (mode ?? `as the setting says: ${policy.registration}`) + resting)
    return show(viewer, reply, { notice: { isError: false, sentence: sentence('card.saved') } })
  })

  answerAdminForm(app, ports, '/admin/invitation', async ({ viewer, request, reply, note }) => {
    const code = newKey(ids)
    const now = clock.now()
    await addInvitation(sql, hashKey(code), now, now + INVITATION_LIFETIME)
    await note('invited')
    return show(viewer, reply, { link: `${site.publicUrlOf(request)}/register?invitation=${code}` })
  })

  app.get<ById>('/admin/invitation/:id', { exposeHeadRoute: true }, async (request, reply) => {
    const invitation = (await listInvitations(sql, clock.now())).find(({ codeHash }) => codeHash === request.params.id)
    return invitation === undefined ? answerPage(reply, notFoundPage(), 404) : answerPage(reply, revokeInvitationPage(invitation, requireViewer(request).formToken))
  })

  answerAdminForm(app, ports, '/admin/invitation/revoke', async ({ viewer, form, reply, note }) => {
    const madeAt = await revokeInvitation(sql, form.get('id') ?? '')
    if (madeAt === undefined) return show(viewer, reply, { notice: { isError: true, sentence: sentence('admin.invitationGone') } })
    await note('invitation-revoked', `made ${new Date(madeAt).toISOString()}`)
    return show(viewer, reply, { notice: { isError: false, sentence: sentence('admin.revoked') } })
  })

  answerAdminForm(app, ports, '/admin/mail', async ({ viewer, form, request, reply }) => {
    const to = (form.get('to') ?? '').trim()
    if (mailTransport === undefined) return show(viewer, reply, { notice: { isError: true, sentence: sentence('admin.noMailServer') } })
    if (!isEmail(to)) return show(viewer, reply, { notice: { isError: true, sentence: sentence('field.notSaved') }, to, badMail: sentence('refusal.badEmail') })
    try {
      const look = await lookFor(request.words?.locale, await findBranding(sql, policy.branding), site.publicUrlOf(request))
      const logo = look.hasLogo ? await findLogo(sql, policy.branding) : undefined
      await mailTransport.send({ id: newKey(ids), to, createdAt: clock.now(), ...trialMail(look), logo }, new AbortController().signal)
    } catch (error) {
      if (!(error instanceof MailProblem)) throw error
      return show(viewer, reply, { notice: { isError: true, sentence: ({ say }) => say('admin.mailFailed', { reason: error.message }) } })
    }
    return show(viewer, reply, { notice: { isError: false, sentence: ({ say }) => say('admin.mailTaken', { to }) } })
  })

  interface Outcome {
    readonly link?: string
    readonly notice?: Notice
    /** Where a test mail was to go, and what is wrong with that. */
    readonly to?: string
    readonly badMail?: Sentence
  }

  async function show ({ user, formToken }: Viewer, reply: FastifyReply, { link, notice, to = user.email, badMail }: Outcome = {}) {
    return answerPage(reply, adminPage({
      totals: await countEverything(sql),
      damaged: await listDamagedFiles(sql, MAX_ROWS),
      chosen: await findChosenRegistration(sql),
      setting: policy.registration,
      invitations: await listInvitations(sql, clock.now()),
      link,
      hasMailServer: mailTransport !== undefined,
      email: to,
      badMail,
      formToken,
      notice
    }), notice?.isError ? 400 : 200)
  }

  app.get('/admin/files', { exposeHeadRoute: true }, async (request, reply) => {
    const query = queryOf(request.raw.url ?? '')
    const order = query.get('order') === 'largest' ? 'largest' : 'newest'
    const [, value, id] = /^(\d{1,15})-([a-z0-9]{6})$/.exec(query.get('after') ?? '') ?? []
    const files = await listAllFiles(sql, order, value === undefined || id === undefined ? undefined : { value: Number(value), id }, MAX_ROWS)
    const last = files.length < MAX_ROWS ? undefined : files.at(-1)
    return answerPage(reply, allFilesPage({
      files: files.map(({ file, owner }) => ({ ...file, owner, deletePath: deleteLink('', file) })), order, next: last && cursorOf(last.file, order)
    }))
  })

  app.get('/admin/events', { exposeHeadRoute: true }, async (request, reply) => {
    const [, happenedAt, id] = /^(\d{1,15})-([a-z0-9]{32})$/.exec(queryOf(request.raw.url ?? '').get('before') ?? '') ?? []
    const events = await listEvents(sql, happenedAt === undefined || id === undefined ? undefined : { happenedAt: Number(happenedAt), id }, MAX_ROWS)
    const last = events.length < MAX_ROWS ? undefined : events.at(-1)
    return answerPage(reply, eventsPage({
      events, next: last && `${last.happenedAt}-${last.id}`
    }))
  })

  app.get('/admin/settings', { exposeHeadRoute: true }, async (_request, reply) => {
    // The choices on the pages override the settings.
    const written: Readonly<Record<string, string>> = { ...config.written, registration: await registrationOf(ports, policy), ...await writtenBranding() }
    return answerPage(reply, settingsPage({
      settings: Object.entries(SETTINGS).map(([name, { about }]) => ({ name: keyOfSetting(name), value: written[name] ?? '', about }))
    }))
  })

  /** By the names of their settings. */
  async function writtenBranding (): Promise<Readonly<Record<string, string>>> {
    const { texts, logo } = await findChosenBranding(sql)
    const chosen = new Map<string, string>(BRANDING_FIELDS.flatMap(field => texts[field] === undefined ? [] : [[SETTING_OF[field], texts[field]]]))
    return { ...Object.fromEntries(chosen), ...logo && { siteLogo: logo.type } }
  }
}

const SETTING_OF: Readonly<Record<BrandingField, SettingName>> = {
  name: 'siteName', color: 'siteColor', darkColor: 'siteDarkColor', note: 'siteNote', imprint: 'imprintUrl', terms: 'termsUrl', privacy: 'privacyUrl', abuse: 'abuseUrl'
}
