/** `/admin/branding`: how the site looks. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { BRANDING_FIELDS, readBrandingText, readLogo, type BrandingFault, type BrandingField } from '../../../domain/branding.ts'
import { chooseBranding, chooseLogo, findChosenBranding, type ChosenTexts } from '../../../store/operations/branding.ts'
import { brandingPage, type BrandingView } from '../../../web/pages/admin-branding-page.ts'
import { sentence, type PlainKey } from '../../../web/i18n/words.ts'
import { answerAdminForm, requireViewer } from './administrator.ts'
import { answerPage } from '../../answer/answer-page.ts'
import { leadBack } from '../../request/authenticated-form.ts'
import { queryOf } from '../../request/query.ts'
import { acceptFormsWithFile, fileOf, type Form } from '../../request/small-body.ts'
import type { Viewer } from '../../request/page-session.ts'
import type { Site } from '../../site.ts'

const PLACE = '/admin/branding'
/** More than a logo may have, so that one that is too large is told at its field. */
const MAX_FORM_BYTES = 4 * 1024 * 1024

/** In the scope for administrators. */
export function registerAdminBranding (app: FastifyInstance, site: Site): void {
  const { ports, policy } = site
  const { sql } = ports
  const settings = policy.branding

  app.get('/admin/branding', { exposeHeadRoute: true }, async (request, reply) => {
    const isSaved = queryOf(request.raw.url ?? '').has('done')
    return show(requireViewer(request), reply, isSaved ? { notice: noticeOf('card.saved') } : {})
  })

  answerAdminForm(app, ports, '/admin/branding', async ({ viewer, form, request, reply, note }) => {
    const { texts, faults } = readForm(form)
    if (form.get('act') === 'preview' || faults.size > 0) {
      return show(viewer, reply, { typed: typedIn(form), texts, faults, notice: faults.size > 0 ? noticeOf('admin.notSaved', true) : undefined })
    }
    const { texts: before } = await findChosenBranding(sql)
    const changed = BRANDING_FIELDS.filter(field => texts[field] !== before[field])
    await chooseBranding(sql, texts)
    if (changed.length > 0) await note('branding-changed', changed.join(', '))
    return leadBack(request, reply, PLACE, 'saved')
  })

  answerAdminForm(app, ports, '/admin/branding/logo/remove', async ({ request, reply, note }) => {
    await chooseLogo(sql, undefined)
    await note('branding-changed', 'logo removed')
    return leadBack(request, reply, PLACE, 'saved')
  })

  app.register(async scope => {
    acceptFormsWithFile(scope, MAX_FORM_BYTES)
    answerAdminForm(scope, ports, '/admin/branding/logo', async ({ viewer, request, reply, note }) => {
      const file = fileOf(request)
      const logo = file === undefined || file.length === 0 ? 'no file' : readLogo(file)
      if (logo === 'no file' || 'kind' in logo) return show(viewer, reply, { faults: new Map([['logo', logo]]), notice: noticeOf('admin.notSaved', true) })
      await chooseLogo(sql, logo)
      await note('branding-changed', 'logo')
      return leadBack(request, reply, PLACE, 'saved')
    })
  })

  interface Shown extends Partial<Pick<BrandingView, 'typed' | 'faults' | 'notice'>> {
    /** What the preview has instead of what was chosen before. */
    readonly texts?: ChosenTexts
  }

  async function show ({ formToken }: Viewer, reply: FastifyReply, { typed, texts, faults = new Map(), notice }: Shown) {
    const chosen = await findChosenBranding(sql)
    return answerPage(reply, brandingPage({
      typed: typed ?? chosen.texts,
      settings,
      faults,
      shown: { ...settings, ...texts ?? chosen.texts, logo: chosen.logo ?? settings.logo },
      isUnsaved: texts !== undefined,
      hasOwnLogo: chosen.logo !== undefined,
      formToken,
      notice
    }), notice?.isError ? 400 : 200)
  }
}

/** Names of fields come in small letters. */
const fieldIn = (form: Form, field: BrandingField): string => form.get(field.toLowerCase()) ?? ''

const typedIn = (form: Form) => Object.fromEntries(BRANDING_FIELDS.map(field => [field, fieldIn(form, field)]))

const noticeOf = (key: PlainKey, isError = false) => ({ isError, sentence: sentence(key) })

/** The texts that are not empty, and what is wrong; of a colour that cannot be read the nearest one that can. */
function readForm (form: Form): { readonly texts: ChosenTexts, readonly faults: ReadonlyMap<BrandingField, BrandingFault> } {
  const texts: Partial<Record<BrandingField, string>> = {}
  const faults = new Map<BrandingField, BrandingFault>()
  for (const field of BRANDING_FIELDS) {
    const read = readBrandingText(field, fieldIn(form, field))
    if (typeof read === 'object') {
      faults.set(field, read)
      if ('nearest' in read) texts[field] = read.nearest
    } else if (read !== '') texts[field] = read
  }
  return { texts, faults }
}
