import { html, Html } from './html.ts'
import { publicPath } from './public-files.ts'

/** What a page says; the frame around it is drawn when it is answered. */
export interface Page {
  readonly title: string
  readonly content: Html
  readonly head: Html
}

/** A page. `head` is for feeds, and for the scripts that make it more convenient; no page needs one. */
export const page = (title: string, content: Html, head: Html = html``): Page => ({ title, content, head })

/** A native module from `public/`; it never holds up the first paint. */
export const moduleScript = (name: string): Html => html`<script type="module" src="${publicPath(name)}"></script>`

/** Who looks at it, once he has logged in. */
export interface PageViewer {
  readonly name: string
  /** Stands in each form: another site cannot know it. */
  readonly formToken: string
}

/** The hidden field of a form that only its viewer's own pages may send. */
export const formTokenField = (formToken: string): Html => html`<input type="hidden" name="form_token" value="${formToken}">`

/** The whole document. No inline style or script, no request to anywhere else. */
export function writePage ({ title, content, head }: Page, viewer: PageViewer | undefined): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="${publicPath('style.css')}">
<link rel="icon" type="image/svg+xml" href="${publicPath('icon.svg')}">
${moduleScript('site.js')}${head}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><a class="brand" href="/"><img src="${publicPath('icon.svg')}" alt="" width="30" height="30">Respace</a>
<nav aria-label="Account">${viewer === undefined
    ? html`<a href="/login">Log in</a>`
    : html`<span class="quiet">${viewer.name}</span>
<form method="post" action="/logout">${formTokenField(viewer.formToken)}<button type="submit" class="bare">Log out</button></form>`}</nav></header>
<main id="content">
${content}
</main>
<footer class="bottom"><span>Shared with Respace</span></footer>
</body>
</html>
`.text
}
