/** The parts of a page that show whose site it is. */
import { colorsOf, SITE_LINKS, type Branding, type SiteLink } from '../../domain/branding.ts'
import { mix, THEMES, type Theme } from '../../domain/color.ts'
import { html, type Html } from '../html.ts'
import type { PlainKey, Words } from '../i18n/words.ts'
import { publicPath } from '../public-files.ts'

type Colors = NonNullable<ReturnType<typeof colorsOf>>

export const LINK_WORDS: Readonly<Record<SiteLink, PlainKey>> = { imprint: 'site.imprint', terms: 'site.terms', privacy: 'site.privacy', abuse: 'site.abuse' }

/** The path of a logo; of the icon of Respace when there is none. */
export const logoPath = ({ logo }: Pick<Branding, 'logo'>): string => logo === undefined ? publicPath('icon.svg') : `/branding/logo/${logo.version}`

/** The colours stand in the path, so that browsers may keep the style sheet forever. */
const colorsPath = ({ light, dark }: Colors, name: 'colors' | 'preview'): string => `/branding/${name}/${light.slice(1)}-${dark.slice(1)}.css`

/** For the head of every page. */
export function brandingHead (branding: Branding): Html {
  const colors = colorsOf(branding)
  return html`${colors === undefined
? ''
: html`<link rel="stylesheet" href="${colorsPath(colors, 'colors')}">
`}${branding.logo !== undefined
    ? html`<link rel="icon" type="${branding.logo.type}" href="${logoPath(branding)}">
<link rel="apple-touch-icon" href="${logoPath(branding)}">`
    : html`<link rel="icon" href="/favicon.ico" sizes="48x48">
<link rel="icon" type="image/svg+xml" href="${logoPath(branding)}" sizes="any">
<link rel="apple-touch-icon" href="${publicPath('apple-touch-icon.png')}">`}
<link rel="manifest" href="/manifest.webmanifest">`
}

/** For the head of the page with the preview. */
export function previewHead (branding: Branding): Html {
  return html`<link rel="stylesheet" href="${colorsPath(shownColors(branding), 'preview')}">`
}

/** The name with the logo. */
export const brandView = (branding: Branding): Html =>
  html`<img src="${logoPath(branding)}" alt=""${branding.logo === undefined ? html` width="30" height="30"` : html` class="own"`}>${branding.name}`

/** The links at the foot of a page; nothing when there are none. */
export function siteLinksView ({ say }: Words, branding: Branding): Html {
  const set = SITE_LINKS.filter(link => branding[link] !== '')
  return set.length === 0
    ? html``
    : html`<nav class="about-site" aria-label="${say('site.about')}">${set.map(link => html`<a href="${branding[link]}">${say(LINK_WORDS[link])}</a>`)}</nav>
`
}

/** A text in which the addresses of web pages are links. Punctuation after one belongs to the sentence. */
export function linkedText (text: string): Html {
  return html`${text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,:;!?)\]}])/).map((part, at) => at % 2 === 0 ? html`${part}` : html`<a href="${part}" rel="nofollow noopener">${part}</a>`)}`
}

/** The note on the start page; nothing when there is none. */
export const siteNoteView = ({ note }: Pick<Branding, 'note'>): Html => note === ''
  ? html``
  : html`<p class="site-note">${linkedText(note)}</p>
`

/** The colours of the site; those of Respace itself, as in the style sheet, when it has none. */
export const shownColors = (branding: Branding): Colors => colorsOf(branding) ?? { light: '#4a3fd0', dark: '#aea8ff' }

/** Reads `light-dark.css` of such a path; undefined for any other name. */
export function readColorsName (name: string): Colors | undefined {
  const [, light, dark] = /^([0-9a-f]{6})-([0-9a-f]{6})\.css$/.exec(name) ?? []
  return light === undefined || dark === undefined ? undefined : { light: `#${light}`, dark: `#${dark}` }
}

/** The style sheet that gives all pages these colours. */
export const colorSheet = ({ light, dark }: Colors): string =>
  `:root {${variablesOf('light', light)}}\n@media (prefers-color-scheme: dark) { :root {${variablesOf('dark', dark)}} }\n`

/** The style sheet of the preview: both themes side by side, whatever the reader's is. */
export function previewSheet ({ light, dark }: Colors): string {
  const ink = { light: '--ink: #171a2f; --soft-ink: #565b78; --line: #dadded', dark: '--ink: #eceefb; --soft-ink: #a9aecb; --line: #2c304e' }
  const of = (theme: Theme, color: string, ground: string) => `.look-${theme} { color-scheme: ${theme}; --ground: ${ground}; --sheet: ${THEMES[theme].sheet}; ${ink[theme]};${variablesOf(theme, color)}}\n`
  return of('light', light, '#f3f4fa') + of('dark', dark, '#0f1122')
}

function variablesOf (theme: Theme, color: string): string {
  const { sheet, onAccent, away } = THEMES[theme]
  return ` --accent: ${color}; --accent-deep: ${mix(color, away, 0.28)}; --on-accent: ${onAccent}; --tint: ${mix(sheet, color, 0.1)}; --ring: ${color}1f; `
}
