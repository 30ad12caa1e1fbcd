/** One function per mail: data in, subject and both bodies out. Names and messages of users are text, never markup. */
import { html, type Html } from '../web/html.ts'

export interface MailContent {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface SharedLink {
  readonly name: string
  readonly link: string
}

/** The sender's name, and the sender's address if known; a name of '' means somebody without an account. */
export interface SharedBy {
  readonly name: string
  readonly email?: string
}

export function shareMail ({ name, email }: SharedBy, shared: readonly SharedLink[], message: string): MailContent {
  const who = oneLine(name) || 'Somebody'
  const byline = email === undefined ? who : `${who} (${email})`
  const words = cleanText(message)
  return {
    subject: `${shorten(who)} shares ${summary(shared)} with you`,
    text: paragraphs(`${byline} shares with you:`, ...linksAsText(shared), words),
    html: document(html`<p>${byline} shares with you:</p>
${linksAsHtml(shared)}
${words === '' ? '' : html`<p style="white-space:pre-line;border-left:3px solid #8886;padding-left:1em">${words}</p>`}`)
  }
}

/** For an uploader who asked for a notification. */
export function uploadedMail (shared: readonly SharedLink[]): MailContent {
  const sentence = shared.length === 1 ? 'Your upload is stored. To share it:' : 'Your uploads are stored. To share them:'
  return {
    subject: `You uploaded ${summary(shared).replace('links', 'files')}`,
    text: paragraphs(sentence, ...linksAsText(shared)),
    html: document(html`<p>${sentence}</p>
${linksAsHtml(shared)}`)
  }
}

/** For the owner of a file request, about new files. */
export function receivedMail (title: string, files: readonly SharedLink[], note: string): MailContent {
  const sentence = `${files.length === 1 ? 'New file' : `${files.length} new files`} for “${oneLine(title)}”:`
  const words = cleanText(note)
  return {
    subject: `New ${files.length === 1 ? 'file' : 'files'} for “${shorten(oneLine(title))}”`,
    text: paragraphs(sentence, ...linksAsText(files), words),
    html: document(html`<p>${sentence}</p>
${linksAsHtml(files)}
${words === '' ? '' : html`<p style="white-space:pre-line">${words}</p>`}`)
  }
}

/** For a user who registered without a password. */
export function passwordMail (publicUrl: string, userName: string, password: string): MailContent {
  return {
    subject: 'Your password',
    text: paragraphs(`Your account at ${publicUrl} was created.`, `User name: ${userName}\nPassword: ${password}`),
    html: document(html`<p>Your account at <a href="${publicUrl}">${publicUrl}</a> was created.</p>
<p>User name: <b>${userName}</b><br>Password: <b>${password}</b></p>`)
  }
}

/** The mail of `respace mail test`. */
export function trialMail (): MailContent {
  const sentence = 'This is a test mail. Mail from Respace works.'
  return { subject: 'Test mail from Respace', text: paragraphs(sentence), html: document(html`<p>${sentence}</p>`) }
}

function summary (shared: readonly SharedLink[]): string {
  const [first] = shared
  return shared.length === 1 && first ? shorten(oneLine(first.name)) : `${shared.length} links`
}

const linksAsText = (shared: readonly SharedLink[]): string[] => shared.map(({ name, link }) => `${oneLine(name)}\n${link}`)

const linksAsHtml = (shared: readonly SharedLink[]): Html[] => shared.map(({ name, link }) => html`<p>${oneLine(name)}<br><a href="${link}">${link}</a></p>
`)

const paragraphs = (...texts: readonly string[]): string => texts.filter(text => text !== '').join('\n\n') + '\n'

const document = (content: Html): string => html`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"></head>
<body style="font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere">
${content}</body>
</html>
`.text

/** Control characters and line ends, which would break a header or forge lines, become spaces. */
const oneLine = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()

/** Keeps line ends, removes other control characters. */
const cleanText = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/(?![\n\t])[\p{Cc}\p{Cs}]/gu, '').trim()

/** A name cut to fit a subject. `=?` would start an encoded word there: a mail reader would show another name. */
function shorten (text: string): string {
  const characters = [...text.replaceAll('=?', '= ?')]
  return characters.length <= 100 ? characters.join('') : characters.slice(0, 99).join('') + '…'
}
