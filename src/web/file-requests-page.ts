/** File requests: the owner's list, and the page for whoever has the link. */
import { stateOf, type FileRequest, type RequestState } from '../domain/file-request.ts'
import { ROOT_FOLDER } from '../domain/identifiers.ts'
import { timeView } from './file-view.ts'
import { html, type Html } from './html.ts'
import { formTokenField, moduleScript, sheet, speakingScript, type Page } from './layout.ts'
import { noticeView, type Notice } from './share-card.ts'
import type { PlainKey, Words } from './words.ts'

export interface RequestsView {
  readonly requests: readonly FileRequest[]
  readonly folders: ReadonlyArray<{ readonly id: string, readonly path: string }>
  /** Folders that strangers see. */
  readonly publicFolders: ReadonlySet<string>
  readonly now: number
  readonly publicUrl: string
  readonly formToken: string
  /** What was typed before, when something was wrong with it. */
  readonly typed: ReadonlyMap<string, string>
  readonly notice: Notice | undefined
}

const STATES: Readonly<Record<RequestState, PlainKey>> = {
  open: 'request.open', closed: 'request.closed', expired: 'request.expired', full: 'request.full'
}

export function requestsPage (view: RequestsView): Page {
  const { requests, folders, formToken, typed, notice } = view
  return words => {
    const { say } = words
    const field = (name: string, label: PlainKey, more: Html) =>
      html`<div class="field"><label for="${name}">${say(label)}</label>
<input id="${name}" name="${name}" value="${typed.get(name) ?? ''}" ${more}></div>`
    const number = html`type="number" min="1" inputmode="numeric" placeholder="${say('card.anyNumber')}"`
    return sheet(html`${say('request.heading')} – Respace`, html`<nav aria-label="${say('folder.breadcrumb')}" class="crumbs"><a href="/my">${say('site.myFiles')}</a> / ${say('request.heading')}</nav>
<h1>${say('request.heading')}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
<p>${say('request.about')}</p>
${requests.length === 0 ? '' : html`<section class="card"><ul class="list">${requests.map(request => requestView(words, view, request))}</ul></section>`}
<section class="card"><h2>${say('request.make')}</h2>
<form method="post" action="/my/requests">${formTokenField(formToken)}
${field('title', 'request.title', html`required maxlength="200"`)}
<div class="field"><label for="message">${say('request.message')} <span class="quiet">${say('home.optional')}</span></label><textarea id="message" name="message" maxlength="2000">${typed.get('message') ?? ''}</textarea></div>
<div class="fields">
<div class="field"><label for="folder">${say('card.folder')}</label><select id="folder" name="folder"><option value="${ROOT_FOLDER}">${say('site.myFiles')}</option>${folders.map(({ id, path }) => html`<option value="${id}"${typed.get('folder') === id ? html` selected` : ''}>${path}</option>`)}</select></div>
${field('max_files', 'request.maxFiles', number)}
${field('max_file_size', 'request.maxFileSize', number)}
${field('max_bytes', 'request.maxBytes', number)}
${field('days', 'request.days', number)}
${field('types', 'request.types', html`placeholder="pdf, jpg, png" spellcheck="false" autocomplete="off"`)}
${field('password', 'card.password', html`autocomplete="off" spellcheck="false" placeholder="${say('card.noPassword')}"`)}
</div>
<div class="field"><label class="tick"><input type="checkbox" name="notify" value="1" checked> ${say('request.notify')}</label></div>
<button type="submit" name="act" value="add">${say('request.make')}</button>
</form></section>`)
  }
}

function requestView (words: Words, { now, publicUrl, formToken, folders, publicFolders }: RequestsView, request: FileRequest): Html {
  const { say } = words
  const { id, title, folderId, receivedFiles, receivedBytes, expiresAt, isClosed } = request
  return html`
<li><div class="grow"><b>${title}</b> <span class="tag">${say(STATES[stateOf(request, now)])}</span>
<br><span class="quiet"><a href="/my?folder=${folderId}">${folders.find(folder => folder.id === folderId)?.path ?? say('site.myFiles')}</a> · ${words.count('request.received', receivedFiles)}, ${words.size(receivedBytes)}${expiresAt === null ? '' : html` · ${say('file.until')} ${timeView(words, expiresAt)}`}</span>
${publicFolders.has(folderId) ? html`<p class="quiet">${say('request.intoPublic')}</p>` : ''}<div class="link"><input readonly id="link-${id}" value="${publicUrl}/request/${id}" aria-label="${say('card.link', { name: title })}"><button type="button" class="with-script" data-copy="link-${id}">${say('card.copy')}</button></div>
<form method="post" action="/my/requests" class="row">${formTokenField(formToken)}<input type="hidden" name="id" value="${id}">
${isClosed
  ? html`<button type="submit" name="act" value="open" class="plain">${say('request.reopen')}</button>`
  : html`<button type="submit" name="act" value="close" class="plain">${say('request.close')}</button>`}
<button type="submit" name="act" value="remove" class="danger">${say('contacts.remove')}</button></form></div></li>`
}

export interface RequestView {
  readonly request: FileRequest
  /** Bytes of one file. */
  readonly maxFileSize: number
  /** Whether more may come. */
  readonly isOpen: boolean
  /** Whether strangers see what is in the folder. */
  readonly isPublic: boolean
  readonly notice: Notice | undefined
}

export function requestPage ({ request, maxFileSize, isOpen, isPublic, notice }: RequestView): Page {
  const { id, title, message, types, maxFiles, receivedFiles, expiresAt, sealedPassword } = request
  return words => {
    const { say } = words
    return sheet(html`${title} – Respace`, html`<h1>${title}</h1>
${notice === undefined ? '' : noticeView(words, notice)}
${message === '' ? '' : html`<p class="about">${message}</p>`}
${!isOpen
  ? ''
  : html`<form method="post" action="/request/${id}" enctype="multipart/form-data" class="card" id="request" data-max-size="${maxFileSize}">
<dl class="facts"><div><dt>${say('request.eachUpTo')}</dt><dd>${words.size(maxFileSize)}</dd></div>${maxFiles === null ? '' : html`<div><dt>${say('request.filesLeft')}</dt><dd>${words.number(maxFiles - receivedFiles)}</dd></div>`}${types.length === 0
  ? ''
  : html`<div><dt>${say('request.types')}</dt><dd>${types.join(', ')}</dd></div>`}${expiresAt === null ? '' : html`<div><dt>${say('file.until')}</dt><dd>${timeView(words, expiresAt)}</dd></div>`}</dl>
${sealedPassword === null ? '' : html`<div class="field"><label for="request_password">${say('card.password')}</label><input type="password" id="request_password" name="request_password" required autocomplete="off"></div>`}
<div class="field"><label for="description">${say('request.note')} <span class="quiet">${say('home.optional')}</span></label><input id="description" name="description" maxlength="500"></div>
<div class="field"><label for="userfile">${say('home.files')}</label><input type="file" id="userfile" name="userfile" required multiple${types.length === 0 ? '' : html` accept="${types.map(type => `.${type}`).join(',')}"`}></div>
<div class="field" id="sending" hidden><progress max="1" value="0" aria-label="${say('home.uploading')}"></progress><span class="quiet" role="status"></span></div>
<button type="submit">${say('home.upload')}</button>
</form>
<p class="quiet">${say(isPublic ? 'request.public' : 'request.private')}</p>`}`, isOpen ? speakingScript('request.js', words, 'upload') : moduleScript('site.js'))
  }
}
