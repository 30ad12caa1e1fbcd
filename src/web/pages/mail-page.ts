/** The form to mail links to files and folders. */
import type { Contact } from '../../domain/accounts/contact.ts'
import { MAX_RECIPIENTS } from '../../domain/mail/email.ts'
import type { StoredFile } from '../../domain/files/file.ts'
import type { Folder } from '../../domain/files/folder.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, moduleScript, sheet, type Page } from '../components/layout.ts'
import { placeFields, placeLink, type MyPlace } from '../components/list-url.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { noticeView, type Notice } from '../components/share-card.ts'
import type { Sentence, Words } from '../i18n/words.ts'

export interface MailView {
  readonly files: readonly StoredFile[]
  readonly folders: readonly Folder[]
  readonly contacts: readonly Contact[]
  /** Where to return to. */
  readonly place: MyPlace
  /** The input of a form with errors. */
  readonly to: string
  readonly ticked: ReadonlySet<string>
  readonly message: string
  readonly formToken: string
  readonly notice: Notice | undefined
  /** The field with an error, and its message. */
  readonly wrong: { readonly field: 'to' | 'message', readonly problem: Sentence } | undefined
}

export function mailPage ({ files, folders, contacts, place, to, ticked, message, formToken, notice, wrong }: MailView): Page {
  return words => {
    const { say } = words
    const hidden = folders.filter(({ isShared }) => !isShared)
    const locked = files.filter(({ sealedPassword }) => sealedPassword !== null)
    return sheet(html`${say('mail.title')} – ${words.site}`, html`<h1>${say('mail.title')}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
<form method="post" action="/my/mail" class="card">${formTokenField(formToken)}${placeFields(place)}
${folders.map(({ id }) => html`<input type="hidden" name="folder_${id}" value="1">`)}${files.map(({ id }) => html`<input type="hidden" name="file_${id}" value="1">`)}
<ul class="list">${folders.map(({ name }) => html`<li>${name}</li>`)}${files.map(({ name, size }) => html`<li><span class="grow">${name}</span> <span class="quiet">${words.size(size)}</span></li>`)}</ul>
${hidden.map(({ name }) => html`<p class="quiet">${say('mail.private', { name })}</p>`)}${locked.map(({ name }) => html`<p class="quiet">${say('mail.locked', { name })}</p>`)}
<div class="field"><label for="to">${say('mail.to')}</label>
<input id="to" name="to" value="${to}" list="contacts" autocomplete="off" spellcheck="false" inputmode="email"${problemMark('to', wrong?.field === 'to', 'to-hint')}>${problemView(words, 'to', wrong?.field === 'to' ? wrong.problem : undefined)}
<span class="hint" id="to-hint">${say('mail.toHint', { most: MAX_RECIPIENTS })}</span>
<datalist id="contacts">${contacts.map(({ email, name }) => html`<option value="${email}">${name}</option>`)}</datalist></div>
${contacts.length === 0 ? '' : bookView(words, contacts, ticked)}
<div class="field"><label for="message">${say('mail.message')} <span class="quiet">${say('home.optional')}</span></label>
<textarea id="message" name="message"${problemMark('message', wrong?.field === 'message')}>${message}</textarea>${problemView(words, 'message', wrong?.field === 'message' ? wrong.problem : undefined)}</div>
<div class="row"><button type="submit" name="send" value="1">${say('mail.send')}</button> <a class="button plain" href="${placeLink(place)}">${say('my.back')}</a></div>
</form>`, moduleScript('mail.js'))
  }
}

/** Works without scripts, and by mouse. */
function bookView ({ say }: Words, contacts: readonly Contact[], ticked: ReadonlySet<string>): Html {
  return html`<details class="more field"${ticked.size > 0 ? html` open` : ''}><summary>${say('mail.fromBook')}</summary>
<ul class="list">${contacts.map(({ email, name }, i) => html`
<li><label class="tick"><input type="checkbox" name="contact_${i}" value="${email}"${ticked.has(email) ? html` checked` : ''}> ${name === '' ? email : html`${name} <span class="quiet">${email}</span>`}</label></li>`)}</ul>
</details>`
}
