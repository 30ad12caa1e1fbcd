/**
 * The look of all mails. Mail programs know tables and styles in elements, and little else: no style sheet, nothing from a network. Text, ground and
 * links have no colour of ours, so that a program for dark screens can choose its own; the button has both of its colours.
 */
import { colorsOf, isShownInMails, type Branding } from '../domain/branding.ts'
import { html, type Html } from '../web/html.ts'
import { tagOf } from '../web/i18n/languages.ts'
import { ENGLISH, readerOf, wordsOf } from '../web/i18n/translations.ts'
import type { Words } from '../web/i18n/words.ts'

export interface MailContent {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** What depends on the reader and on the site. */
export interface Look {
  readonly words: Words
  /** `#rrggbb`, for white text. */
  readonly color: string
  /** Whether the mail shows the image `cid:logo`, see LOGO. */
  readonly hasLogo: boolean
  /** The address of the site; '' when it is not known. */
  readonly url: string
}

/** A line of a mail: a file, a folder. */
export interface LetterItem {
  readonly name: string
  /** '' for none. */
  readonly link: string
  /** Such as its size. */
  readonly detail: string
  /** Such as its end. */
  readonly notes: readonly string[]
}

/** A mail as its writer says it; '' and empty lists are left out. */
export interface Letter {
  readonly subject: string
  readonly sentence: string
  /** Words of a user. */
  readonly message: string
  readonly items: readonly LetterItem[]
  readonly facts: readonly string[]
  readonly button: { readonly label: string, readonly link: string } | undefined
  /** Why the reader gets it. */
  readonly reason: string
}

/** Where a mail has the logo. */
export const LOGO = 'cid:logo'

const COLOR = '#4a3fd0'

/** `locale` as in `users.locale`; undefined and null: English. */
export async function lookFor (locale: string | null | undefined, branding: Branding, url: string): Promise<Look> {
  const words = locale ? await wordsOf(readerOf(locale, undefined)) : ENGLISH
  return { words: words.forSite(branding.name), color: colorsOf(branding)?.light ?? COLOR, hasLogo: branding.logo !== undefined && isShownInMails(branding.logo), url }
}

/** Writes both bodies. All texts of the letter are text, never markup. */
export function writeLetter (look: Look, letter: Letter): MailContent {
  return { subject: oneLine(letter.subject), text: textOf(look, letter), html: htmlOf(look, letter) }
}

/** Control characters and line ends, which would break a header or forge lines, become spaces. */
export const oneLine = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()

/** Keeps line ends, removes other control characters. */
export const cleanText = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/(?![\n\t])[\p{Cc}\p{Cs}]/gu, '').trim()

function textOf ({ words, url }: Look, { sentence, message, items, facts, button, reason }: Letter): string {
  // The first line of the end is how mail programs recognize a signature.
  const end = ['-- ', url === '' ? words.site : `${words.site}, ${url}`, reason].join('\n')
  const list = items.map(itemText).join(items.some(({ link }) => link !== '') ? '\n\n' : '\n')
  return [sentence, message, list, facts.join('\n'), items.some(({ link }) => link === button?.link) ? '' : button?.link ?? '', end].filter(text => text !== '').join('\n\n') + '\n'
}

const itemText = ({ name, link, detail, notes }: LetterItem): string =>
  [detail === '' ? name : `${name} (${detail})`, link, ...notes].filter(line => line !== '').join('\n')

const LETTERS = 'font:16px/1.5 system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif'
const SMALL = 'font-size:14px'
const TABLE = html`role="presentation" width="100%" cellspacing="0" cellpadding="0" border="0"`

function htmlOf (look: Look, { subject, sentence, message, items, facts, button, reason }: Letter): string {
  const { words, url, hasLogo, color } = look
  const list = html`<table ${TABLE} style="border:1px solid #8a8fae;border-radius:12px;border-collapse:separate;${LETTERS}">
${items.map((item, at) => itemHtml(item, at > 0))}</table>`
  return html`<!DOCTYPE html>
<html lang="${tagOf(words.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${oneLine(subject)}</title>
</head>
<body style="margin:0;padding:0">
<table ${TABLE}><tr><td align="center" style="padding:24px 16px">
<table ${TABLE} style="max-width:600px;text-align:left;${LETTERS};overflow-wrap:anywhere;word-break:break-word">
${row(20, html`${hasLogo ? html`<img src="${LOGO}" alt="" height="36" style="height:36px;vertical-align:middle;border:0;margin-right:10px">` : ''}<b style="font-size:18px;vertical-align:middle">${words.site}</b>`)}${
row(16, html`${sentence}`)}${
row(16, message !== '' && html`<div style="white-space:pre-line;border-left:4px solid ${color};padding:2px 0 2px 14px">${message}</div>`)}${
row(20, items.length > 0 && list)}${
row(20, facts.length > 0 && html`${facts.map(fact => html`${fact}<br>`)}`)}${
row(20, button !== undefined && html`${buttonHtml(color, button)}${items.length === 1 ? html`<div style="${SMALL};padding-top:14px"><a href="${button.link}">${button.link}</a></div>` : ''}`)
}<tr><td style="padding:16px 0 0;border-top:1px solid #8a8fae;${SMALL}">${url === '' ? words.site : html`<a href="${url}/">${words.site}</a>`}<br>${reason}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`.text
}

/** A row with so many pixels below it; false: none. */
const row = (below: number, content: Html | false): Html => content === false
  ? html``
  : html`<tr><td style="padding:0 0 ${below}px">${content}</td></tr>
`

function itemHtml ({ name, link, detail, notes }: LetterItem, hasLine: boolean): Html {
  const small = [detail, ...notes].filter(text => text !== '').join(' · ')
  return html`<tr><td style="padding:12px 16px${hasLine ? ';border-top:1px solid #8a8fae' : ''}">${link === '' ? html`<b>${name}</b>` : html`<a href="${link}"><b>${name}</b></a>`}${small === '' ? '' : html`<br><span style="${SMALL}">${small}</span>`}</td></tr>
`
}

const buttonHtml = (color: string, { label, link }: NonNullable<Letter['button']>): Html =>
  html`<table role="presentation" cellspacing="0" cellpadding="0" border="0"><tr><td bgcolor="${color}" style="background:${color};border-radius:12px"><a href="${link}" style="display:inline-block;padding:12px 26px;${LETTERS};font-weight:600;color:#ffffff;text-decoration:none;border-radius:12px">${label}</a></td></tr></table>`
