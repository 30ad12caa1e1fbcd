/** The page on which administrators choose how the site looks. */
import { MAX_LOGO_BYTES, MAX_NOTE_BYTES, MAX_SITE_NAME, SITE_LINKS, type Branding, type BrandingFault, type BrandingField, type BrandingTexts } from '../../domain/branding.ts'
import { LEAST_CONTRAST, type Theme } from '../../domain/color.ts'
import { brandView, LINK_WORDS, linkedText, logoPath, previewHead, shownColors } from '../components/branding-view.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, moduleScript } from '../components/layout.ts'
import type { Page } from '../components/layout.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import type { Notice } from '../components/share-card.ts'
import type { PlainKey, Words } from '../i18n/words.ts'
import { adminSheet } from './admin-page.ts'

export interface BrandingView {
  /** What the fields hold. */
  readonly typed: Partial<BrandingTexts>
  /** What an empty field means. */
  readonly settings: BrandingTexts
  readonly faults: ReadonlyMap<BrandingField | 'logo', BrandingFault | 'no file'>
  /** What the preview shows. */
  readonly shown: Branding
  readonly isUnsaved: boolean
  /** Whether there is an uploaded logo, which can be removed. */
  readonly hasOwnLogo: boolean
  readonly formToken: string
  readonly notice: Notice | undefined
}

export function brandingPage (view: BrandingView): Page {
  return words => {
    const { say } = words
    const { typed, settings, faults, shown, isUnsaved, hasOwnLogo, formToken, notice } = view
    const token = formTokenField(formToken)
    const now = shownColors(shown)
    const wrong = (field: BrandingField | 'logo') => {
      const fault = faults.get(field)
      return fault && ((reader: Words) => faultView(reader, fault))
    }
    const attributes = (field: BrandingField, ...hints: readonly string[]) => html`id="${field}" name="${field}" placeholder="${settings[field]}"${faults.has(field) ? problemMark(field, true) : hints.length === 0 ? '' : html` aria-describedby="${hints.join(' ')}"`}`
    const input = (field: BrandingField, type: string, more: Html, ...hints: readonly string[]) => html`<input ${attributes(field, ...hints)} type="${type}" value="${typed[field] ?? ''}"${more}>`
    const problem = (field: BrandingField | 'logo') => problemView(words, field, wrong(field))
    const color = (field: 'color' | 'darkColor', key: PlainKey, now: string, hint?: PlainKey) => html`<div class="field"><label for="${field}">${say(key)}</label>
<div class="row pair">${input(field, 'text', html` maxlength="7" spellcheck="false" autocapitalize="off"`, ...hint === undefined ? [] : [`${field}-hint`])}<input type="color" class="with-script" data-picks="${field}" value="${now}" aria-label="${say('branding.pick')}: ${say(key)}"></div>
${problem(field)}${hint === undefined ? '' : html`<span class="hint" id="${field}-hint">${say(hint)}</span>`}</div>`
    return adminSheet(words, '/admin/branding', say('admin.branding'), notice, html`
<form method="post" action="/admin/branding" class="card">${token}
<p class="quiet">${say('branding.sentence')}</p>
<div class="field"><label for="name">${say('branding.name')}</label>${input('name', 'text', html` maxlength="${MAX_SITE_NAME}" autocomplete="off"`)}${problem('name')}</div>
<div class="fields">
${color('color', 'branding.color', now.light)}
${color('darkColor', 'branding.darkColor', now.dark, 'branding.darkHint')}
</div>
<div class="field"><label for="note">${say('branding.note')}</label><textarea ${attributes('note', 'note-hint')} maxlength="${MAX_NOTE_BYTES}">${typed.note ?? ''}</textarea>${problem('note')}<span class="hint" id="note-hint">${say('branding.noteHint')}</span></div>
<fieldset><legend>${say('branding.links')}</legend>
<p class="hint" id="links-hint">${say('branding.linkHint')}</p>
<div class="fields broad">${SITE_LINKS.map(link => html`
<div class="field"><label for="${link}">${say(LINK_WORDS[link])}</label>${input(link, 'text', html` inputmode="url" autocapitalize="off" spellcheck="false"`, 'links-hint')}${problem(link)}</div>`)}
</div></fieldset>
<div class="row"><button type="submit" name="act" value="save">${say('card.save')}</button><button type="submit" name="act" value="preview" class="plain">${say('branding.preview')}</button></div>
</form>
<section class="card"><h2>${say('branding.preview')}</h2>
${isUnsaved ? html`<p class="quiet">${say('branding.unsaved')}</p>` : ''}
<div class="looks">${(['light', 'dark'] as const).map(theme => lookView(words, shown, theme))}</div>
</section>
<section class="card"><h2>${say('branding.logo')}</h2>
<form method="post" action="/admin/branding/logo" enctype="multipart/form-data">${token}
<div class="field"><div class="row">${shown.logo === undefined ? '' : html`<img src="${logoPath(shown)}" alt="${say('branding.logo')}" class="logo-now">`}<input id="logo" name="logo" type="file" accept="image/png,image/jpeg,image/webp,image/svg+xml" required class="grow" aria-label="${say('branding.logo')}"${faults.has('logo') ? problemMark('logo', true) : html` aria-describedby="logo-hint"`}></div>
${problem('logo')}<span class="hint" id="logo-hint">${say('branding.logoHint', { most: words.size(MAX_LOGO_BYTES) })}</span></div>
<button type="submit" class="plain">${say('branding.upload')}</button>
</form>
${hasOwnLogo ? html`<form method="post" action="/admin/branding/logo/remove">${token}<button type="submit" class="bare">${say('branding.removeLogo')}</button></form>` : ''}
</section>`, html`${previewHead(shown)}
${moduleScript('branding.js')}`)
  }
}

/** How a page looks in a theme. Nothing in it can be used. */
function lookView ({ say }: Words, shown: Branding, theme: Theme): Html {
  const links = SITE_LINKS.filter(link => shown[link] !== '')
  return html`
<div class="look look-${theme}"><h3>${say(theme === 'light' ? 'branding.light' : 'branding.dark')}</h3>
<p class="brand">${brandView(shown)}</p>
<div class="look-sheet"><p><span class="as-link">${say('branding.sample')}</span></p>
<p><span class="button">${say('home.choose')}</span></p></div>
${shown.note === '' ? '' : html`<p class="site-note">${linkedText(shown.note)}</p>`}
${links.length === 0 ? '' : html`<p class="quiet">${links.map((link, at) => html`${at === 0 ? '' : ' · '}${say(LINK_WORDS[link])}`)}</p>`}</div>`
}

function faultView (words: Words, fault: BrandingFault | 'no file'): Html {
  const { say } = words
  if (fault === 'no file') return say('refusal.noFile')
  const most = words.size(MAX_LOGO_BYTES)
  switch (fault.kind) {
    case 'long name': return say('branding.longName', { most: words.number(MAX_SITE_NAME) })
    case 'bad name': return say('branding.badName')
    case 'no color': return say('branding.noColor', { example: '#4a3fd0' })
    case 'long note': return say('refusal.tooLong', { most: words.number(MAX_NOTE_BYTES) })
    case 'bad link': return say('branding.linkHint')
    case 'large logo': return say('branding.largeLogo', { most })
    case 'bad logo': return say('branding.badLogo')
    default: return say(fault.kind === 'pale color' ? 'branding.pale' : 'branding.dim', {
      contrast: words.number(Math.floor(fault.contrast * 10) / 10), least: words.number(LEAST_CONTRAST), nearest: fault.nearest
    })
  }
}
