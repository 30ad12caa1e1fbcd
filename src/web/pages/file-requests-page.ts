/** The owner's file requests: the list, and the form to create one. */
import { stateOf, type FileRequest, type RequestState } from '../../domain/files/file-request.ts'
import { ROOT_FOLDER } from '../../domain/identifiers.ts'
import { timeView } from '../components/file-view.ts'
import { html, type Html } from '../html.ts'
import { formTokenField, sheet, type Page } from '../components/layout.ts'
import { problemMark, problemView } from '../components/problem-view.ts'
import { questionView } from '../components/question-view.ts'
import { noticeView, type Notice } from '../components/share-card.ts'
import type { PlainKey, Sentence, Words } from '../i18n/words.ts'

export interface RequestsView {
  readonly requests: readonly FileRequest[]
  readonly folders: ReadonlyArray<{ readonly id: string, readonly path: string }>
  /** Public folders. */
  readonly publicFolders: ReadonlySet<string>
  readonly now: number
  readonly publicUrl: string
  readonly formToken: string
  /** The input of a form with errors; undefined for a fresh form. */
  readonly typed: ReadonlyMap<string, string> | undefined
  /** Error messages by field name. */
  readonly wrong: ReadonlyMap<string, Sentence>
  readonly notice: Notice | undefined
}

const STATES: Readonly<Record<RequestState, PlainKey>> = {
  open: 'request.open', closed: 'request.closed', expired: 'request.expired', full: 'request.full'
}

export function requestsPage (view: RequestsView): Page {
  const { requests, folders, formToken, typed = new Map<string, string>(), wrong, notice } = view
  const paths = new Map(folders.map(({ id, path }) => [id, path]))
  return words => {
    const { say } = words
    const field = (name: string, label: PlainKey, more: Html) =>
      html`<div class="field"><label for="${name}">${say(label)}</label>
<input id="${name}" name="${name}" value="${typed.get(name) ?? ''}" ${more}${problemMark(name, wrong.has(name))}>${problemView(words, name, wrong.get(name))}</div>`
    const number = html`type="number" min="1" inputmode="numeric" placeholder="${say('card.anyNumber')}"`
    return sheet(html`${say('request.heading')} – ${words.site}`, html`<h1>${say('request.heading')}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
<p>${say('request.about')}</p>
${requests.length === 0 ? html`<p class="card empty">${say('request.none')}</p>` : html`<section class="card"><ul class="list">${requests.map(request => requestView(words, view, paths, request))}</ul></section>`}
<section class="card"><h2>${say('request.make')}</h2>
<form method="post" action="/my/requests">${formTokenField(formToken)}
${field('title', 'request.title', html`required maxlength="200"`)}
<div class="field"><label for="message">${say('request.message')} <span class="quiet">${say('home.optional')}</span></label><textarea id="message" name="message" maxlength="2000"${problemMark('message', wrong.has('message'))}>${typed.get('message') ?? ''}</textarea>${problemView(words, 'message', wrong.get('message'))}</div>
<div class="fields">
<div class="field"><label for="folder">${say('card.folder')}</label><select id="folder" name="folder"${problemMark('folder', wrong.has('folder'))}><option value="${ROOT_FOLDER}">${say('site.myFiles')}</option>${folders.map(({ id, path }) => html`<option value="${id}"${typed.get('folder') === id ? html` selected` : ''}>${path}</option>`)}</select>${problemView(words, 'folder', wrong.get('folder'))}</div>
${field('max_files', 'request.maxFiles', number)}
${field('max_file_size', 'request.maxFileSize', number)}
${field('max_bytes', 'request.maxBytes', number)}
${field('days', 'request.days', number)}
${field('types', 'request.types', html`placeholder="pdf, jpg, png" spellcheck="false" autocomplete="off"`)}
${field('password', 'card.password', html`autocomplete="off" spellcheck="false" placeholder="${say('card.noPassword')}"`)}
</div>
<div class="field"><label class="tick"><input type="checkbox" name="notify" value="1"${view.typed === undefined || typed.has('notify') ? html` checked` : ''}> ${say('request.notify')}</label></div>
<div class="field"><label class="tick"><input type="checkbox" name="keep_folders" value="1"${typed.has('keep_folders') ? html` checked` : ''}> ${say('request.keepFolders')}</label></div>
<button type="submit" name="act" value="add">${say('request.make')}</button>
</form></section>`)
  }
}

function requestView (words: Words, { now, publicUrl, formToken, publicFolders }: RequestsView, paths: ReadonlyMap<string, string>, request: FileRequest): Html {
  const { say } = words
  const { id, title, folderId, receivedFiles, receivedBytes, expiresAt, isClosed } = request
  return html`
<li><div class="grow"><b>${title}</b> <span class="tag">${say(STATES[stateOf(request, now)])}</span>
<br><span class="quiet"><a href="/my?folder=${folderId}">${paths.get(folderId) ?? say('site.myFiles')}</a> · ${words.count('request.received', receivedFiles)}, ${words.size(receivedBytes)}${expiresAt === null ? '' : html` · ${say('file.until')} ${timeView(words, expiresAt)}`}</span>
${publicFolders.has(folderId) ? html`<p class="quiet">${say('request.intoPublic')}</p>` : ''}<div class="link"><input readonly id="link-${id}" value="${publicUrl}/request/${id}" aria-label="${say('card.link', { name: title })}"><button type="button" class="with-script" data-copy="link-${id}">${say('card.copy')}</button></div>
<form method="post" action="/my/requests" class="row">${formTokenField(formToken)}<input type="hidden" name="id" value="${id}">
${isClosed
  ? html`<button type="submit" name="act" value="open" class="plain">${say('request.reopen')}</button>`
  : html`<button type="submit" name="act" value="close" class="plain">${say('request.close')}</button>`}
<button type="submit" name="act" value="ask" class="plain">${say('contacts.removeAsk')}</button></form></div></li>`
}

/** The question before a request is removed. */
export function removeRequestPage ({ id, title, receivedFiles, receivedBytes }: FileRequest, publicUrl: string, formToken: string): Page {
  return words => sheet(html`${words.say('request.removeHeading', { title })} – ${words.site}`, html`<h1>${words.say('request.removeHeading', { title })}</h1>
${questionView(words, {
    about: html`<p><b>${title}</b><br><span class="quiet">${words.count('request.received', receivedFiles)}, ${words.size(receivedBytes)}</span><br><code>${publicUrl}/request/${id}</code></p>`,
    warning: 'request.removeSentence',
    action: '/my/requests',
    fields: { act: 'remove', id },
    button: 'contacts.remove',
    formToken,
    back: '/my/requests'
  })}`)
}
