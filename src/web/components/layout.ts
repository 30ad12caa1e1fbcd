import type { Branding } from '../../domain/branding.ts'
import { html, Html } from '../html.ts'
import { brandingHead, brandView, siteLinksView } from './branding-view.ts'
import { LANGUAGES, tagOf } from '../i18n/languages.ts'
import { publicPath } from '../public-files.ts'
import type { Words } from '../i18n/words.ts'

/** A page is rendered when it is sent: only then are the reader's language, the look of the site and the frame known. */
export type Page = (words: Words, branding: Branding) => Sheet

/** The content of a page. */
export interface Sheet {
  readonly title: Html
  readonly content: Html
  readonly head: Html
  /** The end of the document, which is not visible. */
  readonly tail: Html
  readonly isEnglish: boolean
}

/** `head` is for feeds and optional scripts; every page works without them. */
export const sheet = (title: Html, content: Html, head: Html = html``, tail: Html = html``): Sheet => ({ title, content, head, tail, isEnglish: false })

/** A page in English for every reader. */
export const englishSheet = (title: Html, content: Html, head: Html): Sheet => ({ title, content, head, tail: html``, isEnglish: true })

/** A native module from `public/`; it does not delay the first paint. */
export const moduleScript = (name: string): Html => html`<script type="module" src="${publicPath(name)}"></script>`

/** The same, with the texts that it and its imports need: groups `script.GROUP.` of the languages' files. */
export const speakingScript = (name: string, { ofScripts }: Words, ...groups: readonly string[]): Html =>
  html`${groups.map(group => wordsView(ofScripts(group)))}${moduleScript(name)}`

const views = new WeakMap<Readonly<Record<string, string>>, Html>()

/** The texts of a group for its scripts, written once for each language. */
function wordsView (texts: Readonly<Record<string, string>>): Html {
  const view = views.get(texts) ?? html`<meta name="words" content="${JSON.stringify(texts)}">`
  views.set(texts, view)
  return view
}

/** The logged-in user. */
export interface PageViewer {
  readonly name: string
  readonly isAdmin: boolean
  /** The token in each form, which other sites cannot know. */
  readonly formToken: string
}

/** The hidden field with that token. */
export const formTokenField = (formToken: string): Html => html`<input type="hidden" name="form_token" value="${formToken}">`

/** The frame of a page. */
export interface Frame {
  readonly words: Words
  readonly branding: Branding
  readonly viewer: PageViewer | undefined
  /** The path of this page. */
  readonly place: string
}

/** The whole document. No inline style or script, no request to other servers. */
export function writePage (page: Page, { words, branding, viewer, place }: Frame): string {
  const { title, content, head, tail, isEnglish } = page(words, branding)
  const lang = isEnglish && words.language !== 'en' ? html` lang="en"` : ''
  const { start, headOfAll, top, bottom, languages } = standingParts(words, branding)
  return html`${start}
<title${lang}>${title}</title>
${headOfAll}${head}
</head>
<body>
${top}${navigation(words, viewer, place)}</nav></header>
<main id="content"${lang}>
${content}
</main>
${bottom}<input type="hidden" name="to" value="${place}">${languages}</footer>
${tail}</body>
</html>
`.text
}

/** What all pages have in common in a language and a look. */
interface StandingParts {
  readonly branding: Branding
  readonly start: Html
  readonly headOfAll: Html
  readonly top: Html
  readonly bottom: Html
  readonly languages: Html
}

const standing = new WeakMap<Words, StandingParts>()

/** Written once for each language, and again when the look has changed. */
function standingParts (words: Words, branding: Branding): StandingParts {
  const known = standing.get(words)
  if (known?.branding === branding) return known
  const { say } = words
  const parts = {
    branding,
    start: html`<!DOCTYPE html>
<html lang="${tagOf(words.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">`,
    headOfAll: html`<link rel="stylesheet" href="${publicPath('style.css')}">
${brandingHead(branding)}
${speakingScript('site.js', words, 'site')}`,
    top: html`<a class="skip" href="#content">${say('site.skip')}</a>
<header class="top"><a class="brand" href="/">${brandView(branding)}</a>
<nav aria-label="${say('site.account')}">`,
    bottom: html`<footer class="bottom"><span>${say('site.footer')}</span>
${siteLinksView(words, branding)}<details class="languages"><summary><span class="visually-hidden">${say('site.language')}: </span><span lang="${words.language}">${LANGUAGES[words.language]}</span></summary>
<form method="post" action="/language" aria-label="${say('site.language')}">`,
    languages: languageButtons(words)
  }
  standing.set(words, parts)
  return parts
}

const navigation = ({ say }: Words, viewer: PageViewer | undefined, place: string): Html => viewer === undefined
  ? html`<a href="/login">${say('site.logIn')}</a>`
  : html`${OWN_PAGES.map(([url, key]) => html`<a href="${url}"${url === ownPageOf(place) ? html` aria-current="page"` : ''}>${say(key)}</a>`)}${viewer.isAdmin ? html`<a href="/admin"${place.startsWith('/admin') ? html` aria-current="page"` : ''}>${say('site.admin')}</a>` : ''}<a href="/account"${/^\/account(?:\?|$)/.test(place) ? html` aria-current="page"` : ''}>${viewer.name}</a>
<form method="post" action="/logout">${formTokenField(viewer.formToken)}<button type="submit" class="bare">${say('site.logOut')}</button></form>`

/** The pages of somebody's own things, in the main navigation. */
const OWN_PAGES = [['/my', 'site.myFiles'], ['/my/requests', 'request.heading'], ['/my/shared', 'shared.heading']] as const

/** The one that a page belongs to. */
const ownPageOf = (place: string): string | undefined =>
  OWN_PAGES.map(([url]) => url).filter(url => place === url || place.startsWith(`${url}/`) || place.startsWith(`${url}?`)).at(-1)

/** The rest of the choice of language, a menu that opens without scripts, too. */
const languageButtons = ({ language }: Words): Html => html`${
    Object.entries(LANGUAGES).map(([code, name]) => html`
<button type="submit" name="language" value="${code}" lang="${code}" class="bare"${code === language ? html` aria-current="true"` : ''}>${name}</button>`)}
</form></details>`
