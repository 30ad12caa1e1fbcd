import { html, Html } from '../html.ts'
import type { Words } from '../i18n/words.ts'

/**
 * Programs compare English texts in our pages (observed). They may send the language of their user, so pages in other
 * languages have these texts too, in a comment: no value can end it, since `>` is escaped.
 */
export const scraperHook = ({ language }: Words, english: Html, translated: Html): Html =>
  language === 'en' ? english : html`<!-- ${english} -->${translated}`

/**
 * The parts of the old web site that a download manager for shells needs (observed): it reads lines, finds forms by their number on the
 * page, and sends each form to the address in it. They are in comments, so that nobody else sees them.
 */
const hidden = (lines: readonly Html[]): Html => html`${lines.map(line => html`<!-- ${line} -->\n`)}`

/** On the delete page: the sentence that it searches, and the third form, with an absolute address. */
export function deleteHook (address: string): Html {
  const form = html`<form method="post" action="${address}">
<input type="submit" name="delete" value="Delete">
</form>`
  return hidden([html`You are about to delete the folowing file`, form, form, form])
}

/** A PHP downloader recognizes by it that a file has a password (observed). */
export const PASSWORD_HOOK: Html = hidden([html`This file has been password protected`])

export const DELETED_HOOK: Html = hidden([html`The file has been successfully deleted`])

/** A line for each file of a public folder: its page and its name. */
export const listHook = (files: ReadonlyArray<{ readonly link: string, readonly name: string }>): Html =>
  hidden(files.map(({ link, name }) => html`<td class="dl" align="center"><a href="${link}" title="${name}">`))

/** After an upload: its links. */
export const uploadedHook = (shareLink: string, deleteLink: string): Html =>
  hidden([html`<a href="${shareLink}" class="share link">`, html`<a href="${deleteLink}">`])

/** The last form of the start page: the upload address, the largest size, and fields to send back. */
export function uploadHook ({ publicUrl, maxFileSize, account }: { readonly publicUrl: string, readonly maxFileSize: number, readonly account: { readonly userName: string, readonly email: string } | undefined }): Html {
  const largest = maxFileSize < 0 ? Number.MAX_SAFE_INTEGER : maxFileSize
  const fields = Object.entries({ PROGRESS_URL: `${publicUrl}/progress`, signature: '1', ...account && { userid: account.userName, ownemail: account.email } })
  return html`<!-- <form method="post" action="${publicUrl}/upload?${OLD_FORM}=${largest}" enctype="multipart/form-data">${
    fields.map(([name, value]) => html`
<input type="hidden" name="${name}" value="${value}">`)}
</form> -->
`
}

/** With this parameter in the address of an upload the answer is the page itself: that program follows no redirects. */
export const OLD_FORM = 'MAX_FILE_SIZE'
